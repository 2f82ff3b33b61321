"""What lies on the desk of whoever writes a report: the campus, the figures, what they are compared with, where they came from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from catalog.campus import Catalog
from catalog.edition import Edition
from reports import sentence
from reports.comparison import Comparison
from reports.definition import definitions
from reports.measure import Measured
from reports.note import Note
from reports.report import Paragraph
from reports.sentence import DASH, tell
from reports.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a section is written from."""

    catalog: Catalog
    edition: Edition
    now: Measured
    before: Comparison | None
    snapshot: Snapshot
    note: Note

    @property
    def last(self) -> str:
        """What the period before is called."""
        return self.before.last if self.before else "上期"

    def names(self) -> Mapping[str, str]:
        """Every unit's name, in the school's own order."""
        return {row["unit_id"]: row["unit_name"] or row["unit_id"] for row in self.now.tables["units"]}

    def name(self, unit: str) -> str:
        """Return a unit's name; one that is in no list stands under its code, what belongs to no unit is told as such."""
        return tell("report.no_unit") if unit == "-" else self.names().get(unit, unit)

    def owner(self, unit: str, joint: str | None) -> str:
        """Return the name of the unit that owns an item, and of those that handle it with it (联办), listed by their codes."""
        others = [self.name(code) for code in re.split(r"[,，、;；\s]+", joint or "") if code]
        return tell("report.joint", unit=self.name(unit), units="、".join(others)) if others else self.name(unit)

    def ordered(self, units: set[str]) -> list[str]:
        """Put units into the school's own order."""
        known = list(self.names())
        return sorted(units, key=lambda unit: (known.index(unit) if unit in known else len(known), unit))

    def written(self, indicator: str, unit: str = "", part: str = "") -> str:
        """Write a value of this period in its form, never as the target that it misses."""
        it = definitions()[indicator]
        return sentence.written(it.form, self.now.figures.value(indicator, unit, part), apart=it.target.limits if it.target else ())

    def change(self, indicator: str, unit: str = "", part: str = "") -> str:
        """Say how an indicator changed; a dash where there is nothing to compare with."""
        if self.before is None or indicator in self.now.missing:
            return DASH
        it, pair = definitions()[indicator], (self.now.get(indicator, unit, part), self.before.figures.get(indicator, unit, part))
        if it.form == "count" and not self.before.as_long:
            return tell("sentence.unequal")
        return sentence.change(it.form, *pair, last=self.last, small=self.edition.thresholds.counts_below, unit=it.unit)

    def missing(self, indicator: str) -> Paragraph | None:
        """Say that an indicator has no source, if it has none."""
        return Paragraph(tell("report.no_source", title=definitions()[indicator].title)) if indicator in self.now.missing else None
