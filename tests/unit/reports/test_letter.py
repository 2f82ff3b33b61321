"""信函格式 (GB/T 9704, 10.1), in which the security report is dressed: its head is low, so that the first page holds what decides."""

import io
from dataclasses import replace
from itertools import pairwise

import pytest
from docx import Document
from docx.oxml.ns import qn
from printed import REPORT, pieces, printed, rows, strokes
from pypdf import PdfReader

from reports.render import docx
from reports.report import Foot, Report

ORDER = {  # of the children that we write, as ECMA-376 asks for them
    "w:pPr": "pStyle keepNext keepLines pageBreakBefore widowControl pBdr tabs autoSpaceDE autoSpaceDN snapToGrid spacing ind jc outlineLvl",
    "w:rPr": "rStyle rFonts b noProof color spacing sz",
    "w:tblPr": "tblStyle tblpPr tblW jc tblLayout tblCellMar tblLook",
    "w:trPr": "cantSplit tblHeader",
    "w:tcPr": "tcW tcBorders",
    "w:sectPr": "headerReference footerReference pgSz pgMar cols titlePg docGrid",
}


@pytest.fixture(scope="module")
def letter() -> Report:
    return replace(
        REPORT, head=replace(REPORT.head, mark="示例学院", label="内部资料", letter=True), foot=Foot("", "示例学院", "2026年　月　日")
    )


@pytest.fixture(scope="module")
def reader(letter: Report) -> PdfReader:
    return printed(letter)


def test_the_mark_stands_30_mm_below_the_edge_over_a_double_line_of_170_mm(reader: PdfReader) -> None:
    ruled = [stroke for stroke in strokes(reader, 0) if stroke.red]
    assert [(stroke.x, stroke.long) for stroke in ruled] == [(20.0, 170.0)] * 4
    assert [stroke.thick > other.thick for stroke, other in pairwise(ruled)] == [True, False, False]  # thick over thin, thin over thick
    mark = next(y for text, *_, y in pieces(reader, 0) if "示例学院" in text)
    assert 297 - 30 - 36 * 25.4 / 72 < mark < 297 - 30
    assert mark - ruled[0].y == pytest.approx(4, abs=1.2)  # the mark's own lower edge lies below its base line
    assert ruled[2].y == pytest.approx(20, abs=0.05)


def test_label_and_number_stand_below_the_line_and_the_title_two_lines_below_them(reader: PdfReader) -> None:
    found = {text: (x, y) for text, *_, x, y in pieces(reader, 0)}
    assert found["内部资料"][0] == pytest.approx(28)
    assert found["内部资料"][1] == found["××〔"][1]
    assert 2 * 225 / 22 < found["内部资料"][1] - found["关于"][1] < 4 * 225 / 22


def test_the_first_page_has_no_number_and_the_last_no_line_of_printing(reader: PdfReader) -> None:
    assert "— 1 —" not in reader.pages[0].extract_text()
    assert "— 2 —" in reader.pages[1].extract_text()
    assert strokes(reader, len(reader.pages) - 1) == []
    assert "印发" not in "".join("".join(rows(reader, page)) for page in range(len(reader.pages)))


def test_the_document_has_the_same_head_on_its_first_page_alone(letter: Report) -> None:
    page = Document(io.BytesIO(docx.render(letter))).sections[0]
    first = page.first_page_header.paragraphs
    assert [paragraph.text for paragraph in first] == ["送审稿", "示例学院"]
    assert 'w:val="thickThinSmallGap"' in first[1]._p.xml
    assert 'w:val="thinThickSmallGap"' in page.first_page_footer.paragraphs[0]._p.xml
    assert "PAGE" not in page.first_page_footer._element.xml
    assert "示例学院" not in [paragraph.text for paragraph in page.header.paragraphs]


@pytest.mark.parametrize("letter_head", [False, True])
def test_the_document_keeps_the_order_that_word_asks_for(letter: Report, *, letter_head: bool) -> None:
    document = Document(io.BytesIO(docx.render(letter if letter_head else REPORT)))
    page = document.sections[0]
    parts = [document, page.header, page.even_page_header, page.footer, *([page.first_page_header] if letter_head else [])]
    for parent, children in ORDER.items():
        wanted = [qn(f"w:{child}") for child in children.split()]
        for part in parts:
            for element in (part.element if part is document else part._element).iter(qn(parent)):
                found = [wanted.index(child.tag) for child in element]
                assert found == sorted(found), element.xml
                if parent != "w:sectPr":
                    assert len(found) == len(set(found)), element.xml
        assert len(document.element.findall(f".//{qn('w:docGrid')}")) == 1
