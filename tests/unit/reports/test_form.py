"""The files that people get: the grid of an official document, the same words everywhere, nothing that runs, fonts that show every name."""

import hashlib
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
from docx import Document
from hall import Hall, lay
from printed import DAY, REPORT, long_report, printed, rows, words

from catalog.errors import CatalogError
from reports.build import Built, build
from reports.note import read
from reports.render import docx, html, pdf, xlsx
from reports.render.fonts import Typefaces, typefaces
from reports.report import Chart, Paragraph, Section, Series, Table

NOW = datetime(2026, 11, 5, tzinfo=UTC)
WORDS = [
    "示例学院文件",
    "关于2026年10月网上办事大厅",
    "各单位：",
    "开头。",
    "一、情况",
    "（一）环节",
    "附件：1.统计表",
    "2.统计口径说明",
    "附件一文字。",
    "附件2",
    "抄送：校董事会、校党委。",
]
Make = Callable[..., Built]


@pytest.fixture
def fonts() -> Typefaces:
    """The fonts of the machine; docker/fonts.sh installs those that official documents need."""
    faces = typefaces()
    if not faces.chain("fang"):
        pytest.fail("no Chinese font is installed: run docker/fonts.sh")
    return faces


@pytest.fixture
def report(tmp_path: Path) -> Make:
    def make(hall: Hall, **edition: object) -> Built:
        url = f"sqlite:///{tmp_path}/platform.db"
        hub = lay(tmp_path, hall.rows, hall=url, platform=url, edition=edition)
        return build(hub, "operation", "2026-10", now=NOW, out=tmp_path / "out")

    return make


def small() -> Hall:
    return Hall().item("I1").case("c1", ("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-12 09:00:00"), ("办结", "2026-10-13 09:00:00"))


@pytest.mark.usefixtures("fonts")
def test_a_full_page_has_22_lines_of_28_characters() -> None:
    reader = printed(long_report(60))
    assert [len(line) for line in rows(reader, 1)] == [28] * 22
    assert [len(line) for line in rows(reader, 2)] == [28] * 22


@pytest.mark.usefixtures("fonts")
def test_the_text_lies_in_156_by_225_mm_and_the_number_at_the_outer_edge() -> None:
    page, found = printed(long_report(60)).pages[1], []
    page.extract_text(
        visitor_operand_before=lambda op, operands, cm, tm: found.append((cm[4] + tm[4], cm[5] + tm[5])) if op == b"Tm" else None
    )
    millimetre = 72 / 25.4
    assert (round(float(page.mediabox.width) / millimetre), round(float(page.mediabox.height) / millimetre)) == (210, 297)
    lines = [(x / millimetre, y / millimetre) for x, y in found]
    assert lines[0][0] == pytest.approx(28, abs=0.1)
    assert [a[1] - b[1] for a, b in pairwise(lines[:22])] == pytest.approx([225 / 22] * 21, abs=0.01)
    assert lines[0][1] < 297 - 37 < lines[0][1] + 6  # the first line touches the upper edge of the text, the last the lower one
    assert lines[21][1] > 35
    assert lines[22][0] == pytest.approx(28 + 14 * 25.4 / 72, abs=0.1)  # an even page: its number one character from the left edge
    assert 35 - 7 - 5 < lines[22][1] < 35 - 7


@pytest.mark.usefixtures("fonts")
def test_the_pdf_is_an_archive_file_whose_bytes_depend_on_the_report_alone(fonts: Typefaces) -> None:
    once, again = (pdf.render(REPORT, fonts, DAY) for _ in range(2))
    assert once == again
    assert b"<pdfaid:part>2<" in once
    assert b"<pdfaid:conformance>B<" in once


@pytest.mark.usefixtures("fonts")
def test_annexes_begin_on_new_pages_and_the_last_lines_stand_at_the_foot() -> None:
    reader = printed(REPORT)
    assert [lines[:2] for lines in (rows(reader, page) for page in range(len(reader.pages)))][-2:] == [
        ["送审稿", "附件1"],
        ["送审稿", "附件2"],
    ]
    assert rows(reader, len(reader.pages) - 1)[-1].startswith("示例学院综合办公室")
    assert "".join(words(reader, ("送审稿",))).count("附件1") == 1


@pytest.mark.usefixtures("fonts")
def test_a_draft_bears_its_state_on_every_page_until_it_is_released() -> None:
    assert all("送审稿" in page.extract_text() for page in printed(REPORT).pages)
    assert not any("送审稿" in page.extract_text() for page in printed(replace(REPORT, draft=False)).pages)
    assert "送审稿" not in html.render(replace(REPORT, draft=False)).decode().replace('class="state">送审稿', "")


@pytest.mark.usefixtures("fonts")
def test_a_table_over_two_pages_repeats_its_head() -> None:
    table = Table("长表", ("事项", "新收（件）"), tuple((f"事项{n}", str(n)) for n in range(80)))
    reader = printed(replace(REPORT, sections=(Section("一、情况", (table,)),), annexes=()))
    assert sum("新收（件）" in page.extract_text() for page in reader.pages) > 1
    assert "".join(words(reader)).count("长表") == 1
    document = Document(io.BytesIO(docx.render(replace(REPORT, sections=(Section("一、情况", (table,)),)))))
    assert "w:tblHeader" in document.tables[0].rows[0]._tr.xml


@pytest.mark.usefixtures("fonts")
def test_what_looks_like_markup_is_printed_as_it_stands() -> None:
    evil = '#evil[*x*] $y$ \\ <script>alert(1)</script> "甲" =1+1'
    told = replace(REPORT, opening=evil, sections=(Section("一、情况", (Table("表", ("甲",), ((evil,),)),)),))
    assert "".join(words(printed(told))).count(re.sub(r"\s", "", evil)) == 2
    page = html.render(told).decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert [p.text for p in Document(io.BytesIO(docx.render(told))).paragraphs if "evil" in p.text] == [evil]


def test_the_document_holds_the_same_words_with_official_fonts() -> None:
    document = Document(io.BytesIO(docx.render(REPORT)))
    text = "".join(p.text for p in document.paragraphs) + "".join(c.text for t in document.tables for r in t.rows for c in r.cells)
    assert all(word in text for word in WORDS)
    assert {"方正小标宋简体", "仿宋_GB2312", "楷体_GB2312", "黑体"} <= set(document.element.xml.split('"'))
    assert document.sections[0].header.paragraphs[0].text == "送审稿"
    assert document.settings.odd_and_even_pages_header_footer
    assert all(word in re.sub(r"<[^>]+>|\s", "", html.render(REPORT).decode()) for word in WORDS)


def test_a_cell_is_a_number_or_a_text_and_never_a_formula() -> None:
    cells = ("=1+1", "+8613800000000", "@x", "-", "37020119800101123X", "123456789012345", "007", "12", "98.2%", "0.9", "-3.1%", "—", "＜5")
    told = replace(REPORT, sections=(Section("一、情况", (Table("表", tuple("甲乙丙丁戊己庚辛壬癸子丑寅"), (cells,)),)),))
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx.render(told)))["表"]
    written = [(cell.value, cell.data_type) for cell in sheet[4]]
    assert written[:7] == [(text, "s") for text in cells[:7]]
    assert written[7:11] == [(12, "n"), (0.982, "n"), (0.9, "n"), (-0.031, "n")]
    assert written[11:] == [("—", "s"), ("＜5", "s")]
    assert all(cell.quotePrefix for cell in sheet[4][:3])


def test_every_table_has_a_sheet_of_its_own_and_the_workbook_says_how_it_counted() -> None:
    same = Table("甲：乙/丙[1]", ("事项",), (("a",),))
    told = replace(REPORT, sections=(Section("一、情况", (same, same, replace(same, title="很" * 40))),))
    names = openpyxl.load_workbook(io.BytesIO(xlsx.render(told))).sheetnames
    assert names == ["甲：乙 丙 1 ", "甲：乙 丙 1 (2)", "很" * 31, "附件1统计表", "附件2统计口径说明"]
    assert xlsx.render(told) == xlsx.render(told)


def test_charts_are_pictures_in_the_page_and_ask_nothing_of_any_network() -> None:
    lines = Chart("线", "line", ("2026-09", "2026-10"), (Series("新收", (10.0, 1600.0)), Series("按时率", (0.97, None), rate=True)), "件")
    stacked = Chart("叠", "stacked", ("全校",), (Series("满意", (0.75,)), Series("不满意", (0.25,))), "%")
    bars = Chart("条", "bar", ("一个名字长得写不下的服务事项甲乙丙",), (Series("新收", (3,)),), "件")
    page = html.render(replace(REPORT, sections=(Section("一、情况", (lines, stacked, bars)),))).decode()
    assert page.count("<svg") == 3
    assert "75.0%" in page
    assert "一个名字长得写不下的服…" in page
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|https?://(?!www\.w3\.org/2000/svg)", page)


def test_a_rare_character_in_a_name_is_found_in_another_font_and_told(fonts: Typefaces) -> None:
    told = fonts.used({"fang": "杨𬀩喆堃", "title": "题"})
    assert told["unseen"] == []
    reader = printed(replace(REPORT, opening="杨𬀩喆堃"))
    assert "杨𬀩喆堃" in "".join(words(reader))
    assert fonts.used({"fang": "\U000e0fff"})["unseen"] == ["\U000e0fff"]


def test_without_the_fonts_the_files_are_made_and_the_manifest_says_what_was_missing() -> None:
    bare = Typefaces(typefaces().handle, {})
    told = bare.used({"fang": "甲"})
    assert told["missing"] == {
        "fang": "FandolFang R",
        "hei": "FandolHei",
        "kai": "FandolKai",
        "latin": "Liberation Serif",
        "song": "FandolSong",
        "title": "Noto Serif CJK SC",
    }
    assert told["unseen"] == ["甲"]
    assert pdf.render(REPORT, bare, DAY).startswith(b"%PDF")


def test_a_schools_own_fonts_come_first(fonts: Typefaces) -> None:
    own = Typefaces(fonts.handle, fonts.files | {"FangSong_GB2312": fonts.files[fonts.chain("fang")[0]]})
    assert own.chain("fang")[0] == "FangSong_GB2312"
    assert "fang" not in own.used({})["missing"]


@pytest.mark.parametrize(
    ("skin", "title", "mark", "number", "words"),
    [
        ("通报", "关于2026年10月网上办事大厅运行情况的通报", "测试学院文件", "××〔2026〕　号", ("各单位、各部门：", "通报如下", "测试学院综合办公室")),
        ("简报", "2026年10月网上办事大厅运行情况", "网上办事大厅运行情况简报", "第　期", ("简要通报如下", "送：各单位、各部门。")),
        ("报告", "关于2026年10月网上办事大厅运行情况的报告", "测试学院文件", "××〔2026〕　号", ("校领导：", "报告如下", "特此报告。")),
    ],
)  # fmt: skip
def test_three_skins_over_one_report(report: Make, skin: str, title: str, mark: str, number: str, words: tuple[str, ...]) -> None:
    made = report(small(), skin=skin, title="网上办事大厅|运行情况").report
    assert (made.title, made.head.mark, made.head.number) == (title, mark, number)
    page = html.render(made).decode()
    assert all(word in page for word in words)
    assert "签发人" not in page


def test_the_offices_own_paragraphs_survive_every_rebuilding(report: Make, tmp_path: Path) -> None:
    note = tmp_path / "campus" / "reports" / "operation-2026-10.md"
    note.parent.mkdir(parents=True)
    note.write_text(
        "期号：10\n抄送：校董事会\n\n## 下一步工作要求\n请各单位\n于11月20日前报送。\n\n<!-- 草 -->\n第二段。\n## 四、存在问题\n另有一项。\n",
        "utf-8",
    )
    built = report(small(), skin="简报")
    page = (built.folder / "operation-2026-10.html").read_text("utf-8")
    assert all(
        text in page for text in ("第10期", "抄送：校董事会。", "<p>请各单位于11月20日前报送。</p>", "<p>第二段。</p>", "<p>另有一项。</p>")
    )
    assert "（其他工作要求由" not in page
    manifest = json.loads((built.folder / "manifest.json").read_text("utf-8"))
    assert manifest["note"] == hashlib.sha256(note.read_bytes()).hexdigest()


@pytest.mark.parametrize("text", ["## 没有的标题\n甲", "没有标题的一段", "期号 10"])
def test_a_line_that_fits_nowhere_in_the_report_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "operation-2026-10.md"
    path.write_text(text, "utf-8")
    with pytest.raises(CatalogError, match=r"operation-2026-10\.md 第 1 行"):
        read(path, ["一、总体运行情况"])


def test_the_manifest_names_fonts_code_and_calendar(report: Make) -> None:
    manifest = json.loads((report(small()).folder / "manifest.json").read_text("utf-8"))
    assert manifest["calendar"]["until"] == "2026-12-31"
    assert set(manifest["fonts"]) == {"missing", "replaced", "roles", "unseen", "versions"}
    assert manifest["code"]


def test_a_paragraph_of_the_annex_stands_on_a_sheet() -> None:
    told = replace(REPORT, annexes=(Section("统计口径说明", (Paragraph("甲。"), Paragraph("=乙。"))),))
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx.render(told)))["附件统计口径说明"]
    assert [row[0].value for row in sheet.iter_rows()] == ["统计口径说明", "甲。", "=乙。"]
    assert sheet["A3"].data_type == "s"
    long = replace(REPORT, annexes=(Section("统计口径说明", (Paragraph("甲" * 100),)),))
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx.render(long)))["附件统计口径说明"]
    assert sheet.row_dimensions[2].height >= 2 * 16  # the paragraph is seen whole: two lines
