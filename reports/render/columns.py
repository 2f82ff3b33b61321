"""How wide the columns of a table are: by what they hold, the same in every kind of file."""

import unicodedata
from collections.abc import Sequence

from reports.report import Table

WIDTH = 156.0  # 版心, mm
MM = 25.4 / 72  # a point in mm
PADDING = 1.2  # ems at both sides of a cell together


def size(table: Table) -> float:
    """Return the type size of a table in points: 五号, smaller where there are many columns."""
    return 10.5 if len(table.head) < 7 else 9.0


def widths(table: Table) -> list[float]:
    """Share the page's width in mm: a head may break in two, a figure never."""
    em = size(table) * MM
    cells = [(ems(head) / 2, *(ems(row[at]) for row in table.rows)) for at, head in enumerate(table.head)]
    return [share * em for share in _shares([PADDING + max(2.0, *column) for column in cells], WIDTH / em)]


def ems(text: str) -> float:
    """Measure a text in Chinese characters: a Latin one is somewhat wider than half of one."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.6 for c in text)


def _shares(needs: Sequence[float], room: float) -> list[float]:
    """Give narrow columns what they need, and let those with long texts share the rest: a text breaks, a figure does not."""
    given: dict[int, float] = {}
    wide = dict(enumerate(needs))
    while narrow := {at: need for at, need in wide.items() if need <= room / len(wide)}:
        given |= narrow
        wide = {at: need for at, need in wide.items() if at not in narrow}
        room -= sum(narrow.values())
    roots = {at: need**0.5 for at, need in wide.items()}
    given |= {at: room * root / sum(roots.values()) for at, root in roots.items()}
    spare = 0 if wide else room / len(needs)
    return [given[at] + spare for at in range(len(needs))]
