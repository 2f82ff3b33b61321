"""What two connections see of an uncommitted table is what its own transaction sees, or else the digest is another one."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text
from world import Database

from catalog.field_type import parse
from catalog.system import System
from connectors import mariadb_halves
from connectors.database import connect, dialect_of
from connectors.reading import Reading
from connectors.selection import Column, Relation, Selection

ROWS = 101


@pytest.fixture
def system(database: Database, monkeypatch: pytest.MonkeyPatch) -> System:
    monkeypatch.setattr(mariadb_halves, "MANY", 10)
    it = System.model_validate({"name": "dst", "title": "系统", "kind": "sql", "url": database("mariadb"), "owner": "x"})
    with connect(it).begin() as connection:
        connection.execute(text("create table thing (id bigint primary key, name varchar(20))"))
    return it


@pytest.fixture
def filling(system: System) -> Iterator[Connection]:
    with connect(system).connect() as connection:
        connection.execute(text(f"insert into thing select (cast(seq as signed) - 50) * 7, concat('名', seq) from seq_1_to_{ROWS}"))
        yield connection
        connection.rollback()


def reading(system: System, connection: Connection) -> Reading:
    columns = (
        Column("id", parse("integer"), "id", "bigint"),
        Column("name", parse("string(20)"), "name", "varchar(20)", "utf8mb4_nopad_bin"),
    )
    return Reading(connection, dialect_of(system.url or ""), Selection(Relation("thing"), columns, ("id",)))


def test_rows_that_are_not_committed_yet_have_one_digest_whoever_reads_them(system: System, filling: Connection) -> None:
    its = reading(system, filling)
    assert its.digest().count == ROWS
    assert mariadb_halves.digest(its, ROWS) == its.digest()
    some = replace(its, selection=its.selection.restricted("r.id % 2 = 0"))
    assert mariadb_halves.digest(some, some.count()) == some.digest()


def test_a_row_that_somebody_else_has_not_committed_makes_the_digest_another_one(system: System, filling: Connection) -> None:
    its = reading(system, filling)
    with connect(system).connect() as other:
        other.execute(text("insert into thing values (1000000, '别人')"))
        assert mariadb_halves.digest(its, ROWS) != its.digest()
        other.rollback()


def test_few_rows_and_other_keys_are_left_to_one_connection(system: System, filling: Connection) -> None:
    its = reading(system, filling)
    assert mariadb_halves.digest(its, 9) is None
    named = replace(its, selection=replace(its.selection, key=("name",)))
    assert mariadb_halves.digest(named, ROWS) is None
