"""How wide the columns of a table are: by what they hold, the same in every kind of file."""

import unicodedata
from collections.abc import Sequence
from operator import truediv

from reports.report import Table

WIDTH = 156.0  # 版心, mm
MM = 25.4 / 72  # a point in mm
PADDING = 1.2  # ems at both sides of a cell together
SLACK = 0.05  # of an em, for rounding
NAME = 5.5  # ems that a column of words keeps, where its words are as long
STEPS = 60  # in which what is left of the page's width is shared out


def size(table: Table) -> float:
    """Return the type size of a table in points: 五号, smaller where there are many columns or where no row needs to break then."""
    whole = sum(_needs(table)) * MM
    few = 10.5 if len(table.head) < 7 else 9.0 if len(table.head) < 9 else 8.5
    return next((points for points in (10.5, 9.0, 8.5) if points <= few and whole * points <= WIDTH), few)


def widths(table: Table) -> list[float]:
    """Share the page's width in mm: a head may break in two, a figure never."""
    em = size(table) * MM
    return [share * em for share in _shares(_needs(table), _cells(table), WIDTH / em)]


def _cells(table: Table) -> list[list[float]]:
    return [[ems(row[at]) for row in table.rows] for at in range(len(table.head))]


def _needs(table: Table) -> list[float]:
    least = [max(2.0, *(ems(part) for part in _halves(head))) for head in table.head]
    return [PADDING + max(wide, *column, 0.0) for wide, column in zip(least, _cells(table), strict=True)]


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


def _shares(needs: Sequence[float], cells: Sequence[Sequence[float]], room: float) -> list[float]:
    """Give narrow columns what they need; the others share the rest so that the rows, each as high as its fullest cell, are lowest."""
    given: dict[int, float] = {}
    wide = dict(enumerate(needs))
    while narrow := {at: need for at, need in wide.items() if need <= room / len(wide)}:
        given |= narrow
        wide = {at: need for at, need in wide.items() if at not in narrow}
        room -= sum(narrow.values())
    if not wide:
        return [given[at] + room / len(needs) for at in range(len(needs))]
    floor = min(NAME, room / len(wide))
    rows = list(zip(*(cells[at] for at in wide), strict=True))
    shared = [floor] * len(wide)
    for _ in range(STEPS):
        share = (room - floor * len(wide)) / STEPS
        wider = ([width + share * (at == more) for at, width in enumerate(shared)] for more in range(len(wide)))
        shared = min(wider, key=lambda tried: sum(max(map(truediv, row, tried)) for row in rows))
    given |= dict(zip(wide, shared, strict=True))
    return [given[at] for at in range(len(needs))]
