"""What every engine is sent, word by word; and what of Oracle and SQL Server can be held without a server."""

import builtins
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from compiled import COMPARED, GOLDEN, URLS, written
from sqlalchemy import create_engine, make_url, text

from catalog.errors import CatalogError, RejectedError
from catalog.field_type import parse
from catalog.system import System
from connectors import examination, oracle_text, speech, sqlserver_text
from connectors.database import DIALECTS, NOT_RUN, dialect_of
from connectors.oracle import exactly
from connectors.oracle_shape import folded
from connectors.ping import is_run
from connectors.reading import Reading
from connectors.selection import Column, Relation, Selection


@pytest.mark.parametrize("engine", COMPARED)
def test_an_engine_is_sent_what_its_file_says(engine: str) -> None:
    assert written(engine) == (GOLDEN / f"{engine}.sql").read_text("utf-8"), "see it, then: python tests/compiled.py"


def test_every_engine_without_a_server_has_its_file() -> None:
    assert {DIALECTS[name].engine for name in COMPARED} == set(NOT_RUN)


@pytest.mark.parametrize(
    ("ours", "to_oracle", "to_sqlserver"),
    [
        ("select a as b from t as r limit 3", "select a b from t r fetch first 3 rows only",
         "select a as b from t as r order by (select null) offset 0 rows fetch next 3 rows only"),
        ("select a from t order by a limit 3", "select a from t order by a fetch first 3 rows only",
         "select a from t order by a offset 0 rows fetch next 3 rows only"),
        ("select f(x) as b, count(*) from t group by 1", "select f(x) b, count(*) from t group by f(x)",
         "select f(x) as b, count(*) from t group by f(x)"),
        ("select cast(a as int) as b, ' as limit 1 ' from \"as\" as r", "select cast(a as int) b, ' as limit 1 ' from \"as\" r",
         "select cast(a as int) as b, ' as limit 1 ' from \"as\" as r"),
        ("insert into c (a) select :x", "insert into c (a) select :x from dual", "insert into c (a) select :x"),
        ("update t as t set a = 1 where b = 2", "update t t set a = 1 where b = 2", "update t set a = 1 from t as t where b = 2"),
        ("select x.rule from q as x where x.rule = :rule", "select x.rule from q x where x.rule = :rule",
         "select x.[rule] from q as x where x.[rule] = :rule"),
    ],
)  # fmt: skip
def test_one_statement_is_said_in_each_ones_words(ours: str, to_oracle: str, to_sqlserver: str) -> None:
    assert " ".join(speech.oracle(ours).split()) == to_oracle
    assert " ".join(speech.sqlserver(ours).split()) == to_sqlserver


def test_a_temporary_table_is_made_by_sqlserver_and_refused_on_oracle() -> None:
    ours = "create temporary table [#own] as select a from t where b in (select c from d)"
    assert speech.sqlserver(ours) == "select a into [#own] from t where b in (select c from d)"
    with pytest.raises(RejectedError) as refused:
        speech.oracle(ours)
    assert refused.value.key == "system.no_temporary"


@pytest.mark.parametrize("digits", ["0.1", "-12345678901234567890123456789012345678", "12.50", "1E-100", "7"])
def test_a_number_of_oracle_never_passes_through_a_float(digits: str) -> None:
    import oracledb

    asked: dict[str, Any] = {}

    class Cursor:
        arraysize = 100

        def var(self, kind: Any, **how: Any) -> Any:
            asked.update(kind=kind, **how)
            return "variable"

    assert exactly(Cursor(), SimpleNamespace(type_code=oracledb.DB_TYPE_NUMBER)) == "variable"
    assert asked["kind"] is oracledb.DB_TYPE_VARCHAR
    read = asked["outconverter"](digits)
    assert read == Decimal(digits)
    assert not isinstance(read, float)
    assert exactly(Cursor(), SimpleNamespace(type_code=oracledb.DB_TYPE_VARCHAR)) is None


def test_oracle_keeps_a_name_in_capitals_unless_somebody_quoted_it() -> None:
    assert [folded(name) for name in ("staff_no", "GH", "MixedCase", "姓名")] == ["STAFF_NO", "GH", "MixedCase", "姓名"]
    with pytest.raises(CatalogError):
        DIALECTS["oracle"].quote("x" * 129)
    with pytest.raises(CatalogError):
        DIALECTS["mssql"].quote("a]; drop table b")


def test_an_empty_text_is_kept_from_oracle_alone() -> None:
    column = Column("x", parse("string(5)"), "x", "text")
    it = Reading(None, DIALECTS["postgresql"], Selection(Relation("t"), (column,), ()))
    assert "<> ''" in str(it.guards("oracle")["x"])
    assert it.guards("sqlserver") == {}


def test_dates_of_oracle_keep_their_time_and_a_day_with_one_is_no_date() -> None:
    engine = DIALECTS["oracle"]
    moment, day = (Column("x", parse(kind), "x", "date") for kind in ("timestamp", "date"))
    assert "HH24" in engine.canonical("x", moment)
    assert "x = trunc(x)" in str(engine.fits("x", day, "postgresql"))


@pytest.mark.parametrize(("engine", "module", "extra"), [("oracle", "oracledb", "oracle"), ("mssql", "pymssql", "sqlserver")])
def test_a_missing_driver_is_told_with_the_extra_that_brings_it(
    engine: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = builtins.__import__

    def without(name: str, *rest: Any, **names: Any) -> Any:
        if name.partition(".")[0] == module:
            raise ModuleNotFoundError(name)
        return imported(name, *rest, **names)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(CatalogError, match=rf"campus-data-hub\[{extra}\]"):
        DIALECTS[engine].open(make_url(URLS[engine]), statement_timeout=None)


@pytest.mark.parametrize(("url", "said"), [("dm+dmPython://u@h:5236", "达梦"), ("db2://u@h/d", "没有数据库种类 db2")])
def test_an_engine_that_is_not_there_is_told_with_the_reason(url: str, said: str) -> None:
    with pytest.raises(CatalogError, match=said):
        dialect_of(url)


def test_a_system_whose_engine_our_tests_do_not_run_is_known() -> None:
    def system(url: str) -> System:
        return System.model_validate({"name": "s", "title": "s", "kind": "sql", "url": url, "owner": "x"})

    assert [is_run(system(url)) for url in URLS.values()] == [True, False, False, True, False, False]


def test_a_server_that_writes_values_otherwise_is_refused_by_kind() -> None:
    sqlite = DIALECTS["sqlite"]
    with create_engine("sqlite://").connect() as connection:  # without our functions, so that every text is what it was bound as
        driver: Any = connection.connection.driver_connection
        driver.create_function("hub_text", 2, lambda kind, text: "2026-02-28 00:00:00" if kind == "date" else text)
        driver.create_function("hub_pieces", -1, lambda *_: "")
        driver.create_function("hub_hash", 1, lambda _: 7)
        assert examination.examine(connection, sqlite, lambda bind, _: bind) == ["date", "hash"]


@pytest.mark.parametrize("trimmed", [oracle_text.trimmed, sqlserver_text.trimmed], ids=["oracle", "sqlserver"])
@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2026-11-05 08:00:00.000000", "2026-11-05 08:00:00"), ("2000-10-10 10:00:00.500000", "2000-10-10 10:00:00.5"),
        ("100.00", "100"), ("0.0000", "0"), ("-0.5000", "-0.5"), ("10.010", "10.01"),
    ],
)  # fmt: skip
def test_zeros_are_trimmed_behind_the_point_alone(trimmed: Callable[[str], str], written: str, shown: str) -> None:
    with create_engine("sqlite://").connect() as connection:  # whose replace and rtrim are theirs
        assert connection.execute(text("select " + trimmed(f"'{written}'").replace(":", "\\:"))).scalar() == shown
