"""The workbook in which a department verifies its cases: everything locked but 有异议 and 理由, which are validated as they are typed."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import xlsxwriter

from catalog.messages import say
from reports.render.xlsx import EPOCH

SHEET, ABOUT = "核对", "核对信息"
HEADS = ("办件编号", "事项", "口径", "环节", "期限", "完成时间", "判定", "有异议", "理由", "标识")
HEAD_ROW = 4
WIDTHS = (24, 28, 10, 14, 18, 18, 12, 8, 50, 12)
REASON = 200  # letters
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Counted:
    """One line: a case (by its item's owner) or a step (by the unit that held it) that fell due, and how it was judged."""

    seen: str
    app_id: str
    step_no: int | None
    app_no: str
    item: str | None
    step: str | None
    due_at: datetime
    done_at: datetime | None
    verdict: str

    @property
    def cells(self) -> tuple[str, ...]:
        """Write the line as it stands in the sheet; its last cell leads back to the case."""
        key = self.app_id if self.step_no is None else f"{self.app_id}:{self.step_no}"
        done = _moment(self.done_at) if self.done_at else "—"
        return (self.app_no, self.item or "", self.seen, self.step or "—", _limit(self.due_at), done, self.verdict, "", "", key)


def render(unit: str, lines: Sequence[Counted], *, about: tuple[str, str, str, str], until: str) -> bytes:
    """Write the workbook of a unit; `about` are issue, draft, unit and snapshot, by which it is known when it comes back."""
    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(written, options) as book:
        book.set_properties({"title": f"{about[0]} {unit}", "created": EPOCH})
        edge = {"border": 1, "valign": "vcenter", "font_name": "宋体", "font_size": 11, "num_format": "@"}
        bold = book.add_format({"bold": True, "font_name": "黑体", "font_size": 14})
        head, text = book.add_format(edge | {"bg_color": "#F2F2F2", "align": "center"}), book.add_format(edge)
        free = book.add_format(edge | {"locked": False, "text_wrap": True, "bg_color": "#FFFBE6"})
        sheet = book.add_worksheet(SHEET)
        sheet.write_string(0, 0, say("verify.title", "zh", unit=unit, issue=about[0], draft=about[1]), bold)
        sheet.write_string(1, 0, say("verify.how", "zh", until=until))
        sheet.write_string(2, 0, say("verify.count", "zh", count=len(lines)))
        for at, (name, wide) in enumerate(zip(HEADS, WIDTHS, strict=True)):
            sheet.write_string(HEAD_ROW - 1, at, name, head)
            sheet.set_column(at, at, wide, None, {"hidden": name == "标识"})
        for number, line in enumerate(lines, HEAD_ROW):
            for at, cell in enumerate(line.cells):
                sheet.write_string(number, at, cell, free if HEADS[at] in ("有异议", "理由") else text)
        _validate(sheet, HEAD_ROW, HEAD_ROW + max(len(lines), 1) - 1)
        sheet.freeze_panes(HEAD_ROW, 1)
        sheet.autofilter(HEAD_ROW - 1, 0, HEAD_ROW + max(len(lines), 1) - 1, len(HEADS) - 2)
        sheet.protect("", {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True})
        hidden = book.add_worksheet(ABOUT)
        for row, cells in enumerate((("报告期", "稿", "单位", "快照"), about)):
            for at, cell in enumerate(cells):
                hidden.write_string(row, at, cell)
        hidden.hide()
    return written.getvalue()


def _validate(sheet: xlsxwriter.worksheet.Worksheet, first: int, last: int) -> None:
    at = HEADS.index("有异议")
    sheet.data_validation(
        first, at, last, at, {"validate": "list", "source": ["是"], "error_title": "有异议", "error_message": "有异议填“是”，没有异议留空"}
    )
    rule = {"validate": "length", "criteria": "between", "minimum": 1, "maximum": REASON}
    told = {
        "error_title": "理由",
        "error_message": f"不超过{REASON}字，不写姓名、学号、电话",
        "input_title": "理由",
        "input_message": "写明事实，不写个人信息",
    }
    sheet.data_validation(first, at + 1, last, at + 1, rule | told)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _limit(moment: datetime) -> str:
    """Write a limit: what ends at 0:00 ends at 24:00 of the day before."""
    return f"{moment - DAY:%Y-%m-%d} 24:00" if moment.time() == time() else _moment(moment)
