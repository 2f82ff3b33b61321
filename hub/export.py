"""A whole granted table at one moment, written as NDJSON, CSV or XLSX in pieces, so that memory stays flat whatever its size."""

import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson
import xlsxwriter

from catalog.dataset import Field
from catalog.errors import RejectedError
from connectors.line import split
from connectors.selection import Group
from hub.cells import Cells, objects_of
from hub.granted import at_one_moment
from hub.sharing import Grant

Format = Literal["ndjson", "csv", "xlsx"]
Encoding = Literal["utf-8-sig", "utf-8", "gb18030"]
MEDIA: dict[Format, str] = {
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHEET = 1_048_575  # rows of an XLSX sheet below its head
CELL = 32_767  # characters of an XLSX cell
EXACT = 10**15  # whole numbers that XLSX, which has doubles alone, keeps
PIECE = 1 << 18
Row = Sequence[Any]  # Any: JSON values
Write = Callable[["Snapshot"], Iterator["Piece"]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of an export and how many rows they hold."""

    data: bytes
    rows: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows of a granted table at one moment: their cells, the names above them, what was published, how many there are if counted."""

    fields: Sequence[Field]
    chunks: Iterator[Sequence[Row]]
    position: int
    version: str | None


def export(
    grant: Grant,
    fields: Sequence[Field],
    asked: Group | None,
    write: Write,
    *,
    begun: Callable[[Snapshot], None],
    limit: Callable[[int], None] | None,
) -> Generator[Piece, None, None]:
    """Yield the pieces of an export. `begun` hears of the snapshot before the first; `limit` may refuse the number of rows.

    UnavailableError where the platform does not answer, RejectedError for a cell that the format cannot hold.
    """
    with at_one_moment(grant) as granted:
        reading = granted.reading(fields, asked)
        position = granted.number(granted.position())
        if limit:
            limit(reading.count())
        cells = Cells.of(grant, fields, [column.field for column in reading.selection.columns])
        salt = grant.salt()
        lines = reading.lines() if salt is None else reading.shuffled(salt)
        snapshot = Snapshot(fields, (_rows(cells, chunk) for chunk in lines), position, granted.version(position))
        begun(snapshot)
        yield from write(snapshot)


def _rows(cells: Cells, chunk: bytes) -> Sequence[Row]:
    return cells.rows([split(line) for line in chunk.decode().split("\n")[:-1]])


def ndjson(snapshot: Snapshot) -> Iterator[Piece]:
    """Write an object a line."""
    made = objects_of([field.name for field in snapshot.fields])
    for rows in snapshot.chunks:
        yield Piece(b"".join([orjson.dumps(made(*row), option=orjson.OPT_APPEND_NEWLINE) for row in rows]), len(rows))


def as_csv(encoding: Encoding) -> Write:
    """Write RFC 4180: NULL is an empty cell, an empty text `""`. `utf-8-sig` begins with the mark by which office programs know UTF-8."""

    def write(snapshot: Snapshot) -> Iterator[Piece]:
        head = _csv([[field.name for field in snapshot.fields]])
        yield Piece(head.encode(encoding), 0)
        plain = "utf-8" if encoding == "utf-8-sig" else encoding
        for rows in snapshot.chunks:
            yield Piece(_csv(rows).encode(plain), len(rows))

    return write


def _csv(rows: Sequence[Row]) -> str:
    return "".join([",".join(map(_csv_cell, row)) + "\r\n" for row in rows])


def _csv_cell(value: Any) -> str:  # Any: a JSON value
    if isinstance(value, str):
        plain = value and not any(character in value for character in ',"\r\n')
        return value if plain else '"' + value.replace('"', '""') + '"'
    return "" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)


def xlsx(snapshot: Snapshot) -> Iterator[Piece]:
    """Write a workbook, row by row to disk; its first piece counts for all the rows, since a part of it is no workbook."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        rows = _workbook(path, snapshot)
        with path.open("rb") as file:
            while data := file.read(PIECE):
                yield Piece(data, rows)
                rows = 0


def _workbook(path: Path, snapshot: Snapshot) -> int:
    total = 0
    with xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent), "use_zip64": True}) as book:
        for rows in snapshot.chunks:
            for row in rows:
                if total % SHEET == 0:
                    sheet = _sheet(book, snapshot.fields)
                for at, value in enumerate(row):
                    _cell(sheet, total % SHEET + 1, at, value)
                total += 1
        if not total:
            _sheet(book, snapshot.fields)
    return total


def _sheet(book: Any, fields: Sequence[Field]) -> Any:  # Any: xlsxwriter has no types
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(fields) - 1, 0), 16)
    for at, field in enumerate(fields):
        sheet.write_string(0, at, field.title, bold)
    return sheet


def _cell(sheet: Any, row: int, at: int, value: Any) -> None:  # Any: xlsxwriter has no types; a JSON value
    if isinstance(value, bool):
        sheet.write_boolean(row, at, value)
    elif isinstance(value, float) or (isinstance(value, int) and abs(value) < EXACT):
        sheet.write_number(row, at, value)
    elif value is not None:
        if len(str(value)) > CELL:
            raise RejectedError("api.cell_long", most=CELL)
        sheet.write_string(row, at, str(value))
