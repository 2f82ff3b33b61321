"""The office's own file against the snapshot: every wrong number is found, and nothing that an office program does to a file hides one."""

import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from docx import Document as Word
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from hall import Hall, lay

from catalog.errors import RejectedError
from hub.open import Hub
from reports import issues
from reports.build import Built, build
from reports.release import document, sheets
from reports.release.compared import Compared, compare
from reports.release.document import Block, Document
from reports.release.final import check_final
from reports.release.numbers import normal, numbers
from reports.release.written import written

NOW = datetime(2026, 11, 5, tzinfo=UTC)
LATER = NOW + timedelta(days=5)
ISSUE = "operation-2026-10"


def hall() -> Hall:
    made = (
        Hall()
        .item("I1", item_name="成绩证明")
        .item("I2", item_name="用印申请", owner_unit_id="D2")
        .item("I3", promise_days=None, owner_unit_id="D3")
    )
    for number, name in ((1, "教务处"), (2, "后勤管理处"), (3, "高峰学院")):
        made.add("org_unit", unit_id=f"D{number}", unit_name=name, peer_group="职能部门", list_order=number)
    for number in range(60):
        day = 8 + number % 20
        acts = (("提交", f"2026-10-{day:02} 08:00:00"), ("受理", f"2026-10-{day:02} 09:00:00"))
        unit = {"actor_unit_id": f"D{1 + number % 2}", "due_at": f"2026-10-{day + 3:02} 00:00:00"}
        done = () if number % 9 == 0 else (("办结", f"2026-10-{day + number % 4:02} 10:00:00", unit),)
        made.case(
            f"c{number}", *acts, *done, item=f"I{1 + number % 3}", due_at=f"2026-10-{day + 3:02} 00:00:00" if number % 3 < 2 else None
        )
        made.add("rating", app_id=f"c{number}", level=1 + number % 5, is_default=number % 3 == 0, rated_at="2026-10-30 09:00:00")
    for number, name in enumerate(("王小明", "高峰", "李四")):
        made.add("person", person_key=f"p{number}", user_type=name)  # a column that the dataset calls 姓名
    return made


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Hub, Built]:
    """An issue in 部门核对, whose days to object are over at LATER."""
    folder = tmp_path_factory.mktemp("final")
    url = f"sqlite:///{folder}/platform.db"
    lay(folder, hall().rows, hall=url, platform=url, edition={"skin": "通报", "student_numbers": [r"20\d{8}"]})
    person = folder / "campus" / "datasets" / "person.yaml"
    text = person.read_text("utf-8")
    person.write_text(re.sub(r"(name: user_type\n  title: )user_type", r"\1姓名\n  sensitivity: personal", text), "utf-8")
    from catalog.load import load
    from hub.open import open_hub

    hub = open_hub(load(folder / "campus"))
    built = build(hub, "operation", "2026-10", now=NOW, by="clerk")
    sheets.write(hub, ISSUE, by="clerk", now=NOW)
    return hub, built


@pytest.fixture(scope="module")
def system(world: tuple[Hub, Built]) -> Document:
    _, built = world
    return written(built.report, (built.folder / f"{ISSUE}.pdf").read_bytes())


@pytest.fixture(scope="module")
def own(world: tuple[Hub, Built]) -> Document:
    return document.read(world[1].folder / f"{ISSUE}.docx")


@pytest.fixture
def draft(world: tuple[Hub, Built], tmp_path: Path) -> Path:
    return shutil.copy(world[1].folder / f"{ISSUE}.docx", tmp_path / "定稿.docx")


def places(text: str) -> Iterator[re.Match[str]]:
    yield from re.finditer(r"(?<![A-Za-z0-9_.])\d+(?:\.\d+)?(?![A-Za-z0-9_.]*[A-Za-z_])", text)


def other(number: str) -> str:
    """A number of the same form that is not the same."""
    return str(int(number[0]) % 9 + 1) + number[1:]


def clean(found: Compared) -> bool:
    return not found.wrong and not found.unplaced


def test_what_was_not_touched_agrees_to_the_last_number(own: Document, system: Document) -> None:
    found = compare(own, system)
    assert clean(found), (found.wrong, found.unplaced)
    assert found.in_text > 80
    assert found.in_tables > 150


def test_every_number_of_the_text_is_missed_when_it_is_another(own: Document, system: Document) -> None:
    tried = 0
    for at, block in enumerate(own.blocks):
        for match in places(block.text) if block.table is None else ():
            bent = block.text[: match.start()] + other(match[0]) + block.text[match.end() :]
            found = compare(Document([*own.blocks[:at], replace(block, text=bent), *own.blocks[at + 1 :]], (), 0), system)
            said = [(it.said.rstrip("%"), (it.expected or "").rstrip("%")) for it in found.wrong]
            assert said == [(other(match[0]), match[0])] or found.unplaced, (block.text, match[0])
            tried += bool(said)
    assert tried > 80


def test_every_number_of_a_table_is_missed_when_it_is_another(own: Document, system: Document) -> None:
    tried = 0
    for at, block in enumerate(own.blocks):
        for match in list(places(block.text))[:1] if block.table is not None and block.row else ():
            bent = block.text[: match.start()] + other(match[0]) + block.text[match.end() :]
            found = compare(Document([*own.blocks[:at], replace(block, text=bent), *own.blocks[at + 1 :]], (), 0), system)
            assert found.wrong or found.unplaced, (block, match[0])
            tried += 1
    assert tried > 150


def test_every_change_that_is_told_the_other_way_round_is_missed(own: Document, system: Document) -> None:
    other_way = {"增长": "下降", "下降": "增长", "提高": "下降"}
    tried = 0
    for at, block in enumerate(own.blocks):
        for match in re.finditer(r"(增长|下降|提高)(?=\d)", block.text):
            bent = block.text[: match.start()] + other_way[match[0]] + block.text[match.end() :]
            found = compare(Document([*own.blocks[:at], replace(block, text=bent), *own.blocks[at + 1 :]], (), 0), system)
            assert len(found.wrong) == 1 or found.unplaced, bent
            tried += 1
    assert tried


@pytest.mark.parametrize(
    ("word", "instead"), [(r"环比(?=\D{0,4}\d)", "同比"), (r"(?<=\d)件", "项"), (r"(?<=\d)个百分点", "个工作日"), (r"(?<=\d)项", "件")]
)
def test_a_number_of_another_base_or_unit_is_another_number(own: Document, system: Document, word: str, instead: str) -> None:
    tried = 0
    for at, block in enumerate(own.blocks):
        for match in re.finditer(word, block.text) if block.table is None else ():
            bent = block.text[: match.start()] + instead + block.text[match.end() :]
            found = compare(Document([*own.blocks[:at], replace(block, text=bent), *own.blocks[at + 1 :]], (), 0), system)
            assert any(instead.removeprefix("个") in it.said for it in found.wrong) or found.unplaced, bent
            tried += bool(found.wrong)
    assert tried


@pytest.mark.parametrize(
    "told", ["受理三万余件", "达百分之九十九点二", "九成以上按期", "新增二十七项", "办件量翻了一番", "提高三个百分点", "是上月的两倍"]
)
def test_a_number_in_words_is_for_a_person_to_judge(own: Document, system: Document, told: str) -> None:
    at, block = next((n, b) for n, b in enumerate(own.blocks) if "撤回作废" in b.text and b.table is None)
    found = compare(Document([*own.blocks[:at], replace(block, text=block.text + told + "。"), *own.blocks[at + 1 :]], (), 0), system)
    assert not found.wrong
    (asked,) = found.unplaced
    assert asked.said in told
    assert found.same(table=False) == compare(own, system).same(table=False)


def test_numbers_that_changed_places_are_found(own: Document, system: Document) -> None:
    at, block = next((n, b) for n, b in enumerate(own.blocks) if "撤回作废" in b.text and b.table is None)
    bent = re.sub(r"办结(\d+)件(.*?)结转下期(\d+)件", r"办结\3件\2结转下期\1件", block.text)
    assert bent != block.text
    found = compare(Document([*own.blocks[:at], replace(block, text=bent), *own.blocks[at + 1 :]], (), 0), system)
    assert len(found.wrong) == 2


Edit = Callable[[object], None]


def paragraph(word, words: str):
    return next(it for it in word.paragraphs if words in it.text)


def rewrite(it, text: str) -> None:
    for run in it.runs[1:]:
        run._element.getparent().remove(run._element)
    it.runs[0].text = text


def split_runs(word) -> None:
    it = paragraph(word, "按时办结率")
    text = it.text
    rewrite(it, "")
    for letter in text:
        it.add_run(letter)


def wide_digits(word) -> None:
    it = paragraph(word, "按时办结率")
    rewrite(it, it.text.translate(str.maketrans("0123456789.%", "０１２３４５６７８９．％")))


def hard_blanks(word) -> None:
    it = paragraph(word, "按时办结率")
    rewrite(it, re.sub(r"(\d)(?=[%件个])", "\\1\u00a0", it.text).replace("，", "，\u200b"))


def inserted(word) -> None:
    """Every run of a paragraph is a tracked insertion."""
    it = paragraph(word, "按时办结率")
    for run in it.runs:
        change = OxmlElement("w:ins")
        run._element.addprevious(change)
        change.append(run._element)


def deleted(word) -> None:
    """A tracked deletion of a wrong number stands beside the right one."""
    it = paragraph(word, "按时办结率")
    change, run, text = OxmlElement("w:del"), OxmlElement("w:r"), OxmlElement("w:delText")
    text.text = "9999件"
    run.append(text)
    change.append(run)
    it.runs[0]._element.addprevious(change)


def moved(word) -> None:
    first, last = paragraph(word, "按时办结率"), paragraph(word, "在办")
    last._p.addprevious(first._p)


def joined(word) -> None:
    first, second = paragraph(word, "在办"), paragraph(word, "应办结")
    rewrite(first, first.text + second.text)
    second._p.getparent().remove(second._p)


def reworded(word) -> None:
    it = paragraph(word, "在办")
    rewrite(it, "总的看，" + it.text.replace("重办转入", "另有重办转入"))


def shuffled(word) -> None:
    """A table's rows in another order, a column and a row left out."""
    table = next(it for it in word.tables if len(it.rows) > 6)
    table.rows[1]._tr.addprevious(table.rows[4]._tr)
    table._tbl.remove(table.rows[5]._tr)
    for row in table.rows:
        row._tr.remove(row._tr.tc_lst[-1])


def filled(word) -> None:
    for it in word.paragraphs:
        rewrite(
            it,
            it.text.replace("〔2026〕　号", "〔2026〕15号").replace("2026年　月　日", "2026年11月10日").replace("　月　日前", "11月20日前"),
        ) if "　" in it.text and it.runs else None


@pytest.mark.parametrize("edit", [split_runs, wide_digits, hard_blanks, inserted, deleted, moved, joined, reworded, shuffled, filled])
def test_what_an_office_does_to_a_file_changes_no_number(draft: Path, system: Document, edit: Edit) -> None:
    word = Word(str(draft))
    edit(word)
    word.save(str(draft))
    final = document.read(draft)
    found = compare(final, system)
    assert clean(found), (found.wrong, found.unplaced)
    assert final.changes == {"inserted": 1, "deleted": 1}.get(edit.__name__, 0) or edit is inserted
    assert found.filled == 0 or edit is filled


def test_a_wrong_number_in_split_wide_runs_is_told_with_its_page_and_what_it_should_be(world: tuple[Hub, Built], draft: Path) -> None:
    hub, built = world
    word = Word(str(draft))
    it = paragraph(word, "按时办结率")
    right = built.measured.figures.value("B2")
    assert right is not None
    said = f"{right * 100:.1f}"
    rewrite(it, it.text.replace(f"按时办结率{said}%", "按时办结率９９．９％", 1))
    split_runs(word)
    word.save(str(draft))
    checked = check_final(hub, ISSUE, draft, by="clerk", now=LATER)
    total = checked.compared.in_text - checked.compared.filled
    assert checked.told[0].startswith(f"正文 {total} 个数字中 {total - 1} 个与系统一致；")
    assert re.search(rf"第\d页（.*按时办结率…）“99.9%”应为“{said}%”", checked.told[0])
    with pytest.raises(RejectedError, match="应为"):
        check_final(hub, ISSUE, draft, by="clerk", now=LATER, number="x", dated=date(2026, 11, 10), confirmed=True)


def test_a_number_that_the_office_added_is_for_a_person_to_sign(world: tuple[Hub, Built], draft: Path) -> None:
    hub, _ = world
    word = Word(str(draft))
    paragraph(word, "按时办结率").add_run("其中办结设备维修300件。")
    word.save(str(draft))
    checked = check_final(hub, ISSUE, draft, by="clerk", now=LATER)
    assert not checked.compared.wrong
    assert ["300" in line for line in checked.to_confirm].count(True) == 1
    with pytest.raises(RejectedError, match="--confirm"):
        check_final(hub, ISSUE, draft, by="clerk", now=LATER, number="x", dated=date(2026, 11, 10))
    assert issues.find(hub.store, ISSUE).state == "部门核对"


def test_pages_are_those_that_the_office_program_laid_out(draft: Path, system: Document) -> None:
    word = Word(str(draft))
    for it in word.paragraphs[3:]:
        if it.runs:
            it.runs[0]._element.insert(0, OxmlElement("w:lastRenderedPageBreak"))
            it.runs[0].text = ""
            it.runs[0]._element.append(OxmlElement("w:lastRenderedPageBreak"))
            break
    rewrite(paragraph(word, "按时办结率"), paragraph(word, "按时办结率").text.replace("应办结", "应办结9", 1))
    word.save(str(draft))
    found = compare(document.read(draft), system)
    assert {it.page for it in found.wrong} <= {1, 2}


def put(path: Path, name: str, change: Callable[[str], str]) -> None:
    """Rewrite one part of a DOCX."""
    with zipfile.ZipFile(path) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    parts[name] = change(parts.get(name, b"").decode()).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for entry, content in parts.items():
            archive.writestr(entry, content)


def in_deleted(path: Path) -> None:
    word = Word(str(path))
    deleted(word)
    word.save(str(path))
    put(path, "word/document.xml", lambda text: text.replace("9999件", "13812345678"))


def in_comment(path: Path) -> None:
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    runs = "".join(f"<w:r><w:t>{part}</w:t></w:r>" for part in ("138", "1234", "5678"))
    put(path, "word/comments.xml", lambda _: f'<w:comments xmlns:w="{main}"><w:comment><w:p>{runs}</w:p></w:comment></w:comments>')


def in_footer(path: Path) -> None:
    word = Word(str(path))
    word.sections[0].footer.paragraphs[0].add_run("电话１３８１２３４５６７８")
    word.save(str(path))


def in_properties(path: Path) -> None:
    word = Word(str(path))
    word.core_properties.author = "13812345678"
    word.save(str(path))


def in_a_cell(path: Path) -> None:
    word = Word(str(path))
    word.tables[1].rows[1].cells[0].text = "138 1234 5678"
    word.save(str(path))


def in_a_box(path: Path) -> None:
    main = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    box = f"<w:p {main}><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>13812345678</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>"
    put(path, "word/document.xml", lambda text: text.replace("<w:sectPr", box + "<w:sectPr", 1))


@pytest.mark.parametrize("hide", [in_deleted, in_comment, in_footer, in_properties, in_a_cell, in_a_box])
def test_a_phone_number_is_found_wherever_it_hides(world: tuple[Hub, Built], draft: Path, hide: Callable[[Path], None]) -> None:
    hide(draft)
    checked = check_final(world[0], ISSUE, draft, by="clerk", now=LATER)
    assert [hit.kind for hit in checked.scanned.blocking] == ["phone"]
    assert not any("13812345678" in line for line in checked.told)


def test_a_name_of_three_blocks_untold_and_one_of_two_is_for_a_person_to_judge(world: tuple[Hub, Built], draft: Path) -> None:
    hub, _ = world
    word = Word(str(draft))
    paragraph(word, "按时办结率").add_run("经办人王 小 明。李四光精神。")
    word.save(str(draft))
    checked = check_final(hub, ISSUE, draft, by="clerk", now=LATER)
    assert [hit.kind for hit in checked.scanned.blocking] == ["name"]
    assert not any("王小明" in line or "王 小 明" in line for line in checked.told)
    assert {hit.word for hit in checked.scanned.doubtful} == {"李四", "高峰"}  # 高峰 stands in the name of a unit


def test_a_locked_or_old_file_is_refused_by_name(world: tuple[Hub, Built], tmp_path: Path) -> None:
    for content in (b"\xd0\xcf\x11\xe0 an old or encrypted file", b"PK\x03\x04 half a zip"):
        path = tmp_path / "定稿.docx"
        path.write_bytes(content)
        with pytest.raises(RejectedError, match=r"定稿.docx 不是可以读取的 DOCX"):
            check_final(world[0], ISSUE, path, by="clerk", now=LATER)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("１２３４件", ["1234"]), ("4,286件", ["4286"]), ("4\u00a0286件", ["4286"]), ("12，34", ["12", "34"]), ("98. 2 %", ["98.2%"]),
        ("９８．２％", ["98.2%"]), ("-0.5%", ["-0.5%"]), ("1.2万件", ["1.2万"]), ("P90为3.0个", ["3.0"]), ("GB/T 9704", ["9704"]),
        ("2026-10-31", ["2026", "10", "31"]), ("快照 3f9a12", []), ("①办结5件", ["5"]), ("12/15", ["12", "15"]), ("９\u200b８件", ["98"]),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_read_it(text: str, said: list[str]) -> None:
    assert [it.text for it in numbers([text])] == said


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("1.2万", "12034", True),
        ("1.2万", "12500", False),
        ("98.2%", "98.20%", False),
        ("98%", "98", False),
        ("007", "7", True),
        ("下降3.2%", "增长3.2%", False),
        ("减少了3件", "下降3件", True),
        ("降幅3.2%", "下降3.2%", True),
    ],
)
def test_numbers_are_the_same_when_they_say_the_same(one: str, two: str, same: bool) -> None:
    first, second = numbers([f"共{one}件"])[0], numbers([f"共{two}件"])[0]
    assert first.same(second) is second.same(first) is same


def test_a_nested_or_merged_cell_keeps_its_column(tmp_path: Path) -> None:
    word = Word()
    table = word.add_table(2, 3)
    for at, text in enumerate(("a", "b", "c")):
        table.rows[0].cells[at].text = text
    table.rows[1].cells[0].merge(table.rows[1].cells[1]).text = "12"
    table.rows[1].cells[2].text = "34"
    table.rows[1].cells[2].add_table(1, 1).rows[0].cells[0].text = "56"
    word.save(str(tmp_path / "x.docx"))
    cells = [(b.table, b.row, b.column, normal(b.text)) for b in document.read(tmp_path / "x.docx").blocks if b.table is not None]
    assert (0, 1, 0, "12") in cells
    assert (0, 1, 2, "34") in cells
    assert (1, 0, 0, "56") in cells
    assert qn("w:tbl")
    assert isinstance(document.read(tmp_path / "x.docx").blocks[0], Block)
