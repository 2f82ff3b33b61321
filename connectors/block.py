"""Blocks of neighbouring integer keys (Dialect.block): between which keys the rows of some blocks lie, so that an index finds them.

key / NEIGHBOURS:   0 1 2 … number-1 | number … 2·number-1 | …      the block is the rest, so a block comes once in every turn
"""

from collections.abc import Iterable

NEIGHBOURS = 256  # integer keys that share a block
MOST_TURNS = 4  # keys that lie sparsely make more: then a scan is cheaper
MOST_SPANS = 256


def spans(blocks: Iterable[int], number: int, low: int, high: int) -> list[tuple[int, int]] | None:
    """Return between which keys, from `low` to `high`, all rows of some blocks of that many lie, and some others; None where a scan is due.

    Engines cut the quotient of a negative key towards zero, so a span reaches over both its ends.
    """
    first, last = low // NEIGHBOURS - 1, high // NEIGHBOURS + 1
    if (last - first) // number >= MOST_TURNS or not -(2**63) <= low <= high < 2**63:
        return None
    found = list[tuple[int, int]]()
    turns = range(first // number - 1, last // number + 2)
    for quotient in sorted({block + turn * number for block in blocks for turn in turns}):
        begin, end = (quotient - 1) * NEIGHBOURS, (quotient + 1) * NEIGHBOURS
        if quotient < first or quotient > last:
            continue
        if found and begin <= found[-1][1]:
            begin = found.pop()[0]
        found.append((begin, end))
    return found if len(found) <= MOST_SPANS else None
