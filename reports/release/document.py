"""A DOCX as the office saved it, read as its reader sees it: text as if every change were accepted, whatever runs it was split into.

What is not part of the text (headers, comments, deleted words, who wrote it) is kept aside for the scan. Refuses what is no DOCX, is
locked by a password, or unpacks beyond its size.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from catalog.errors import RejectedError

LARGEST = 256 * 2**20  # bytes unpacked
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # says again what Choice says
GONE = frozenset(f"{W}{tag}" for tag in ("del", "moveFrom"))
CHANGES = frozenset(f"{W}{tag}" for tag in ("ins", "del", "moveFrom", "moveTo"))
BREAK = "\f"
ASIDE = re.compile(r"word/(header|footer|comments)\w*\.xml|docProps/(core|app|custom)\.xml")
NOTES = re.compile(r"word/(footnotes|endnotes)\.xml")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a cell of a table, and its page as the office program last laid it out (0: not known)."""

    text: str
    page: int
    table: int | None = None
    row: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """What stands in the document in its order, what stands aside, and how many changes were not accepted yet."""

    blocks: Sequence[Block]
    aside: Sequence[str]
    changes: int

    def tables(self) -> Iterator[Sequence[Sequence[Block]]]:
        """Yield each table as rows of cells."""
        found: dict[int, dict[int, list[Block]]] = {}
        for block in self.blocks:
            if block.table is not None:
                found.setdefault(block.table, {}).setdefault(block.row, []).append(block)
        for rows in found.values():
            yield list(rows.values())


@dataclass(slots=True)
class _Reader:
    """Walks a document part: the page it is on, the tables seen so far."""

    paged: bool
    page: int = 1
    tables: int = 0
    blocks: list[Block] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)

    def body(self, element: Element, table: int | None = None, row: int = 0, column: int = 0) -> None:
        """Read paragraphs and tables below an element, in order."""
        for child in element:
            if child.tag == f"{W}p":
                self._paragraph(child, table, row, column)
            elif child.tag == f"{W}tbl":
                self._table(child)
            elif child.tag in GONE or child.tag == FALLBACK:
                self.aside.append(_all_text(child))
            else:  # sdt, customXml, ins: what they hold stands in the text
                self.body(child, table, row, column)

    def _table(self, element: Element) -> None:
        number, self.tables = self.tables, self.tables + 1
        for at, line in enumerate(_own(element, f"{W}tr")):
            place = 0
            for cell in _own(line, f"{W}tc"):
                self._cell(cell, number, at, place)
                span = cell.find(f"{W}tcPr/{W}gridSpan")
                place += int(span.get(f"{W}val", "1")) if span is not None else 1

    def _cell(self, element: Element, table: int, row: int, column: int) -> None:
        """Read a cell as one block; a table inside it stands on its own."""
        inner = _Reader(self.paged, self.page, self.tables)
        inner.body(element, table, row, column)
        mine = [block for block in inner.blocks if block.table == table and (block.row, block.column) == (row, column)]
        text = "\n".join(block.text for block in mine)
        self.blocks.append(Block(text, mine[0].page if mine else self.page, table, row, column))
        self.blocks += [block for block in inner.blocks if block not in mine]
        self.page, self.tables = inner.page, inner.tables
        self.aside += inner.aside

    def _paragraph(self, element: Element, table: int | None, row: int, column: int) -> None:
        boxes: list[Element] = []
        text = "".join(self._pieces(element, boxes))
        opening = self.page + len(text) - len(text.lstrip(BREAK))
        self.blocks.append(Block(text.replace(BREAK, ""), opening if self.paged else 0, table, row, column))
        self.page += text.count(BREAK)
        for box in boxes:
            self.body(box)

    def _pieces(self, element: Element, boxes: list[Element]) -> Iterator[str]:
        for child in element:
            match child.tag.removeprefix(W):
                case "t":
                    yield child.text or ""
                case "tab":
                    yield "\t"
                case "br" | "cr":
                    yield "\n"
                case "noBreakHyphen":
                    yield "-"
                case "lastRenderedPageBreak":
                    yield BREAK
                case "txbxContent":
                    boxes.append(child)
                case "del" | "moveFrom":
                    self.aside.append(_all_text(child))
                case "instrText" | "pPr" | "rPr":
                    pass
                case _ if child.tag == FALLBACK:
                    pass
                case _:
                    yield from self._pieces(child, boxes)


def read(path: Path) -> Document:
    """Read a DOCX. RejectedError for what is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                raise RejectedError("release.too_large", file=path.name, size=LARGEST // 2**20)
            parts = {name: archive.read(name) for name in archive.namelist() if name.endswith(".xml")}
            main = ElementTree.fromstring(parts["word/document.xml"])
            reader = _Reader(paged=b"lastRenderedPageBreak" in parts["word/document.xml"])
            reader.body(main)
            for name in sorted(filter(NOTES.fullmatch, parts)):
                reader.body(ElementTree.fromstring(parts[name]))
            reader.aside += [_all_text(ElementTree.fromstring(parts[name])) for name in sorted(filter(ASIDE.fullmatch, parts))]
    except (zipfile.BadZipFile, zlib.error, KeyError, ElementTree.ParseError, OSError, RuntimeError, ValueError):
        raise RejectedError("release.no_document", file=path.name) from None
    changes = sum(element.tag in CHANGES for element in main.iter())
    return Document(reader.blocks, [text for text in reader.aside if text.strip()], changes)


def _own(element: Element, tag: str) -> list[Element]:
    """Return the rows of a table, or the cells of a row, also where a control or a change wraps them; not those of a table inside."""
    found: list[Element] = []
    for child in element:
        if child.tag == tag:
            found.append(child)
        elif child.tag not in (f"{W}tbl", f"{W}tc", f"{W}p") and child.tag not in GONE:
            found += _own(child, tag)
    return found


def _all_text(element: Element) -> str:
    """Return every word below an element, a line a paragraph: a word that was split into runs stays one."""
    paragraphs = list(element.iter(f"{W}p")) or [element]
    joined = ("" if it.tag.startswith(W) else "\n" for it in paragraphs)
    return "\n".join(between.join(it.itertext()) for between, it in zip(joined, paragraphs, strict=True))
