"""A small report to print, and what a reader finds in its files."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pypdf import PdfReader

from reports.render import pdf
from reports.render.fonts import typefaces
from reports.report import Foot, Head, Heading, Paragraph, Report, Section, Table

DAY = date(2026, 11, 4)
MM = 72 / 25.4  # points in a millimetre
REPORT = Report(
    head=Head("示例学院文件", "××〔2026〕　号"),
    lines=("关于2026年10月网上办事大厅", "运行情况的通报"),
    addressees="各单位：",
    opening="开头。",
    sections=(
        Section(
            "一、情况", (Paragraph('甲<b>&"乙'), Heading("（一）环节"), Table("表", ("事项", "件"), (("<script>x</script>", "12"),), "注"))
        ),
    ),
    annexes=(Section("统计表", (Paragraph("附件一文字。"),)), Section("统计口径说明", (Paragraph("附件二文字。"),))),
    foot=Foot("", "示例学院综合办公室", "2026年　月　日", "抄送：校董事会、校党委。", "示例学院综合办公室", "2026年　月　日印发"),
    office="示例学院综合办公室",
    state="送审稿",
    skin="通报",
)


def long_report(lines: int) -> Report:
    """Return a report whose only section is one paragraph of so many full lines of 28 characters."""
    text = "永" * (28 * lines - 2)
    return replace(REPORT, sections=(Section("一、情况", (Paragraph(text),)),), annexes=(), draft=False)


def printed(report: Report) -> PdfReader:
    return PdfReader(io.BytesIO(pdf.render(report, typefaces(), DAY)))


def rows(reader: PdfReader, page: int) -> list[str]:
    """Return the lines of a page from the top down, without its number."""
    return [line for line in reader.pages[page].extract_text().splitlines() if not re.fullmatch(r"—\s*\d+\s*—", line)]


def words(reader: PdfReader, but_not: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the characters of all pages in reading order, without spaces, page numbers and the words of `but_not`."""
    for page in reader.pages:
        text = re.sub(r"—\s*\d+\s*—", "", page.extract_text())
        for word in but_not:
            text = text.replace(word, "")
        yield from re.sub(r"\s", "", text)


@dataclass(frozen=True)
class Stroke:
    """A straight line on a page, in millimetres from its lower left corner."""

    x: float
    y: float
    long: float
    thick: float
    red: bool


def strokes(reader: PdfReader, page: int) -> list[Stroke]:
    """Return the level lines of a page from the top down."""
    found: list[Stroke] = []
    state: dict[str, list[float]] = {"w": [0], "m": [0, 0], "SCN": [0]}

    def see(operator: bytes, operands: list[Any], cm: list[float], tm: list[float]) -> None:
        name = operator.decode()
        if name in state:
            state[name] = [float(operand) for operand in operands]
        if name == "l" and float(operands[1]) == state["m"][1]:
            red = len(state["SCN"]) == 3 and state["SCN"][0] > 0.8
            long = float(operands[0]) - state["m"][0]
            found.append(Stroke(*(round(v / MM, 2) for v in (cm[4] + state["m"][0], cm[5] - state["m"][1], long, state["w"][0])), red))

    reader.pages[page].extract_text(visitor_operand_before=see)
    return sorted(found, key=lambda stroke: -stroke.y)


def pieces(reader: PdfReader, page: int) -> list[tuple[str, str, float, float, float]]:
    """Return what is written on a page: text, font, type size, and where its line begins, in millimetres from the lower left corner."""
    found: list[tuple[str, str, float, float, float]] = []

    def see(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        if text.strip():
            place = (cm[4] + tm[4]) / MM, (cm[5] + tm[5]) / MM
            found.append((text.strip(), str(font["/BaseFont"]).partition("+")[2], size, *place))

    reader.pages[page].extract_text(visitor_text=see)
    return found
