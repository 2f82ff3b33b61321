"""How wide the columns of a table are: by what they hold, the same in every kind of file."""

import unicodedata
from collections.abc import Sequence

from reports.report import Table

WIDTH = 156.0  # 版心, mm
MM = 25.4 / 72  # a point in mm
PADDING = 1.2  # ems at both sides of a cell together
SLACK = 0.05  # of an em, for rounding
NAME = 5.5  # ems that a column of words keeps, where its words are as long


def size(table: Table) -> float:
    """Return the type size of a table in points: 五号, smaller where there are many columns."""
    return 10.5 if len(table.head) < 7 else 9.0 if len(table.head) < 9 else 8.5


def widths(table: Table) -> list[float]:
    """Share the page's width in mm: a head may break in two, a figure never."""
    em = size(table) * MM
    cells = [[ems(row[at]) for row in table.rows] for at in range(len(table.head))]
    least = [max(2.0, *(ems(part) for part in _halves(head))) for head in table.head]
    needs = [PADDING + max(wide, *column, 0.0) for wide, column in zip(least, cells, strict=True)]
    usual = [sum(column) / len(column) if column else 1.0 for column in cells]
    return [share * em for share in _shares(needs, usual, WIDTH / em)]


def heads(table: Table) -> list[str]:
    """Write each head on one line where its column is wide enough, else on two: its unit, or its second half, below."""
    em = size(table) * MM
    return [
        head if ems(head) + PADDING <= wide / em + SLACK else "\n".join(_halves(head))
        for head, wide in zip(table.head, widths(table), strict=True)
    ]


def _halves(head: str) -> tuple[str, ...]:
    name, mark, unit = head.partition("（")
    if mark:
        return (name, mark + unit)
    return (head,) if len(head) < 4 else (head[: len(head) // 2], head[len(head) // 2 :])


def ems(text: str) -> float:
    """Measure a text in Chinese characters: a Latin one is somewhat wider than half of one."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.6 for c in text)


def _shares(needs: Sequence[float], usual: Sequence[float], room: float) -> list[float]:
    """Give narrow columns what they need; the others share the rest by what they usually hold: the cells of a row are of one height."""
    given: dict[int, float] = {}
    wide = dict(enumerate(needs))
    while narrow := {at: need for at, need in wide.items() if need <= room / len(wide)}:
        given |= narrow
        wide = {at: need for at, need in wide.items() if at not in narrow}
        room -= sum(narrow.values())
    if not wide:
        return [given[at] + room / len(needs) for at in range(len(needs))]
    floor = min(NAME, room / len(wide))
    total = sum(usual[at] for at in wide)
    given |= {at: floor + (room - floor * len(wide)) * usual[at] / total for at in wide}
    return [given[at] for at in range(len(needs))]
