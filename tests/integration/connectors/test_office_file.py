"""A file for a department: whole, proved before it is put in its place, and harmless in an office program."""

import csv
import re
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from receivers import Receiving
from servers import filled, small_disk

from catalog.errors import UnprovenError
from hub import quarantine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "drop"
    found.mkdir()
    return found


@pytest.fixture
def it(tmp_path: Path, folder: Path) -> Receiving:
    return Receiving(tmp_path / "world", {"kind": "files", "folder": str(folder)}, {"file": {"name": "readers.csv"}})


def test_office_programs_know_utf_8_by_its_mark(it: Receiving, folder: Path) -> None:
    it.flow["target"]["file"] |= {"encoding": "utf-8-sig", "columns": {"no": "读者证号", "name": "姓名"}, "delimiter": ";"}
    receipt = it.run()
    assert receipt.status == "proved", receipt.error
    content = (folder / "readers.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf" + "读者证号;姓名;kind;changed_at\r\nn000;名0;1;".encode())
    assert it.run().status == "unchanged"
    assert (folder / "readers.csv").read_bytes() == content


def test_gb18030_writes_every_character(it: Receiving, folder: Path) -> None:
    it.flow["target"]["file"] |= {"encoding": "gb18030"}
    it.at_source("update s_thing set name = '杨𬀩👍é\u3000' where no = 'n001'")
    receipt = it.run()
    assert receipt.status == "proved", receipt.error
    with (folder / "readers.csv").open(encoding="gb18030", newline="") as file:
        assert {row["no"]: row["name"] for row in csv.DictReader(file)}["n001"] == "杨𬀩👍é\u3000"


def test_null_and_the_empty_text_are_two_things(it: Receiving, folder: Path) -> None:
    it.at_source("update s_thing set name = null where no = 'n001'")
    it.at_source("update s_thing set name = '' where no = 'n002'")
    assert it.run().status == "proved"
    assert {'n001,,2,2026-01-01 00:00:00', 'n002,"",1,2026-01-01 00:00:00'} < set((folder / "readers.csv").read_text().split("\n")[1:])  # fmt: skip


def test_the_marker_stands_beside_a_whole_file_alone(it: Receiving, folder: Path) -> None:
    it.flow["target"]["file"] |= {"done": "{name}.ok"}
    assert it.run().status == "proved"
    assert sorted(path.name for path in folder.iterdir()) == ["readers.csv", "readers.csv.ok"]


def test_a_file_that_was_taken_away_is_written_again(it: Receiving, folder: Path) -> None:
    assert it.run().status == "proved"
    (folder / "readers.csv").unlink()
    assert it.run().status == "proved"
    assert (folder / "readers.csv").is_file()


@pytest.mark.parametrize("added", ["zz,名,1,昨天\r\n", "n001,名1,2,2026-01-01 00:00:00\r\n", "zz,名\r\n", '"未完'])
def test_a_file_in_which_somebody_wrote_is_never_green_and_written_again(it: Receiving, folder: Path, added: str) -> None:
    assert it.run().status == "proved"
    path = folder / "readers.csv"
    whole = path.read_bytes()
    path.write_bytes(whole + added.encode())
    with pytest.raises(UnprovenError, match="1 行"):
        it.verify()
    receipt = it.run()
    assert (receipt.status, path.read_bytes()) == ("proved", whole), receipt.error
    assert it.verify().equal


def test_a_file_of_another_make_is_not_written_over_unasked_and_ours_when_spoilt_is(it: Receiving, folder: Path) -> None:
    (folder / "readers.csv").write_text("somebody's own\n")
    receipt = it.run()
    assert (receipt.exit_code, (folder / "readers.csv").read_text()) == (3, "somebody's own\n")
    (folder / "readers.csv").unlink()
    assert it.run().status == "proved"
    (folder / "readers.csv").write_bytes(b"\x00\xff")
    assert it.run().status == "proved"
    assert it.verify().equal


def test_whoever_reads_meanwhile_sees_the_old_file_or_the_new_one(it: Receiving, folder: Path) -> None:
    assert it.run().status == "proved"
    path, seen, stop = folder / "readers.csv", set[bytes](), threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(path.read_bytes())

    before = path.read_bytes()
    reader = threading.Thread(target=read)
    reader.start()
    it.at_source("update s_thing set name = '改'")
    assert it.run().status == "proved"
    stop.set()
    reader.join()
    assert seen <= {before, path.read_bytes()}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 2) as found:
        yield found


@pytest.mark.parametrize("name", ["readers.csv", "readers.xlsx"])
def test_a_full_disk_is_red_and_the_old_file_is_untouched(it: Receiving, disk: Path, name: str) -> None:
    it.system["folder"] = str(disk)
    it.flow["target"]["file"] = {"name": name}
    assert it.run().status == "proved"
    before = (disk / name).read_bytes()
    it.at_source("update s_thing set name = '改'")
    with filled(disk):
        receipt = it.run()
        assert (receipt.status, receipt.exit_code) == ("unavailable", 4)
        assert "disk" in str(receipt.error)
        assert (disk / name).read_bytes() == before
    assert [path.name for path in disk.iterdir()] == [name]
    healed = it.run()
    assert (healed.status, healed.rows.updated) == ("proved", 6), healed.error


def test_a_folder_that_is_gone_is_red(it: Receiving, folder: Path) -> None:
    folder.rmdir()
    assert it.run().status == "unavailable"


def test_a_workbook_keeps_long_digits_and_runs_nothing(it: Receiving, folder: Path) -> None:
    it.flow["target"]["file"] = {"name": "readers.xlsx", "sheet": "读者"}
    it.dataset["fields"] = [
        *it.dataset["fields"],
        {"name": "n", "type": "integer", "title": "数"},
        {"name": "d", "type": "decimal(20,4)", "title": "额"},
    ]
    it.agreement["columns"] = ["no", "name", "n", "d"]
    it.at_source("alter table s_thing add column n integer")
    it.at_source("alter table s_thing add column d text")
    texts = {
        "n000": "37020019900101123X",
        "n001": "00123456789012345678",
        "n002": "=1+cmd|' /C calc'!A0",
        "n003": "https://x.cn/",
        "n004": "1e5",
        "n005": "TRUE",
    }
    for no, value in texts.items():
        it.at_source("update s_thing set name = :name, n = 9007199254740993, d = '12.5' where no = :no", no=no, name=value)
    receipt = it.run()
    assert receipt.status == "proved", receipt.error
    sheet = load_workbook(folder / "readers.xlsx")["读者"]
    assert {row[0].value: row[1].value for row in sheet.iter_rows(min_row=2)} == texts
    assert {(row[1].data_type, row[2].value, row[3].value) for row in sheet.iter_rows(min_row=2)} == {("s", "9007199254740993", 12.5)}
    with zipfile.ZipFile(folder / "readers.xlsx") as parts:
        assert not [name for name in parts.namelist() if re.search(rb"<f[ >]|hyperlink", parts.read(name))]


def test_a_text_too_long_for_a_cell_costs_its_row_alone(it: Receiving, folder: Path) -> None:
    it.flow["target"]["file"] = {"name": "readers.xlsx"}
    it.dataset["fields"] = [it.dataset["fields"][0], {"name": "name", "type": "string", "title": "词"}]
    it.agreement["columns"] = ["no", "name"]
    it.at_source("update s_thing set name = :name where no = 'n001'", name="青" * 32767)
    it.at_source("update s_thing set name = :name where no = 'n002'", name="𬀩" * 16384)
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted, receipt.rows.quarantined) == ("proved_with_exceptions", 5, 1), receipt.error
    assert [(row.key, row.rule, row.place) for row in quarantine.rows(it.hub, "thing")] == [
        (("n002",), "receiver", "文字超过单元格的 32767 个字符")
    ]
