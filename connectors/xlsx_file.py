"""A sheet of an XLSX workbook as rows of typed cells. Refuses a workbook that unpacks beyond its size, and formulas never calculated."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.text import Text
from openpyxl.utils.datetime import WINDOWS_EPOCH
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from catalog.errors import RejectedError
from connectors.row import Broken, Cell, Row

LARGEST = 512 * 2**20  # bytes unpacked
CHUNK = 2**20
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # a character that XML cannot hold (ECMA-376 part 1, 22.9.2.19)
FORMULA = re.compile(rb"<(\w+:)?f[\s/>]")
# what openpyxl and the readers below it raise on a file that is no workbook
BROKEN = (zipfile.BadZipFile, InvalidFileException, zlib.error, LookupError, ValueError, TypeError, AttributeError, SyntaxError, EOFError)


def rows(path: Path, sheet: str | None, *, header_row: int) -> Iterator[Row]:
    """Yield the header row of a sheet (the first one if none is named), then each row that holds anything, all of one width.

    Raises RejectedError for what is no workbook, is too large, counts days from 1904, or lacks the sheet.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # openpyxl's warnings may tell a cell's value
        try:
            width = None
            for line, cells in enumerate(_cells(path, sheet, header_row), header_row):
                while cells and cells[-1] is None:
                    cells.pop()
                if cells or line == header_row:
                    width = width or len(cells)
                    yield Row(line, cells + [None] * (width - len(cells)))
        except BROKEN:
            raise RejectedError("files.no_workbook", file=path.name) from None


def _cells(path: Path, sheet: str | None, header_row: int) -> Iterator[list[Cell]]:
    book = load_workbook(path, read_only=True, data_only=True) if _fits(path) else None
    if book is None:
        raise RejectedError("files.too_large", file=path.name, size=LARGEST // 2**20)
    try:
        if book.epoch != WINDOWS_EPOCH:
            raise RejectedError("files.epoch_1904", file=path.name)
        name = sheet or book.sheetnames[0]
        if name not in book.sheetnames:
            raise RejectedError("files.no_sheet", file=path.name, sheet=name)
        if strings := _strings(path):
            known: Any = book[name]  # Any: openpyxl types no read-only workbook
            known._shared_strings[:] = strings
        shown = _page(book, name, header_row)
        if not _has_formulas(path):
            yield from (list(map(_value, row)) for row in shown)
            return
        formulas = load_workbook(path, read_only=True)
        try:
            for row, written in zip(shown, _page(formulas, name, header_row), strict=True):
                yield list(map(_calculated, row, written))
        finally:
            formulas.close()
    finally:
        book.close()


def _fits(path: Path) -> bool:
    with zipfile.ZipFile(path) as parts:  # no part unpacks beyond the size it states
        return sum(part.file_size for part in parts.infolist()) <= LARGEST


def _strings(path: Path) -> list[Any]:  # Any: openpyxl says of no text that it is one
    """Read the shared texts as they are written where openpyxl would not: it drops every `x005F_`, by which a mark is told from text."""
    with zipfile.ZipFile(path) as parts:
        for part in (name for name in parts.namelist() if name.lower().endswith("sharedstrings.xml")):
            if b"x005F_" in parts.read(part):
                with parts.open(part) as source:
                    read: Any = Text.from_tree
                    return [read(node).content for _, node in iterparse(source) if node.tag == f"{{{SHEET_MAIN_NS}}}si"]
    return []


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as parts:
        for part in parts.namelist():
            if part.startswith("xl/worksheets/"):
                with parts.open(part) as sheet:
                    tail = b""
                    while chunk := sheet.read(CHUNK):
                        if FORMULA.search(tail + chunk):
                            return True
                        tail = chunk[-16:]
    return False


def _page(book: Any, sheet: str, header_row: int) -> Iterator[Sequence[Any]]:  # Any: openpyxl types no read-only workbook
    page = book[sheet]
    page.reset_dimensions()  # the size that a sheet states may be wrong or absurd
    yield from page.iter_rows(min_row=header_row)


def _value(cell: Any) -> Cell:  # Any: openpyxl's read-only cell
    if cell.data_type == "e":
        return Broken("reject.formula_error")
    value: Cell = ESCAPED.sub(_character, str(cell.value)) if cell.data_type == "s" and cell.value is not None else cell.value
    return value


def _character(escaped: re.Match[str]) -> str:
    number = int(escaped[1], 16)
    return escaped[0] if 0xD800 <= number <= 0xDFFF else chr(number)


def _calculated(cell: Any, written: Any) -> Cell:  # Any: openpyxl's read-only cells
    return Broken("reject.formula") if cell.value is None and written.data_type == "f" else _value(cell)
