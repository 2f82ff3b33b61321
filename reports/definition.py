"""What each indicator means: its words, formula, unit, base and source, one YAML beside its .sql in reports/indicators/."""

from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from catalog.model import Model

Form = Literal["count", "rate", "ratio", "duration"]  # a ratio may be negative or above one


class Definition(Model):
    """An indicator.

    `needs` are columns (dataset.field) it cannot do without: where one is missing the report says there is no source. `keys` is the
    query of what was counted: a pseudonymous key, its unit, and for a rate whether it counts for the numerator.
    """

    id: str
    title: str
    formula: str
    unit: str
    form: Form
    base: str
    source: str
    version: int
    needs: tuple[str, ...] = ()
    parts: dict[str, str] = {}
    keys: str | None = None
    internal: bool = False  # a warning for those who work, never printed


@cache
def definitions() -> dict[str, Definition]:
    """Read every definition, in the order of the catalogue."""
    folder = files("reports.indicators")
    names = sorted((entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda n: (n[0], int(n[1:-5])))
    return {name[:-5]: Definition.model_validate(yaml.safe_load((folder / name).read_text("utf-8"))) for name in names}


@cache
def sql(indicator: str) -> str:
    """Read an indicator's SQL: it yields unit, part, numerator, denominator, value; unit '' is the whole school, part '' the whole."""
    return (files("reports.indicators") / f"{indicator}.sql").read_text("utf-8")
