"""A sheet of an XLSX workbook as rows of typed cells. Refuses a workbook that unpacks beyond its size, and formulas never calculated.

A cell that is merged away has no value of its own: whose it would be is not guessed.
"""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

from openpyxl import load_workbook
from openpyxl.cell.text import Text
from openpyxl.utils.cell import range_boundaries
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
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
TAIL = 128  # bytes in which a mark that two chunks share begins
PADDED = re.compile("0{2,}")  # a number format that people see leading zeros by
Area = tuple[int, int, int, int]  # first column and line, last column and line
# what openpyxl and the readers below it raise on a file that is no workbook
BROKEN = (zipfile.BadZipFile, InvalidFileException, zlib.error, LookupError, ValueError, TypeError, AttributeError, SyntaxError, EOFError)


def rows(path: Path, sheet: str | None, *, header_row: int) -> Iterator[Row]:
    """Yield the header row of a sheet (the first one if none is named), then each row that holds anything, all of one width.

    Raises RejectedError for what is no workbook, is too large, counts days from 1904, or lacks the sheet.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # openpyxl's warnings may tell a cell's value
        try:
            width = 0
            for line, (cells, areas) in enumerate(_cells(path, sheet, header_row), header_row):
                while cells and cells[-1] is None:
                    cells.pop()
                if line == header_row:
                    width = len(cells)
                    yield Row(line, cells)
                elif cells:
                    cells += [None] * (width - len(cells))
                    for left, top, right, _ in areas:
                        for at in range(left, min(right, width) + 1):
                            cells[at - 1] = cells[at - 1] if (at, line) == (left, top) else Broken("reject.merged")
                    yield Row(line, cells)
        except BROKEN:
            raise RejectedError("files.no_workbook", file=path.name) from None


def _cells(path: Path, sheet: str | None, header_row: int) -> Iterator[tuple[list[Cell], Sequence[Area]]]:
    book = load_workbook(path, read_only=True, data_only=True) if _fits(path) else None
    if book is None:
        raise RejectedError("files.too_large", file=path.name, size=LARGEST // 2**20)
    try:
        if book.epoch != WINDOWS_EPOCH:
            raise RejectedError("files.epoch_1904", file=path.name)
        name = sheet or book.sheetnames[0]
        if name not in book.sheetnames:
            raise RejectedError("files.no_sheet", file=path.name, sheet=name)
        known: Any = book[name]  # Any: openpyxl types no read-only workbook
        if strings := _strings(path):
            known._shared_strings[:] = strings
        calculated, areas = _marks(path, known._worksheet_path)
        shown, lying = _page(book, name, header_row), _lying(areas, header_row)
        if not calculated:
            yield from ((list(map(_value, row)), over) for row, over in zip(shown, lying, strict=False))
            return
        formulas = load_workbook(path, read_only=True)
        try:
            for row, written, over in zip(shown, _page(formulas, name, header_row), lying, strict=False):
                yield list(map(_calculated, row, written)), over
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


def _marks(path: Path, part: str) -> tuple[bool, set[Area]]:
    """Say whether a sheet has formulas, and which of its areas are merged."""
    calculated, areas, tail = False, set[Area](), b""
    with zipfile.ZipFile(path) as parts, parts.open(part) as sheet:
        while chunk := sheet.read(CHUNK):
            tail += chunk
            calculated = calculated or bool(FORMULA.search(tail))
            areas.update(cast(Area, range_boundaries(ref.decode())) for ref in MERGED.findall(tail))  # both corners are named
            tail = tail[-TAIL:]
    return calculated, areas


def _lying(areas: Iterable[Area], first: int) -> Iterator[Sequence[Area]]:
    """Yield, for each line from `first` on, the areas that lie over it."""
    waiting, here = sorted(areas, key=itemgetter(1), reverse=True), list[Area]()
    for line in count(first):
        while waiting and waiting[-1][1] <= line:
            here.append(waiting.pop())
        here = [area for area in here if area[3] >= line]
        yield here


def _page(book: Any, sheet: str, header_row: int) -> Iterator[Sequence[Any]]:  # Any: openpyxl types no read-only workbook
    page = book[sheet]
    page.reset_dimensions()  # the size that a sheet states may be wrong or absurd
    yield from page.iter_rows(min_row=header_row)


def _value(cell: Any) -> Cell:  # Any: openpyxl's read-only cell
    if cell.data_type == "e":
        return Broken("reject.formula_error")
    value: Cell = cell.value
    if cell.data_type == "s" and value is not None:
        return ESCAPED.sub(_character, str(value))
    return str(value).zfill(len(cell.number_format)) if type(value) is int and PADDED.fullmatch(cell.number_format) else value


def _character(escaped: re.Match[str]) -> str:
    number = int(escaped[1], 16)
    return escaped[0] if 0xD800 <= number <= 0xDFFF else chr(number)


def _calculated(cell: Any, written: Any) -> Cell:  # Any: openpyxl's read-only cells
    return Broken("reject.formula") if cell.value is None and written.data_type == "f" else _value(cell)
