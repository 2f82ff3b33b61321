"""Files that were taken: moved away once they are published, never read twice by a log, never lost and never written over."""

from pathlib import Path
from typing import Any

import pytest
from crashing import dead, killed
from world import World

from app.show import details
from catalog.errors import CatalogError
from catalog.load import load
from hub.store import runs

HEAD = "no,name,kind,changed_at\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "drop"
    found.mkdir()
    return found


@pytest.fixture
def it(tmp_path: Path, folder: Path) -> World:
    found = World(tmp_path / "world", f"sqlite:///{tmp_path}/unused.db", f"sqlite:///{tmp_path}/target.db", rows=0)
    found.others["systems/src"] = {"name": "src", "title": "收件夹", "kind": "files", "folder": str(folder), "owner": "信息资源部"}
    found.flow["source"] = {"system": "src", "files": "*.csv", "archive": "已入库"}
    return found


def write(path: Path, *numbers: str, name: str = "名") -> None:
    path.write_text(HEAD + "".join(f"{no},{name},1,2026-01-01\n" for no in numbers), "utf-8")


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def stands(it: World) -> set[str]:
    return {row[0] for row in it.at_target("select no from thing")}


def test_a_file_is_moved_once_its_rows_are_published_and_a_new_one_takes_its_place(it: World, folder: Path) -> None:
    it.flow["source"]["done"] = "{name}.ok"
    write(folder / "a.csv", "n1", "n2")
    (folder / "a.csv.ok").touch()
    assert it.run().status == "proved"
    assert names(folder) == ["已入库/a.csv", "已入库/a.csv.ok"]
    assert it.run().status == "unavailable"  # no file is no empty source
    write(folder / "a.csv", "n2", "n3")
    (folder / "a.csv.ok").touch()
    assert it.run().status == "proved"
    assert stands(it) == {"n2", "n3"}
    assert names(folder) == ["已入库/a-2.csv", "已入库/a.csv", "已入库/a.csv-2.ok", "已入库/a.csv.ok"]
    assert (folder / "已入库" / "a.csv").read_text("utf-8").count("n1") == 1


def test_a_file_with_a_row_to_be_mended_stays(it: World, folder: Path) -> None:
    write(folder / "a.csv", "n1", "a number far too long for it")
    assert it.run().status == "proved_with_exceptions"
    assert names(folder) == ["a.csv"]
    write(folder / "a.csv", "n1", "n2")
    assert it.run().status == "proved"
    assert names(folder) == ["已入库/a.csv"]


@pytest.mark.parametrize("mode", ["mirror", "append"])
@pytest.mark.parametrize("point", ["confirmed", "stage dropped", "published"])
def test_a_crash_leaves_the_file_to_the_next_run(it: World, folder: Path, point: str, mode: str) -> None:
    it.flow["mode"] = mode
    write(folder / "a.csv", "n1", "n2")
    killed(it, point)
    assert names(folder) == ["a.csv"]
    dead(it)
    again = it.run()
    assert (again.exit_code, stands(it), names(folder)) == (0, {"n1", "n2"}, ["已入库/a.csv"]), again.error


def test_a_log_reads_no_bytes_twice_whatever_they_are_called(it: World, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    it.flow |= {"mode": "append"}
    del it.flow["source"]["archive"]
    write(folder / "10.csv", "n1")
    first = it.run()
    assert [(file["name"], file["rows"], file["seen"]) for file in first.files] == [("10.csv", 1, False)]
    write(folder / "11.csv", "n2")
    write(folder / "10 (1).csv", "n1")
    second = it.run()
    assert (second.rows.read, second.rows.inserted, stands(it)) == (1, 1, {"n1", "n2"})
    assert {file["name"]: file["seen"] for file in second.files} == {"10 (1).csv": True, "10.csv": True, "11.csv": False}
    kept = runs.receipt(it.hub.store, second.run)
    assert kept == second
    details(second, it.hub.catalog.zone)
    assert "10 (1).csv（内容已接收过，未再读取）" in capsys.readouterr().out
    assert it.run(full=True).rows.read == 2
    assert it.verify().equal


def test_a_log_reads_a_file_with_a_row_to_be_mended_again(it: World, folder: Path) -> None:
    it.flow |= {"mode": "append"}
    write(folder / "10.csv", "n1", "a number far too long for it")
    assert it.run().status == "proved_with_exceptions"
    write(folder / "11.csv", "n2")
    receipt = it.run()
    assert (receipt.rows.read, receipt.rows.quarantined, receipt.rows.inserted) == (3, 1, 1)
    assert names(folder) == ["10.csv", "11.csv"]


def test_a_mirror_reads_equal_files_once(it: World, folder: Path) -> None:
    write(folder / "a.csv", "n1", "n2")
    write(folder / "a (1).csv", "n1", "n2")
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted) == ("proved", 2), receipt.error
    assert names(folder) == ["已入库/a (1).csv", "已入库/a.csv"]


def test_a_file_that_was_written_over_since_it_was_read_is_left_alone(it: World, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.store import runs as store

    write(folder / "a.csv", "n1")
    finish = store.finish

    def late(*arguments: Any, **named: Any) -> None:
        write(folder / "a.csv", "n1", "n2")
        finish(*arguments, **named)

    monkeypatch.setattr(store, "finish", late)
    assert it.run().status == "proved"
    monkeypatch.undo()
    assert names(folder) == ["a.csv"]
    assert it.run().rows.inserted == 1
    assert names(folder) == ["已入库/a.csv"]


@pytest.mark.parametrize(
    "change", [{"cursor": "changed_at"}, {"archive": "../elsewhere"}, {"archive": ".hidden"}, {"files": None, "table": "s_thing"}]
)
def test_an_archive_that_would_lose_rows_is_refused(it: World, change: dict[str, Any]) -> None:
    it.flow["source"] |= change
    with pytest.raises(CatalogError):
        load(it.hub.catalog.folder)
