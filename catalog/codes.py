"""A code table: the codes of a standard with those it has retired, or a mapping from a school's own codes to them."""

from collections.abc import Mapping
from datetime import date

from pydantic import Field, model_validator

from catalog.model import Model, Name


class Retired(Model):
    """A code no longer in force: since when, if known, and the codes that took its place (several: it was split; none: it ended)."""

    title: str
    on: date | None = None
    to: tuple[str, ...] = ()


class CodeTable(Model):
    """Either `codes:` (code → title) or `file:` (a CSV beside it), with their standard; or `to:` and `map:` (a school's code → theirs).

    A mapping with `successors: true` also carries the codes of `to` itself, and each retired one to its one successor; a code that
    was split stays without a mapping, so that it becomes a finding.
    """

    name: Name
    title: str
    standard: str | None = None
    version: str | None = None
    codes: dict[str, str] = {}
    retired: dict[str, Retired] = {}
    file: str | None = Field(default=None, pattern=r"^[^/\\]+\.csv$")
    to: str | None = None
    map: dict[str, str] = {}
    successors: bool = False

    @model_validator(mode="after")
    def one_kind(self) -> "CodeTable":
        standard, mapping = bool(self.codes or self.file), bool(self.map or self.successors)
        if standard == mapping or bool(self.to) != mapping or (mapping and self.retired):
            raise ValueError("expected either codes: or file:, or both to: and map: (or successors: true)")
        return self

    def resolve(self, code: str, on: date | None = None) -> tuple[str, ...]:
        """Return what a code means on a day (None: as of the table's version): itself while in force, else its successors.

        Several where it was split, none where it ended without one. KeyError for a code that the standard never had.
        """
        if code in self.codes:
            return (code,)
        past = self.retired[code]
        if on and past.on and on < past.on:
            return (code,)
        return tuple(dict.fromkeys(found for successor in past.to for found in self.resolve(successor, on)))

    def carrying(self, standard: "CodeTable") -> "CodeTable":
        """Return a mapping with `successors:` filled from its standard."""
        if not self.successors:
            return self
        ends = {code: standard.resolve(code) for code in standard.retired}
        carried = {code: code for code in standard.codes} | {code: found[0] for code, found in ends.items() if len(found) == 1}
        return self.model_copy(update={"map": carried | self.map})


def candidates(tables: Mapping[str, CodeTable], mapping: str, code: str) -> tuple[str, ...]:
    """Name the codes that a code without a mapping may have become: those that a split one was divided into."""
    standard = tables[tables[mapping].to or ""]
    return standard.resolve(code) if code in standard.retired else ()
