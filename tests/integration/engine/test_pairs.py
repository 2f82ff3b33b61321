"""The same flow between every pair of engines, with values that other tools bend."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from world import Database, World

from hub.reconcile import reconcile

ENGINES = ("sqlite", "postgresql", "mariadb")
PAIRS = list(itertools.product(ENGINES, ENGINES))
TYPES = {
    "id": "integer", "code": "string(20)", "note": "string", "fee": "decimal(12,2)", "score": "float", "ok": "boolean",
    "day": "date", "moment": "timestamp", "clock": "time", "content": "bytes", "changed_at": "timestamp",
}  # fmt: skip
COLUMNS = {
    "sqlite": "id integer primary key, code varchar(20), note text, fee decimal(12,2), score real, ok boolean, day date, moment datetime,"
    " clock time, content blob, changed_at datetime",
    "postgresql": "id bigint primary key, code varchar(20), note text, fee numeric(12,2), score float8, ok boolean, day date,"
    " moment timestamp(6), clock time(6), content bytea, changed_at timestamp(6)",
    "mysql": "id bigint primary key, code varchar(20), note longtext, fee decimal(12,2), score double, ok tinyint(1), day date,"
    " moment datetime(6), clock time(6), content longblob, changed_at datetime(6)",
}
EARLY = "2026-01-03 00:00:00"
ROWS: list[tuple[Any, ...]] = [
    (1, "A1", "青岛 \t 制表\n换行 \\ 反斜 杨𬀩", "12.50", 1.23456789012345e-10, True, "2026-01-01", "2026-01-01 08:00:00.5", "08:00:00.25", b"\0\xff\\N", EARLY),
    (2, None, None, None, None, None, None, None, None, None, None),
    (3, "", "\\N", "0.00", 0.1, False, "0001-01-01", "9999-12-31 23:59:59.999999", "23:59:59", b"", EARLY),
    (4, "NULL", "NULL", "-99999.99", 1.7976931348623157e308, True, "2026-02-01", "2026-01-01 08:00:00", "00:00:00", b"x", EARLY),
    (5, "x ", "\r\n\"'", "100", 1e15, True, "2026-02-01", "2026-01-01 08:00:00", "00:00:00", b"x", EARLY),
    (9007199254740993, " x", "%s :x {y}", "123456.7", 123456789012345680.0, True, "2026-02-28", "2026-01-01 08:00:00", "00:00:00", b"x", EARLY),
]  # fmt: skip


def world(tmp_path: Path, source: str, target: str) -> World:
    it = World(tmp_path, source, target, rows=0)
    it.dataset |= {"key": ["id"], "fields": [{"name": name, "type": kind, "title": name} for name, kind in TYPES.items()]}
    it.flow["source"] = {"system": "src", "table": "s_value"}
    engine = create_engine(source)
    with engine.begin() as connection:
        connection.execute(text(f"create table s_value ({COLUMNS[engine.dialect.name]})"))
        names = list(TYPES)
        insert = text(f"insert into s_value ({', '.join(names)}) values ({', '.join(f':{name}' for name in names)})")
        connection.execute(insert, [dict(zip(names, row, strict=True)) for row in ROWS])
    engine.dispose()
    return it


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_value_arrives_and_only_changes_move(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database(source), database(target))
    first = it.run()
    assert (first.status, first.rows.read, first.rows.inserted) == ("proved", 6, 6), first.error
    assert it.run().status == "unchanged"
    it.at_source("update s_value set code = 'neu' where id = 1")
    it.at_source("delete from s_value where id = 2")
    it.at_source("insert into s_value (id, code) values (7, '新')")
    moved = it.run()
    assert (moved.status, moved.rows.updated, moved.rows.deleted, moved.rows.inserted) == ("proved", 1, 1, 1)
    assert it.verify().equal


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_window_takes_what_changed_and_reconcile_the_rest(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database(source), database(target))
    it.flow |= {"mode": "incremental", "source": {"system": "src", "table": "s_value", "cursor": "changed_at"}}
    assert it.run().status == "proved"
    it.later(hours=1)
    it.at_source("update s_value set code = 'neu', changed_at = '2026-11-05 08:30:00' where id = 4")
    it.at_source("insert into s_value (id, code, changed_at) values (7, '新', '2026-11-05 08:31:00')")
    it.at_source("update s_value set code = '无游标' where id = 2")
    it.at_source("update s_value set code = '很迟' where id = 1")
    it.at_source("delete from s_value where id = 5")
    moved = it.run()
    assert (moved.status, moved.rows.read, moved.rows.updated, moved.rows.inserted) == ("proved", 3, 2, 1), moved.error
    assert it.verify().differing == {"1": "different", "5": "extra"}
    mended = reconcile(it.hub, "thing", now=it.now, by="tester")
    assert (mended.status, mended.rows.updated, mended.rows.deleted) == ("proved", 1, 1)
    assert it.verify().equal


@pytest.mark.parametrize("target", ENGINES)
def test_hands_in_the_target_are_reported_and_healed(tmp_path: Path, database: Database, target: str) -> None:
    it = world(tmp_path, database("sqlite"), database(target))
    it.run()
    it.at_target("update thing set code = '手改' where id = 4")
    it.at_target("delete from thing where id = 5")
    it.at_target("insert into thing (id) values (99)")
    assert it.verify().differing == {"4": "different", "5": "missing", "99": "extra"}
    healed = it.run()
    assert (healed.status, healed.rows.healed) == ("proved", 3)
    assert it.verify().equal


@pytest.mark.parametrize("source", ["sqlite", "postgresql"])
def test_a_negative_zero_is_quarantined_where_the_target_has_none(tmp_path: Path, database: Database, source: str) -> None:
    it = world(tmp_path, database(source), database("mariadb"))
    it.at_source("drop table s_value")
    native = "real_blob" if source == "sqlite" else "double precision"
    it.at_source(f"create table s_value (id bigint primary key, score {native})")
    it.at_source("insert into s_value values (1, :zero), (2, 1.5)", zero=-0.0)
    it.dataset["fields"] = [{"name": "id", "type": "integer", "title": "id"}, {"name": "score", "type": "float", "title": "score"}]
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted, receipt.rows.quarantined) == ("proved_with_exceptions", 1, 1)
