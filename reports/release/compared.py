"""Every number of the office's text laid beside the one that the system wrote in its place: the same, another, or one without a place.

A number's place in a text is the words around it, in a table its row, column and the table's head. The office may move sentences, join
or drop them, and leave out rows and columns; a place that is not found is never guessed to be right. A number in words is the system's
own where the same words stand before it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reports.release.document import Block, Document
from reports.release.numbers import Number, normal, numbers, worded

ENOUGH, TWICE = 3, 6  # Chinese characters in common around a number; around one whose place was given before
LONG = 8  # digits: a phone, a student number; no count of a school is so long
FILLED = re.compile(r"[年月日时分号期〕]")  # what the office fills in stands before one of these
HAN = re.compile(r"[一-龥]")
Grid = Sequence[Sequence[Block]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A number of the office's text: what it says, what the system says in that place, and the page it stands on."""

    said: str
    expected: str | None  # none: the system has no such place
    page: int
    near: str  # the words before it
    table: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """What came out: how many numbers, how many the same, those that are not, and those that only a person can judge."""

    in_text: int
    in_tables: int
    wrong: Sequence[Finding]
    unplaced: Sequence[Finding]
    filled: int  # dates, numbers of documents: the office's own

    def same(self, *, table: bool) -> int:
        """Count the numbers that agree, in the text or in tables."""
        others = sum(it.table == table for it in (*self.wrong, *self.unplaced))
        return (self.in_tables if table else self.in_text - self.filled) - others


def compare(final: Document, system: Document) -> Compared:
    """Lay the numbers of the office's document beside those of the system's own."""
    partners = [(grid, _partner(grid, list(system.tables()))) for grid in final.tables()]
    loose = {grid[0][0].table for grid, partner in partners if partner is None}  # such as the lines at the foot: read as text
    ours = [block for block in system.blocks if block.table is None]
    theirs = [block for block in final.blocks if block.table is None or block.table in loose]
    told = numbers([block.text for block in theirs])
    places = _places(told, numbers([block.text for block in ours]), _aligned([b.text for b in theirs], [b.text for b in ours]))
    wrong, unplaced, filled = [], [], 0
    for at, number in enumerate(told):
        place = places.get(at)
        page = theirs[number.block].page or (ours[place.block].page if place else 0)
        if place is None and (FILLED.match(number.after) or _ordinal(number)):
            filled += 1
        elif place is None:
            unplaced.append(Finding(_shown(number.text), None, page, number.before[-8:], table=False))
        elif not number.same(place):
            wrong.append(Finding(*_differing(number, place), page, number.before[-8:], table=False))
    known = {it for block in system.blocks for it in worded(block.text)}
    in_words = [(block, *it) for block in final.blocks for it in worded(block.text)]
    for block, words, near in in_words:
        if (words, near) not in known:
            unplaced.append(Finding(words, None, block.page, near, table=False))
    cells = 0
    for grid, partner in partners:
        for block, number, expected in _cells(grid, partner) if partner else ():
            cells += 1
            page = block.page or (partner[0][0].page if partner else 0)
            near = f"{normal(grid[block.row][0].text)}·{_head(grid, block.column)}"
            if expected is None:
                unplaced.append(Finding(_shown(number.text), None, page, near, table=True))
            elif not number.same(expected):
                wrong.append(Finding(*_differing(number, expected), page, near, table=True))
    return Compared(len(told) + len(in_words), cells, wrong, unplaced, filled)


def _differing(said: Number, expected: Number) -> tuple[str, str]:
    """Show what is said and what should be, with the words around that tell of what, if they are what differs."""
    if said.against(expected):
        return f"{said.base}{said.way}{_shown(said.text)}{said.unit}", f"{expected.base}{expected.way}{expected.text}{expected.unit}"
    return _shown(said.text), expected.text


def _shown(number: str) -> str:
    """Show a number; one as long as a person's is not told."""
    return number if len(number) < LONG else f"{number[:1]}…"


def _ordinal(number: Number) -> bool:
    """Say whether a number only counts a paragraph: 1. (1) 1、"""
    return number.before in ("^", "^(") and number.after[:1] in (".", ")", "、")


def _aligned(theirs: Sequence[str], ours: Sequence[str]) -> Mapping[int, int]:
    """Find the block that each of theirs was, by what most of its pairs of characters are."""
    pairs = [_pairs(text) for text in ours]
    found = {}
    for at, text in enumerate(theirs):
        mine = _pairs(text)
        scores = [len(mine & other) / (len(mine | other) or 1) for other in pairs]
        best = max(range(len(ours)), key=scores.__getitem__, default=None)
        if best is not None and scores[best] > 0.5:
            found[at] = best
    return found


def _pairs(text: str) -> set[str]:
    masked = re.sub(r"\d+(?:\.\d+)?", "#", normal(text))
    return {masked[n : n + 2] for n in range(len(masked) - 1)}


def _places(told: Sequence[Number], mine: Sequence[Number], aligned: Mapping[int, int]) -> Mapping[int, Number]:
    """Give each number the place of one of the system's: the words around it decide, then the paragraph, then what it says.

    A place is given once, so that a number which the office added takes none away; a sentence said twice is its own witness.
    """
    pairs = []
    for at, number in enumerate(told):
        for place, other in enumerate(mine):
            if number.before[-1:] == other.before[-1:] or number.after[:1] == other.after[:1]:
                common, words = _common(number, other)
                if words >= ENOUGH or (
                    words and common == (len(number.before), len(number.after)) == (len(other.before), len(other.after))
                ):
                    pairs.append((sum(common), aligned.get(number.block) == other.block, number.same(other), words, -at, -place))
    given: dict[int, Number] = {}
    taken: set[int] = set()
    for *_, words, at, place in sorted(pairs, reverse=True):
        if -at not in given and (-place not in taken or words >= TWICE):
            given[-at] = mine[-place]
            taken.add(-place)
    return given


def _common(number: Number, other: Number) -> tuple[tuple[int, int], int]:
    """Measure what two places have in common: characters on each side, and Chinese ones in all."""
    left, right = _alike(number.before[::-1], other.before[::-1]), _alike(number.after, other.after)
    words = number.before[len(number.before) - left :] + number.after[:right]
    return (left, right), len(HAN.findall(words))


def _alike(one: str, other: str) -> int:
    """Count the characters that two texts begin with alike."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _partner(grid: Grid, grids: Sequence[Grid]) -> Grid | None:
    """Find the system's table with most of the heads, and among equals with most of the rows."""

    def score(other: Grid) -> tuple[float, int]:
        heads, theirs = ({normal(cell.text) for cell in it[0]} for it in (grid, other))
        rows, others = ({normal(row[0].text) for row in it[1:]} for it in (grid, other))
        return len(heads & theirs) / len(heads | theirs), len(rows & others)

    best = max(grids, key=score, default=None)
    return best if best is not None and score(best)[0] >= 0.3 else None


def _cells(grid: Grid, partner: Grid) -> Iterator[tuple[Block, Number, Number | None]]:
    """Yield every number of a table's cells with the one in the same row and column of its partner."""
    wide = _wide(partner)
    rows = dict(_keyed(partner, wide))
    columns = {normal(cell.text): cell.column for cell in partner[0]}
    for key, row in _keyed(grid, wide):
        mine = rows.get(key, ())
        for cell in row:
            at = columns.get(_head(grid, cell.column))
            said = numbers([cell.text])
            expected = numbers([next((it.text for it in mine if it.column == at), "")])
            for number, other in zip(said, expected if len(said) == len(expected) else [None] * len(said), strict=True):
                yield cell, number, other


def _head(grid: Grid, column: int) -> str:
    return normal(next((cell.text for cell in grid[0] if cell.column == column), ""))


def _wide(grid: Grid) -> int:
    """Say how many first cells it takes to tell a table's rows apart."""
    for wide in (1, 2):
        names = [tuple(normal(cell.text) for cell in row[:wide]) for row in grid]
        if len(set(names)) == len(names):
            return wide
    return 3


def _keyed(grid: Grid, wide: int) -> list[tuple[tuple[str, ...], Sequence[Block]]]:
    """Name each row by its first cells."""
    return [(tuple(normal(cell.text) for cell in row[:wide]), row) for row in grid]
