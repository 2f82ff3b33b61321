"""The one comparison: digest both sides where they lie, narrow by hash bucket, name the keys that differ.

It serves the skip before a mirror, the proof, the reconcile and `verify`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from connectors.block import NEIGHBOURS
from connectors.digest import Digest
from connectors.lane import SERVERS
from connectors.reading import Reading, Spread

ROWS_PER_BUCKET = 64
MOST_BUCKETS = 1 << 16
ALL = 0.05  # above this share of differing buckets, every key travels
MUCH, MOST_ROWS = 0.2, 200_000  # of a side: above this share or number in differing buckets, every row is read
SAMPLE = 32  # blocks
IMAGED = 500_000  # rows whose keys and hashes are held at a time

Left = TypeVar("Left")
Right = TypeVar("Right")
Kind = Literal["missing", "extra", "different"]  # in the right side, seen from the left


class Placed(Protocol):
    """A side that lies on some engine."""

    @property
    def engine(self) -> str: ...


class Side(Placed, Protocol):
    """What a comparison needs of a side (connectors.reading.Reading, hub.masked_lane.MaskedReading)."""

    def digest(self) -> Digest: ...
    def buckets(self, number: int) -> dict[int, Digest]: ...
    def hashes(self, number: int, buckets: Sequence[int] | None = None) -> Iterator[tuple[str, int]]: ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both digests, and the keys (as lines) that differ with how they do."""

    left: Digest
    right: Digest
    differing: dict[str, Kind]

    @property
    def equal(self) -> bool:
        return not self.differing and self.left == self.right


def narrow(left: Reading, right: Reading, blocks: Mapping[int, Digest], *, number: int) -> dict[str, Kind] | None:
    """Name the keys that differ between two sides; None where they are, or lie in buckets of, too many rows to read just those.

    `blocks` are the left side's, that many of them: neighbouring keys first, for what changed often lies together. Where much differs,
    servers that hash alike tell the hash of every row; else buckets by hash follow, as fine as memory allows.
    """
    rows = sum(digest.count for digest in blocks.values())
    few = max(ROWS_PER_BUCKET, min(MUCH * rows, MOST_ROWS))
    alike = left.native and right.native
    if alike and _scattered(right, blocks, number):
        everywhere = range(1 - number, number)  # the block of a negative key is negative
        return _seen(left, right, number, {b: blocks[b].count if b in blocks else 0 for b in everywhere}, few)
    by: Spread
    for by in ("block", "hash"):
        if by == "hash":
            number = max(1, min(MOST_BUCKETS, rows // 4))
        here, there = blocks if by == "block" else left.buckets(number, by), right.buckets(number, by)
        chosen = sorted(b for b in here.keys() | there.keys() if here.get(b) != there.get(b))
        counts = {b: max(side[b].count for side in (here, there) if b in side) for b in chosen}
        if sum(counts.values()) <= few:
            return _differing(_by_key(left.hashes(number, chosen, by)), _by_key(right.hashes(number, chosen, by))) if chosen else {}
        if alike:
            return _seen(left, right, number, counts, few)
    return None


def _scattered(right: Reading, blocks: Mapping[int, Digest], number: int) -> bool:
    """Guess by a sample whether much differs: then the blocks of the right side need not be told apart."""
    sample = sorted(blocks)[:: max(1, len(blocks) // SAMPLE)]
    if len(blocks) < 4 * SAMPLE:
        return False
    there = right.buckets(number, "block", sample)
    return sum(blocks[b] != there.get(b) for b in sample) > MUCH * len(sample)


def _seen(left: Reading, right: Reading, number: int, blocks: Mapping[int, int], few: float) -> dict[str, Kind] | None:
    """Hold every row's hash of the blocks against one another, some blocks at a time on both servers at once; None above a `few`."""
    found = dict[str, Kind]()
    with ThreadPoolExecutor(max_workers=1) as other:
        for part in _parts(blocks):
            theirs = other.submit(right.images, number, part)
            here, there = left.images(number, part), theirs.result()
            for block in part:
                found |= _odd(here.pop(block, ""), there.pop(block, ""))
            if len(found) > few:
                return None
    return found


def _parts(blocks: Mapping[int, int]) -> Iterator[list[int]]:
    """Divide blocks, told with their rows, so that each part holds about IMAGED rows."""
    part, rows = list[int](), 0
    for block in sorted(blocks):
        part.append(block)
        rows += blocks[block]
        if rows >= IMAGED:
            yield part
            part, rows = [], 0
    if part:
        yield part


def _odd(here: str, there: str) -> dict[str, Kind]:
    """Compare the images of a block (connectors.reading.Reading.images)."""
    lines = [image.split("\n") if image else [] for image in (here, there)]
    known = [set(side) for side in lines]
    if all(len(side) == len(all_) for side, all_ in zip(known, lines, strict=True)):  # else a row stands twice: all lines count
        lines = [list(known[0] - known[1]), list(known[1] - known[0])]
    return _differing(*(_by_key((key, int(value)) for key, _, value in (line.rpartition("\t") for line in side)) for side in lines))


def blocks_of(rows: int) -> int:
    """Say how many blocks a side of about that many rows is put into."""
    return max(1, min(MOST_BUCKETS, rows // NEIGHBOURS))


def compare(left: Side, right: Side) -> Comparison:
    """Compare two sides; keys and hashes travel only from buckets that differ."""
    digests = both(left, right, left.digest, right.digest)
    if digests[0] == digests[1]:
        return Comparison(*digests, {})
    number = max(1, min(MOST_BUCKETS, max(d.count for d in digests) // ROWS_PER_BUCKET))
    buckets = both(left, right, lambda: left.buckets(number), lambda: right.buckets(number))
    chosen = [b for b in buckets[0].keys() | buckets[1].keys() if buckets[0].get(b) != buckets[1].get(b)]
    narrowed = sorted(chosen) if len(chosen) <= max(8, ALL * number) else None
    differing = _differing(_by_key(left.hashes(number, narrowed)), _by_key(right.hashes(number, narrowed)))
    return Comparison(*digests, dict(sorted(differing.items())))


def apart(left: Placed, right: Placed) -> bool:
    """Say whether two sides lie on servers of two engines."""
    return left.engine != right.engine and {left.engine, right.engine} <= set(SERVERS)


def both(left: Placed, right: Placed, of_left: Callable[[], Left], of_right: Callable[[], Right]) -> tuple[Left, Right]:
    """Ask something of both sides: at once where they lie on servers of two engines, each of which works for itself."""
    if not apart(left, right):
        return of_left(), of_right()
    with ThreadPoolExecutor(1) as beside:
        asked = beside.submit(of_left)
        found = of_right()
        return asked.result(), found


def _differing(here: Mapping[str, Digest], there: Mapping[str, Digest]) -> dict[str, Kind]:
    differing: dict[str, Kind] = {}
    for key in here.keys() | there.keys():
        if here.get(key) != there.get(key):
            differing[key] = "missing" if key not in there else "extra" if key not in here else "different"
    return differing


def _by_key(hashes: Iterator[tuple[str, int]]) -> dict[str, Digest]:
    """Digest the rows of each key: a key that stands twice on one side differs."""
    found: dict[str, Digest] = {}
    for key, value in hashes:
        found[key] = found.get(key, Digest()) + Digest(1, value)
    return found
