"""Masks on the way: rows pass here as lines, are digested as read, masked, and digested as they leave. Masks never become SQL."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from catalog.field_type import FieldType
from connectors.digest import Digest
from connectors.line import join, row_hash, split
from connectors.reading import Reading
from connectors.reject import Reject
from hub.masking import Masker


class MaskedLane:
    """A pass that masks lines; `read` and `left` are the digests of what came in and of what went out."""

    def __init__(self, fields: Sequence[str], types: Sequence[FieldType], masks: Mapping[str, Masker]) -> None:
        self.types = types
        self.masks = [masks.get(field) for field in fields]
        self.read = self.left = Digest()

    def __call__(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Mask each line of each chunk."""
        for chunk in chunks:
            rows = [split(line) for line in chunk.decode().split("\n")[:-1]]
            out = [self.row(row) for row in rows]
            self.read += Digest(len(rows), sum(row_hash(self.types, row) for row in rows))
            self.left += Digest(len(out), sum(row_hash(self.types, row) for row in out))
            yield "".join([join(row) + "\n" for row in out]).encode()

    def row(self, values: Sequence[str | None]) -> tuple[str | None, ...]:
        """Mask one row's canonical values; NULL stays NULL."""
        return tuple(mask(value) if mask and value is not None else value for mask, value in zip(self.masks, values, strict=True))


@dataclass(frozen=True, slots=True)
class MaskedReading:
    """A side of a comparison as its receiver should see it: read row by row, masked here, digested here."""

    reading: Reading
    masks: Mapping[str, Masker]

    @property
    def engine(self) -> str:
        """The engine that it is read from."""
        return self.reading.engine

    def digest(self) -> Digest:
        """Digest the masked rows."""
        hashes = [value for _, value in self.hashes(1)]
        return Digest(len(hashes), sum(hashes))

    def buckets(self, number: int) -> dict[int, Digest]:
        """Put all masked rows into one bucket: reading them is what costs."""
        return {0: self.digest()}

    def hashes(self, number: int, buckets: Sequence[int] | None = None) -> Iterator[tuple[str, int]]:
        """Yield key line and masked row hash of each row."""
        selection = self.reading.selection
        names = [column.field for column in selection.columns]
        lane = MaskedLane(names, selection.types, self.masks)
        places = [names.index(name) for name in selection.key]
        for chunk in self.reading.lines():
            for line in chunk.decode().split("\n")[:-1]:
                row = lane.row(split(line))
                yield join(row[place] for place in places), row_hash(lane.types, row)


def hidden(reject: Reject, key: Sequence[str], masks: Mapping[str, Masker]) -> Reject:
    """Return a rejected row as the receiver's server may keep it: its key as granted and why, none of its values."""
    if reject.key is None:
        return replace(reject, row="")
    values = zip(key, split(reject.key), strict=True)
    return replace(reject, key=join(masks[name](value) if name in masks and value is not None else value for name, value in values), row="")
