"""The auditor's page: who received which personal fields, under which approval, how many rows, until when."""

import json
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from served import Served
from world import Database

from app.cli import main
from catalog.errors import CatalogError
from hub import audit
from hub.store import access
from hub.store.access import Line

DAY = date(2026, 11, 5)


@pytest.fixture
def local(tmp_path: Path, database: Database) -> Served:
    it = Served(tmp_path, database("sqlite"))
    it.rows(fields="no,name")
    it.rows(fields="no")
    it.rows(fields="pay")  # refused
    it.get("/v1/datasets/thing/export")
    return it


def test_rows_are_told_by_receiver_fields_and_approval(local: Served) -> None:
    name, both = audit.received(local.hub, "thing", (), since=DAY, until=DAY)
    assert (name.who, name.channel, name.fields, name.rows, name.answers) == ("library", "api", ("name",), 3, 1)
    assert (both.fields, both.rows, both.unended, both.approval, both.until) == (("name", "born"), 3, 0, "OA-1", date(2027, 8, 31))
    assert audit.received(local.hub, "thing", ("seen_at",), since=DAY, until=DAY)[0].rows == 3
    assert audit.received(local.hub, "thing", ("pay",), since=DAY, until=DAY) == []
    assert audit.received(local.hub, "thing", (), since=DAY.replace(day=6), until=DAY.replace(day=7)) == []


def test_an_export_whose_end_is_not_told_may_have_taken_all(local: Served) -> None:
    line = Line(who="library", channel="api", outcome="open", request="r", dataset="thing", agreement="library_thing", columns=("name",))
    access.write(local.store, line, now=local.world.now)
    assert audit.received(local.hub, "thing", ("name",), since=DAY, until=DAY)[0].unended == 1


def test_a_request_number_that_is_used_again_hides_no_export_without_an_end(local: Served) -> None:
    for outcome, rows in (("open", None), ("open", None), ("sent", 3), ("ok", 3)):  # the service ended in the first one
        line = Line("library", "api", outcome, "r", dataset="thing", agreement="library_thing", columns=("name",), rows=rows)
        access.write(local.store, line, now=local.world.now)
    found = audit.received(local.hub, "thing", ("name",), since=DAY, until=DAY)
    assert [it.unended for it in found if it.channel == "api"] == [1]


def test_rows_that_were_taken_back_are_none_that_were_received(local: Served) -> None:
    for outcome, rows in (("begun", None), ("sent proved", 3), ("withdrawn", 3)):
        line = Line("library", "push", outcome, "R1", dataset="thing", agreement="library_thing", columns=("name",), rows=rows)
        access.write(local.store, line, now=local.world.now)
    found = audit.received(local.hub, "thing", ("name",), since=DAY, until=DAY)
    assert [(it.answers, it.rows) for it in found if it.channel == "push"] == [(1, 3)]


def test_a_push_that_began_and_did_not_end_may_have_shown_all(local: Served) -> None:
    for run, outcome, rows in (("R1", "begun", None), ("R1", "sent proved", 3), ("R2", "begun", None)):
        line = Line("library", "push", outcome, run, dataset="thing", agreement="library_thing", columns=("name",), rows=rows)
        access.write(local.store, line, now=local.world.now)
    found = audit.received(local.hub, "thing", ("name",), since=DAY, until=DAY)
    assert [(it.rows, it.unended) for it in found if it.channel == "push"] == [(3, 1)]


def test_a_person_who_saw_all_columns_saw_each(local: Served) -> None:
    line = Line(who="管理员", channel="cli", outcome="quarantine export", request="r", dataset="thing", columns=("*",), rows=2)
    access.write(local.store, line, now=local.world.now)
    assert ("管理员", 2) in [(it.who, it.rows) for it in audit.received(local.hub, "thing", ("pay",), since=DAY, until=DAY)]


def test_an_unknown_dataset_or_field_is_answered_with_the_known_ones(local: Served) -> None:
    for dataset, fields in (("things", ()), ("thing", ("nam",))):
        with pytest.raises(CatalogError, match="thing"):
            audit.received(local.hub, dataset, fields, since=DAY, until=DAY)


def test_the_page_is_one_sheet_and_the_question_itself_is_logged(local: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(local.world.folder / "campus")
    page = tmp_path / "page.xlsx"
    with pytest.raises(SystemExit) as ended:
        main(["access", "who", "--dataset", "thing", "--field", "name", "--xlsx", str(page), "--campus", folder, "--json"])
    assert ended.value.code in (0, None)
    assert sum(it["rows"] for it in json.loads(capsys.readouterr().out)["received"]) == 6
    sheet = load_workbook(page).active
    assert sheet is not None
    assert [cell.value for cell in sheet[4]][:4] == ["图书馆", "接口", "姓名", "6"]
    assert local.log()[-1]["outcome"] == "access who"
    with pytest.raises(SystemExit) as held:
        main(["access", "verify", "--campus", folder])
    assert held.value.code in (0, None)
    with local.store.begin() as connection:
        connection.exec_driver_sql("update access set rows = 1 where seq = 1")
    with pytest.raises(SystemExit) as broken:
        main(["access", "verify", "--campus", folder])
    assert broken.value.code == 5
    assert "第 1 行被改动" in capsys.readouterr().out
