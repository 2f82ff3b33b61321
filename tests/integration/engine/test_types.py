"""Types between every pair of engines: what a source column can become, what a receiver's own column can hold, and what is said where it cannot."""

from pathlib import Path

import pytest
from values import PAIRS, Kind, Value, check, valued
from world import Database

from hub import quarantine
from hub.plan import plan

ALL = ("sqlite", "postgresql", "mariadb")
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
KINDS = {
    "mood": Kind("string(8)", {"postgresql": "mood", "mariadb": "enum('sad','开心')"}),
    "days": Kind("string(20)", {"mariadb": "set('mon','tue','日')"}),
    "uuid": Kind("string(36)", {"sqlite": "text", "postgresql": "uuid", "mariadb": "uuid"}),
    "address": Kind("string(45)", {"postgresql": "inet", "mariadb": "inet6"}),
    "list": Kind("json", {"postgresql": "integer[]"}),
    "words": Kind("json", {"postgresql": "text[]"}),
    "list_text": Kind("string", {"postgresql": "integer[]"}),
    "doc": Kind("json", {"sqlite": "text", "postgresql": "json", "mariadb": "json"}),
    "docb": Kind("json", {"postgresql": "jsonb"}),
    "loose_doc": Kind("json", {"sqlite": "text", "mariadb": "longtext"}),
    "content": Kind("bytes", {"sqlite": "blob", "postgresql": "bytea", "mariadb": "longblob"}),
    "fixed": Kind("bytes", {"mariadb": "binary(4)"}),
    "domain": Kind("integer", {"postgresql": "percent"}),
    "counter": Kind("string(8)", {"mariadb": "int(5) zerofill"}),
}
DOC = '{"b": 1, "a": 12345678901234567890.1234567890, "a": [1e400, null, "\\u4e2d\\ud83d\\ude00"], "中": "\\u0000"}'
VALUES = [
    Value("mood", "mood", "开心"),
    Value("no mood", "mood", {"mariadb": "''"}, ""),
    Value("two days", "days", "mon,日"),
    Value("no day", "days", "", ""),
    Value("uuid", "uuid", UUID),
    Value("address", "address", {"postgresql": "'2001:db8::1'"}, "2001:db8::1/128"),
    Value("address of MariaDB", "address", {"mariadb": "'2001:db8::1'"}, "2001:db8::1"),
    Value("list", "list", {"postgresql": "array[1, null, 3]"}, "[1,null,3]"),
    Value("words", "words", {"postgresql": "array['中', 'a\"b', '{x}']"}, '["中","a\\"b","{x}"]'),
    Value("list as text", "list_text", {"postgresql": "array[1, null, 3]"}, "{1,NULL,3}"),
    Value("document as written", "doc", DOC),
    Value("document null", "doc", "null"),
    Value("empty document", "doc", "{}"),
    Value("binary document", "docb", {"postgresql": "'{\"b\": 1, \"a\": 12345678901234567890.1234567890}'"}, '{"a": 12345678901234567890.1234567890, "b": 1}'),
    Value("no document", "loose_doc", "{a", refused=["postgresql"]),
    Value("empty text is no document", "loose_doc", "", refused=["postgresql"]),
    Value("bytes", "content", bytes(range(256))),
    Value("no bytes at all", "content", b""),
    Value("bytes that are no text", "content", b"\xff\xfe\\x00\n\t\0"),
    Value("padded bytes", "fixed", b"ab", b"ab\0\0"),
    Value("domain", "domain", 42),
    Value("counter", "counter", 42, "00042"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_type_ends_equal_or_quarantined(tmp_path: Path, database: Database, source: str, target: str) -> None:
    session = "create type mood as enum ('sad', '开心'); create domain percent as integer" if source == "postgresql" else ""
    session = "set sql_mode = ''" if source == "mariadb" else session  # a strict ENUM takes no ''
    it = valued(tmp_path, database(source), database(target), KINDS, VALUES, session=session)
    check(it, KINDS, VALUES)


UNREADABLE = [
    ("postgresql", "bytea", "string", "bytes"),
    ("postgresql", "timestamptz", "timestamp", "string, timestamptz"),
    ("postgresql", "timestamp", "timestamptz", "string, date, timestamp"),
    ("postgresql", "timetz", "time", "string"),
    ("postgresql", "interval", "time", "string, duration"),
    ("postgresql", "text", "bytes", "string, integer"),
    ("postgresql", "varbit(8)", "integer", "string"),
    ("postgresql", "integer[]", "integer", "string, json"),
    ("postgresql", "boolean", "integer", "string, boolean"),
    ("mariadb", "longblob", "string", "bytes"),
    ("mariadb", "timestamp", "timestamp", "string, timestamptz"),
    ("mariadb", "enum('10','20')", "integer", "string"),
    ("mariadb", "varchar(40)", "timestamptz", "string, integer"),
    ("mariadb", "point", "string", "-"),
]


@pytest.mark.parametrize(("source", "native", "wanted", "kinds"), UNREADABLE)
def test_a_column_that_cannot_be_read_as_its_field_is_refused_by_name(
    tmp_path: Path, database: Database, source: str, native: str, wanted: str, kinds: str
) -> None:
    it = valued(tmp_path, database(source), database("sqlite"), {"value": Kind(wanted, {source: native})}, [])
    receipt = it.run()
    assert receipt.status == "rejected"
    assert all(said in (receipt.error or "") for said in ("s_value", "value", kinds)), receipt.error
    assert it.at_target("select count(*) from sqlite_master where name = 'thing'") == [(0,)]


UNHELD = [
    ("postgresql", "jsonb", "json", "json"),
    ("postgresql", "timestamp", "timestamptz", "timestamptz"),
    ("postgresql", "double precision", "decimal(12,2)", "numeric(12,2)"),
    ("postgresql", "uuid", "string(36)", "varchar(36)"),
    ("mariadb", "timestamp null", "timestamp", "datetime(6)"),
    ("mariadb", "double", "decimal(12,2)", "decimal(12,2)"),
    ("mariadb", "text", "bytes", "longblob"),
    ("mariadb", "set('a','b')", "string(20)", "varchar(20)"),
    ("postgresql", "integer[]", "integer", "bigint"),
]


@pytest.mark.parametrize(("target", "native", "wanted", "better"), UNHELD)
def test_a_receivers_column_that_cannot_hold_the_field_is_refused_by_name(
    tmp_path: Path, database: Database, target: str, native: str, wanted: str, better: str
) -> None:
    it = valued(tmp_path, database("sqlite"), database(target), {"value": Kind(wanted, {"sqlite": "text"})}, [])
    it.at_target(f"create table thing (no varchar(80) primary key, value {native})")
    receipt = it.run()
    assert receipt.status == "rejected"
    assert all(said in (receipt.error or "") for said in ("thing", "value", better)), receipt.error
    with pytest.raises(Exception, match="value"):
        plan(it.hub, "thing")


GENERATED = [
    ("sqlite", "value integer generated always as (1) stored"), ("postgresql", "value bigint generated always as (1) stored"),
    ("postgresql", "value bigint generated always as identity"), ("mariadb", "value bigint generated always as (1) stored"),
    ("mariadb", "value bigint as (1) virtual invisible"),
]  # fmt: skip


@pytest.mark.parametrize(("target", "column"), GENERATED)
def test_a_column_that_the_receivers_database_fills_itself_is_refused_by_name(
    tmp_path: Path, database: Database, target: str, column: str
) -> None:
    it = valued(tmp_path, database("sqlite"), database(target), {"value": Kind("integer", {"sqlite": "integer"})}, [Value("a", "value", 1)])
    it.at_target(f"create table thing (no varchar(80) primary key, {column})")
    receipt = it.run()
    assert receipt.status == "rejected"
    assert all(said in (receipt.error or "") for said in ("thing", "value", "自动生成")), receipt.error
    assert it.at_target("select count(*) from thing") == [(0,)]


NARROW = {
    "postgresql": "no varchar(80) primary key, name varchar(4), code char(4), amount smallint, fee numeric(6,1), score real,"
    " moment timestamp(3), clock time(0), rest text, mood varchar(4)",
    "mariadb": "no varchar(80) primary key, name varchar(4), code char(4), amount smallint, fee decimal(6,1), score float,"
    " moment datetime(3), clock time, rest varchar(20) character set gbk, mood enum('Sad', '开''心')",
}
WIDE = {
    "name": Kind("string", dict.fromkeys(ALL, "varchar(200)")),
    "code": Kind("string(40)", dict.fromkeys(ALL, "varchar(200)")),
    "amount": Kind("integer", dict.fromkeys(ALL, "bigint")),
    "fee": Kind("decimal(12,2)", {"sqlite": "text", "postgresql": "numeric(12,2)", "mariadb": "decimal(12,2)"}),
    "score": Kind("float", {"sqlite": "real_blob", "postgresql": "double precision", "mariadb": "double"}),
    "moment": Kind("timestamp", {"sqlite": "datetime", "postgresql": "timestamp", "mariadb": "datetime(6)"}),
    "clock": Kind("time", {"sqlite": "time", "postgresql": "time", "mariadb": "time(6)"}),
    "rest": Kind("string", dict.fromkeys(ALL, "varchar(200)")),
    "mood": Kind("string(8)", dict.fromkeys(ALL, "varchar(200)")),
}
HELD = [
    Value("name", "name", "青岛市区"), Value("code", "code", " 𬀩ab"), Value("amount", "amount", -32768), Value("fee", "fee", "-99999.9"),
    Value("score", "score", 0.5, "0.5"), Value("moment", "moment", "2026-01-01 08:00:00.123"), Value("clock", "clock", "08:00:01"),
    Value("rest", "rest", "汉字"), Value("mood", "mood", "开'心"), Value("mood in its case", "mood", "Sad"),
]  # fmt: skip
UNFIT = [
    Value("long name", "name", "青岛市区县"), Value("long code", "code", "12345"), Value("code with a space", "code", "a "),
    Value("large amount", "amount", 32768), Value("large fee", "fee", "100000"), Value("exact fee", "fee", "0.01"),
    Value("exact score", "score", 0.1), Value("large score", "score", 1e39), Value("tiny score", "score", 1e-300),
    Value("exact moment", "moment", "2026-01-01 08:00:00.000001"), Value("exact clock", "clock", "08:00:01.5"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target"), [pair for pair in PAIRS if pair[1] in NARROW])
def test_what_a_receivers_narrower_column_cannot_hold_is_quarantined(tmp_path: Path, database: Database, source: str, target: str) -> None:
    own = [Value("beyond GBK", "rest", "杨𬀩"), Value("mood in another case", "mood", "sad"), Value("no mood", "mood", "x")]
    unfit = [Value(v.name, v.field, v.at, refused=[target], reason="target_column") for v in UNFIT + (own if target == "mariadb" else [])]
    it = valued(tmp_path, database(source), database(target), WIDE, HELD + unfit)
    it.at_target(f"create table thing ({NARROW[target]})")
    check(it, WIDE, HELD + unfit)


@pytest.mark.parametrize("target", NARROW)
def test_a_value_that_outgrows_the_receivers_column_keeps_its_last_good_version(tmp_path: Path, database: Database, target: str) -> None:
    it = valued(tmp_path, database("sqlite"), database(target), WIDE, HELD)
    it.at_target(f"create table thing ({NARROW[target]})")
    it.run()
    it.at_source("update s_value set name = '青岛市区县' where no = 'name'")
    receipt = it.run()
    assert (receipt.status, receipt.rows.quarantined, receipt.rows.kept_stale) == ("proved_with_exceptions", 1, 1), receipt.error
    assert it.at_target("select name from thing where no = 'name'") == [("青岛市区",)]
    it.at_target(
        "alter table thing alter column name type varchar(9)" if target == "postgresql" else "alter table thing modify name varchar(9)"
    )
    assert it.run().status == "proved"
    assert it.at_target("select name from thing where no = 'name'") == [("青岛市区县",)]
    assert quarantine.counts(it.hub, "thing") == {}
