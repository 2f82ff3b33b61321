"""A workbook from an office is read as people see it; what Excel has spoilt, and what would harm the reader, is refused."""

import itertools
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from catalog.dataset import Dataset
from catalog.errors import RejectedError
from catalog.flow import From
from connectors import xlsx_file
from connectors.files import Drop, read_drop

NOW = datetime(2026, 11, 5, tzinfo=UTC)
Read = Callable[..., Drop]


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    def write(rows: Iterable[Iterable[object]], sheet: str = "台账") -> Path:
        workbook = Workbook()
        workbook.active.title = sheet
        for row in rows:
            workbook.active.append(list(row))
        workbook.save(tmp_path / "a.xlsx")
        return tmp_path / "a.xlsx"

    return write


@pytest.fixture
def drop(tmp_path: Path) -> Read:
    numbers = itertools.count()

    def read(fields: dict[str, str], **source: object) -> Drop:
        described = [{"name": name, "type": kind, "title": name} for name, kind in fields.items()]
        shape = {"name": "d", "title": "d", "owner": "o", "sharing": "none", "key": [next(iter(fields))], "fields": described}
        into = tmp_path / f"{next(numbers)}.db"
        return read_drop(
            tmp_path, From.model_validate({"system": "s", "files": "*.xlsx"} | source), Dataset.model_validate(shape), into, now=NOW
        )

    return read


def landed(drop: Drop) -> list[tuple[object, ...]]:
    with sqlite3.connect(drop.database) as database:
        return database.execute("select * from rows order by rowid").fetchall()


def replace_part(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)


def test_cells_arrive_as_people_see_them(book: Callable[..., Path], drop: Read):
    book(
        [
            ["no", "name", "amount", "day", "at", "clock", "yes"],
            ["370211199001011234", "张𬀩\nb", 1200.5, date(2026, 10, 1), datetime.fromisoformat("2026-10-01 08:05:30"), time(8, 5), True],
            [20230001, "", 0.1 + 0.2, 46296, 46296.25, 0.5, 0],
            ["3", None, "007.10", "2026/10/1", "2026/10/1 8:05", "8:05", "否"],
        ]
    )
    kinds = {
        "no": "string",
        "name": "string",
        "amount": "decimal(12,2)",
        "day": "date",
        "at": "timestamp",
        "clock": "time",
        "yes": "boolean",
    }
    assert landed(drop(kinds)) == [
        ("370211199001011234", "张𬀩\nb", "1200.5", "2026-10-01", "2026-10-01 08:05:30", "08:05:00", 1),
        ("20230001", None, "0.3", "2026-10-01", "2026-10-01 06:00:00", "12:00:00", 0),
        ("3", None, "7.1", "2026-10-01", "2026-10-01 08:05:00", "08:05:00", 0),
    ]


def test_a_bad_cell_is_named_by_file_and_line_and_costs_no_other_row(book: Callable[..., Path], drop: Read):
    book([["no", "amount"], ["1", 1], [370211199001011234, 2], ["3", "a lot"], [], ["5", 1, "beyond the header"], ["6", 1]])
    found = drop({"no": "string", "amount": "decimal(12,2)"})
    assert [row[0] for row in landed(found)] == ["1", "6"]
    assert [(reject.place, reject.field, reject.reason, reject.key) for reject in found.rejects] == [
        ("a.xlsx:3", "no", "reject.digits", None),
        ("a.xlsx:4", "amount", "reject.type", "3"),
        ("a.xlsx:6", None, "reject.ragged", None),
    ]


def test_a_number_that_is_shown_with_leading_zeros_keeps_them(book: Callable[..., Path], drop: Read):
    workbook = Workbook()
    for row in (["no", "amount"], [7, 7], [12345, 12345]):
        workbook.active.append(row)
    for cell in ("A2", "B2", "A3"):
        workbook.active[cell].number_format = "0000"
    workbook.save(book([]))
    assert landed(drop({"no": "string", "amount": "integer"})) == [("0007", 7), ("12345", 12345)]


def test_a_cell_that_is_merged_away_has_no_value_of_its_own(book: Callable[..., Path], drop: Read):
    workbook = Workbook()
    for row in (
        ["名单", None, None],
        ["no", "dept", "note"],
        ["1", "人事处", "x"],
        ["2"],
        ["3", "教务处"],
        [],
        ["5", None, "z"],
        ["合计 4"],
    ):
        workbook.active.append(row)
    for area in ("A1:C1", "B3:B4", "D3:F9", "A8:C8"):
        workbook.active.merge_cells(area)
    workbook.save(book([]))
    found = drop({"no": "string", "dept": "string"}, header_row=2)
    assert landed(found) == [("1", "人事处"), ("3", "教务处"), ("5", None)]
    assert [(reject.place, reject.field, reject.reason, reject.key) for reject in found.rejects] == [
        ("a.xlsx:4", "dept", "reject.merged", "2"),
        ("a.xlsx:8", "dept", "reject.merged", "合计 4"),
    ]


def test_the_named_sheet_and_header_row_are_read(book: Callable[..., Path], drop: Read):
    book([["应急预案台账"], [], ["编号", "备注"], ["01", "x"]])
    assert landed(drop({"no": "string"}, columns={"no": "编号"}, sheet="台账", header_row=3)) == [("01",)]
    with pytest.raises(RejectedError, match="名单"):
        drop({"no": "string"}, sheet="名单")


def test_a_formula_counts_by_its_result_and_one_never_calculated_is_refused(book: Callable[..., Path], drop: Read):
    path = book([["no", "total"], ["1", "=1+1"], ["2", "=1+1"], ["3", "=1/0"]])
    replace_part(path, "xl/worksheets/sheet1.xml", _calculate)
    found = drop({"no": "string", "total": "integer"})
    assert landed(found) == [("1", 2)]
    assert [(reject.place, reject.reason) for reject in found.rejects] == [
        ("a.xlsx:3", "reject.formula"),
        ("a.xlsx:4", "reject.formula_error"),
    ]


def _calculate(sheet: bytes) -> bytes:
    sheet = re.sub(rb'(<c r="B2"[^>]*>)<f>1\+1</f><v ?/?>(</v>)?', rb"\1<f>1+1</f><v>2</v>", sheet)
    return re.sub(rb'<c r="B4"[^>]*><f>1/0</f><v ?/?>(</v>)?', rb'<c r="B4" t="e"><f>1/0</f><v>#DIV/0!</v>', sheet)


def test_a_workbook_that_counts_from_1904_is_refused(tmp_path: Path, drop: Read):
    workbook = Workbook()
    workbook.epoch = CALENDAR_MAC_1904
    workbook.active.append(["no"])
    workbook.save(tmp_path / "a.xlsx")
    with pytest.raises(RejectedError, match="1904"):
        drop({"no": "string"})


@pytest.mark.parametrize("content", [b"", b"\xd0\xcf\x11\xe0 an old .xls", b"PK\x03\x04 cut"])
def test_what_is_no_workbook_is_refused_by_name(tmp_path: Path, drop: Read, content: bytes):
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(RejectedError, match=r"a\.xlsx"):
        drop({"no": "string"})


def test_a_zip_bomb_is_refused_before_it_unpacks(book: Callable[..., Path], drop: Read, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(xlsx_file, "LARGEST", 2**20)
    replace_part(book([["no"], ["1"]]), "xl/worksheets/sheet1.xml", lambda old: old + b" " * 2**21)
    with pytest.raises(RejectedError, match="1 MB"):
        drop({"no": "string"})


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE worksheet [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;">'
        + "".join(f'<!ENTITY {c} "{f"&{chr(ord(c) - 1)};" * 40}">' for c in "cdefgh")
        + "]>",
        '<!DOCTYPE worksheet [<!ENTITY h SYSTEM "SECRET">]>',
    ],
    ids=["a billion laughs", "a file of the server"],
)
def test_entities_do_no_harm(book: Callable[..., Path], drop: Read, tmp_path: Path, doctype: str):
    secret = tmp_path / "secret.txt"
    secret.write_text("not yours")
    path = book([["no"], ["entity"]])
    entities = doctype.replace("SECRET", secret.as_uri()).encode()

    def infect(sheet: bytes) -> bytes:
        head, body = sheet.split(b"<worksheet", 1)
        return head + entities + b"<worksheet" + body.replace(b">entity<", b">&h;<")

    replace_part(path, "xl/worksheets/sheet1.xml", infect)
    with pytest.raises(RejectedError, match=r"a\.xlsx"):
        drop({"no": "string"})


@pytest.mark.parametrize("shared", [True, False])
def test_characters_that_xml_cannot_hold_arrive_as_they_are(drop: Read, tmp_path: Path, shared: bool):
    texts = ["a\rb\r\nc", "\x01\x1f", "_x0041_", "_x000D_", "x_x005F_x", "x005F_", "_x0041_\x01", "_xD83D_", "\ufffe", "", " ", "=1+1"]
    with xlsxwriter.Workbook(tmp_path / "a.xlsx", {"constant_memory": not shared}) as workbook:
        sheet = workbook.add_worksheet()
        for row, cells in enumerate([("no", "v"), *((str(number), text) for number, text in enumerate(texts))]):
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, cell)
    with sqlite3.connect(drop({"no": "string", "v": "string"}).database) as database:
        assert [row[0] for row in database.execute("select v from rows order by rowid")] == texts
