"""A worklist as XLSX: for internal use, its purpose on its face, everything in it text."""

import io
from collections.abc import Sequence

import xlsxwriter

from catalog.messages import say
from reports.render.xlsx import EPOCH

HEADS = ("对象（平台假名键）", "单位", "线索", "核实结果", "处理")


def render(issue: str, title: str, entries: Sequence[tuple[str, str, str]], *, acts: str) -> bytes:
    """Write the workbook: the same entries give the same bytes."""
    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(written, options) as book:
        book.set_properties({"title": title, "created": EPOCH})
        bold = book.add_format({"bold": True, "font_name": "黑体", "font_size": 14})
        head = book.add_format({"border": 1, "font_name": "黑体", "align": "center", "bg_color": "#F2F2F2"})
        text = book.add_format({"border": 1, "font_name": "宋体", "num_format": "@", "text_wrap": True})
        sheet = book.add_worksheet("工作单")
        sheet.write_string(0, 0, f"{title}（{issue}）", bold)
        sheet.write_string(1, 0, say("worklist.note", "zh", acts=acts))
        for at, (name, wide) in enumerate(zip(HEADS, (36, 20, 30, 30, 20), strict=True)):
            sheet.write_string(2, at, name, head)
            sheet.set_column(at, at, wide)
        for row, entry in enumerate(entries, 3):
            for at, cell in enumerate((*entry, "", "")):
                sheet.write_string(row, at, cell, text)
        sheet.freeze_panes(3, 0)
    return written.getvalue()
