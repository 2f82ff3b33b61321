"""Laws and standards with their article numbers, by the day from which they hold: one dated table, so that no template grows old."""

from datetime import date
from functools import cache
from importlib.resources import files

import yaml
from pydantic import Field

from catalog.model import Model


class Law(Model):
    """How a rule is cited from a day on."""

    since: date = Field(alias="from")
    title: str
    article: str


@cache
def table() -> dict[str, list[Law]]:
    """Read the table."""
    data = yaml.safe_load((files("reports") / "laws.yaml").read_text("utf-8"))
    return {key: sorted((Law.model_validate(row) for row in rows), key=lambda law: law.since) for key, rows in data.items()}


def cite(key: str, on: date) -> str:
    """Cite a rule as it stood on a day; one that was not yet in force is not cited."""
    held = [law for law in table()[key] if law.since <= on]
    return f"{held[-1].title}{held[-1].article}" if held else ""
