"""A file for a department, CSV or XLSX: written beside its place, read back, and only then put there, in one move.

Text stays text: no cell of a workbook is a formula, a link or a shortened number.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xlsxwriter

from catalog.errors import RejectedError, UnavailableError
from catalog.field_type import FieldType
from catalog.flow import OfficeFile
from connectors.handover import Refusal

MOST_ROWS = 1_048_575  # below the headings of a sheet
LONGEST = 32_767  # UTF-16 units of a cell
DIGITS = 15  # of a number that a workbook keeps
Values = Sequence[str | None]


def unfit(it: OfficeFile, rows: Iterable[tuple[str, Values]]) -> Iterator[Refusal]:
    """Yield the rows (key line, canonical values) that the file cannot hold; both encodings write every character there is."""
    if it.name.endswith(".xlsx"):
        for key, values in rows:
            if any(value is not None and len(value) * 2 > LONGEST and _units(value) > LONGEST for value in values):
                yield Refusal(key, "receiver.cell")


@contextmanager
def written(
    it: OfficeFile, folder: Path, flow: str, types: Sequence[FieldType], names: Sequence[str], rows: Iterable[Values]
) -> Iterator[Path]:
    """Write the file into a folder of its own inside `folder` and yield that folder; leaving it removes it.

    Raises UnavailableError where there is no room or no permission, RejectedError for more rows than the file can hold.
    """
    draft = folder / f".hub-{flow}"
    try:
        shutil.rmtree(draft, ignore_errors=True)  # what a crash has left
        draft.mkdir()
        path = draft / it.name
        (_xlsx if it.name.endswith(".xlsx") else _csv)(it, path, types, names, rows)
        _sync(path)
        yield draft
    except OSError as error:
        raise unwritable(folder, error) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def put(it: OfficeFile, folder: Path, draft: Path) -> None:
    """Put the written file in the place of the last one; its marker, if any, is never there without the whole file."""
    place = folder / it.name
    marker = place.with_name(it.done.format(name=it.name)) if it.done else None
    try:
        if marker:
            marker.unlink(missing_ok=True)
        (draft / it.name).replace(place)
        if marker:
            (draft / marker.name).write_bytes(b"")
            (draft / marker.name).replace(marker)
        _sync(folder)
    except OSError as error:
        raise unwritable(folder, error) from None


def unwritable(folder: Path, error: OSError) -> UnavailableError:
    """Tell a folder that cannot be written, by the error's name alone."""
    return UnavailableError("files.unwritable", folder=folder.name, code=os.strerror(error.errno) if error.errno else type(error).__name__)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _csv(it: OfficeFile, path: Path, types: Sequence[FieldType], names: Sequence[str], rows: Iterable[Values]) -> None:
    with path.open("w", encoding=it.encoding, newline="") as file:
        file.write(_line(names, it.delimiter))
        for row in rows:
            file.write(
                _line([None if value is None else text(wanted, value) for wanted, value in zip(types, row, strict=True)], it.delimiter)
            )


def _line(cells: Values, delimiter: str) -> str:
    return delimiter.join(_quoted(cell, delimiter) for cell in cells) + "\r\n"


def _quoted(value: str | None, delimiter: str) -> str:
    if value is None:
        return ""
    plain = value and value.strip() == value and not any(character in value for character in (delimiter, '"', "\r", "\n"))
    return value if plain else '"' + value.replace('"', '""') + '"'


def text(wanted: FieldType, value: str) -> str:
    """Write a canonical value as people and our own reader of office files read it."""
    match wanted.kind:
        case "float" if value not in ("NaN", "Infinity", "-Infinity"):
            return repr(float(value))
        case "boolean":
            return "true" if value == "1" else "false"
        case "timestamptz":
            return f"{value}+00:00"
    return value


def _xlsx(it: OfficeFile, path: Path, types: Sequence[FieldType], names: Sequence[str], rows: Iterable[Values]) -> None:
    with tempfile.TemporaryDirectory(prefix="campus-hub-") as scratch:  # what is half written when a disk is full is not well cleared away
        book = Path(scratch) / path.name
        _workbook(it, book, types, names, rows)
        shutil.copyfile(book, path)


def _workbook(it: OfficeFile, path: Path, types: Sequence[FieldType], names: Sequence[str], rows: Iterable[Values]) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent), "use_zip64": True}) as book:
        sheet, bold = book.add_worksheet(it.sheet), book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(names) - 1, 0), 16)
        for at, name in enumerate(names):
            sheet.write_string(0, at, name, bold)
        count = 0
        for count, row in enumerate(rows, 1):
            if count > MOST_ROWS:
                raise RejectedError("files.too_many", rows=f"> {MOST_ROWS}", most=MOST_ROWS)
            for at, (wanted, value) in enumerate(zip(types, row, strict=True)):
                _cell(sheet, count, at, wanted, value)


def _cell(sheet: Any, row: int, at: int, wanted: FieldType, value: str | None) -> None:  # Any: xlsxwriter has no types
    if value is None:
        return
    digits = sum(character.isdigit() for character in value)
    if wanted.kind == "boolean":
        sheet.write_boolean(row, at, value == "1")
    elif wanted.kind in ("integer", "decimal") and digits <= DIGITS:
        sheet.write_number(row, at, float(value))
    else:
        sheet.write_string(row, at, text(wanted, value))


def _units(value: str) -> int:
    return len(value.encode("utf-16-le", "surrogatepass")) // 2
