"""DOCX: the office's editable master, with the font names of official documents. The same report gives the same bytes."""

import io
import unicodedata
import zipfile
from datetime import datetime
from typing import Any

from docx import Document
from docx.document import Document as Open
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import Table as Grid
from docx.table import _Row as Line
from docx.text.paragraph import Paragraph as Written

from reports.report import Chart, Heading, Paragraph, Report, Section, Table, is_figure

RED = RGBColor(0xC8, 0x10, 0x2E)
SONG, FANG, KAI, HEI, PLAIN = "方正小标宋简体", "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体"
LATIN = "Times New Roman"
EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip's first day: no clock enters the file
TITLE, BODY, PAGE, NOTE = 22.0, 16.0, 14.0, 10.5  # 二号, 三号, 四号, 五号
LINE = Pt(28.95)  # 22 lines a page (GB/T 9704)
WIDTH = 156  # 版心, mm
CENTER, LEFT, RIGHT, JUSTIFY = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY


def render(report: Report) -> bytes:
    """Write the report as DOCX. Charts stand in the HTML; the document carries the tables."""
    document = Document()
    _page(document, report)
    head = _line(document, CENTER, after=10, spacing=Pt(48))
    _run(head, report.subtitle, SONG, 32, colour=RED)
    _rule(head)
    _run(_line(document, CENTER, before=24, after=18, spacing=Pt(36)), report.title, SONG, TITLE)
    _body(document, report.addressees, indent=False)
    _body(document, report.opening)
    for section in report.sections:
        _run(_line(document, LEFT, indent=True, level=1), section.title, HEI, BODY)
        _blocks(document, section)
    document.paragraphs[-1].paragraph_format.keep_with_next = True  # nobody signs an empty page
    _run(_line(document, RIGHT, before=20), report.office, FANG, BODY)
    for annex in report.annexes:
        _run(_line(document, LEFT, after=8, level=1, new_page=True), annex.title, HEI, BODY)
        _blocks(document, annex)
    return _fixed(document)


def _page(document: Open, report: Report) -> None:
    """Set the sheet of GB/T 9704, the state in its head and the number in its foot."""
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    page.header_distance, page.footer_distance = Mm(20), Mm(25)
    head, foot = page.header.paragraphs[0], page.footer.paragraphs[0]
    head.alignment, foot.alignment = RIGHT, CENTER
    _run(head, report.state, HEI, PAGE)
    _run(foot, "— ", PLAIN, PAGE)
    number = _run(foot, "", PLAIN, PAGE)
    number.append(_element("w:fldChar", fldCharType="begin"))
    number.append(_element("w:instrText", text=" PAGE "))
    number.append(_element("w:fldChar", fldCharType="end"))
    _run(foot, " —", PLAIN, PAGE)
    core = document.core_properties
    core.title, core.author, core.last_modified_by, core.comments = report.title, report.office, report.office, report.state
    core.created = core.modified = datetime(*EPOCH)  # noqa: DTZ001  no clock enters the file
    core.revision = 1


def _blocks(document: Open, section: Section) -> None:
    for block in section.blocks:
        match block:
            case Paragraph():
                _body(document, block.text)
            case Heading():
                _run(_line(document, LEFT, indent=True, level=2), block.text, KAI, BODY)
            case Table():
                _table(document, block)
            case Chart():
                pass  # charts are the HTML's: a formal document carries tables


def _body(document: Open, text: str, *, indent: bool = True) -> None:
    _run(_line(document, JUSTIFY, indent=indent), text, FANG, BODY)


def _line(
    document: Open,
    alignment: WD_ALIGN_PARAGRAPH,
    *,
    indent: bool = False,
    level: int | None = None,
    before: float = 0,
    after: float = 0,
    spacing: Length = LINE,
    new_page: bool = False,
) -> Written:
    """Open a paragraph; `level` makes it a heading of the document's outline."""
    paragraph = document.add_paragraph()
    paragraph.alignment = alignment
    form = paragraph.paragraph_format
    form.line_spacing, form.space_before, form.space_after, form.page_break_before = spacing, Pt(before), Pt(after), new_page
    if indent:
        form.first_line_indent = Pt(2 * BODY)
    if level:
        form.keep_with_next = True
        paragraph._p.get_or_add_pPr().append(_element("w:outlineLvl", val=str(level - 1)))
    return paragraph


def _rule(paragraph: Written) -> None:
    """Draw the red line under the head."""
    borders = _element("w:pBdr")
    borders.append(_element("w:bottom", val="single", sz="18", space="6", color=str(RED)))
    paragraph._p.get_or_add_pPr().insert_element_before(borders, "w:spacing", "w:ind", "w:jc", "w:outlineLvl")


def _table(document: Open, it: Table) -> None:
    caption = _line(document, CENTER, before=8, after=4, spacing=Pt(18))
    caption.paragraph_format.keep_with_next = True
    _run(caption, it.title, HEI, 12)
    grid = document.add_table(rows=1, cols=len(it.head), style="Table Grid")
    grid.alignment, grid.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    size = NOTE if len(it.head) < 7 else 9.0
    _fill(grid.rows[0], it.head, HEI, size)
    grid.rows[0]._tr.get_or_add_trPr().append(_element("w:tblHeader"))
    for row in it.rows:
        _fill(grid.add_row(), row, FANG, size)
    _widen(grid, it, size)
    _run(_line(document, LEFT, before=2, after=8, spacing=Pt(16)), it.note, FANG, NOTE)


def _fill(line: Line, texts: tuple[str, ...], font: str, size: float) -> None:
    line._tr.get_or_add_trPr().append(_element("w:cantSplit"))
    for cell, text in zip(line.cells, texts, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.alignment = CENTER if font == HEI else RIGHT if is_figure(text) else LEFT
        paragraph.paragraph_format.space_after, paragraph.paragraph_format.line_spacing = Pt(0), Pt(size + 4.5)
        _run(paragraph, text, font, size)


def _widen(grid: Grid, it: Table, size: float) -> None:
    """Share the page's width by what the columns hold."""
    padding, em = 1.2, Pt(size).mm
    needs = [padding + max(_ems(it.head[at]) / 2, *(_ems(row[at]) for row in it.rows), 2) for at in range(len(it.head))]
    for column, ems in zip(grid.columns, _shares(needs, WIDTH / em), strict=True):
        column.width = Mm(ems * em)
        for cell in column.cells:
            cell.width = Mm(ems * em)


def _shares(needs: list[float], room: float) -> list[float]:
    """Give narrow columns what they need, and let those with long texts share the rest: a text breaks, a figure does not."""
    given: dict[int, float] = {}
    wide = dict(enumerate(needs))
    while narrow := {at: need for at, need in wide.items() if need <= room / len(wide)}:
        given |= narrow
        wide = {at: need for at, need in wide.items() if at not in narrow}
        room -= sum(narrow.values())
    roots = {at: need**0.5 for at, need in wide.items()}
    given |= {at: room * root / sum(roots.values()) for at, root in roots.items()}
    spare = 0 if wide else room / len(needs)
    return [given[at] + spare for at in range(len(needs))]


def _ems(text: str) -> float:
    """Measure a text in Chinese characters: a Latin one is somewhat wider than half of one."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.6 for c in text)


def _run(paragraph: Written, text: str, font: str, size: float, *, colour: RGBColor | None = None) -> Any:  # Any: the run's lxml element
    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(size), LATIN
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if colour is not None:
        run.font.color.rgb = colour
    return run._element


def _element(tag: str, *, text: str | None = None, **attributes: str) -> Any:  # Any: an lxml element, which python-docx leaves untyped
    element = OxmlElement(tag)
    element.text = text
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def _fixed(document: Open) -> bytes:
    """Zip the document again with fixed times, so that its bytes depend on its content alone."""
    written, fixed = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            target.writestr(zipfile.ZipInfo(name, EPOCH), source.read(name), zipfile.ZIP_DEFLATED)
    return fixed.getvalue()
