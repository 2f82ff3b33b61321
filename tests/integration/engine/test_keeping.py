"""What a run keeps: retained rows, last good versions, a held target, a log that never doubles."""

from pathlib import Path

import pytest
from values import PAIRS
from world import Database, World

from catalog.errors import CatalogError
from hub import quarantine
from hub.approval import approve, refuse
from hub.store import runs

pytestmark = pytest.mark.parametrize(("source", "target"), PAIRS)


def world(tmp_path: Path, database: Database, source: str, target: str, **options: bool) -> World:
    return World(tmp_path, database(source), database(target), **options)


def test_an_emptied_source_is_held_until_a_person_approves(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database, source, target)
    it.run()
    it.at_source("delete from s_thing")
    held = it.run()
    assert (held.status, held.exit_code) == ("held", 3)
    assert held.held is not None
    assert held.held["brake"] == "empty_source"
    assert it.at_target("select count(*) from thing") == [(200,)]
    approved = approve(it.hub, held.run, now=it.now, by="主任")
    assert (approved.status, approved.rows.deleted) == ("proved", 200)
    assert it.at_target("select count(*) from thing") == [(0,)]


def test_a_refused_run_leaves_the_target_and_cannot_be_approved(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database, source, target)
    it.run()
    it.at_source("delete from s_thing where no < 'n150'")
    held = it.run()
    assert held.held is not None
    assert (held.held["brake"], held.held["seen"]) == ("max_deletes", 150)
    refuse(it.hub, held.run, now=it.now, by="主任")
    with pytest.raises(CatalogError):
        approve(it.hub, held.run, now=it.now, by="主任")
    assert it.at_target("select count(*) from thing") == [(200,)]
    told = runs.receipt(it.hub.store, held.run)
    assert told is not None
    assert (told.status, told.exit_code) == ("refused", 3)


def test_an_approval_covers_what_was_seen_and_no_more(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database, source, target)
    it.run()
    it.at_source("delete from s_thing where no < 'n150'")
    held = it.run()
    it.at_source("delete from s_thing where no < 'n160'")
    again = approve(it.hub, held.run, now=it.now, by="主任")
    assert again.status == "held"
    assert it.at_target("select count(*) from thing") == [(200,)]


@pytest.mark.parametrize("kept", ["keep", "mark"])
def test_retained_rows_stay_and_are_proved(tmp_path: Path, database: Database, source: str, target: str, kept: str) -> None:
    it = world(tmp_path, database, source, target)
    it.dataset["retain"] = True
    it.flow["on_delete"] = kept
    it.run()
    it.at_source("delete from s_thing where no < 'n010'")
    receipt = it.run()
    assert (receipt.status, receipt.rows.retained, receipt.rows.deleted) == ("proved", 10, 0)
    assert it.at_target("select count(*) from thing") == [(200,)]
    it.at_source("insert into s_thing values ('n001', '回来', '1', '2026-01-01 00:00:00')")
    assert it.run().rows.updated == 1
    assert it.verify().equal
    it.at_target("update thing set name = '手改' where no = 'n002'")
    it.at_source("update s_thing set name = '新名' where no = 'n100'")
    assert it.run().status == "unproven"


def test_a_bad_row_keeps_its_last_good_version_until_mended(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database, source, target)
    it.others = {"codes/kinds": {"name": "kinds", "title": "类别", "codes": {"1": "甲", "2": "乙"}}}
    it.dataset["fields"] = [f | {"codes": "kinds"} if f["name"] == "kind" else f for f in it.dataset["fields"]]
    it.run()
    it.at_source("update s_thing set kind = '9', name = '坏' where no = 'n003'")
    receipt = it.run()
    assert (receipt.status, receipt.rows.quarantined, receipt.rows.kept_stale) == ("proved_with_exceptions", 1, 1)
    assert it.at_target("select name from thing where no = 'n003'") == [("名3",)]
    assert it.verify().equal
    assert quarantine.counts(it.hub, "thing") == {"in_codes:kind": 1}
    it.at_source("update s_thing set kind = '1' where no = 'n003'")
    assert quarantine.replay(it.hub, "thing", now=it.now, by="tester").status == "proved"
    assert it.at_target("select name from thing where no = 'n003'") == [("坏",)]


def test_a_value_that_fits_no_type_is_quarantined_and_the_rest_goes_on(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = world(tmp_path, database, source, target)
    it.dataset["fields"] = [f | {"type": "decimal(6,2)"} if f["name"] == "name" else f for f in it.dataset["fields"]]
    it.at_source("update s_thing set name = '1.5'")
    it.at_source("update s_thing set name = '很多' where no = 'n003'")
    it.at_source("update s_thing set name = '1.234' where no = 'n004'")
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted, receipt.rows.quarantined) == ("proved_with_exceptions", 198, 2)
    assert sorted((row.key, row.rule) for row in quarantine.rows(it.hub, "thing")) == [
        (("n003",), "reject.type:name"),
        (("n004",), "reject.type:name"),
    ]


def test_duplicate_keys_are_all_quarantined(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database, source, target, key=False)
    it.dataset["key"] = ["no"]
    it.at_source("insert into s_thing values ('n003', '另一个', '1', '2026-01-01 00:00:00')")
    receipt = it.run()
    assert (receipt.rows.quarantined, receipt.rows.inserted) == (2, 199)
    assert it.at_target("select count(*) from thing where no = 'n003'") == [(0,)]
    assert it.verify().equal


def test_mapped_codes_are_standard_in_the_target_and_unmapped_ones_wait(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = world(tmp_path, database, source, target)
    it.others = {
        "codes/sex": {"name": "sex", "title": "性别", "codes": {"1": "男", "2": "女"}},
        "codes/own": {"name": "own", "title": "本校性别", "to": "sex", "map": {"1": "2", "2": "1"}},
    }
    it.dataset["fields"] = [f | {"codes": "sex"} if f["name"] == "kind" else f for f in it.dataset["fields"]]
    it.flow["source"]["codes"] = {"kind": "own"}
    it.at_source("update s_thing set kind = '3' where no = 'n000'")
    receipt = it.run()
    assert (receipt.status, receipt.rows.quarantined) == ("proved_with_exceptions", 1)
    assert it.at_target("select kind from thing where no = 'n001'") == [("1",)]
    assert it.verify().equal


def test_a_table_without_key_is_mirrored_as_a_multiset(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database, source, target, key=False)
    it.run()
    it.at_source("insert into s_thing values ('n001', '名1', '2', '2026-01-01 00:00:00')")
    it.at_source("delete from s_thing where no = 'n005'")
    assert it.run().status == "proved"
    assert it.at_target("select count(*) from thing where no = 'n001'") == [(2,)]
    assert it.verify().equal
    it.at_target("delete from thing where no = 'n007'")
    assert not it.verify().equal


@pytest.mark.parametrize("key", [True, False])
def test_an_append_log_gains_each_row_once(tmp_path: Path, database: Database, source: str, target: str, key: bool) -> None:
    it = world(tmp_path, database, source, target, key=key)
    it.flow |= {"mode": "append", "source": {"system": "src", "table": "s_thing", "cursor": "changed_at"}}
    assert it.run().rows.inserted == 200
    it.at_source("insert into s_thing values ('x1', '新', '1', '2026-11-05 07:55:00')")
    it.later(minutes=30)
    assert it.run().rows.inserted == 1
    assert it.run().status == "proved"
    assert it.at_target("select count(*) from thing") == [(201,)]


def test_values_may_swap_under_the_receivers_unique_index(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database, source, target)
    it.run()
    it.at_target("create unique index receiver_own on thing (name)")
    it.at_source("update s_thing set name = case no when 'n001' then '名2' else '名1' end where no in ('n001', 'n002')")
    receipt = it.run()
    assert (receipt.status, receipt.rows.updated) == ("proved", 2)


def test_a_table_that_was_never_managed_is_held(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database, source, target)
    it.at_target("create table thing (no varchar(20) primary key, name varchar(64), kind varchar(4), changed_at timestamp null)")
    it.at_target("insert into thing values ('own', '别人的', '1', null)")
    held = it.run()
    assert held.held is not None
    assert held.held["brake"] == "foreign_table"
    assert it.at_target("select no from thing") == [("own",)]


def test_a_vanished_column_is_held_with_its_name(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database, source, target)
    it.run()
    it.at_source("alter table s_thing rename column name to title")
    held = it.run()
    assert held.status == "held"
    assert "name" in (held.error or "")


def test_a_run_of_a_paused_or_changed_flow_says_what_to_do(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database, source, target)
    it.flow |= {"mode": "incremental", "source": {"system": "src", "table": "s_thing", "cursor": "changed_at"}}
    it.run()
    it.dataset["fields"] = it.dataset["fields"][:2] + it.dataset["fields"][3:]
    changed = it.run()
    assert changed.status == "rejected"
    assert "--full" in (changed.error or "")
    assert it.run(full=True).status == "proved"
    assert runs.latest(it.hub.store, "thing") is not None


def test_a_dropped_target_table_is_made_again(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database, source, target)
    it.run()
    it.at_target("drop table thing")
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted) == ("proved", 200), receipt.error
    assert it.verify().equal
