"""What a window of the cursor takes: ties, late rows, rows without a cursor; what waits, and what only a reconcile can find."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from values import PAIRS
from world import Database, World

from hub.reconcile import reconcile

pytestmark = pytest.mark.parametrize(("source", "target"), PAIRS)
NEW = "insert into s_thing values ('{no}', '新', '1', {at})"


def world(tmp_path: Path, source: str, target: str, *, lag: str = "10m") -> World:
    it = World(tmp_path, source, target, rows=5)
    it.flow |= {"mode": "incremental", "source": {"system": "src", "table": "s_thing", "cursor": "changed_at", "lag": lag}}
    return it


def new(it: World, no: str, at: str | None) -> None:
    it.at_source(NEW.format(no=no, at=f"'{at}'" if at else "null"))


@contextmanager
def uncommitted(url: str, *statements: str) -> Iterator[None]:
    """Hold a transaction of somebody else open at the source; it commits when the block ends."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
        yield
    engine.dispose()


def there(it: World) -> set[str]:
    return {row[0] for row in it.at_target("select no from thing where no not like 'n%'")}


def test_a_new_row_with_the_cursor_of_the_last_one_is_taken(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database(source), database(target), lag="0m")
    new(it, "first", "2026-11-05 08:00:00")
    assert it.run().rows.inserted == 6
    new(it, "tie", "2026-11-05 08:00:00")
    it.later(minutes=5)
    receipt = it.run()
    assert (receipt.status, receipt.rows.read, receipt.rows.inserted) == ("proved", 2, 1), receipt.error
    assert there(it) == {"first", "tie"}
    assert it.verify().equal


def test_rows_committed_late_are_found_inside_the_lag_by_the_next_run_and_later_by_a_reconcile(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = world(tmp_path, database(source), database(target))
    assert it.run().status == "proved"
    it.later(minutes=30)
    late, very_late = (
        NEW.format(no=no, at=f"'{at}'") for no, at in (("late", "2026-11-05 08:25:00"), ("very late", "2026-11-05 08:05:00"))
    )
    with uncommitted(it.source, late, very_late):
        assert it.run().rows.inserted == 0
    it.later(minutes=5)
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted) == ("proved", 1), receipt.error
    assert there(it) == {"late"}
    assert it.verify().differing == {"very late": "missing"}
    mended = reconcile(it.hub, "thing", now=it.now, by="tester")
    assert (mended.status, mended.rows.read, mended.rows.inserted) == ("proved", 1, 1), mended.error
    assert it.verify().equal


def test_rows_without_a_cursor_belong_to_every_window_and_those_of_the_future_wait(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = world(tmp_path, database(source), database(target))
    assert it.run().status == "proved"
    new(it, "without", None)
    new(it, "future", "2026-11-05 09:00:00")
    it.at_source("update s_thing set name = '后', changed_at = '2026-11-05 09:00:00' where no = 'n001'")
    it.later(minutes=10)
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted, receipt.rows.waiting) == ("proved", 1, 2), receipt.error
    assert there(it) == {"without"}
    seen = it.verify()
    assert (seen.equal, seen.waiting) == (True, 2)
    assert reconcile(it.hub, "thing", now=it.now, by="tester").rows.inserted == 0
    it.at_source("update s_thing set name = '改' where no = 'without'")
    it.later(hours=1)
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted, receipt.rows.updated, receipt.rows.waiting) == ("proved", 1, 2, 0), receipt.error
    assert there(it) == {"without", "future"}
    assert it.verify().equal


def test_a_log_without_key_waits_for_its_lag_and_is_no_false_alarm_meanwhile(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = World(tmp_path, database(source), database(target), rows=5, key=False)
    it.flow |= {"mode": "append", "source": {"system": "src", "table": "s_thing", "cursor": "changed_at", "lag": "10m"}}
    assert it.run().rows.inserted == 5
    new(it, "young", "2026-11-05 07:55:00")
    new(it, "future", "2026-11-05 09:00:00")
    seen = it.verify()
    assert (seen.equal, seen.waiting) == (True, 2)
    receipt = it.later(minutes=10).run()
    assert (receipt.status, receipt.rows.inserted, receipt.rows.waiting) == ("proved", 1, 1), receipt.error
    assert there(it) == {"young"}
    it.at_target("delete from thing where no = 'n001'")
    assert len(it.verify().differing) == 1


KINDS = {
    "by_day": ("date", {"sqlite": "date", "postgresql": "date", "mariadb": "date"}, ["2026-11-03", "2026-11-04", "2026-11-04", "2026-11-05"]),
    "by_number": ("integer", dict.fromkeys(("sqlite", "postgresql", "mariadb"), "bigint"), [9, 10, 10, 9007199254740993]),
    "by_version": ("decimal(12,2)", {"sqlite": "text", "postgresql": "numeric(12,2)", "mariadb": "decimal(12,2)"}, ["9.5", "10", "10", "10.25"]),
    "by_moment": (
        "timestamp", {"sqlite": "datetime", "postgresql": "timestamp", "mariadb": "datetime(6)"},
        ["2026-11-05 07:59:59.999998", "2026-11-05 08:00:00.000000", "2026-11-05 08:00:00.000000", "2026-11-05 08:00:00.000001"],
    ),
    "by_instant": (
        "timestamptz", {"sqlite": "text", "postgresql": "timestamptz", "mariadb": "timestamp(6) null"},
        ["2026-11-04 23:59:59.999998", "2026-11-05 00:00:00.000000", "2026-11-05 00:00:00.000000", "2026-11-05 00:00:00.000001"],
    ),
    "by_word": ("string(20)", dict.fromkeys(("sqlite", "postgresql", "mariadb"), "varchar(20)"), ["Z", "a", "a", "á"]),
}  # fmt: skip


def add(it: World, source: str, **rows: int) -> None:
    zone = {"sqlite": "select 1", "postgresql": "set time zone 'UTC'", "mariadb": "set time_zone = '+00:00'"}
    engine = create_engine(it.source)
    with engine.begin() as connection:
        connection.execute(text(zone[source]))
        insert = text(f"insert into s_cursor values (:no, {', '.join(f':{name}' for name in KINDS)})")
        connection.execute(insert, [{"no": no} | {name: values[at] for name, (_, _, values) in KINDS.items()} for no, at in rows.items()])
    engine.dispose()


def test_a_cursor_may_be_a_day_a_number_a_moment_to_the_microsecond_or_a_word(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = world(tmp_path, database(source), database(target))
    columns = ", ".join(f"{name} {native[source]}" for name, (_, native, _) in KINDS.items())
    it.at_source(f"create table s_cursor (no varchar(20) primary key, {columns})")
    it.dataset["fields"] = [it.dataset["fields"][0], *({"name": n, "type": kind, "title": n} for n, (kind, _, _) in KINDS.items())]
    for name in KINDS:
        place = {"system": "src", "table": "s_cursor", "cursor": name, "lag": "0m"}
        it.others[f"flows/{name}"] = it.flow | {"name": name, "source": place, "target": {"system": "dst", "table": f"t_{name}"}}
    it.flow["source"] = {"system": "src", "table": "s_cursor", "cursor": "by_day"}
    add(it, source, below=0, highest=1)
    assert {it.run(flow=name).rows.inserted for name in KINDS} == {2}
    add(it, source, tie=2, beyond=3)
    it.later(minutes=1)
    for name in KINDS:
        receipt = it.run(flow=name)
        assert (receipt.status, receipt.rows.read, receipt.rows.inserted) == ("proved", 3, 2), (name, receipt.error)
        assert it.verify(name).equal
