"""Rows are found again by what was read of them: as a key, in a window, by a condition. One that is not found would count as gone."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from world import Database

from catalog.condition import Condition
from catalog.field_type import parse
from catalog.system import System
from connectors.database import dialect_of, session
from connectors.line import split
from connectors.reading import Reading
from connectors.selection import Column, Relation, Selection, Window

# native type, value as SQL, the fields' types that it is read as
STORED: dict[str, Sequence[tuple[str, str, str]]] = {
    "sqlite": [
        ("", "5", "string decimal(9,2) integer"), ("", "1.5", "string decimal(9,2)"), ("integer", "5", "string integer"),
        ("text", "'007'", "string integer decimal(9,2)"), ("text", "'1.50'", "string decimal(9,2)"), ("numeric", "1.50", "decimal(9,2)"),
        ("date", "'2026-01-02'", "string date timestamp"), ("text", "'2026-01-02T03:04:05'", "timestamp"),
        ("datetime", "'2026-01-02 03:04'", "timestamp"), ("timestamp", "'2026-01-02 03:04:05.500'", "timestamp"),
        ("text", "'2026-01-02 03:04:05+08:00'", "timestamptz"), ("text", "'03:04'", "time"), ("blob", "x'00ff'", "bytes"),
        ("varchar(9) collate nocase", "'Abc'", "string"), ("boolean", "1", "boolean"),
    ],
    "postgresql": [
        ("text", "'007'", "string integer decimal(9,2)"), ("varchar(9)", "' 1.50'", "string"), ("char(4)", "'1.50'", "string decimal(9,2)"),
        ("text", "'2026-01-02T03:04:05'", "timestamp"), ("text", "'2026-01-02'", "date timestamp"), ("text", "'03:04'", "time"),
        ("text", "'2026-01-02 03:04:05+08'", "timestamptz"), ("text", "'1'", "boolean"), ("text", "'1e2'", "float"),
        ("text collate loose", "'Abc'", "string"), ("bit(8)", "b'00000101'", "string"), ("mood", "'开心'", "string"),
        ("uuid", "'0f8fad5b-d9cb-469f-a165-70867728950e'", "string"), ("inet", "'10.0.0.1'", "string"), ("bytea", "'\\x00ff'", "bytes"),
        ("integer", "5", "string integer decimal(9,2)"), ("numeric", "1.50", "string decimal(9,2)"), ("date", "'2026-01-02'", "string date timestamp"),
    ],
    "mariadb": [
        ("varchar(9)", "'007'", "string integer decimal(9,2)"), ("char(4)", "'1.50'", "string decimal(9,2)"), ("varchar(9)", "'1e2'", "float"),
        ("varchar(40)", "'2026-01-02T03:04:05'", "timestamp"), ("varchar(40)", "'2026-01-02'", "date timestamp"), ("varchar(9)", "'03:04'", "time"),
        ("varchar(9) character set gbk", "'青岛'", "string"), ("varchar(9) character set latin1", "'é'", "string"), ("char(8)", "'青 '", "string"),
        ("enum('sad','开心') character set gbk", "'开心'", "string"), ("set('a','b')", "'a,b'", "string"), ("bit(8)", "5", "string integer"),
        ("uuid", "'0f8fad5b-d9cb-469f-a165-70867728950e'", "string"), ("inet6", "'::1'", "string"), ("binary(4)", "'ab'", "bytes"),
        ("longblob", "x'00ff'", "bytes"), ("int(5) zerofill", "5", "string integer"), ("float", "0.1", "string"), ("year", "2026", "string integer"),
        ("decimal(10,2)", "1.50", "string decimal(9,2)"), ("date", "'2026-01-02'", "string date timestamp"), ("timestamp(6)", "'2026-01-02 03:04:05.5'", "timestamptz"),
    ],
}  # fmt: skip
BEFORE = {
    "postgresql": "create type mood as enum ('sad', '开心');"
    " create collation loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false)"
}
UNTYPED = ("bit", "uuid", "inet6", "int(5)", "set", "float")  # what the result of a MariaDB query does not tell of its columns


@pytest.fixture
def system(engine: str, database: Database) -> System:
    """A system whose table `thing` holds one row, a column for each stored value."""
    url = database(engine)
    made = create_engine(url)
    with made.begin() as connection:
        for statement in filter(None, BEFORE.get(engine, "").split(";")):
            connection.execute(text(statement))
        connection.exec_driver_sql(
            f"create table thing ({', '.join(f'c{at} {native}' for at, (native, _, _) in enumerate(STORED[engine]))})"
        )
        connection.exec_driver_sql(f"insert into thing values ({', '.join(value for _, value, _ in STORED[engine])})")
    made.dispose()
    return System.model_validate({"name": "src", "title": "系统", "kind": "sql", "url": url, "owner": "x"})


@pytest.mark.parametrize("query", [False, True], ids=["table", "query"])
@pytest.mark.parametrize("engine", STORED)
def test_a_row_is_found_again_by_whatever_was_read_of_it(system: System, engine: str, query: bool, tmp_path: Path) -> None:
    relation = Relation(query="select * from thing") if query else Relation("thing")
    dialect, missed = dialect_of(system.url or ""), []
    with session(system) as connection:
        shape = dialect.shape(connection, relation)
        assert shape is not None
        for at, (native, stored, kinds) in enumerate(STORED[engine]):
            for kind in () if query and engine == "mariadb" and native.startswith(UNTYPED) else kinds.split():
                told = shape.columns[f"c{at}"]
                column = Column("v", parse(kind), told.name, told.type, told.collation)
                selection = Selection(relation, (column,), ("v",), condition_columns={"v": column})
                reading = Reading(connection, dialect, selection)
                (value,) = split(b"".join(reading.lines()).decode().removesuffix("\n"))
                asked = Condition.model_validate({"field": "v", "eq": value if kind != "boolean" else True})
                window = Window(column, value, value, nulls=False)
                found = {
                    "key": len(list(reading.of_keys([(value,)]))),
                    "window": replace(reading, selection=replace(selection, window=window)).count(),
                    "condition": replace(reading, selection=replace(selection, where=(asked,))).count(),
                }
                missed += [f"{how} {native} {stored} as {kind}" for how, rows in found.items() if rows != 1]
    assert missed == []
