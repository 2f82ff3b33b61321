"""Texts between every pair of engines: each character arrives as it is, or its row is quarantined with its reason; never `?` or U+FFFD."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from texts import lines
from values import PAIRS, Kind, Value, check, valued
from world import Database, World

from hub import quarantine

ALL = ("sqlite", "postgresql", "mariadb")
KINDS = {
    "note": Kind("string", {"sqlite": "text", "postgresql": "text", "mariadb": "longtext"}),
    "code": Kind("string(40)", dict.fromkeys(ALL, "varchar(40)")),
    "padded": Kind("string(8)", {"postgresql": "char(8)", "mariadb": "char(8)"}),
    "gbk": Kind("string(40)", {"mariadb": "varchar(40) character set gbk"}),
    "latin": Kind("string(300)", {"mariadb": "varchar(300) character set latin1"}),
    "three": Kind("string(40)", {"mariadb": "varchar(40) character set utf8mb3"}),
    "small": Kind("string(4)", {"sqlite": "text", "postgresql": "text", "mariadb": "longtext"}),
}
PLAIN = {
    "empty": "", "the word NULL": "NULL", "null in small letters": "null", "backslash N": "\\N", "backslash": "\\", "two backslashes": "\\\\",
    "backslash at the end": "C:\\", "backslash t": "\\t", "tab": "\t", "newline": "\n", "carriage return": "\r\n", "form feed": "\f\v\b",
    "quotes": "'\"`''", "leading and trailing spaces": "  x  ", "one space": " ", "ideographic space": "\u3000x\u3000",
    "percent": "%s %(x)s %% 100%", "colon": ":x ::y {z} $1 ?", "emoji": "👩🏽‍🏫🇨🇳👨‍👩‍👧‍👦", "combining marks": "e\u0301 é Å Å", "right to left": "\u202eabc\u202c\u200b",
    "byte order mark": "\ufeffx", "replacement character": "\ufffd", "last character": "\U0010ffff", "noncharacter": "\uffff", "question mark": "?",
    "beyond GBK": "杨𬀩𬀪䶮", "control characters": "\x01\x1f\x7f\x80\x9f", "copy end": "\\.", "line separator": "\u2028\u2029\x85",
}  # fmt: skip
LATIN = "".join(map(chr, range(0x20, 0x7F))) + "ÿé€"
VALUES = [
    *(Value(f"{name} in a long text", "note", value) for name, value in PLAIN.items()),
    *(Value(f"{name} in a short text", "code", value) for name, value in PLAIN.items()),
    Value("no text", "note", dict.fromkeys(ALL, "null")),
    Value("a long text", "note", "青岛\\\t\n" * 20000),
    Value("padded", "padded", "ab"),
    Value("padded in front", "padded", "  青"),
    Value("in GBK", "gbk", "中文 朱镕基 ?"),
    Value("of GBK's own area", "gbk", {"mariadb": "_gbk 0xAAA1"}, refused=ALL, reason="reject.bytes"),
    Value("in latin1", "latin", LATIN),
    Value("of three bytes", "three", "汉字 ?"),
    Value("NUL in a long text", "note", {"sqlite": "'a' || char(0) || 'b'", "mariadb": "concat('a', char(0), 'b')"}, "a\0b", ["postgresql"], "reject.nul"),
    Value("NUL in a short text", "code", {"sqlite": "char(0)", "mariadb": "char(0)"}, "\0", ["postgresql"], "reject.nul"),
    Value("no UTF-8", "note", {"sqlite": "cast(x'61ff62' as text)"}, refused=ALL, reason="reject.bytes"),
    Value("half a character", "code", {"sqlite": "cast(x'e4b8' as text)"}, refused=ALL, reason="reject.bytes"),
    Value("a surrogate", "code", {"sqlite": "cast(x'eda080' as text)"}, refused=ALL, reason="reject.bytes"),
    Value("GBK bytes in UTF-8", "note", {"sqlite": "cast(x'c4e3bac3' as text)"}, refused=ALL, reason="reject.bytes"),
    Value("no UTF-8 behind NUL", "note", {"sqlite": "cast(x'6100ff' as text)"}, refused=ALL, reason="reject.bytes"),
    Value("four characters", "small", "𬀩𬀪👍é"),
    Value("five characters", "small", "12345", refused=ALL, reason="max_length"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_text_ends_equal_or_quarantined(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = valued(tmp_path, database(source), database(target), KINDS, VALUES)
    check(it, KINDS, VALUES)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_all_characters_and_naughty_strings_arrive(tmp_path: Path, database: Database, real_data: Path, source: str, target: str) -> None:
    it = World(tmp_path, database(source), database(target), rows=0)
    it.dataset |= {"fields": [it.dataset["fields"][0], {"name": "word", "type": "string", "title": "词"}]}
    it.at_source(f"alter table s_thing add column word {'longtext' if source == 'mariadb' else 'text'}")
    rows = [{"no": f"n{number}", "word": word} for number, word in enumerate(lines(real_data))]
    many(it.source, "insert into s_thing (no, word) values (:no, :word)", rows)
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted) == ("proved", len(rows)), receipt.error
    assert dict(it.at_target("select no, word from thing")) == {row["no"]: row["word"] for row in rows}


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_character_is_a_key_of_its_own(tmp_path: Path, database: Database, real_data: Path, source: str, target: str) -> None:
    it = World(tmp_path, database(source), database(target), rows=0, key=False)
    it.dataset |= {"key": ["no"], "fields": it.dataset["fields"][:2]}
    keys = [*lines(real_data)[:8105], "a", "A", "a ", " a", "á", "a\u0301", "ａ", "ß", "ss", "'", "\\", "\\N", "\t", "%", ":x"]
    many(it.source, "insert into s_thing (no, name) values (:no, 'x')", [{"no": key} for key in keys])
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted) == ("proved", len(keys)), receipt.error
    assert {row[0] for row in it.at_target("select no from thing")} == set(keys)
    it.at_source("update s_thing set name = '改' where no in ('𬀩', 'A', 'a ', '\\')" if source != "mariadb" else
                 "update s_thing set name = '改' where binary no in ('𬀩', 'A', 'a ', '\\\\')")  # fmt: skip
    changed = it.run()
    assert (changed.status, changed.rows.updated) == ("proved", 4), changed.error
    assert it.verify().equal


@pytest.mark.parametrize("target", ALL)
def test_what_is_no_text_is_shown_to_its_owner_byte_by_byte(tmp_path: Path, database: Database, target: str) -> None:
    bad = [
        Value("no UTF-8", "note", {"sqlite": "cast(x'61ff62' as text)"}), Value("NUL", "code", {"sqlite": "cast(x'ff' as text) || char(0)"}),
    ]  # fmt: skip
    it = valued(tmp_path, database("sqlite"), database(target), KINDS, bad)
    assert it.run().rows.quarantined == 2
    shown = {row.key: (row.values["note"], row.values["code"]) for row in quarantine.rows(it.hub, "thing")}
    assert shown == {("no UTF-8",): ("a\\xffb", None), ("NUL",): (None, "\\xff\0")}


@pytest.mark.parametrize("target", ALL)
def test_a_row_whose_key_cannot_be_read_is_quarantined_and_nothing_is_deleted_for_it(
    tmp_path: Path, database: Database, target: str
) -> None:
    it = World(tmp_path, database("sqlite"), database(target), rows=9)
    assert it.run().status == "proved"
    it.at_source("update s_thing set no = cast(x'ff' as text) where no = 'n003'")
    receipt = it.run()
    assert receipt.held is not None
    assert receipt.held["brake"] == "unsure_deletes"
    assert it.at_target("select count(*) from thing") == [(9,)]


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_of_another_encoding_is_refused_by_name(tmp_path: Path, database: Database, encoding: str) -> None:
    it = World(tmp_path, database("postgresql"), database("sqlite"), rows=1)
    name = it.source.rpartition("/")[2]
    admin = create_engine(it.source.replace(name, "postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
        connection.execute(text(f"create database {name} encoding '{encoding}' locale 'C' template template0"))
    admin.dispose()
    receipt = it.run()
    assert receipt.status == "rejected"
    assert encoding in (receipt.error or "")


def many(url: str, statement: str, rows: list[dict[str, str]]) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement), rows)
    engine.dispose()
