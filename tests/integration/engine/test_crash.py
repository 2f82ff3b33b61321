"""A process killed anywhere, or asleep too long: no partial batch is seen, no row is lost or doubled, and running again ends equal."""

import random
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from crashing import COMMITTED, POINTS, ROLLING_BACK, SUPERSEDED, dead, killed, silent, started, stopped, woken
from sqlalchemy import Engine, select
from world import Database, World

from catalog.errors import BusyError
from connectors.database import session
from connectors.workspace import Workspace
from hub.rollback import rollback
from hub.store import decisions, leases, runs
from hub.store.tables import leases as held
from hub.store.tables import runs as table
from hub.upkeep import upkeep

PAIRS = [("sqlite", "sqlite"), ("postgresql", "mariadb"), ("mariadb", "postgresql")]
EVERY = "select no, name, kind from {} order by no"
MOMENTS, SEED = 20, 20260607
pytestmark = [pytest.mark.parametrize(("source", "target"), PAIRS), pytest.mark.timeout(900)]


@pytest.fixture
def it(tmp_path: Path, database: Database, source: str, target: str) -> World:
    """A flow that was published once."""
    world = World(tmp_path, database(source), database(target), rows=60)
    world.run()
    return world


def rows(it: World, table: str = "thing") -> list[Any]:
    at = it.at_target if table == "thing" else it.at_source
    return at(EVERY.format(table))


def moved(it: World, number: int) -> None:
    """Change many rows of the source, take one away and add one."""
    it.at_source("update s_thing set name = :name where no < 'n030'", name=f"第{number}")
    it.at_source("delete from s_thing where no = :no", no=f"n{59 - number % 25:03}")
    it.at_source("insert into s_thing values (:no, '加', '1', '2026-01-01 00:00:00')", no=f"x{number:03}")


def stages(it: World) -> list[str]:
    system = it.hub.catalog.systems["dst"]
    with session(system) as connection:
        return Workspace.of(system).staged_runs(connection)


def test_killed_at_any_boundary_a_run_leaves_all_or_nothing_and_the_next_ends_equal(it: World) -> None:
    for number, point in enumerate(POINTS):
        before = rows(it)
        moved(it, number)
        killed(it, point)
        assert rows(it) == (rows(it, "s_thing") if point in COMMITTED else before), point
        dead(it)
        receipt = it.run()
        assert receipt.exit_code == 0, (point, receipt.error)
        assert rows(it) == rows(it, "s_thing"), point
    assert stages(it) != []
    upkeep(it.later(days=2).hub, now=it.now)
    assert stages(it) == []


def test_killed_at_twenty_random_moments_it_never_shows_a_part(it: World) -> None:
    moved(it, 0)
    process, began = started(it), time.monotonic()
    process.join(120)
    whole = time.monotonic() - began
    for number, share in enumerate(sorted(random.Random(SEED).random() for _ in range(MOMENTS)), 1):
        before = rows(it)
        moved(it, number)
        killed(it, after=whole * share)
        assert rows(it) in (before, rows(it, "s_thing")), share
        dead(it)
        receipt = it.run()
        assert receipt.exit_code == 0, (share, receipt.error)
        assert rows(it) == rows(it, "s_thing"), share
    assert it.verify().equal


def test_a_first_load_killed_at_any_boundary_is_made_whole(tmp_path: Path, database: Database, source: str, target: str) -> None:
    for number, point in enumerate(("extracted", "entry locked", "difference written", "confirmed", "committed")):
        it = World(tmp_path / str(number), database(source), database(target), rows=60)
        killed(it, point)
        dead(it)
        assert it.run().exit_code == 0, point
        assert rows(it) == rows(it, "s_thing"), point


def test_an_append_log_without_key_never_doubles(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = World(tmp_path, database(source), database(target), key=False, rows=60)
    it.flow |= {"mode": "append", "source": {"system": "src", "table": "s_thing", "cursor": "changed_at"}}
    for number, point in enumerate(("rows staged", "judged", "difference written", "confirmed", "committed", "stage dropped")):
        killed(it, point)
        dead(it)
        it.later(hours=1)
        assert it.run().exit_code == 0, point
        assert rows(it) == rows(it, "s_thing"), point
        at = (it.now + timedelta(hours=8, minutes=1)).strftime("%Y-%m-%d %H:%M:%S")
        it.at_source("insert into s_thing values ('twin', '同', '1', :at), ('twin', '同', '1', :at)", at=at)
        it.later(hours=number + 1)
    assert it.run().rows.inserted == 2


def test_the_ledger_tells_what_a_dead_run_had_published(it: World) -> None:
    moved(it, 1)
    killed(it, "committed")
    with it.hub.store.connect() as connection:
        run = connection.execute(select(table.c.run).where(table.c.receipt.is_(None))).scalar_one()
    dead(it)
    assert it.run().status == "unchanged"
    told = runs.receipt(it.hub.store, run)
    assert told is not None
    assert (told.status, told.rows.updated) == ("proved", 30)


def test_a_lease_is_free_after_thirty_silent_seconds_and_not_before(it: World) -> None:
    moved(it, 1)
    killed(it, "rows staged")
    silent(it, 20)
    with pytest.raises(BusyError) as busy:
        it.run()
    assert f"{leases.holder().partition('/')[0]}/" in str(busy.value)
    silent(it, 30.1)
    assert it.run().exit_code == 0


def test_of_two_runs_at_once_one_works_and_one_names_the_holder(it: World) -> None:
    moved(it, 1)
    working = stopped(it, "rows staged")
    with pytest.raises(BusyError) as busy:
        it.run()
    assert busy.value.exit_code == 4
    assert f"/{working.pid}" in str(busy.value)
    assert woken(working) == 0
    assert rows(it) == rows(it, "s_thing")


def test_a_run_that_wakes_too_late_cannot_publish(it: World) -> None:
    for number, point in enumerate(("rows staged", "judged")):
        moved(it, number)
        asleep = stopped(it, point)
        dead(it)
        moved(it, 10 + number)
        assert it.run().exit_code == 0
        assert woken(asleep) == SUPERSEDED, point
        assert rows(it) == rows(it, "s_thing"), point
        assert it.verify().equal


@pytest.mark.parametrize("first", [True, False])
def test_a_run_that_wakes_within_its_transaction_gives_way(
    tmp_path: Path, database: Database, source: str, target: str, first: bool
) -> None:
    it = World(tmp_path, database(source), database(target), rows=60)
    if not first:
        it.run()
    for point in ("entry locked", "ledger written"):
        moved(it, 3 if point == "entry locked" else 4)
        asleep = stopped(it, point)
        dead(it)
        moved(it, 7 if point == "entry locked" else 8)
        store, newer = it.hub.store, threading.Thread(target=it.run)
        newer.start()
        while not _acquired(store, asleep.pid or 0):
            time.sleep(0.01)
        assert woken(asleep) == SUPERSEDED, point
        newer.join(120)
        assert rows(it) == rows(it, "s_thing"), point
        if first:
            break


def _acquired(store: Engine, other: int) -> bool:
    with store.connect() as connection:
        return not str(connection.execute(select(held.c.holder)).scalar_one()).endswith(f"/{other}")


def test_a_rollback_killed_anywhere_is_done_or_not_and_can_be_asked_again(it: World) -> None:
    for number, point in enumerate(ROLLING_BACK):
        before = rows(it)
        moved(it, number)
        it.run()
        after = rows(it)
        killed(it, point, act="rollback")
        done = point == "rollback committed"
        assert rows(it) == (before if done else after), point
        if point in ("paused", "rollback committed"):
            assert decisions.paused(it.hub.store, "thing", now=it.now), point
        dead(it)
        again = rollback(it.hub, "thing", now=it.now, by="主任")
        assert again.status == "rolled_back", (point, again.error)
        assert rows(it) == before, point
        decisions.resume(it.hub.store, "thing")
        assert it.run().exit_code == 0
        assert rows(it) == rows(it, "s_thing"), point
