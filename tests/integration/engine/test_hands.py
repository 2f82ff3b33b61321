"""Other hands in the target: told by `verify`, healed by the next run in its scope and by reconcile outside it, and counted."""

from pathlib import Path

import pytest
from values import PAIRS
from world import Database, World

from hub.reconcile import reconcile

CURSOR = {"mode": "incremental", "source": {"system": "src", "table": "s_thing", "cursor": "changed_at", "lag": "2h"}}
OLD, FRESH = "2026-01-01 00:00:00", "2026-11-05 07:30:00"


@pytest.fixture
def it(tmp_path: Path, database: Database, source: str, target: str) -> World:
    """An incremental flow whose last ten rows lie within its lag."""
    world = World(tmp_path, database(source), database(target), rows=40)
    world.flow |= CURSOR
    world.at_source("update s_thing set changed_at = :at where no >= 'n030'", at=FRESH)
    assert world.run().status == "proved"
    world.later(minutes=10)
    return world


def lay_hands(it: World, changed: str, gone: str, added: str, at: str) -> None:
    it.at_target("update thing set name = '手改' where no = :no", no=changed)
    it.at_target("delete from thing where no = :no", no=gone)
    it.at_target("insert into thing (no, name, changed_at) values (:no, '手加', :at)", no=added, at=at)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_hands_are_told_then_healed_by_the_next_run_or_by_reconcile(it: World) -> None:
    lay_hands(it, "n031", "n032", "h1", FRESH)
    lay_hands(it, "n001", "n002", "h2", OLD)
    it.at_source("update s_thing set name = '源改', changed_at = '2026-11-05 08:05:00' where no = 'n033'")
    told = {"n001": "different", "n002": "missing", "h2": "extra"}
    assert it.verify().differing == told | {"n031": "different", "n032": "missing", "h1": "extra", "n033": "different"}
    inside = it.run()
    assert (inside.status, inside.rows.updated, inside.rows.inserted, inside.rows.deleted) == ("proved", 2, 1, 1)
    assert inside.rows.healed == 3
    assert it.verify().differing == told
    outside = reconcile(it.hub, "thing", now=it.later(minutes=1).now, by="tester")
    assert (outside.status, outside.rows.healed) == ("proved", 3)
    assert it.verify().equal
    assert it.run().rows.healed == 0


@pytest.mark.parametrize(("source", "target"), [("postgresql", "mariadb"), ("mariadb", "postgresql")])
def test_what_the_source_did_is_not_laid_to_other_hands(it: World) -> None:
    it.at_source("insert into s_thing values ('x1', '新', '1', '2026-11-05 08:06:00')")
    it.at_source("insert into s_thing values ('late', '迟', '1', '2026-11-05 07:00:00')")
    it.at_source("update s_thing set name = '源改', changed_at = '2026-11-05 08:05:00' where no = 'n033'")
    run = it.run()
    assert (run.rows.inserted, run.rows.updated, run.rows.healed) == (2, 1, 0)
    it.at_source("delete from s_thing where no in ('n003', 'n034')")
    mended = reconcile(it.hub, "thing", now=it.later(minutes=1).now, by="tester")
    assert (mended.rows.deleted, mended.rows.healed) == (2, 0)
    assert it.verify().equal


@pytest.mark.parametrize("target", ["sqlite", "postgresql", "mariadb"])
def test_a_standing_exception_is_still_one_after_an_unchanged_run(tmp_path: Path, database: Database, target: str) -> None:
    it = World(tmp_path, database("sqlite"), database(target), rows=20)
    it.others = {"codes/kinds": {"name": "kinds", "title": "类别", "codes": {"1": "甲", "2": "乙"}}}
    it.dataset["fields"] = [f | {"codes": "kinds"} if f["name"] == "kind" else f for f in it.dataset["fields"]]
    it.run()
    it.at_source("update s_thing set kind = '9' where no = 'n003'")
    assert it.run().status == "proved_with_exceptions"
    assert it.run().status == "unchanged"
    assert it.verify().equal
    assert it.verify().quarantined == 1
