"""A dataset's rows as one Parquet file in the order of its key: one state of the platform gives one file, to the byte.

    lines of the platform → Arrow: parsed, persons under other names → DuckDB: sorted → Parquet

Rows stream, whatever their number; what does not fit into the memory of the sort waits beside the file, and leaves with it.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from catalog.dataset import Field
from catalog.errors import RejectedError
from connectors.line import split
from reports.facts import PSEUDONYMS
from reports.pseudonym import pseudonym

BLOCK = 1 << 23  # bytes parsed at once
ROWS = 122_880  # rows that Parquet keeps together
SORT: dict[str, str | bool | int | float | list[str]] = {"threads": 2, "memory_limit": "500MB"}
ARROW: Mapping[str, pa.DataType] = {
    "integer": pa.int64(),
    "float": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us"),
}


def write(path: Path, fields: Sequence[Field], key: Sequence[Field], chunks: Iterator[bytes], *, zone: ZoneInfo) -> int:
    """Write rows that come as lines of `fields`, then of those of `key` that are not among them; return how many. The key sorts.

    Instants become the school's wall time. RejectedError where a value is not of its field's type; what reading raises passes.
    """
    columns = [*fields, *(field for field in key if field not in fields)]
    batches, failed = _batches(columns, chunks, zone), list[Exception]()
    kept, ordered = (", ".join(_quoted(field.name) for field in some) for some in (fields, key))
    target = str(path).replace("'", "''")
    options = f"format parquet, compression zstd, row_group_size {ROWS}"
    with TemporaryDirectory(dir=path.parent) as aside, duckdb.connect(":memory:", config=SORT | {"temp_directory": aside}) as sorter:
        sorter.execute("set enable_progress_bar = false")  # it would enter what a command prints
        sorter.register("lines", pa.RecordBatchReader.from_batches(_schema(columns), _telling(batches, failed)))
        try:
            written = sorter.execute(f"copy (select {kept} from lines order by {ordered}) to '{target}' ({options})").fetchone()
        except duckdb.Error:
            raise failed[0] if failed else RejectedError("report.unreadable", dataset=path.stem) from None
    return int(written[0]) if written else 0


def _telling(batches: Iterator[pa.RecordBatch], failed: list[Exception]) -> Iterator[pa.RecordBatch]:
    """Pass batches on; DuckDB tells of any failure in words of its own, so the first is kept."""
    try:
        yield from batches
    except pa.ArrowInvalid:  # its text carries the value
        raise
    except Exception as error:
        failed.append(error)
        raise


def _batches(columns: Sequence[Field], chunks: Iterator[bytes], zone: ZoneInfo) -> Iterator[pa.RecordBatch]:
    first = next(chunks, None)
    if first is None:
        return
    parsed = csv.open_csv(
        pa.PythonFile(_Joined(chain([first], chunks)), "r"),
        csv.ReadOptions(column_names=[column.name for column in columns], block_size=BLOCK),
        csv.ParseOptions(delimiter="\t", quote_char=False, escape_char=False, ignore_empty_lines=False),
        csv.ConvertOptions(
            column_types=_schema(columns), null_values=["\\N"], strings_can_be_null=True, true_values=["1"], false_values=["0"]
        ),
    )
    named: dict[str, str] = {}
    for batch in parsed:
        arrays = [_kept(column, values, zone, named) for column, values in zip(columns, batch.columns, strict=True)]
        yield pa.record_batch(arrays, schema=_schema(columns))


def _schema(columns: Sequence[Field]) -> pa.Schema:
    return pa.schema([(c.name, pa.string() if c.name in PSEUDONYMS else ARROW.get(c.type.kind, pa.string())) for c in columns])


def _kept(column: Field, values: pa.Array, zone: ZoneInfo, named: dict[str, str]) -> pa.Array:
    """Return a column as a snapshot keeps it: instants in wall time, persons under other names, texts without their escapes."""
    if column.type.kind == "timestamptz":
        return pc.local_timestamp(values.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us", zone.key)))
    if not pa.types.is_string(values.type):
        return values
    if column.name in PSEUDONYMS:
        encoded = values.dictionary_encode()
        persons = encoded.dictionary.to_pylist()
        named |= {line: pseudonym(_text(line)) for line in persons if line not in named}
        return pa.array([named[line] for line in persons], pa.string()).take(encoded.indices)
    escaped = pc.any(pc.match_substring(values, "\\")).as_py()
    return pa.array([None if line is None else _text(line) for line in values.to_pylist()], pa.string()) if escaped else values


def _text(line: str) -> str:
    return split(line)[0] or ""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


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
