"""The one comparison: digest both sides where they lie, narrow by hash bucket, name the keys that differ.

It serves the skip before a mirror, the proof, the reconcile and `verify`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from connectors.dialect import NEIGHBOURS
from connectors.digest import Digest
from connectors.lane import SERVERS
from connectors.reading import Spread

ROWS_PER_BUCKET = 64
MOST_BUCKETS = 1 << 16
ALL = 0.05  # above this share of differing buckets, every key travels
MUCH, MOST_ROWS = 0.2, 200_000  # of a side: above this share or number in differing buckets, every row is read

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


class Narrowing(Protocol):
    """A side whose rows can be put into buckets in either way (connectors.reading.Reading)."""

    def buckets(self, number: int, by: Spread = "hash") -> dict[int, Digest]: ...
    def hashes(self, number: int, buckets: Sequence[int] | None = None, by: Spread = "hash") -> Iterator[tuple[str, int]]: ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both digests, and the keys (as lines) that differ with how they do."""

    left: Digest
    right: Digest
    differing: dict[str, Kind]

    @property
    def equal(self) -> bool:
        return not self.differing and self.left == self.right


def narrow(left: Narrowing, right: Narrowing, blocks: Mapping[int, Digest], *, number: int) -> dict[str, Kind] | None:
    """Name the keys that differ between two sides; None where they lie in too many buckets to read just those.

    `blocks` are the left side's, that many of them: neighbouring keys first, for what changed often lies together. Then buckets by
    hash, as fine as memory allows.
    """
    rows = sum(digest.count for digest in blocks.values())
    by: Spread
    for by in ("block", "hash"):
        if by == "hash":
            number = max(1, min(MOST_BUCKETS, rows // 4))
        here, there = blocks if by == "block" else left.buckets(number, by), right.buckets(number, by)
        chosen = sorted(b for b in here.keys() | there.keys() if here.get(b) != there.get(b))
        read = sum(max(side[b].count for side in (here, there) if b in side) for b in chosen)
        if read <= max(ROWS_PER_BUCKET, min(MUCH * rows, MOST_ROWS)):
            return _differing(_by_key(left.hashes(number, chosen, by)), _by_key(right.hashes(number, chosen, by))) if chosen else {}
    return None


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


def both(left: Placed, right: Placed, of_left: Callable[[], Left], of_right: Callable[[], Right]) -> tuple[Left, Right]:
    """Ask something of both sides: at once where they lie on servers of two engines, each of which works for itself."""
    if left.engine == right.engine or not {left.engine, right.engine} <= set(SERVERS):
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
