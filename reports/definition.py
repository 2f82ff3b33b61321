"""What each indicator means: its words, formula, unit, base and source, one YAML beside its .sql in reports/indicators/."""

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from catalog.model import Model
from reports.laws import cite

Form = Literal["count", "rate", "ratio", "duration", "check"]
# A ratio may be negative or above one. A check counts what is not as it should be: its query yields key, unit, part, a row for each.


class Target(Model):
    """What a figure should be."""

    at_most: float | None = None
    at_least: float | None = None

    @property
    def limits(self) -> tuple[float, ...]:
        """The numbers that it names."""
        return tuple(limit for limit in (self.at_most, self.at_least) if limit is not None)

    def met(self, value: float) -> bool:
        """Say whether a value is as it should be."""
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)


class Definition(Model):
    """An indicator or a check.

    `needs` are columns (dataset.field) it cannot do without: where one is missing the report says there is no source, and who
    owes it. `keys` is the query of what was counted: a pseudonymous key, its unit, and for a rate whether it counts for
    the numerator. `acts` answers for it; parts named in `aside` stand beside a check and not in its number. `laws` are of laws.yaml.
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
    aside: tuple[str, ...] = ()
    keys: str | None = None
    internal: bool = False  # a warning for those who work, never printed
    target: Target | None = None
    acts: str | None = None
    laws: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """Its title with its unit, as a table prints it."""
        return self.title if self.unit in ("%", "—") else f"{self.title}（{self.unit}）"

    def cited(self, on: date) -> str:
        """Return the article and the laws behind it, as they stood on a day."""
        return "；".join([text for text in (self.source, *(cite(key, on) for key in self.laws)) if text])


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


def listing(indicator: str) -> str | None:
    """Return the query of what an indicator counted: a check's own query, or the `keys` of its definition."""
    definition = definitions()[indicator]
    if definition.form != "check":
        return definition.keys
    aside = ", ".join(f"'{part}'" for part in definition.aside) or "''"
    return f"select distinct key, coalesce(unit, '') from ({sql(indicator)}) where coalesce(part, '') not in ({aside})"
