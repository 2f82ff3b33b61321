"""Rows that a MariaDB digests while it tells them are those, and add up to that, which two scans would have said."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text
from world import Database

from catalog.field_type import parse
from catalog.system import System
from connectors.database import connect, dialect_of
from connectors.guard import passed
from connectors.reading import Reading
from connectors.selection import Column, Relation, Selection

TEXTS = ["'\\\\R'", "'\\\\\\\\R'", "'a\\nR'", "''", "null", "concat('a', char(0))", "'青岛'", "'岛青'", "char(0)", "'R'"]


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    it = System.model_validate({"name": "src", "title": "系统", "kind": "sql", "url": database("mariadb"), "owner": "x"})
    with connect(it).connect() as connection:
        connection.execute(text("create table thing (name text character set utf8mb4, note text character set utf8mb4)"))
        for one in TEXTS:
            connection.exec_driver_sql(f"insert into thing values ({one}, 'b'), ({one}, null), ('c', {one})")
        yield connection


def reading(connection: Connection) -> Reading:
    columns = tuple(Column(name, parse("string"), name, "text", "utf8mb4_general_ci") for name in ("name", "note"))
    return Reading(connection, dialect_of("mysql+pymysql://"), Selection(Relation("thing"), columns, ()))


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("width", [1, 2])
def test_one_scan_says_what_two_would_have_said(connection: Connection, width: int, plain: bool) -> None:
    its = reading(connection)
    its = replace(its, selection=replace(its.selection, columns=its.selection.columns[:width]))
    guards = its.guards("postgresql")
    kept = replace(its, selection=its.selection.restricted(passed(guards)))
    for _ in range(2):  # nothing of the first scan stays in the second
        assert b"".join(its.tallied(guards, plain=plain)) == b"".join(kept.lines(plain=plain))
        assert its.told() == (kept.digest(), its.count() - kept.count()) == its.tally(guards)
    assert its.count() - kept.count() == {1: 4, 2: 6}[width]


def test_texts_searched_together_are_refused_each_by_its_own_name(connection: Connection) -> None:
    its = reading(connection)
    rejects = list(its.rejects(its.guards("postgresql")))
    assert sorted(it.field for it in rejects if it.field) == ["name"] * 4 + ["note"] * 2
    assert {it.reason for it in rejects} == {"reject.nul"}
