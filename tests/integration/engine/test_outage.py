"""The other side goes away: a connection dropped, an answer lost, a server restarted or killed, a disk full. Nothing half, then equal."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from interrupting import Proxy, at_statement, drop
from servers import Server, filled, private_mariadb, private_postgres, small_disk
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from world import Database, World, execute

from catalog.errors import UnavailableError, UnprovenError
from hub import pipeline
from hub.store import runs

SERVERS = ("postgresql", "mariadb")
EVERY = "select no, name, kind from {} order by no"
SIDES = {"source": "来源系统", "target": "目标系统"}
MANY = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) insert into s_thing select 'm' || i, printf('%060d', i), '1', null from n"


def rows(it: World, table: str = "thing") -> list[Any]:
    return (it.at_target if table == "thing" else it.at_source)(EVERY.format(table))


def moved(it: World, number: int) -> None:
    it.at_source("update s_thing set name = :name where no < 'n030'", name=f"第{number}")
    it.at_source("delete from s_thing where no = :no", no=f"n{59 - number:03}")


def healed(it: World) -> None:
    receipt = it.run()
    assert receipt.exit_code == 0, receipt.error
    assert rows(it) == rows(it, "s_thing")
    assert it.verify().equal


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("server", SERVERS)
def test_a_dropped_connection_changes_nothing_and_is_told(tmp_path: Path, database: Database, server: str, side: str) -> None:
    other = "postgresql" if server == "mariadb" else "mariadb"
    it = World(tmp_path, *((database(server), database(other)) if side == "source" else (database(other), database(server))), rows=60)
    it.run()
    moved(it, 0)
    with at_statement(SIDES[side], lambda *_: False, drop) as seen:
        assert it.run().exit_code == 0
    # the first statements and the last, and some between them
    for number, at in enumerate(sorted({1, 2, *range(3, len(seen), max(1, len(seen) // 8)), len(seen) - 1, len(seen)}), 1):
        moved(it, number)
        before = rows(it)
        with at_statement(SIDES[side], lambda count, _, at=at: count == at, drop):
            receipt = it.run()
        if receipt.exit_code == 0:  # the last statements sweep the staging away, after the commit
            assert rows(it) == rows(it, "s_thing"), at
            continue
        assert (receipt.status, receipt.exit_code) == ("unavailable", 4), (at, receipt.error)
        assert SIDES[side] in (receipt.error or "")
        assert rows(it) == before, at
        assert it.run().exit_code == 0
        assert rows(it) == rows(it, "s_thing"), at
    assert it.verify().equal


@pytest.mark.parametrize("server", SERVERS)
def test_a_commit_whose_answer_is_lost_is_told_by_the_ledger(tmp_path: Path, database: Database, server: str) -> None:
    proxy = Proxy(database(server))
    it = World(tmp_path, database("sqlite"), proxy.url, rows=60)
    it.run()
    moved(it, 1)
    written: list[str] = []

    def commit(connection: Connection) -> None:
        proxy.deaf = proxy.deaf or bool(written)
        written.clear()

    def ledger(_count: int, statement: str) -> bool:
        return "insert into" in statement.lower() and "ledger" in statement and "receipt" in statement and "ignore" not in statement.lower()

    event.listen(Engine, "commit", commit)
    try:
        with at_statement(SIDES["target"], ledger, lambda _: written.append("ledger")):
            receipt = it.run()
    finally:
        event.remove(Engine, "commit", commit)
        proxy.close()
    assert not proxy.deaf
    assert (receipt.status, receipt.rows.updated) == ("proved", 30), receipt.error
    told = runs.receipt(it.hub.store, receipt.run)
    assert told is not None
    assert told.status == "proved"


def swept(url: str) -> None:
    """Leave nothing of a test in a database that the next one uses."""
    if url.startswith("postgresql"):
        execute(url, "drop schema if exists campus_hub cascade")
        execute(url, "drop table if exists thing, s_thing")
    elif url.startswith("mysql"):
        execute(url, "drop database if exists campus_hub_small")
        execute(url, "drop table if exists thing, s_thing")


@pytest.fixture(scope="module")
def disks() -> Iterator[Callable[[str], tuple[str, Path, Server | None]]]:
    """A small disk with a database of each engine on it: its URL, the disk, and its private server."""
    with ExitStack() as stack:
        made: dict[str, tuple[str, Path, Server | None]] = {}

        def disk(kind: str) -> tuple[str, Path, Server | None]:
            if kind not in made:
                # not pytest's own folder, which the server's own account may not enter
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"hub-{kind}-")))
                made[kind] = {"sqlite": _sqlite, "postgresql": _postgresql, "mariadb": _mariadb}[kind](folder, stack)
                if server := made[kind][2]:
                    stack.callback(server.stop)
            return made[kind]

        yield disk


def _sqlite(folder: Path, stack: ExitStack) -> tuple[str, Path, Server | None]:
    small = stack.enter_context(small_disk(folder / "disk", 16))
    return f"sqlite:///{small / 'target.db'}", small, None


def _postgresql(folder: Path, stack: ExitStack) -> tuple[str, Path, Server | None]:
    small = stack.enter_context(small_disk(folder / "disk", 48))
    server = private_postgres(folder)
    assert server is not None, "no PostgreSQL binaries"
    space = small / "space"
    space.mkdir()
    if server.user:
        shutil.chown(space, server.user)
    execute(server.url, f"create tablespace small location '{space}'")
    execute(server.url, "create database small tablespace small")
    return make_url(server.url).set(database="small").render_as_string(hide_password=False), small, server


def _mariadb(folder: Path, stack: ExitStack) -> tuple[str, Path, Server | None]:
    small = stack.enter_context(small_disk(folder / "disk", 64))
    server = private_mariadb(folder, "--innodb-log-file-size=8M", "--character-set-server=utf8mb4")
    assert server is not None, "no MariaDB binaries"
    for name in ("small", "campus_hub_small"):  # databases on the small disk, the server's own files elsewhere
        (small / name).mkdir(mode=0o777)
        (folder / "data" / name).symlink_to(small / name)
    return make_url(server.url).set(database="small").render_as_string(hide_password=False), small, server


def awake(server: Server | None) -> None:
    """Start a server again that gave up for want of room, as MariaDB does."""
    if server and server.process.poll() is not None:
        server.start()


@pytest.mark.parametrize("kind", ["sqlite", *SERVERS])
def test_a_full_disk_changes_nothing_and_room_again_heals(
    tmp_path: Path, database: Database, disks: Callable[[str], tuple[str, Path, Server | None]], kind: str
) -> None:
    url, disk, server = disks(kind)
    it = World(tmp_path, database("sqlite"), url, rows=60)
    it.run()
    before = rows(it)
    it.at_source(MANY)
    with filled(disk, but=256):
        receipt = it.run()
        assert (receipt.status, receipt.exit_code) == ("unavailable", 4), receipt.error
    awake(server)
    assert rows(it) == before
    hub = it.hub
    run = pipeline.extract(hub, "thing", now=it.now, by="tester")
    pipeline.judge(hub, run, now=it.now)
    with filled(disk, but=64), pytest.raises(UnavailableError):
        pipeline.publish(hub, run, now=it.now)
    awake(server)
    assert rows(it) == before
    healed(it)
    swept(url)


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_restarted_in_the_middle_is_told_and_the_next_run_ends_equal(
    tmp_path: Path, database: Database, disks: Callable[[str], tuple[str, Path, Server | None]], kind: str
) -> None:
    url, _, server = disks(kind)
    assert server is not None

    def restart(_: Connection) -> None:
        server.stop()
        server.start()

    for side in SIDES:
        it = World(tmp_path / side, *((url, database("sqlite")) if side == "source" else (database("sqlite"), url)), rows=60)
        it.run()
        moved(it, 1)
        before = rows(it)
        with at_statement(SIDES[side], lambda count, _, side=side: count == {"source": 3, "target": 12}[side], restart):
            receipt = it.run()
        assert (receipt.status, receipt.exit_code) == ("unavailable", 4), receipt.error
        assert rows(it) == before
        healed(it)
        swept(url)


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_killed_between_judging_and_publishing_never_publishes_an_emptied_stage(
    tmp_path: Path, database: Database, disks: Callable[[str], tuple[str, Path, Server | None]], kind: str
) -> None:
    url, _, server = disks(kind)
    assert server is not None
    it = World(tmp_path, database("sqlite"), url, rows=60)
    it.run()
    moved(it, 1)
    before, hub = rows(it), it.hub
    run = pipeline.extract(hub, "thing", now=it.now, by="tester")
    pipeline.judge(hub, run, now=it.now)
    server.kill()
    server.start()
    if kind == "mariadb":  # its stage is logged and outlives the crash
        assert pipeline.publish(hub, run, now=it.now).status == "proved"
    else:
        with pytest.raises(UnprovenError) as error:
            pipeline.publish(hub, run, now=it.now)
        assert error.value.key == "proof.stage_changed"
        assert rows(it) == before
    healed(it)
    swept(url)


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
