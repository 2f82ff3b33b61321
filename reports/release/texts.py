"""Every text that a finished file shows or carries, with its place: what the scan reads is what a reader could find.

DOCX with its headers, comments, deleted words and properties; XLSX with hidden sheets; HTML without its markup; PDF page by page.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from pypdf import PdfReader

from catalog.errors import RejectedError
from reports.release import document
from reports.scan import CASE_NUMBERS


@dataclass(frozen=True, slots=True)
class Text:
    """A text and where it stands. `wrapped`: its lines were broken by the layout; `case_numbers`: it is a column of such numbers."""

    text: str
    place: str
    wrapped: bool = False
    case_numbers: bool = False


def texts(path: Path) -> Iterator[Text]:
    """Yield what a file says. RejectedError for a kind that is not released."""
    read = {".docx": _docx, ".xlsx": _xlsx, ".html": _html, ".pdf": _pdf}.get(path.suffix.lower())
    if read is None:
        raise RejectedError("release.kind", file=path.name)
    yield from read(path)


def _docx(path: Path) -> Iterator[Text]:
    it = document.read(path)
    heads = {(block.table or 0, block.column): block.text.strip() for block in it.blocks if block.table is not None and block.row == 0}
    for block in it.blocks:
        named = block.table is not None and heads.get((block.table, block.column), "") in CASE_NUMBERS
        yield Text(block.text, f"{path.name} 第{block.page}页" if block.page else path.name, case_numbers=named)
    yield from (Text(text, f"{path.name}（页眉页脚、批注、删除的文字或文档属性）") for text in it.aside)


def _xlsx(path: Path) -> Iterator[Text]:
    book = load_workbook(path, read_only=False)
    for sheet in book.worksheets:
        named: set[int] = set()
        for row in sheet.iter_rows():
            cells = [(cell.column, str(cell.value)) for cell in row if cell.value is not None]
            yield from (Text(text, f"{path.name} {sheet.title} 第{row[0].row}行", case_numbers=column in named) for column, text in cells)
            named |= {column for column, text in cells if text.strip() in CASE_NUMBERS}
            yield from (Text(cell.comment.text, f"{path.name} {sheet.title} 批注") for cell in row if cell.comment)
    core = book.properties
    yield Text(
        "\n".join(str(text) for text in (core.creator, core.lastModifiedBy, core.title, core.description) if text),
        f"{path.name}（文档属性）",
    )


def _html(path: Path) -> Iterator[Text]:
    reader = _Page(path.name)
    reader.feed(path.read_text("utf-8"))
    yield from reader.found


class _Page(HTMLParser):
    """Collects the words between tags and what stands in attributes that are read (title, alt, aria-label)."""

    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.name, self.found, self.inside = name, list[Text](), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.found += [Text(value, self.name) for name, value in attrs if value and name in ("title", "alt", "aria-label", "content")]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if data.strip() and self.inside not in ("style", "script"):
            self.found.append(Text(data, self.name))

    def handle_comment(self, data: str) -> None:
        self.found.append(Text(data, self.name))


def _pdf(path: Path) -> Iterator[Text]:
    content = path.read_bytes()
    for number, page in enumerate(pages(content), 1):
        yield Text(page, f"{path.name} 第{number}页", wrapped=True)
    about: Any = PdfReader(io.BytesIO(content)).metadata or {}  # Any: pypdf's dictionary
    yield Text("\n".join(str(value) for value in about.values()), f"{path.name}（文档属性）")


@lru_cache(maxsize=4)
def pages(pdf: bytes) -> tuple[str, ...]:
    """Return the text of each page of a PDF; the same file is read for its numbers and for the scan."""
    return tuple(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
