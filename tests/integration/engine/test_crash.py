"""A process killed between or within steps: no partial batch is seen, and running again ends equal."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, select, text
from world import Database, World

from catalog.errors import UnavailableError
from connectors.database import session
from hub import pipeline
from hub.store import leases, runs
from hub.store.tables import runs as table

PAIRS = [("sqlite", "sqlite"), ("postgresql", "mariadb"), ("mariadb", "postgresql")]
# run the flow in a process of its own that dies, as by kill -9, where `point` says
SCRIPT = """
import os, signal, sys
from pathlib import Path
from catalog import clock
from catalog.load import load
from hub import pipeline, publish as publication
from hub.open import open_hub
from hub.store import runs

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

point, hub = sys.argv[1], open_hub(load(Path(sys.argv[2])))
if point == "before commit":
    publication.ledger.write = die
if point == "after commit":
    runs.finish = die
run = pipeline.extract(hub, "thing", now=clock.now(), by="tester")
if point == "after extract":
    die()
pipeline.judge(hub, run, now=clock.now())
if point == "after judge":
    die()
pipeline.publish(hub, run, now=clock.now())
"""
POINTS = ("after extract", "after judge", "before commit", "after commit")


def killed(it: World, point: str) -> None:
    it.hub  # noqa: B018  writes the campus
    environment = {**os.environ, "HUB_NOW": it.now.isoformat()}
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, point, str(it.folder / "campus")], env=environment, check=False, capture_output=True
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_killed_run_leaves_all_or_nothing_and_the_next_ends_equal(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch, source: str, target: str, point: str
) -> None:
    it = World(tmp_path, database(source), database(target))
    it.run()
    it.at_source("update s_thing set name = '新' where no < 'n050'")
    it.at_source("delete from s_thing where no > 'n190'")
    killed(it, point)
    seen = it.at_target("select count(*), sum(case when name = '新' then 1 else 0 end) from thing")
    assert [tuple(map(int, row)) for row in seen] == [(191, 50) if point == "after commit" else (200, 0)]
    monkeypatch.setattr(leases, "SILENCE", 0.0)  # the dead holder's thirty seconds have passed
    receipt = it.run()
    assert receipt.exit_code == 0, receipt.error
    assert it.verify().equal
    assert it.at_target("select count(*) from thing") == [(191,)]


def test_a_run_that_had_committed_is_told_by_the_ledger(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    it = World(tmp_path, database("sqlite"), database("sqlite"))
    killed(it, "after commit")
    hub = it.hub
    with hub.store.connect() as connection:
        run = connection.execute(select(table.c.run)).scalar_one()
    assert runs.receipt(hub.store, run) is None
    from hub.pipeline import publish

    receipt = publish(hub, run, now=it.now)
    assert (receipt.status, receipt.rows.inserted) == ("proved", 200)
    assert it.at_target("select count(*) from thing") == [(200,)]


def test_a_killed_append_never_doubles(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    it = World(tmp_path, database("sqlite"), database("postgresql"), key=False)
    it.flow |= {"mode": "append", "source": {"system": "src", "table": "s_thing", "cursor": "changed_at"}}
    killed(it, "after commit")
    monkeypatch.setattr(leases, "SILENCE", 0.0)
    it.later(hours=1)
    it.run()
    assert it.at_target("select count(*) from thing") == [(200,)]


def test_upkeep_sweeps_what_a_dead_run_left(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.upkeep import upkeep

    it = World(tmp_path, database("sqlite"), database("postgresql"))
    killed(it, "after judge")
    monkeypatch.setattr(leases, "SILENCE", 0.0)
    it.run()
    swept = upkeep(it.later(days=2).hub, now=it.now)
    assert swept.stages == 1
    with session(it.hub.catalog.systems["dst"]) as connection:
        from connectors.workspace import Workspace

        assert Workspace.of(it.hub.catalog.systems["dst"]).staged_runs(connection) == []


@contextmanager
def away(url: str) -> Iterator[None]:
    """A server that takes no more connections to one of its databases, for a while."""
    database = make_url(url)
    admin, name = database.set(database="postgres").render_as_string(hide_password=False), database.database
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"alter database {name} with allow_connections false"))
        yield
        connection.execute(text(f"alter database {name} with allow_connections true"))
    engine.dispose()


def test_a_step_may_be_taken_again_when_its_target_is_back(tmp_path: Path, database: Database) -> None:
    url = database("postgresql")
    it = World(tmp_path, database("sqlite"), url)
    run = pipeline.extract(it.hub, "thing", now=it.now, by="airflow")
    for step in (pipeline.judge, pipeline.publish):
        with away(url), pytest.raises(UnavailableError):
            step(it.hub, run, now=it.now)
        told = runs.receipt(it.hub.store, run)
        assert told is not None
        assert told.status == "unavailable"
        step(it.hub, run, now=it.now)
    assert it.at_target("select count(*) from thing") == [(200,)]
    assert it.verify().equal
