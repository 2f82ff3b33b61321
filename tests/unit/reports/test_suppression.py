"""What a small cell may tell: nothing that the totals give back."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.errors import UnprovenError
from reports.suppression import HIDDEN, Sum, suppress

Grid = Sequence[Sequence[int]]
BELOW = 5


def summed(grid: Grid) -> tuple[dict[tuple[int, int], int], list[Sum]]:
    """A table with a total of every row and column, and of all."""
    rows, columns = len(grid), len(grid[0])
    values = {(r, c): grid[r][c] for r in range(rows) for c in range(columns)}
    values |= {(r, columns): sum(grid[r]) for r in range(rows)}
    values |= {(rows, c): sum(grid[r][c] for r in range(rows)) for c in range(columns + 1) if c < columns}
    values[rows, columns] = sum(map(sum, grid))
    sums = [Sum((r, columns), {(r, c): 1 for c in range(columns)}) for r in range(rows + 1)]
    sums += [Sum((rows, c), {(r, c): 1 for r in range(rows)}) for c in range(columns + 1)]
    return values, sums


def possible(grid: Grid, told: Mapping[object, str]) -> Iterator[dict[tuple[int, int], int]]:
    """Yield every table that a reader could take this one for, by trying them all: a reader with all the patience of the world."""
    values, _ = summed(grid)
    inner = [(r, c) for r in range(len(grid)) for c in range(len(grid[0]))]
    most = max(values.values()) + 2
    ways = {None: lambda cell: [values[cell]], HIDDEN: lambda _: range(most), f"＜{BELOW}": lambda _: range(1, BELOW)}
    for filling in product(*(ways[told.get(cell)](cell) for cell in inner)):
        guess, _ = summed([filling[n : n + len(grid[0])] for n in range(0, len(inner), len(grid[0]))])
        if all(guess[cell] == values[cell] if cell not in told else told[cell] == HIDDEN or 0 < guess[cell] < BELOW for cell in values):
            yield guess


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 7), min_size=2, max_size=2), min_size=2, max_size=2))
def test_no_cell_that_is_not_printed_can_be_derived_from_what_is(grid: Grid) -> None:
    values, sums = summed(grid)
    told = suppress(values, sums, below=BELOW)
    assert {cell for cell, value in values.items() if 0 < value < BELOW} <= set(told)
    seen: dict[tuple[int, int], set[int]] = {cell: set() for cell in values if cell in told}
    for guess in possible(grid, told):
        for cell in seen:
            seen[cell].add(guess[cell])
        if all(len(found) > 1 for found in seen.values()):
            break
    assert all(len(found) > 1 for found in seen.values()), (grid, told)
    assert all(values[cell] in found or len(found) > 1 for cell, found in seen.items())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 6), st.integers(0, 400)), min_size=2, max_size=6))
def test_a_line_with_its_total_gives_nothing_back(parts: list[int]) -> None:
    values = {**dict(enumerate(parts)), "total": sum(parts)}
    told = suppress(values, [Sum("total", dict.fromkeys(range(len(parts)), 1))], below=BELOW)
    small = [n for n, value in enumerate(parts) if 0 < value < BELOW]
    left = values["total"] - sum(value for n, value in enumerate(parts) if n not in told)
    marks = [told[n] for n in range(len(parts)) if n in told]
    if small and "total" not in told:
        assert len(marks) > 1
        if HIDDEN not in marks:  # all of them are 1 to 4: their sum must leave a choice
            assert len(marks) < left < (BELOW - 1) * len(marks)
    assert bool(told) == bool(small or 0 < sum(parts) < BELOW)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ([12, 30, 0], {}),
        ([3, 12, 30], {0: "＜5", 1: "＊"}),  # the smallest other part goes too
        ([3, 2, 30], {0: "＜5", 1: "＜5"}),
        ([1, 1, 30], {0: "＊", 1: "＊"}),  # two of ＜5 that make 2 are 1 and 1
        ([4, 4, 0], {0: "＜5", 1: "＜5", 2: "＊"}),
    ],
)
def test_the_least_is_hidden_that_hides_enough(parts: list[int], told: dict[int, str]) -> None:
    values = {**dict(enumerate(parts)), "total": sum(parts)}
    found = suppress(values, [Sum("total", dict.fromkeys(range(len(parts)), 1))], below=BELOW)
    assert set(found) >= set(told)
    assert "total" not in found


def test_a_balance_gives_nothing_back_either() -> None:
    """上期结转 + 新收 = 办结 + 撤回作废 + 结转下期 is a sum too."""
    values = {"in": 40, "new": 60, "closed": 70, "void": 3, "next": 27}
    told = suppress(values, [Sum("in", {"new": -1, "closed": 1, "void": 1, "next": 1})], below=BELOW)
    assert told["void"] == "＜5"
    assert len(told) == 2


def test_sums_that_do_not_hold_are_not_judged() -> None:
    with pytest.raises(UnprovenError):
        suppress({"a": 1, "b": 2, "total": 4}, [Sum("total", {"a": 1, "b": 1})])
