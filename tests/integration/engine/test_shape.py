"""What changes in the shape of either side: it is followed where the flow says `evolve`, held with the difference where it says `stop`."""

from pathlib import Path
from typing import Any

import pytest
from interrupting import statements
from values import PAIRS
from world import Database, World

from hub import quarantine
from hub.approval import approve
from hub.receipt import Receipt

pytestmark = pytest.mark.parametrize(("source", "target"), PAIRS)
OTHER = {"name": "note", "type": "string(40)", "title": "备注"}


def world(tmp_path: Path, source: str, target: str, drift: str = "stop", **flow: Any) -> World:
    it = World(tmp_path, source, target, rows=5)
    it.flow |= {"drift": drift, **flow}
    return it


def remade(it: World, columns: str, rows: str) -> None:
    """Make the source table anew with other columns, filled by a query over the old one: every engine can."""
    it.at_source(f"create table s_new ({columns})")
    it.at_source(f"insert into s_new {rows}")
    it.at_source("drop table s_thing")
    it.at_source("alter table s_new rename to s_thing")


def held_by(receipt: Receipt, brake: str, *said: str) -> bool:
    assert receipt.held is not None, (receipt.status, receipt.error)
    assert all(word in (receipt.error or "") for word in said), receipt.error
    return (receipt.status, receipt.exit_code, receipt.held["brake"]) == ("held", 3, brake)


@pytest.mark.parametrize("drift", ["stop", "evolve"])
def test_a_column_that_joins_the_dataset_is_added_at_once_or_when_a_person_approves(
    tmp_path: Path, database: Database, source: str, target: str, drift: str
) -> None:
    it = world(tmp_path, database(source), database(target), drift)
    assert it.run().rows.inserted == 5
    it.at_source("alter table s_thing add column note varchar(40)")
    it.at_source("update s_thing set note = '注'")
    assert it.run().status == "unchanged"  # what no dataset names is not read
    it.dataset["fields"] = [*it.dataset["fields"], OTHER]
    receipt = it.run()
    if drift == "stop":
        assert held_by(receipt, "drift", "+note")
        assert it.at_target("select count(*) from thing") == [(5,)]
        receipt = approve(it.hub, receipt.run, now=it.now, by="主任")
    assert (receipt.status, receipt.rows.updated) == ("proved", 5), receipt.error
    assert it.at_target("select distinct note from thing") == [("注",)]
    assert it.verify().equal


@pytest.mark.parametrize("drift", ["stop", "evolve"])
def test_a_column_dropped_or_renamed_at_the_source_is_held_by_name_until_the_flow_is_mended(
    tmp_path: Path, database: Database, source: str, target: str, drift: str
) -> None:
    it = world(tmp_path, database(source), database(target), drift)
    it.run()
    it.at_source("alter table s_thing rename column name to title")
    assert held_by(it.run(), "column_vanished", "name", "s_thing", "columns")
    it.flow["source"] |= {"columns": {"name": "title"}}
    renamed = it.run()
    assert (renamed.status, renamed.rows.unchanged) == ("proved", 5), renamed.error
    it.at_source("alter table s_thing drop column kind")
    assert held_by(it.run(), "column_vanished", "kind")
    assert it.at_target("select count(kind) from thing") == [(5,)]
    it.dataset["fields"] = [field for field in it.dataset["fields"] if field["name"] != "kind"]
    assert it.run().status == "proved"
    assert it.at_target("select count(kind) from thing") == [(5,)]  # the receiver's column stays, with what it held
    assert it.verify().equal


@pytest.mark.parametrize("drift", ["stop", "evolve"])
def test_a_column_widened_narrowed_or_made_not_null_is_followed_or_held_and_what_no_longer_fits_waits(
    tmp_path: Path, database: Database, source: str, target: str, drift: str
) -> None:
    it = world(tmp_path, database(source), database(target), drift)
    it.run()
    moment = "datetime(6)" if source == "mariadb" else "timestamp"
    for name, kind, said in (
        ("text", "varchar(4)", "name"),
        ("text", "varchar(2)", "kind"),
        ("varchar(90) not null", "varchar(4)", "name"),
    ):
        remade(it, f"no varchar(20) primary key, name {name}, kind {kind}, changed_at {moment}", "select * from s_thing")
        receipt = it.run()
        if drift == "stop":
            assert held_by(receipt, "drift", said, "→")
            receipt = approve(it.hub, receipt.run, now=it.now, by="主任")
        assert (receipt.exit_code, receipt.rows.unchanged) == (0, 5), receipt.error
        assert it.run().status == "unchanged"
    it.at_source(f"update s_thing set name = '{'长' * 65}' where no = 'n001'")
    receipt = it.run()
    assert (receipt.status, receipt.rows.quarantined, receipt.rows.kept_stale) == ("proved_with_exceptions", 1, 1), receipt.error
    assert quarantine.counts(it.hub, "thing") == {"max_length:name": 1}
    assert it.verify().equal


def test_columns_in_another_order_change_nothing(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database(source), database(target))
    moment = {"sqlite": "timestamp_text", "postgresql": "timestamp(6)", "mariadb": "datetime(6)"}
    it.at_target(f"create table thing (changed_at {moment[target]}, kind varchar(4), name varchar(64), no varchar(20) primary key)")
    assert it.run().rows.inserted == 5
    source_moment = "datetime(6)" if source == "mariadb" else "timestamp"
    columns = f"kind varchar(4), changed_at {source_moment}, name varchar(64), no varchar(20) primary key"
    remade(it, columns, "select kind, changed_at, name, no from s_thing")
    assert it.run().status == "unchanged"
    it.at_source("update s_thing set name = '改' where no = 'n001'")
    assert it.run().rows.updated == 1
    assert it.verify().equal


def test_a_receivers_column_made_not_null_quarantines_the_rows_without_a_value(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = world(tmp_path, database(source), database(target))
    moment = {"sqlite": "timestamp_text", "postgresql": "timestamp(6)", "mariadb": "datetime(6)"}
    it.at_target(
        f"create table thing (no varchar(20) primary key, name varchar(64) not null, kind varchar(4), changed_at {moment[target]})"
    )
    it.run()
    it.at_source("update s_thing set name = null where no in ('n001', 'n002')")
    receipt = it.run()
    assert (receipt.status, receipt.rows.quarantined, receipt.rows.kept_stale) == ("proved_with_exceptions", 2, 2), receipt.error
    assert receipt.stale_since == it.now.isoformat()
    assert quarantine.counts(it.hub, "thing") == {"target_column:name": 2}
    again = it.later(days=3).run()
    assert (again.rows.kept_stale, again.stale_since) == (2, receipt.stale_since)
    assert it.verify().equal


def test_many_failing_rows_take_no_more_statements_than_a_few(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = World(tmp_path, database(source), database(target), rows=1000)
    it.flow["brakes"] = {"max_quarantine": "100%"}
    it.dataset["rules"] = [{"rule": "matches", "field": "kind", "pattern": "^[12]$", "on_fail": "quarantine"}]
    text = "varchar(64) character set utf8mb4" if target == "mariadb" else "varchar(64)"
    moment = {"sqlite": "timestamp_text", "postgresql": "timestamp(6)", "mariadb": "datetime(6)"}
    it.at_target(f"create table thing (no varchar(20) primary key, name {text} not null, kind varchar(4), changed_at {moment[target]})")
    assert it.run().rows.inserted == 1000
    needed = []
    for failing in (3, 300):
        it.at_source(f"update s_thing set name = null where no < 'n{failing:03}'")
        it.at_source(f"update s_thing set kind = '9' where no >= 'n{1000 - failing}'")
        with statements("目标系统") as seen:
            receipt = it.run(full=True)
        assert receipt.rows.quarantined == 2 * failing, receipt.error
        needed.append(len(seen))
    assert needed[1] <= needed[0] + 6, needed  # lists of numbers in chunks, not one by one


def test_a_receivers_own_column_that_must_be_filled_refuses_the_batch_by_name(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = world(tmp_path, database(source), database(target))
    moment = {"sqlite": "timestamp_text", "postgresql": "timestamp(6)", "mariadb": "datetime(6)"}
    columns = f"no varchar(20) primary key, name varchar(64), kind varchar(4), changed_at {moment[target]}, shelf integer not null"
    it.at_target(f"create table thing ({columns})")
    receipt = it.run()
    assert receipt.status == "rejected"
    assert "shelf" in (receipt.error or ""), receipt.error
    assert it.at_target("select count(*) from thing") == [(0,)]


@pytest.mark.parametrize("changed", ["key", "cursor"])
def test_a_window_of_another_key_or_cursor_asks_for_a_whole_run(
    tmp_path: Path, database: Database, source: str, target: str, changed: str
) -> None:
    it = world(tmp_path, database(source), database(target), mode="incremental", on_delete="keep")
    it.flow["source"] = {"system": "src", "table": "s_thing", "cursor": "changed_at"}
    it.run()
    it.at_source("delete from s_thing where no = 'n004'")
    assert it.run(full=True).rows.retained == 1
    if changed == "key":
        it.dataset["key"] = ["no", "kind"]
    else:
        it.flow["source"]["cursor"] = "name"
    refused = it.run()
    assert (refused.status, refused.exit_code) == ("rejected", 3)
    assert "--full" in (refused.error or "")
    assert it.at_target("select count(*) from thing") == [(5,)]
    whole = it.run(full=True)
    assert whole.status == "proved", whole.error
    it.at_source("update s_thing set name = '龘', changed_at = '2026-11-05 08:30:00' where no = 'n001'")
    moved = it.later(hours=1).run()
    assert (moved.status, moved.rows.updated) == ("proved", 1), moved.error
    assert it.verify().equal
    assert it.at_target("select count(*) from thing") == [(5,)]


def test_a_field_that_joins_a_dataset_does_not_disturb_its_retained_rows(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = world(tmp_path, database(source), database(target), "evolve", on_delete="keep")
    it.run()
    it.at_source("delete from s_thing where no = 'n004'")
    assert it.run().rows.retained == 1
    it.at_source("alter table s_thing add column note varchar(40)")
    it.dataset["fields"] = [*it.dataset["fields"], OTHER]
    receipt = it.run()
    assert receipt.status == "proved", receipt.error
    assert it.run().status == "unchanged"
    assert it.at_target("select count(*) from thing where no = 'n004'") == [(1,)]
    assert it.verify().equal
