"""A dataset's rows as one Parquet file, in the order in which they come: one state of the platform gives one file, to the byte.

    lines of the platform, by key → Arrow: parsed, persons under other names → Parquet

Rows stream, whatever their number.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from catalog.dataset import Field
from catalog.errors import RejectedError
from connectors.line import split
from reports.facts import PSEUDONYMS
from reports.pseudonym import pseudonym

BLOCK = 1 << 23  # bytes parsed at once; their rows stand together in the file
TEXT = pa.dictionary(pa.int32(), pa.string())
ARROW: Mapping[str, pa.DataType] = {
    "integer": pa.int64(),
    "float": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us"),
}


def write(path: Path, fields: Sequence[Field], chunks: Iterator[bytes], *, zone: ZoneInfo) -> int:
    """Write rows that come as chunks of lines; return how many.

    Instants become the school's wall time. RejectedError where a value is not of its field's type; what reading raises passes.
    """
    schema, rows = pa.schema([(field.name, _type(field)) for field in fields]), 0
    texts = [field.name for field in fields if _type(field) == TEXT]
    another = cache(lambda line: pseudonym(_text(line)))  # many a person stands in every batch
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=texts) as file:
        try:
            for batch in _batches(schema, chunks):
                kept = [_kept(field, values, zone, another) for field, values in zip(fields, batch.columns, strict=True)]
                file.write_batch(pa.record_batch(kept, schema=schema))
                rows += batch.num_rows
        except pa.ArrowInvalid:  # its text carries the value
            raise RejectedError("report.unreadable", dataset=path.stem) from None
    return rows


def _type(field: Field) -> pa.DataType:
    return TEXT if field.name in PSEUDONYMS else ARROW.get(field.type.kind, TEXT)


def _batches(schema: pa.Schema, chunks: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
    first = next(chunks, None)
    if first is None:
        return
    yield from csv.open_csv(
        pa.PythonFile(_Joined(chain([first], chunks)), "r"),
        csv.ReadOptions(column_names=schema.names, block_size=BLOCK),
        csv.ParseOptions(delimiter="\t", quote_char=False, escape_char=False, ignore_empty_lines=False),
        csv.ConvertOptions(column_types=schema, null_values=["\\N"], strings_can_be_null=True, true_values=["1"], false_values=["0"]),
    )


def _kept(field: Field, values: pa.Array, zone: ZoneInfo, another: Callable[[str], str]) -> pa.Array:
    """Return a column as a snapshot keeps it: instants in wall time, persons under other names, texts without their escapes."""
    if field.type.kind == "timestamptz":
        return pc.local_timestamp(values.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us", zone.key)))
    if values.type != TEXT:
        return values
    if field.name in PSEUDONYMS:
        return _renamed(values, another)
    escaped = pc.any(pc.match_substring(values.dictionary, "\\")).as_py()
    return _renamed(values, _text) if escaped else values


def _renamed(values: pa.DictionaryArray, name: Callable[[str], str]) -> pa.DictionaryArray:
    names = pa.array([name(text) for text in values.dictionary.to_pylist()], pa.string())
    return pa.DictionaryArray.from_arrays(values.indices, names)


def _text(line: str) -> str:
    return split(line)[0] or ""


class _Joined(io.RawIOBase):
    """Chunks as the file that a parser reads."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks, self.rest = chunks, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, length = [self.rest], len(self.rest)
        while length < size and (chunk := next(self.chunks, b"")):
            parts.append(chunk)
            length += len(chunk)
        whole = b"".join(parts)
        self.rest = whole[size:]
        return whole[:size]
