"""The proof itself: what other hubs take for equal has another digest here, and a target that was tampered with is told by its keys."""

import math
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from values import ENGINES, PAIRS
from world import Database, World

from catalog.field_type import parse
from connectors.database import dialect_of
from connectors.dialect import literal_colons
from connectors.selection import Column

LOW = math.nextafter(0.1, 1)
LONG = {"sqlite": "printf('%.*c', 300000, 'a')", "postgresql": "repeat('a', 300000)", "mariadb": "repeat('a', 300000)"}
BLOB = {"sqlite": "zeroblob(9000000)", "postgresql": "cast(repeat('a', 9000000) as bytea)", "mariadb": "repeat('a', 9000000)"}
MORE = {
    "sqlite": "zeroblob(8999999)",
    "postgresql": "cast(repeat('a', 8999999) || 'b' as bytea)",
    "mariadb": "concat(repeat('a', 8999999), 'b')",
}
# types, and two rows of SQL values that must not share a digest
EVERYWHERE: list[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = [
    ("two characters swapped", ("string(20)",), ("'青岛'",), ("'岛青'",)),
    ("case", ("string(20)",), ("'abc'",), ("'ABC'",)),
    ("a trailing space", ("string(20)",), ("'abc'",), ("'abc '",)),
    ("rare characters alike to a collation", ("string(20)",), ("'杨𬀩'",), ("'杨𬀪'",)),
    ("nothing and an empty text", ("string(20)",), ("null",), ("''",)),
    ("nothing and its sign", ("string(20)",), ("null",), ("'~'",)),
    ("a bar moved over", ("string(20)", "string(20)"), ("'a|'", "'b'"), ("'a'", "'|b'")),
    ("a text moved over", ("string(20)", "string(20)"), ("'ab'", "''"), ("'a'", "'b'")),
    ("nothing moved over", ("string(20)", "string(20)"), ("null", "'a'"), ("'a'", "null")),
    ("long texts", ("string",), ("{long}",), ("replace({long}, 'aaa', 'aab')",)),
    ("a byte of nine megabytes", ("bytes",), ("{blob}",), ("{more}",)),
    ("a number written as text", ("string",), ("'1.0'",), ("'1.00'",)),
    ("the last digit", ("decimal(38,10)",), ("'1234567890123456789012345678.0000000001'",), ("'1234567890123456789012345678.0000000002'",)),
    ("the order of keys", ("json",), ("""'{{"a":1,"b":2}}'""",), ("""'{{"b":2,"a":1}}'""",)),
    ("the precision of a number in JSON", ("json",), ("'1.0'",), ("'1.00'",)),
]
OWN: dict[str, list[tuple[str, str, str, str, str]]] = {
    "postgresql": [
        ("a low bit", "float", "double precision", "0.1::float8", f"{LOW!r}::float8"),
        ("a sign of zero", "float", "double precision", "0.0::float8", "'-0'::float8"),
        ("a microsecond", "timestamp", "timestamp", "'2026-01-01 08:00:00.000001'::timestamp", "'2026-01-01 08:00:00'::timestamp"),
        ("infinity and nothing", "timestamp", "timestamp", "'infinity'::timestamp", "null::timestamp"),
        ("the two infinities", "date", "date", "'infinity'::date", "'-infinity'::date"),
        ("before and after Christ", "date", "date", "'0044-03-15 BC'::date", "'0044-03-15'::date"),
        ("a span's microsecond", "duration", "interval", "'838:59:59.000001'::interval", "'838:59:59'::interval"),
    ],
    "mariadb": [
        ("a low bit", "float", "double", "cast(0.1 as double)", f"cast({LOW!r} as double)"),
        ("a FLOAT's seventh digit", "float", "float", "cast(16777216 as float)", "cast(16777217e0 + 1 as float)"),
        ("a microsecond", "timestamp", "datetime(6)", "cast('2026-01-01 08:00:00.000001' as datetime(6))", "cast('2026-01-01 08:00:00' as datetime(6))"),
        ("a zero date and nothing", "date", "date", "cast(0 as date)", "null"),
    ],
    "sqlite": [
        ("a low bit", "float", "real_blob", "0.1", repr(LOW)),
        ("a sign of zero", "float", "real_blob", "0.0", "-0.0"),
        ("a double's sixteenth digit", "float", "real_blob", "1.23456789012345e-10", "1.2345678901234502e-10"),
        ("a microsecond", "timestamp", "timestamp_text", "'2026-01-01 08:00:00.000001'", "'2026-01-01 08:00:00'"),
    ],
}  # fmt: skip
EARLY = "2026-01-01 08:00:00"
TYPES = {"id": "integer", "a": "string(20)", "b": "string(20)", "moment": "timestamp", "score": "float", "note": "string"}
COLUMNS = {
    "sqlite": "a varchar(20), b varchar(20), moment timestamp, score real, note text",
    "postgresql": "a varchar(20), b varchar(20), moment timestamp(6), score double precision, note text",
    "mariadb": "a varchar(20), b varchar(20), moment datetime(6), score double, note longtext",
}


@pytest.mark.parametrize("engine", ENGINES)
def test_values_that_differ_never_share_a_digest(database: Database, engine: str) -> None:
    url = database(engine)
    dialect = dialect_of(url)
    made = dialect.open(make_url(url), statement_timeout=None)
    native = {
        "string(20)": "varchar(20)",
        "string": "longtext" if engine == "mariadb" else "text",
        "json": "longtext" if engine == "mariadb" else "text",
    }
    with made.connect() as connection:

        def hashed(kinds: tuple[str, ...], sql: tuple[str, ...], natives: tuple[str, ...]) -> int:
            names = {"long": LONG[engine], "blob": BLOB[engine], "more": MORE[engine]}
            values = [
                (f"({literal_colons(value.format(**names))})", Column("x", parse(kind), "x", its))
                for kind, value, its in zip(kinds, sql, natives, strict=True)
            ]
            found = connection.execute(text(f"select {dialect.hash(dialect.row_text(values))}")).scalar()
            assert found is not None
            return int(found)

        for name, kinds, left, right in EVERYWHERE:
            natives = tuple(native.get(kind, "") for kind in kinds)
            assert hashed(kinds, left, natives) != hashed(kinds, right, natives), name
            assert hashed(kinds, left, natives) == hashed(kinds, left, natives), name
        for name, kind, its, one, other in OWN[engine]:
            assert hashed((kind,), (one,), (its,)) != hashed((kind,), (other,), (its,)), name
    made.dispose()


def tampered(tmp_path: Path, source: str, target: str) -> World:
    it = World(tmp_path, source, target, rows=0)
    it.dataset |= {"key": ["id"], "fields": [{"name": name, "type": kind, "title": name} for name, kind in TYPES.items()]}
    it.flow["source"] = {"system": "src", "table": "s_value"}
    engine = "mariadb" if source.startswith("mysql") else source.partition(":")[0].partition("+")[0]
    it.at_source(f"create table s_value (id integer primary key, {COLUMNS[engine]})")
    rows: list[dict[str, Any]] = [
        {"id": n, "a": f"青岛{n}", "b": f"岛青{n}", "m": f"{EARLY}.{n:06}", "s": 0.1 * n, "note": f"{n}"} for n in range(1, 40)
    ]
    database = create_engine(source)
    with database.begin() as connection:
        connection.execute(text("insert into s_value values (:id, :a, :b, :m, :s, :note)"), rows)
    database.dispose()
    return it


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_tampering_is_told_by_its_keys_and_healed(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = tampered(tmp_path, database(source), database(target))
    assert it.run().status == "proved"
    assert it.verify().equal
    it.at_target("update thing set a = '岛青1' where id = 1")  # two characters change places
    it.at_target("update thing set a = case id when 2 then '青岛3' else '青岛2' end where id in (2, 3)")  # a column between two rows
    it.at_target(
        "update thing set a = b, b = a where id = 4" if target != "mariadb" else "update thing set a = '岛青4', b = '青岛4' where id = 4"
    )
    it.at_target("update thing set moment = :m where id = 5", m=f"{EARLY}.000006")  # a microsecond
    it.at_target("update thing set score = :s where id = 6", s=math.nextafter(0.1 * 6, 0))  # a low bit
    it.at_target(
        "update thing set note = concat(note, ' ') where id = 7"
        if target != "sqlite"
        else "update thing set note = note || ' ' where id = 7"
    )
    it.at_target("update thing set note = null where id = 8")
    found = it.verify()
    assert found.differing == {str(n): "different" for n in range(1, 9)}
    assert found.source.count == found.target.count == 39
    healed = it.run()
    assert (healed.status, healed.rows.updated, healed.rows.healed) == ("proved", 8, 8)
    assert it.verify().equal


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_row_doubled_while_another_is_lost_is_told(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = World(tmp_path, database(source), database(target), key=False, rows=40)
    it.run()
    it.at_target("delete from thing where no = 'n007'")
    it.at_target("insert into thing select * from thing where no = 'n008'")
    found = it.verify()
    assert not found.equal
    assert found.source.count == found.target.count
    assert it.run().exit_code == 0
    assert it.verify().equal
    assert it.at_target("select count(*) from thing where no = 'n008'") == [(1,)]
