"""The printed page, measured: where GB/T 9704 puts head, levels, numbers and last lines; what an archive file must and must not hold."""

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from itertools import permutations
from pathlib import Path

import pytest
import typst
from printed import DAY, REPORT, long_report, pieces, printed, rows, strokes
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from reports.editions import operation
from reports.render import columns, html, pdf
from reports.render.fonts import Typefaces, typefaces
from reports.report import Chart, Section, Series, Table

LATIN = "LiberationSerif"


@pytest.fixture(scope="module")
def reader() -> PdfReader:
    """The small report, printed; docker/fonts.sh installs the fonts that official documents need."""
    if not typefaces().chain("fang"):
        pytest.fail("no Chinese font is installed: run docker/fonts.sh")
    return printed(REPORT)


def test_the_red_line_is_4_mm_below_the_number_and_as_wide_as_the_text(reader: PdfReader) -> None:
    ruled = next(stroke for stroke in strokes(reader, 0) if stroke.red)
    assert (ruled.x, ruled.long) == (28.0, 156.0)
    number = next(y for text, *_, y in pieces(reader, 0) if "××" in text)
    below = number - 0.12 * 16 * 25.4 / 72  # the foot of its characters
    assert below - ruled.y == pytest.approx(4, abs=0.05)


def test_the_mark_stands_35_mm_below_the_edge_of_the_text_and_two_lines_lie_between_it_and_the_number(reader: PdfReader) -> None:
    found = {text: y for text, *_, y in pieces(reader, 0)}
    top = 297 - 37 - 35
    assert found["示例学院文件"] < top < found["示例学院文件"] + 48 * 25.4 / 72
    assert found["示例学院文件"] - found["××〔"] > 2 * 225 / 22


def test_each_level_has_its_typeface_and_its_place(reader: PdfReader) -> None:
    two = 28 + 2 * 156 / 28  # the text begins two characters in
    expected = {
        "各单位：": ("FandolFang", 16, 28), "开头。": ("FandolFang", 16, two), "一、情况": ("FandolHei", 16, two),
        "（一）环节": ("FandolKai", 16, two), "事项": ("FandolHei", 10.5, None), "12": (LATIN, 10.5, None),
    }  # fmt: skip
    found = {text: (font, size, x) for text, font, size, x, _ in pieces(reader, 0)}
    for text, (font, size, x) in expected.items():
        assert found[text][0].startswith(font), text
        assert found[text][1] == size, text
        assert x is None or found[text][2] == pytest.approx(x, abs=0.05), text


def test_a_number_stands_to_the_right_of_its_cell_and_a_word_to_the_left() -> None:
    table = Table("表", ("事项", "新收（件）", "比"), (("短", "7", "—"), ("长一些的事项", "12345", "1.0%")), "")
    reader = printed(replace(REPORT, sections=(Section("一、情况", (table,)),), annexes=()))
    places = {text: x for text, font, _, x, _ in pieces(reader, 0)}
    assert places["短"] == places["长一些的事项"]
    assert places["7"] - places["12345"] == pytest.approx(4 * 5.25 * 25.4 / 72, abs=0.1)  # both end at one edge


def test_page_numbers_stand_at_the_outer_edge_in_song_with_a_dash_at_both_sides(reader: PdfReader) -> None:
    one = 14 * 25.4 / 72  # one character of 四号
    for page in range(len(reader.pages)):
        *_, left, number, right = pieces(reader, page)
        assert (left[0], number[0], right[0]) == ("—", str(page + 1), "—")
        assert (left[1].split("-")[0], number[1], number[2]) == ("FandolSong", LATIN, 14)
        assert number[4] == pytest.approx(35 - 7 - 14 * 0.88 * 25.4 / 72, abs=0.1)
        if page % 2:
            assert left[3] == pytest.approx(28 + one, abs=0.1)
        else:
            assert 28 + 156 - 3 * one < right[3] < 28 + 156 - 2 * one + 1


def test_the_last_lines_lie_on_the_lower_edge_of_the_text(reader: PdfReader) -> None:
    last = strokes(reader, len(reader.pages) - 1)
    assert [(stroke.x, stroke.long, stroke.thick) for stroke in last] == [(28.0, 156.0, 0.35), (28.0, 156.0, 0.25), (28.0, 156.0, 0.35)]
    assert last[-1].y == 35.0


def test_the_archive_file_carries_all_it_needs_and_runs_nothing(reader: PdfReader) -> None:
    root = reader.trailer["/Root"]
    intent = root["/OutputIntents"][0]
    assert (intent["/S"], len(intent["/DestOutputProfile"].get_data()) > 100) == ("/GTS_PDFA1", True)
    assert not {"/AcroForm", "/OpenAction", "/AA", "/Names"} & set(root)
    assert "/Encrypt" not in reader.trailer
    assert reader.trailer["/ID"]
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor), font["/BaseFont"]
        assert "/ToUnicode" in font
    assert not any(page.get("/Annots") or page.get("/AA") for page in reader.pages)


def test_no_object_of_the_archive_file_is_one_that_an_archive_forbids(reader: PdfReader) -> None:
    """PDF/A-2 (ISO 19005-2): 6.1.2 header, 6.1.3 identifier, 6.1.7 filters, 6.2.3 colour, 6.5 actions, 6.6.2 metadata, 6.8 embedded files."""
    stream = reader.stream
    stream.seek(0)
    whole = stream.read()
    version, comment = whole.split(b"\n")[:2]
    assert version in (b"%PDF-1.4", b"%PDF-1.5", b"%PDF-1.6", b"%PDF-1.7")
    assert comment[:1] == b"%"
    assert all(byte > 127 for byte in comment[1:5])
    first, second = reader.trailer["/ID"]
    assert first.original_bytes
    assert second.original_bytes

    root = reader.trailer["/Root"]
    described = root["/Metadata"]
    assert "/Filter" not in described
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in re.sub(rb"\s", b"", described.get_data())
    profile = root["/OutputIntents"][0]["/DestOutputProfile"]
    icc = profile.get_data()
    assert (icc[36:40], icc[16:20], profile["/N"]) == (b"acsp", b"RGB ", 3)

    told = [it.get_object() for it in (reader.get_object(number) for number in range(1, int(reader.trailer["/Size"]))) if it is not None]
    kept = [it for it in told if isinstance(it, DictionaryObject)]
    assert len(kept) > 20
    assert not {"/JS", "/EF", "/AA", "/XFA", "/OPI", "/TR", "/HTP"} & {name for it in kept for name in it}
    assert not {"/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/PS"} & {str(it.get("/S")) for it in kept}
    assert not [it for it in kept if "LZW" in str(it.get("/Filter"))]
    assert not [it for it in kept if it.get("/Type") == "/ExtGState" and it.get("/SMask") not in (None, "/None")]
    see_through = [it for it in kept if it.get("/Type") == "/ExtGState" and (it.get("/ca", 1), it.get("/CA", 1)) != (1, 1)]
    assert not see_through or all(page["/Group"]["/S"] == "/Transparency" and "/CS" in page["/Group"] for page in reader.pages)
    fonts = [it for it in kept if it.get("/Type") == "/FontDescriptor"]
    assert fonts
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(it) for it in fonts)


def test_nobody_signs_a_page_that_holds_nothing_else() -> None:
    for lines in range(8, 32, 2):
        report = long_report(lines)
        reader = printed(replace(report, foot=replace(report.foot, closing="特此报告。")))
        told = [[row.strip() for row in rows(reader, page)] for page in range(len(reader.pages))]
        assert [report.foot.dated in page for page in told] == ["特此报告。" in page for page in told], lines


def test_no_width_given_from_one_column_to_another_makes_the_rows_lower() -> None:
    long, short = "统计期内受理的办件数，没有受理环节的以提交为受理，不予受理的不计在内", "管理办法第三条（四）监督运行情况"
    lines = tuple(("A1", "期初174，上线0，下线0，期末174，变更1" if n == 3 else "4267", long, short) for n in range(30))
    wide = columns.widths(Table("口径", ("编号", "本期", "计算方法", "依据"), lines))

    def height(shared: Sequence[float]) -> float:
        return sum(max(columns.ems(cell) / mm for cell, mm in zip(line[1:], shared[1:], strict=True)) for line in lines)

    assert sum(wide) == pytest.approx(columns.WIDTH)
    for more, less in permutations(range(1, 4), 2):
        shifted = [mm + 3 * (at == more) - 3 * (at == less) for at, mm in enumerate(wide)]
        assert height(shifted) > height(wide)


class _Asking(HTMLParser):
    """Whatever in a page would make a browser ask another server."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe", "object", "embed", "base", "form", "image", "use"):
            self.found.append(tag)
        self.found += [name for name, value in attrs if name in ("src", "href", "srcset", "data", "action", "xlink:href", "background")]
        self.found += [f"{name}={value}" for name, value in attrs if "url(" in (value or "") or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.found += [word for word in ("@import", "url(", "@font-face") if word in data]


def test_the_page_asks_nothing_of_any_server() -> None:
    months = Series("新收", (3.0, 4.0))
    charts = (Chart("线", "line", ("1", "2"), (months,), "件"), Chart("条", "bar", ("甲", "乙"), (months,), "件"))
    asking = _Asking()
    asking.feed(html.render(replace(REPORT, sections=(Section("一、情况", charts),))).decode())
    assert asking.found == []


def test_without_any_font_the_files_are_still_made_and_every_missing_one_is_named(tmp_path: Path) -> None:
    bare = Typefaces(typst.Fonts(include_system_fonts=False, font_paths=[tmp_path]), {})
    told = bare.used({"fang": "甲乙"})
    assert set(told["missing"]) == {"title", "fang", "kai", "hei", "song", "latin"}
    assert told["unseen"] == ["乙", "甲"]
    made = pdf.render(REPORT, bare, DAY)
    assert made.startswith(b"%PDF")
    assert not pdf.archived(made)


def test_a_character_that_no_font_holds_costs_the_archive_form_and_not_the_report() -> None:
    made = pdf.render(replace(REPORT, opening="杨\U000323af"), typefaces(), DAY)
    assert not pdf.archived(made)
    assert pdf.archived(pdf.render(REPORT, typefaces(), DAY))


def test_the_second_section_tells_what_became_of_the_last_problems() -> None:
    assert [title for title, _ in operation.SECTIONS] == [
        "一、总体运行情况",
        "二、上期问题整改情况",
        "三、部门办理情况",
        "四、存在问题",
        "五、下一步工作要求",
    ]
