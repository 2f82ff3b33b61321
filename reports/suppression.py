"""Small cells: what is printed as ＜5, and what else must be hidden so that no total gives it back (decision 5).

A reader knows every printed number, that ＜5 stands for 1 to 4, and how the cells add up. What they can know of a hidden cell is the
interval that linear programming finds; a cell whose interval is a single number is not hidden, and another cell of its sum is hidden too.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from catalog.errors import UnprovenError

Cell = Hashable
HIDDEN = "＊"


@dataclass(frozen=True, slots=True)
class Sum:
    """A printed sum: `whole` is what its parts add up to; a part may count negatively (办结 in a balance)."""

    whole: Cell
    parts: Mapping[Cell, int]

    @property
    def cells(self) -> Mapping[Cell, int]:
        """All cells with their signs: together they are zero."""
        return {**self.parts, self.whole: -1}


@dataclass(slots=True)
class _Table:
    """Cells on their way to being printed: `small` print as ＜5, `hidden` as ＊."""

    values: Mapping[Cell, int]
    sums: Sequence[Sum]
    below: int
    small: set[Cell]
    hidden: set[Cell] = field(default_factory=set)

    def told(self, cell: Cell) -> bool:
        return cell not in self.small and cell not in self.hidden

    def bounds(self, cell: Cell) -> tuple[int, int | None]:
        return (1, self.below - 1) if cell in self.small else (0, None)

    def known(self) -> Iterator[Cell]:
        """Yield the cells that are not printed and still known to a reader."""
        unknown = sorted((cell for cell in self.values if not self.told(cell)), key=str)
        for cell in unknown:
            low, high = self.interval(cell, unknown)
            if high is not None and high - low < 1:
                yield cell

    def interval(self, cell: Cell, unknown: Sequence[Cell]) -> tuple[int, int | None]:
        """Return what a reader can know of a cell: the least and the greatest number that fits all that is printed."""
        from scipy.optimize import linprog  # heavy, and needed only where something is small

        at = {name: number for number, name in enumerate(unknown)}
        rows, right = [], []
        for sum_ in self.sums:
            if any(name in at for name in sum_.cells):
                row = [0.0] * len(unknown)
                for name, sign in sum_.cells.items():
                    if name in at:
                        row[at[name]] += sign
                rows.append(row)
                right.append(-sum(sign * self.values[name] for name, sign in sum_.cells.items() if name not in at))
        bounds = [self.bounds(name) for name in unknown]
        found: list[int | None] = []
        for way in (1.0, -1.0):
            aim = [way if name == cell else 0.0 for name in unknown]
            solved = linprog(aim, A_eq=rows or None, b_eq=right or None, bounds=bounds, method="highs")
            if solved.status == 3:  # without end
                found.append(None)
            elif solved.status != 0:
                raise UnprovenError("suppression.unsolved", status=solved.status)
            else:
                found.append(round(way * solved.fun))
        return found[0] or 0, found[1]

    def hide_beside(self, cell: Cell) -> None:
        """Hide one more cell of a sum that gives a cell away: the smallest part first, then a zero, a sum, at last any.

        Where all parts are ＜5 and their sum is as great or as small as it can be, no more is said than that they are hidden.
        """
        mine = [sum_ for sum_ in self.sums if cell in sum_.cells]
        parts = self._told(part for sum_ in mine for part in sum_.parts)
        small = {part for sum_ in mine for part in sum_.parts if part in self.small}
        beside = [part for part in parts if part not in self.wholes]
        if not beside and small:
            self.small -= small
            self.hidden |= small
            return
        near = self._told(name for sum_ in mine for name in sum_.cells)
        far = self._told(name for sum_ in self.sums for name in sum_.cells)
        self.hidden.add((beside or near or far)[0])

    @property
    def wholes(self) -> set[Cell]:
        return {sum_.whole for sum_ in self.sums}

    def _told(self, names: Iterable[Cell]) -> list[Cell]:
        """List the cells that are printed, those first that are missed least: parts before sums, small numbers first, zeros late."""
        found = {name for name in names if self.told(name)}
        return sorted(found, key=lambda name: (name in self.wholes, self.values[name] == 0, self.values[name], str(name)))


def suppress(values: Mapping[Cell, int], sums: Sequence[Sum], *, below: int = 5) -> Mapping[Cell, str]:
    """Say which cells are printed otherwise than as they are: ＜5 for a small one, ＊ for one that would give a small one away.

    UnprovenError where the sums do not hold: then nothing can be said of what a reader knows.
    """
    for sum_ in sums:
        if sum(sign * values[cell] for cell, sign in sum_.cells.items()):
            raise UnprovenError("suppression.sum", whole=sum_.whole)
    table = _Table(values, sums, below, {cell for cell, value in values.items() if 0 < value < below})
    while given := list(islice(table.known(), 1)):
        table.hide_beside(given[0])
    return {**dict.fromkeys(table.small, f"＜{below}"), **dict.fromkeys(table.hidden, HIDDEN)}
