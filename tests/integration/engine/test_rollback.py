"""`rollback`: the last publication is taken back as a whole and proved, or refused with a reason; never half, never unproved."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from values import ENGINES
from world import Database, World

from app.cli import main
from connectors.database import session
from connectors.workspace import Workspace
from hub import quarantine
from hub.receipt import Receipt
from hub.reconcile import reconcile
from hub.rollback import rollback
from hub.store import decisions, runs
from hub.upkeep import upkeep

EVERY = "select no, name, kind, changed_at from thing order by no"
WORDS = ("青岛 \t制表\n换行\\反斜", "", None, "\\N", "NULL", " 杨𬀩 ", "'\"")


@dataclass(frozen=True)
class Stand:
    """What a person, a report and the next run see of a target."""

    rows: list[Any]
    cursor: str | None

    @classmethod
    def of(cls, it: World) -> "Stand":
        workspace = Workspace.of(it.hub.catalog.systems["dst"])
        return cls(it.at_target(EVERY), it.at_target(f"select cursor_at from {workspace.name('ledger')}")[0][0])


def moved(it: World) -> None:
    """Change, delete and add rows at the source, and let an hour pass."""
    it.later(hours=1)
    it.at_source("update s_thing set name = '新', changed_at = '2026-11-05 08:30:00' where no < 'n050'")
    it.at_source("delete from s_thing where no > 'n190'")
    it.at_source("insert into s_thing values ('x1', '加', '1', '2026-11-05 08:31:00')")


def undone(it: World) -> Receipt:
    return rollback(it.hub, "thing", now=it.now, by="主任")


def changes(it: World, run: str) -> list[tuple[str, str]]:
    table = Workspace.of(it.hub.catalog.systems["dst"]).name("change")
    return it.at_target(f"select op, key_line from {table} where run = '{run}' order by op, key_line")


@pytest.fixture(params=ENGINES)
def it(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> World:
    """A published flow onto each engine in turn, its texts of every awkward kind."""
    world = World(tmp_path, database("sqlite"), database(request.param))
    for number, word in enumerate(WORDS):
        world.at_source("update s_thing set name = :word where no = :no", word=word, no=f"n{number:03}")
    return world


def test_the_target_is_as_it_was_and_the_receipt_says_what_was_undone(it: World) -> None:
    it.run()
    before = Stand.of(it)
    moved(it)
    run = it.run()
    assert (run.rows.updated, run.rows.deleted, run.rows.inserted) == (50, 9, 1)
    receipt = undone(it)
    assert (receipt.status, receipt.undid, receipt.exit_code) == ("rolled_back", run.run, 0), receipt.error
    assert (receipt.rows.updated, receipt.rows.deleted, receipt.rows.inserted) == (50, 1, 9)
    assert receipt.target is not None
    assert receipt.target.count == 200
    assert Stand.of(it) == before
    assert [(op, key) for op, key in changes(it, receipt.run) if op != "U"] == [("D", "x1"), *(("I", f"n{n}") for n in range(191, 200))]
    assert runs.receipt(it.hub.store, receipt.run) == receipt
    published = runs.published(it.hub.store, "thing")
    assert published is not None
    assert published.run != run.run


def test_the_flow_waits_and_publishes_again_when_resumed(it: World) -> None:
    it.run()
    moved(it)
    it.run()
    undone(it)
    assert "已回退" in (decisions.paused(it.hub.store, "thing", now=it.now) or "")
    decisions.resume(it.hub.store, "thing")
    again = it.run()
    assert (again.status, again.rows.updated, again.rows.deleted, again.rows.inserted) == ("proved", 50, 9, 1)
    assert it.verify().equal


def test_a_window_is_undone_and_its_cursor_rewound(it: World) -> None:
    it.flow |= {"mode": "incremental", "source": {"system": "src", "table": "s_thing", "cursor": "changed_at"}}
    it.run()
    before = Stand.of(it)
    moved(it)
    assert it.run().rows.updated == 50
    it.later(hours=1)
    assert it.run().rows.updated == 0  # a run that moves nothing is not what a person means
    assert Stand.of(it).cursor != before.cursor
    assert undone(it).status == "rolled_back"
    assert Stand.of(it) == before
    decisions.resume(it.hub.store, "thing")
    assert it.run().rows.updated == 50
    assert reconcile(it.hub, "thing", now=it.now, by="tester").rows.deleted == 9
    assert it.verify().equal


def test_a_first_load_leaves_an_empty_table_and_the_next_run_reads_everything(it: World) -> None:
    first = it.run()
    receipt = undone(it)
    assert (receipt.status, receipt.undid, receipt.rows.deleted) == ("rolled_back", first.run, 200)
    assert it.at_target(EVERY) == []
    decisions.resume(it.hub.store, "thing")
    assert it.run().rows.inserted == 200
    assert it.verify().equal


def test_swapped_values_are_undone_under_the_receivers_unique_index(it: World) -> None:
    it.at_source("update s_thing set name = no")
    it.run()
    it.at_target("create unique index receiver_own on thing (name)")
    before = Stand.of(it)
    it.at_source("update s_thing set name = case no when 'n001' then 'n002' else 'n001' end where no in ('n001', 'n002')")
    assert it.run().rows.updated == 2
    assert undone(it).status == "rolled_back"
    assert Stand.of(it) == before


def test_what_was_quarantined_and_retained_before_is_so_again(it: World) -> None:
    it.others = {"codes/kinds": {"name": "kinds", "title": "类别", "codes": {"1": "甲", "2": "乙"}}}
    it.dataset["fields"] = [f | {"codes": "kinds"} if f["name"] == "kind" else f for f in it.dataset["fields"]]
    it.dataset["retain"] = True
    it.flow["on_delete"] = "keep"
    it.at_source("update s_thing set kind = '9' where no = 'n150'")
    it.at_source("insert into s_thing values ('old', '旧', '1', null)")
    it.run()
    it.at_source("delete from s_thing where no = 'old'")
    assert it.run().rows.retained == 1
    it.at_source("update s_thing set kind = '1' where no = 'n150'")
    it.at_source("update s_thing set kind = '9' where no = 'n151'")
    it.at_source("insert into s_thing values ('old', '回来', '1', null)")
    it.at_source("delete from s_thing where no = 'n152'")
    run = it.run()
    assert (run.rows.retained, run.rows.quarantined, run.rows.updated) == (1, 1, 1)
    receipt = undone(it)
    assert (receipt.status, receipt.rows.quarantined) == ("rolled_back", 1)
    assert [row.key for row in quarantine.rows(it.hub, "thing")] == [("n150",)]
    listed = Workspace.of(it.hub.catalog.systems["dst"]).name("retained")
    assert it.at_target(f"select key_line from {listed} where released is null") == [("old",)]
    it.at_source("update s_thing set kind = '9' where no = 'n150'")
    it.at_source("update s_thing set kind = '2' where no = 'n151'")
    it.at_source("insert into s_thing values ('n152', '名152', '1', '2026-01-01 00:00:00')")
    it.at_source("delete from s_thing where no = 'old'")
    assert it.verify().equal


@pytest.mark.parametrize("hand", ["update thing set name = '手' where no = 'n001'", "delete from thing where no = 'n120'"])
def test_other_hands_in_the_target_are_never_undone(it: World, hand: str) -> None:
    it.run()
    moved(it)
    run = it.run()
    it.at_target(hand)
    before = Stand.of(it)
    receipt = undone(it)
    assert (receipt.status, receipt.exit_code) == ("rejected", 3)
    assert run.run in (receipt.error or "")
    assert Stand.of(it) == before
    assert decisions.paused(it.hub.store, "thing", now=it.now) is None


def test_a_second_rollback_and_purged_images_are_refused(it: World) -> None:
    it.run()
    moved(it)
    it.run()
    upkeep(it.later(days=31).hub, now=it.now)
    before = Stand.of(it)
    purged = undone(it)
    assert (purged.status, purged.exit_code) == ("rejected", 3)
    assert "前映像" in (purged.error or "")
    assert Stand.of(it) == before
    it.at_source("update s_thing set name = '再新' where no = 'n060'")
    it.run()
    assert undone(it).status == "rolled_back"
    again = undone(it)
    assert (again.status, again.exit_code) == ("rejected", 3)
    assert "没有可回退" in (again.error or "")


def test_a_flow_without_key_or_with_other_columns_is_refused(tmp_path: Path, database: Database) -> None:
    keyless = World(tmp_path / "keyless", database("sqlite"), database("postgresql"), key=False)
    keyless.run()
    assert "没有主键" in (undone(keyless).error or "")
    it = World(tmp_path / "other", database("sqlite"), database("postgresql"))
    it.run()
    moved(it)
    it.run()
    it.dataset["fields"] = it.dataset["fields"][:3]
    assert "不再适用" in (undone(it).error or "")
    assert it.at_target("select count(*) from thing") == [(192,)]


def test_the_command_says_what_it_undid(tmp_path: Path, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    it = World(tmp_path, database("sqlite"), database("sqlite"))
    it.run()
    moved(it)
    run = it.run()
    asked = ["rollback", "thing", "--campus", str(it.folder / "campus")]
    with pytest.raises(SystemExit) as ended:
        main(asked)
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert f"已回退 {run.run} 的发布并核对：删除 1，改回 50，恢复 9" in told
    assert "campus-hub resume thing" in told
    with pytest.raises(SystemExit) as ended:
        main([*asked, "--json"])
    assert (ended.value.code, json.loads(capsys.readouterr().out)["status"]) == (3, "rejected")


def test_the_staging_of_a_rollback_is_gone_afterwards(it: World) -> None:
    it.run()
    moved(it)
    it.run()
    undone(it)
    system = it.hub.catalog.systems["dst"]
    with session(system) as connection:
        assert Workspace.of(system).staged_runs(connection) == []
