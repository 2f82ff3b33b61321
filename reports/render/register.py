"""A register's workbook: heads as the dataset calls its fields, drop-downs where only some words are known.

The same file is handed out empty as the template and read back by the register's flow.
"""

import io
from collections.abc import Sequence

import xlsxwriter

from catalog.dataset import Dataset, Field
from catalog.messages import say
from catalog.register import Register
from reports.render.xlsx import EPOCH

HEAD_ROW, ROWS = 2, 1000  # rows that the drop-downs reach


def render(register: Register, dataset: Dataset, rows: Sequence[Sequence[str | None]] = ()) -> bytes:
    """Write a register with its rows; without any it is the template. The same rows give the same bytes."""
    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(written, options) as book:
        book.set_properties({"title": register.title, "created": EPOCH})
        edge = {"border": 1, "font_name": "宋体", "font_size": 11}
        head = book.add_format(edge | {"font_name": "黑体", "bg_color": "#F2F2F2", "align": "center"})
        text = book.add_format(edge | {"num_format": "@"})
        sheet = book.add_worksheet(register.title[:31])
        told = say("register.how", "zh", title=register.title, owner=register.owner)
        sheet.write_string(0, 0, told, book.add_format({"font_name": "黑体", "font_size": 12}))
        for at, field in enumerate(dataset.fields):
            sheet.write_string(HEAD_ROW - 1, at, field.title, head)
            sheet.set_column(at, at, 20, text)
            if rule := _rule(register, field):
                sheet.data_validation(HEAD_ROW, at, HEAD_ROW + ROWS, at, rule)
        for number, row in enumerate(rows, HEAD_ROW):
            for at, cell in enumerate(row):
                if cell is not None:
                    sheet.write_string(number, at, cell, text)
        sheet.freeze_panes(HEAD_ROW, 0)
    return written.getvalue()


def _rule(register: Register, field: Field) -> dict[str, object] | None:
    """Return what a cell of the field may hold."""
    if choices := register.choices.get(field.name):
        return {"validate": "list", "source": list(choices), "error_message": say("register.choose", "zh", known="、".join(choices))}
    kind = field.type.kind
    if kind == "integer":
        return {"validate": "integer", "criteria": ">=", "value": 0, "error_message": say("register.count", "zh")}
    if kind in ("date", "timestamp"):
        form = "2026-10-14" if kind == "date" else "2026-10-14 09:00"
        return {"validate": "any", "input_title": field.title, "input_message": say("register.day", "zh", form=form)}
    return None
