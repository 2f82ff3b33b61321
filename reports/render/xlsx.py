"""XLSX: every table of the report on a sheet of its own, the 口径 behind them.

Figures are numbers, everything else is text; nothing is a formula.
"""

import io
import math
import re
from collections.abc import Iterator
from datetime import datetime

import xlsxwriter

from reports.render.columns import ems
from reports.report import Paragraph, Report, Section, Table

NUMBER = re.compile(r"[-+]?(0|[1-9]\d{0,9})(\.\d+)?(%?)")  # a longer run of digits, or one that begins with 0, is a code
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
WIDE, PROSE, LINE = 46.0, 110.0, 16.0  # characters of the widest column and of a column of paragraphs, points of a line
NAME = 31  # a sheet's name is no longer
EPOCH = datetime(1980, 1, 1)  # noqa: DTZ001  no clock enters the file


def render(report: Report) -> bytes:
    """Write the workbook: the same report gives the same bytes."""
    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(written, options) as book:
        book.set_properties({"title": report.title, "author": report.office, "comments": report.state, "created": EPOCH})
        sheets = _Sheets(book)
        for place, table in report.tables():
            sheets.table(report, place, table)
        for label, annex in report.labelled():
            if texts := [block.text for block in annex.blocks if isinstance(block, Paragraph)]:
                sheets.notes(label, annex, texts)
    return written.getvalue()


class _Sheets:
    """The sheets written so far, and their formats."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        edge = {"border": 1, "valign": "vcenter", "text_wrap": True, "font_name": "宋体", "font_size": 11}
        self.book = book
        self.title = book.add_format({"bold": True, "font_name": "黑体", "font_size": 14})
        self.small = book.add_format({"font_name": "宋体", "font_size": 10, "text_wrap": True, "valign": "top"})
        self.head = book.add_format(edge | {"font_name": "黑体", "align": "center", "bg_color": "#F2F2F2"})
        self.text = book.add_format(edge | {"num_format": "@", "quote_prefix": True})
        self.dash = book.add_format(edge | {"align": "center"})
        self.edge, self.numbers = edge, dict[str, xlsxwriter.format.Format]()

    def table(self, report: Report, place: str, it: Table) -> None:
        """Write a table: title, where it stands, its head kept in sight and on every printed page, and its note."""
        sheet = self._sheet(it.title)
        sheet.write_string(0, 0, it.title, self.title)
        sheet.write_string(
            1, 0, "　".join(filter(None, (report.title, place, report.state))), self.book.add_format({"font_color": "#666666"})
        )
        wide = [min(WIDE, 3 + 2 * max(ems(head) / 2 + 1, *(ems(row[at]) for row in it.rows), 3)) for at, head in enumerate(it.head)]
        for at, head in enumerate(it.head):
            sheet.write_string(2, at, head, self.head)
            sheet.set_column(at, at, wide[at])
        for number, row in enumerate(it.rows, 3):
            lines = max(math.ceil((2 * ems(cell) + 2) / wide[at]) for at, cell in enumerate(row))
            if lines > 1:  # not every program makes room by itself
                sheet.set_row(number, LINE * lines)
            for at, cell in enumerate(row):
                self._cell(sheet, number, at, cell)
        if it.note:
            sheet.write_string(len(it.rows) + 3, 0, it.note)
        sheet.freeze_panes(3, 1)
        sheet.repeat_rows(0, 2)

    def notes(self, label: str, annex: Section, texts: list[str]) -> None:
        """Write an annex's paragraphs, one a row."""
        sheet = self._sheet(f"{label}{annex.title}")
        sheet.set_column(0, 0, PROSE)
        sheet.write_string(0, 0, annex.title, self.title)
        for number, text in enumerate(texts, 1):
            sheet.set_row(number, LINE * math.ceil((2 * ems(text) + 2) / PROSE))  # not every program makes room by itself
            sheet.write_string(number, 0, text, self.small)

    def _sheet(self, title: str) -> xlsxwriter.worksheet.Worksheet:
        taken = {sheet.get_name().lower() for sheet in self.book.worksheets()}
        name = next(name for name in _names(FORBIDDEN.sub(" ", title)) if name.lower() not in taken)
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    def _cell(self, sheet: xlsxwriter.worksheet.Worksheet, row: int, at: int, cell: str) -> None:
        match = NUMBER.fullmatch(cell)
        if match is None:
            sheet.write_string(row, at, cell, self.dash if cell == "—" else self.text)
            return
        share, signed, decimals = bool(match[3]), cell[0] in "+-", len(match[2] or ".") - 1
        form = "0." + "0" * decimals if decimals else "0"
        form = f"+{form}%;-{form}%;{form}%" if share and signed else f"{form}%" if share else form
        if form not in self.numbers:
            self.numbers[form] = self.book.add_format(self.edge | {"num_format": form})
        sheet.write_number(row, at, round(float(cell.rstrip("%")) / (100 if share else 1), 8), self.numbers[form])


def _names(title: str) -> Iterator[str]:
    """Yield names for a sheet: its title cut to what Excel takes, then numbered ones."""
    yield title[:NAME]
    for number in range(2, 1000):
        yield f"{title[: NAME - 4]}({number})"
