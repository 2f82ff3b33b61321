"""DOCX: the office's editable master, with the font names of official documents. The same report gives the same bytes."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from importlib.resources import files
from typing import Any

from docx import Document
from docx.document import Document as Open
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement, parse_xml
from docx.oxml.table import CT_Tc
from docx.shared import Length, Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph as Written

from reports.render.columns import PADDING, WIDTH, ems, heads, size, widths
from reports.report import Chart, Foot, Head, Heading, Paragraph, Report, Section, Table, is_figure

RED = RGBColor(0xE6, 0x00, 0x12)
SONG, FANG, KAI, HEI, PLAIN = "方正小标宋简体", "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体"
LATIN = "Times New Roman"
LETTER = 170  # mm: the double lines of a letter
EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip's first day: no clock enters the file
TITLE, BODY, SMALL, NOTE = 22.0, 16.0, 14.0, 10.5  # 二号, 三号, 四号, 五号
LINE, NARROW = Pt(28.95), "-5"  # 22 lines a page; 0.25 pt less between characters make 28 a line (GB/T 9704)
CHARACTER = Pt(BODY - 0.25)
AFTER_BORDERS = ("w:shd", "w:tabs", "w:autoSpaceDE", "w:autoSpaceDN", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:outlineLvl")
CENTER, LEFT, RIGHT, JUSTIFY = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY


def render(report: Report) -> bytes:
    """Write the report as DOCX. Charts stand in the HTML; the document carries the tables."""
    document = Document()
    _page(document, report)
    (_letter_head if report.head.letter else _head)(document, report.head)
    title = [report.title] if ems(report.title) * TITLE <= Mm(WIDTH).pt else report.lines
    for number, text in enumerate(title):
        last = number == len(title) - 1
        _run(
            _line(document, CENTER, before=0 if number else 2 * LINE.pt, after=LINE.pt if last else 0, spacing=Pt(34.8)), text, SONG, TITLE
        )
    if report.addressees:
        _body(document, report.addressees, indent=False)
    _body(document, report.opening)
    for section in report.sections:
        _run(_line(document, LEFT, indent=True, level=1), section.title, HEI, BODY)
        _blocks(document, section)
    _foot(document, report)
    for label, annex in report.labelled():
        _run(_line(document, LEFT, level=1, new_page=True), label, HEI, BODY)
        _run(_line(document, CENTER, before=LINE.pt, after=LINE.pt, spacing=Pt(34.8)), annex.title, SONG, TITLE)
        _blocks(document, annex)
    _imprint(document, report.foot, ruled=not report.head.letter)
    return _fixed(document)


def _page(document: Open, report: Report) -> None:
    """Set the sheet of GB/T 9704: its lines, the draft's mark behind them, and the number at the outer edge below."""
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    page.header_distance, page.footer_distance = Mm(15), Mm(35 - 7 - Pt(SMALL).mm - 2)
    page._sectPr.find(qn("w:docGrid")).attrib.update({qn("w:type"): "lines", qn("w:linePitch"): "579"})
    document.settings.odd_and_even_pages_header_footer = True
    page.different_first_page_header_footer = report.head.letter  # a letter's first page has a line in place of its number
    for header in (page.header, page.even_page_header, *([page.first_page_header] if report.head.letter else [])):
        header.is_linked_to_previous = False
        header.paragraphs[0].alignment = RIGHT
        if report.draft:
            _run(header.paragraphs[0], report.state, HEI, SMALL)
            header.paragraphs[0]._p.append(_watermark(report.state))
    for footer, edge in ((page.footer, RIGHT), (page.even_page_footer, LEFT)):
        foot = footer.paragraphs[0]
        foot.alignment = edge
        foot.paragraph_format.left_indent = foot.paragraph_format.right_indent = Pt(SMALL)
        _run(foot, "— ", PLAIN, SMALL)
        number = _run(foot, "", PLAIN, SMALL)
        for part in ({"fldCharType": "begin"}, {"text": " PAGE "}, {"fldCharType": "end"}):
            number.append(_element("w:instrText", **part) if "text" in part else _element("w:fldChar", **part))
        _run(foot, " —", PLAIN, SMALL)
    if report.head.letter:
        page.first_page_footer.is_linked_to_previous = False
        _letter(page, report.head)
    core = document.core_properties
    core.title, core.author, core.last_modified_by, core.comments = report.title, report.office, report.office, report.state
    core.created = core.modified = datetime(*EPOCH)  # noqa: DTZ001  no clock enters the file
    core.revision = 1


def _watermark(text: str) -> Any:  # Any: an lxml element
    """Return the run that lays a word across the page, as Word's own 水印 does."""
    element = parse_xml((files("reports.render") / "watermark.xml").read_text("utf-8"))
    element.find(".//{urn:schemas-microsoft-com:vml}textpath").set("string", text)
    return element


def _head(document: Open, head: Head) -> None:
    """Write the red head: label, mark, number, and the red line 4 mm below."""
    if head.label:
        _run(_line(document, RIGHT), head.label, HEI, BODY)
    fitting = min(48.0, WIDTH * 0.9 / 25.4 * 72 / (ems(head.mark) * 1.08))
    above = Mm(35).pt - (LINE.pt if head.label else 0)
    mark = _line(document, CENTER, before=above, after=LINE.pt, spacing=Pt(50))
    _run(mark, head.mark, SONG, round(fitting * 2) / 2, colour=RED)
    number = _line(document, CENTER)
    _run(number, head.number, FANG, BODY)
    if head.editor:
        ruled = _line(document, LEFT)
        ruled.paragraph_format.left_indent = CHARACTER
        ruled.paragraph_format.tab_stops.add_tab_stop(Length(Mm(WIDTH) - CHARACTER), WD_TAB_ALIGNMENT.RIGHT)
        _run(ruled, f"{head.editor}\t{head.dated}", FANG, BODY)
    else:
        ruled = number
    line = _line(document, LEFT, spacing=Pt(11))  # 4 mm
    line._p.get_or_add_pPr().insert_element_before(_borders("w:pBdr", {"bottom": ("12", str(RED))}), *AFTER_BORDERS)


def _letter_head(document: Open, head: Head) -> None:
    """Write what stands below the red line of a letter: the label and the number, a brief's editor and date."""
    for number, (left, right) in enumerate(((head.label, head.number), (head.editor, head.dated))):
        if left or right:
            line = _line(document, LEFT, before=0 if number else 8)
            line.paragraph_format.tab_stops.add_tab_stop(Mm(WIDTH), WD_TAB_ALIGNMENT.RIGHT)
            _run(line, left, FANG if number else HEI, BODY)
            _run(line, f"\t{right}", FANG, BODY)


def _letter(page: Any, head: Head) -> None:  # Any: python-docx's section
    """Set the first page of 信函格式: the mark 30 mm below the sheet's edge over a double line, another 20 mm above the lower edge."""
    fitting = min(36.0, Mm(WIDTH * 0.9).pt / (ems(head.mark) * 1.08))
    mark = page.first_page_header.add_paragraph()
    mark.alignment, form = CENTER, mark.paragraph_format
    form.line_spacing, form.space_before, form.space_after = Pt(fitting), Pt(Mm(30 - 15).pt - 20), Pt(0)
    _run(mark, head.mark, SONG, round(fitting * 2) / 2, colour=RED)
    _across(mark, "bottom", "thickThinSmallGap", 11)  # 4 mm
    _across(page.first_page_footer.paragraphs[0], "bottom", "thinThickSmallGap", 1)


def _across(paragraph: Written, edge: str, double: str, space: int) -> None:
    """Draw a red double line of 170 mm below or above a paragraph, so many points away."""
    form = paragraph.paragraph_format
    form.left_indent, form.right_indent = Mm(105 - LETTER / 2 - 28), Mm(105 - LETTER / 2 - 26)
    borders = _borders("w:pBdr", {edge: ("24", str(RED))})
    borders[0].attrib.update({qn("w:val"): double, qn("w:space"): str(space)})
    paragraph._p.get_or_add_pPr().insert_element_before(borders, *AFTER_BORDERS)


def _foot(document: Open, report: Report) -> None:
    """Write what stands below the text: the closing word, the list of annexes, and who signs when."""
    foot = report.foot
    if foot.closing:
        _body(document, foot.closing)
    for number, name in enumerate(report.listed()):
        line = _line(document, LEFT, before=0 if number else LINE.pt)
        line.paragraph_format.left_indent, line.paragraph_format.first_line_indent = 5 * CHARACTER, 0 if number else -3 * CHARACTER
        line.paragraph_format.keep_with_next = number < len(report.listed()) - 1
        _run(line, name if number else f"附件：{name}", FANG, BODY)
    if not foot.signed:
        return
    document.paragraphs[-1].paragraph_format.keep_with_next = True  # nobody signs an empty page
    wide, narrow = (ems(text) * CHARACTER.pt for text in (foot.signed, foot.dated))
    margin = max(2 * CHARACTER.pt, 4 * CHARACTER.pt - (max(wide, narrow) - narrow) / 2)
    for text, before in ((foot.signed, 2 * LINE.pt), (foot.dated, 0.0)):
        line = _line(document, RIGHT, before=before)
        line.paragraph_format.keep_with_next = before > 0
        line.paragraph_format.right_indent = Pt(margin + (max(wide, narrow) - ems(text) * CHARACTER.pt) / 2)
        _run(line, text, FANG, BODY)


def _imprint(document: Open, foot: Foot, *, ruled: bool) -> None:
    """Write the lines at the foot of the last page (版记): a table that Word and WPS let down to the lower edge of the text."""
    rows = [row for row in ((foot.sent_to, ""), (foot.printed_by, foot.printed_on)) if row[0]]
    if not rows:
        return
    grid = document.add_table(rows=0, cols=1)
    grid.alignment, grid.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    place = {"vertAnchor": "margin", "horzAnchor": "margin", "tblpXSpec": "center", "tblpYSpec": "bottom"}
    grid._tbl.tblPr.insert_element_before(_element("w:tblpPr", **place), "w:tblOverlap", "w:bidiVisual", "w:tblW", "w:jc", "w:tblLayout")
    for number, (left, right) in enumerate(rows):
        cell = grid.add_row().cells[0]
        cell.width = Mm(WIDTH)
        line = cell.paragraphs[0]
        form = line.paragraph_format
        form.left_indent, form.line_spacing, form.space_after = Pt(SMALL - 5.4), Pt(26), Pt(0)  # a cell has 5.4 pt of its own
        form.tab_stops.add_tab_stop(Length(Mm(WIDTH) - Pt(SMALL + 10.8)), WD_TAB_ALIGNMENT.RIGHT)
        _run(line, f"{left}\t{right}" if right else left, FANG, SMALL)
        edges = {"top": "8" if number == 0 else "6", "bottom": "8" if number == len(rows) - 1 else "6"}  # 0.35 mm, 0.25 mm
        if ruled:
            cell._tc.get_or_add_tcPr().append(_borders("w:tcBorders", {side: (thick, "000000") for side, thick in edges.items()}))
    _run(_line(document, LEFT, spacing=Pt(1)), "", FANG, 1)  # a document cannot end with a table


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
    form.widow_control = False
    _plain(paragraph)
    if indent:
        form.first_line_indent = 2 * CHARACTER
    if level:
        form.keep_with_next = True
        paragraph._p.get_or_add_pPr().append(_element("w:outlineLvl", val=str(level - 1)))
    return paragraph


def _plain(paragraph: Written) -> None:
    """Let no engine add space: neither between Chinese and digits, nor up to the next line of the grid."""
    after = ("w:spacing", "w:ind", "w:jc", "w:outlineLvl")
    for tag in ("w:autoSpaceDE", "w:autoSpaceDN", "w:snapToGrid"):
        paragraph._p.get_or_add_pPr().insert_element_before(_element(tag, val="0"), *after)


def _borders(tag: str, sides: Mapping[str, tuple[str, str]]) -> Any:  # Any: an lxml element
    borders = _element(tag)
    for side, (thick, colour) in sides.items():
        borders.append(_element(f"w:{side}", val="single", sz=thick, space="0", color=colour))
    return borders


def _table(document: Open, it: Table) -> None:
    caption = _line(document, CENTER, before=8, after=4, spacing=Pt(18))
    caption.paragraph_format.keep_with_next = True
    _run(caption, it.title, HEI, 12)
    grid = document.add_table(rows=0, cols=len(it.head), style="Table Grid")
    grid.alignment, grid.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    margins = _element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(_element(f"w:{side}", w=str(int((PADDING / 2 - 0.1) * size(it) * 20)), type="dxa"))  # as the widths are reckoned
    grid._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")
    for column, wide in zip(grid.columns, widths(it), strict=True):
        column.width = Mm(wide)
    grid._tbl.extend(_rows(document, it))
    if it.note:
        _run(_line(document, LEFT, before=2, after=8, spacing=Pt(16)), it.note, FANG, NOTE)
    else:
        _run(_line(document, LEFT, spacing=Pt(8)), "", FANG, NOTE)  # two tables would grow together


def _rows(document: Open, it: Table) -> Iterator[Any]:  # Any: an lxml element
    """Write the rows of a table. A cell is a copy of the first of its form: to make each anew takes seconds a report."""
    forms, columns = dict[tuple[float, WD_ALIGN_PARAGRAPH, str], CT_Tc](), widths(it)
    for number, texts in enumerate([heads(it), *it.rows]):
        row, font = _element("w:tr"), FANG if number else HEI
        row.get_or_add_trPr().append(_element("w:cantSplit"))
        if number == 0:
            row.get_or_add_trPr().append(_element("w:tblHeader"))
        for wide, text in zip(columns, texts, strict=True):
            form = wide, CENTER if font == HEI or text == "—" else RIGHT if is_figure(text) else LEFT, font
            if form not in forms:
                forms[form] = _cell(document, *form, size(it))
            cell = deepcopy(forms[form])
            cell.p_lst[0].r_lst[0].text = text
            row.append(cell)
        yield row


def _cell(document: Open, wide: float, alignment: WD_ALIGN_PARAGRAPH, font: str, points: float) -> CT_Tc:
    cell = CT_Tc.new()
    cell.width = Mm(wide)
    paragraph = Written(cell.p_lst[0], document)
    paragraph.alignment = alignment
    paragraph.paragraph_format.space_after, paragraph.paragraph_format.line_spacing = Pt(0), Pt(points + 3.5)
    _plain(paragraph)
    _run(paragraph, "", font, points)
    return cell


def _run(paragraph: Written, text: str, font: str, points: float, *, colour: RGBColor | None = None) -> Any:  # Any: the run's lxml element
    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(points), LATIN
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if colour is not None:
        run.font.color.rgb = colour
    if points == BODY:
        run._element.get_or_add_rPr().insert_element_before(_element("w:spacing", val=NARROW), "w:sz")
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
