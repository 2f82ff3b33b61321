"""Both ends in motion: equal as of the read moment, never green while different, and no red that stays when the motion ends."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path

import psycopg
import pytest
from interrupting import at_statement
from sqlalchemy import Connection, create_engine, make_url, text
from world import Database, World, execute

PACE = 200  # writes a second
ROWS = 200
PAIRS = [("sqlite", "postgresql"), ("postgresql", "mariadb"), ("mariadb", "sqlite")]
TARGETS = [("mariadb", "postgresql"), ("postgresql", "mariadb"), ("postgresql", "sqlite")]
spawned = multiprocessing.get_context("forkserver")


def write(url: str, table: str, until: Event, begun: Event) -> None:
    """Write at the pace: a row's new name, and in the same transaction a line of history that tells it."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT" if url.startswith("sqlite") else None, connect_args=_patient(url))
    number = 0
    with engine.connect() as connection:
        began = time.monotonic()
        while not until.is_set():
            number += 1
            values = {"no": f"n{number * 37 % ROWS:03}", "name": f"第{number}", "n": number}
            try:
                if url.startswith("sqlite"):
                    connection.exec_driver_sql("begin immediate")
                connection.execute(text(f"update {table} set name = :name where no = :no"), {"no": values["no"], "name": values["name"]})
                connection.execute(text("insert into history values (:n, :no, :name)"), values)
                connection.exec_driver_sql("commit") if url.startswith("sqlite") else connection.commit()
            except Exception:  # a lock that is not given in time: this write did not happen
                connection.rollback()
            begun.set()
            time.sleep(max(0.0, began + number / PACE - time.monotonic()))
    engine.dispose()


def _patient(url: str) -> dict[str, int]:
    return {"timeout": 30} if url.startswith("sqlite") else {}


@contextmanager
def writing(url: str, table: str) -> Iterator[None]:
    """Have another process write to a table all the while."""
    until, begun = spawned.Event(), spawned.Event()
    writer = spawned.Process(target=write, args=(url, table, until, begun))
    writer.start()
    assert begun.wait(60)
    try:
        yield
    finally:
        until.set()
        writer.join(60)
        assert writer.exitcode == 0


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_source_in_motion_is_equal_as_of_the_read_moment(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = World(tmp_path, database(source), database(target), rows=ROWS)
    it.at_source("create table history (n integer primary key, no varchar(20), name varchar(64))")
    if source == "sqlite":  # its readers and its writer lock each other out by default
        execute(it.source, "pragma journal_mode = wal")
    first = dict(it.at_source("select no, name from s_thing"))
    with writing(it.source, "s_thing"):
        for _ in range(3):
            receipt = it.run()
            assert receipt.status == "proved", receipt.error
            # the target stands as the source stood after one of its transactions, and after no part of one
            there = dict(it.at_target("select no, name from thing"))
            history = it.at_source("select n, no, name from history order by n")
            last = max((n for n, no, name in history if there[no] == name), default=0)
            then = first | {no: name for n, no, name in history if n <= last}
            assert there == then
    assert it.run().exit_code == 0
    assert it.verify().equal


@pytest.mark.parametrize(("source", "target"), TARGETS)
def test_a_target_in_motion_is_never_green_while_different(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = World(tmp_path, database(source), database(target), rows=ROWS)
    it.run()
    it.at_target("create table history (n integer primary key, no varchar(20), name varchar(64))")
    with writing(it.target, "thing"):
        for number in range(4):
            it.at_source("update s_thing set kind = :kind", kind=str(number))
            before = it.at_target("select max(n) from history")[0][0]
            receipt = it.run()
            assert receipt.exit_code in (0, 4, 5), receipt.error
            if receipt.exit_code == 0:
                # whoever still differs was written to after the proof
                there = dict(it.at_target("select no, name from thing"))
                wrote = {no for (no,) in it.at_target("select no from history where n > :n", n=before)}
                differing = {no for no, name in it.at_source("select no, name from s_thing") if there[no] != name}
                assert differing <= wrote
                assert receipt.rows.updated == ROWS
    assert not it.verify().equal
    assert it.run().exit_code == 0
    assert it.verify().equal


@pytest.mark.parametrize(("source", "target"), [("postgresql", "mariadb"), ("mariadb", "postgresql")])
def test_a_first_load_is_digested_at_the_moment_of_its_copy(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = World(tmp_path, database(source), database(target), rows=ROWS)
    with at_statement("目标系统", lambda _, told: "table" in told and "stage_" in told, lambda _: _meanwhile(it)):
        receipt = it.run()
    assert receipt.status == "proved", receipt.error
    assert it.at_target("select count(*) from thing where name = '其间'") == [(0,)]
    assert set(it.verify().differing) == {"n100"}


@pytest.mark.parametrize("engine", ["myisam", "aria"])
def test_a_source_that_cannot_be_pinned_is_proved_when_still_and_not_provable_in_motion(
    tmp_path: Path, database: Database, engine: str
) -> None:
    it = World(tmp_path, database("mariadb"), database("postgresql"), rows=ROWS)
    it.at_source(f"alter table s_thing engine = {engine}")
    assert it.run().status == "proved"
    it.at_source("update s_thing set name = '新' where no < 'n050'")
    # the source has been digested when the stage is made, and is not read yet
    with at_statement("目标系统", lambda _, told: "table" in told and "stage_" in told, lambda _: _meanwhile(it)):
        receipt = it.run()
    assert (receipt.status, receipt.exit_code) == ("unproven", 5)
    assert "InnoDB" in (receipt.error or "")
    assert it.at_target("select count(*) from thing where name = '新'") == [(0,)]
    assert it.run().status == "proved"
    assert it.verify().equal


def _meanwhile(it: World) -> None:
    it.at_source("update s_thing set name = '其间' where no = 'n100'")


def test_a_receivers_table_without_transactions_is_refused_by_name(tmp_path: Path, database: Database) -> None:
    it = World(tmp_path, database("sqlite"), database("mariadb"))
    it.run()
    it.at_target("alter table thing engine = myisam")
    it.at_source("update s_thing set name = '新'")
    receipt = it.run()
    assert receipt.status == "rejected"
    assert "InnoDB" in (receipt.error or "")
    assert it.at_target("select count(*) from thing where name = '新'") == [(0,)]


@pytest.mark.parametrize("query", [False, True])
def test_a_table_cannot_be_truncated_under_its_reader(tmp_path: Path, database: Database, query: bool) -> None:
    it = World(tmp_path, database("postgresql"), database("sqlite"))
    if query:
        assert it.hub  # writes the campus
        (tmp_path / "campus" / "flows" / "all.sql").write_text("select * from s_thing", "utf-8")
        it.flow["source"] = {"system": "src", "query": "all.sql"}
    refused: list[str] = []

    def truncate(_: Connection) -> None:
        with psycopg.connect(make_url(it.source).set(drivername="postgresql").render_as_string(hide_password=False)) as other:
            other.execute("set lock_timeout = '100ms'")
            try:
                other.execute("truncate s_thing")
            except psycopg.errors.LockNotAvailable as error:
                refused.append(type(error).__name__)

    # after the moment is fixed, before the first row is read
    with at_statement("来源系统", lambda _, told: "now()" in told or "pg_attribute" in told or "unnest" in told, truncate):
        receipt = it.run()
    assert refused
    assert (receipt.status, receipt.rows.inserted) == ("proved", 200)
