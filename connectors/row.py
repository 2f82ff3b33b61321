"""A row of an office file as its reader found it: cells by position, or the fault that keeps it from having any."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell without a value that could be trusted: a formula's error, a formula never calculated. `reason` is a message key."""

    reason: str


Cell = str | int | float | bool | datetime | date | time | timedelta | Broken | None


@dataclass(frozen=True, slots=True)
class Row:
    """`line` is where the row begins. `raw` is set where `fault` (a message key) is: the row as it stands, stray bytes as \\x…"""

    line: int
    cells: Sequence[Cell] = ()
    fault: str | None = None
    raw: str = ""
