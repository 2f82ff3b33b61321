"""Days, clocks, moments, instants and spans between every pair of engines: each ends equal to the microsecond, or quarantined."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from values import PAIRS, Kind, Value, check, valued
from world import Database

ALL = ("sqlite", "postgresql", "mariadb")
OTHERS = ("sqlite", "mariadb")
TEXT = {"sqlite": "text", "postgresql": "text", "mariadb": "varchar(60)"}
KINDS = {
    "day": Kind("date", {"sqlite": "date", "postgresql": "date", "mariadb": "date"}),
    "midnight": Kind("date", {"sqlite": "datetime", "postgresql": "timestamp", "mariadb": "datetime"}),
    "moment": Kind("timestamp", {"sqlite": "datetime", "postgresql": "timestamp(6)", "mariadb": "datetime(6)"}),
    "second": Kind("timestamp", {"postgresql": "timestamp(0)", "mariadb": "datetime"}),
    "opened": Kind("timestamp", {"sqlite": "date", "postgresql": "date", "mariadb": "date"}),
    "instant": Kind("timestamptz", {"sqlite": "text", "postgresql": "timestamptz", "mariadb": "timestamp(6) null"}),
    "clock": Kind("time", {"sqlite": "time", "postgresql": "time(6)", "mariadb": "time(6)"}),
    "span": Kind("duration", {"sqlite": "bigint", "postgresql": "interval", "mariadb": "time(6)"}),
    "written_day": Kind("date", TEXT),
    "written_moment": Kind("timestamp", TEXT),
    "written_clock": Kind("time", TEXT),
    "written_span": Kind("duration", TEXT),
    "written_instant": Kind("timestamptz", {"sqlite": "text", "postgresql": "text"}),
}
HOUR = 3_600_000_000
VALUES = [
    Value("first day", "day", "0001-01-01"),
    Value("last day", "day", "9999-12-31"),
    Value("leap day", "day", "2024-02-29"),
    Value("zero day", "day", {"mariadb": "'0000-00-00'", "sqlite": "'0000-00-00'"}, refused=ALL),
    Value("day zero", "day", {"mariadb": "'2026-01-00'"}, refused=ALL),
    Value("month zero", "day", {"mariadb": "'2026-00-01'"}, refused=ALL),
    Value("year zero", "day", {"mariadb": "'0000-01-01'"}, refused=ALL),
    Value("impossible day", "day", {"mariadb": "'2026-02-31'", "sqlite": "'2026-02-31'"}, refused=ALL),
    Value("ides of March", "day", {"postgresql": "'0044-03-15 BC'"}, "0044-03-15 BC", refused=OTHERS),
    Value("far day", "day", {"postgresql": "'10000-01-01'"}, "10000-01-01", refused=OTHERS),
    Value("endless day", "day", {"postgresql": "'infinity'"}, "infinity", refused=OTHERS),
    Value("midnight", "midnight", "2026-02-28 00:00:00", "2026-02-28"),
    Value("past midnight", "midnight", "2026-02-28 00:00:01", refused=ALL),
    Value("first moment", "moment", "0001-01-01 00:00:00"),
    Value("last moment", "moment", "9999-12-31 23:59:59.999999"),
    Value("microsecond", "moment", "2026-01-01 00:00:00.000001"),
    Value("half a second", "moment", "2026-01-01 08:00:00.500000", "2026-01-01 08:00:00.5"),
    Value("moment that Berlin's clocks skip", "moment", "2026-03-29 02:30:00"),
    Value("zero moment", "moment", {"mariadb": "'0000-00-00 00:00:00'"}, refused=ALL),
    Value("impossible moment", "moment", {"mariadb": "'2026-02-31 10:00:00'", "sqlite": "'2026-02-31 10:00:00'"}, refused=ALL),
    Value("moment before Christ", "moment", {"postgresql": "'0044-03-15 12:00:00 BC'"}, "0044-03-15 12:00:00 BC", refused=OTHERS),
    Value("endless moment", "moment", {"postgresql": "'-infinity'"}, "-infinity", refused=OTHERS),
    Value("with a zone it should not have", "moment", {"sqlite": "'2026-01-01 08:00:00+08:00'"}, refused=ALL),
    Value("whole second", "second", "2026-01-01 08:00:01"),
    Value("opened", "opened", "2026-01-01", "2026-01-01 00:00:00"),
    Value("opened beyond the calendar", "opened", {"postgresql": "'5874897-12-31'"}, refused=ALL),
    Value("first instant", "instant", {"sqlite": "'0001-01-01 00:00:00+00:00'", "postgresql": "'0001-01-01 00:00:00+00'"}, "0001-01-01 00:00:00"),
    Value("last instant", "instant", {"sqlite": "'9999-12-31 23:59:59.999999'", "postgresql": "'9999-12-31 23:59:59.999999+00'"}, "9999-12-31 23:59:59.999999"),
    Value("instant before the first", "instant", {"postgresql": "'0001-01-01 00:00:00+08'"}, "0001-12-31 16:00:00 BC", refused=OTHERS),
    Value("endless instant", "instant", {"postgresql": "'infinity'"}, "infinity", refused=OTHERS),
    Value("zero instant", "instant", {"mariadb": "'0000-00-00 00:00:00'"}, refused=ALL),
    Value("first clock", "clock", "00:00:00"),
    Value("last clock", "clock", "23:59:59.999999"),
    Value("clock at the end of the day", "clock", {"postgresql": "'24:00:00'"}, "24:00:00", refused=OTHERS),
    Value("clock beyond the day", "clock", {"mariadb": "'24:00:00'", "sqlite": "'24:00:00'"}, refused=ALL),
    Value("clock below zero", "clock", {"mariadb": "'-00:00:01'", "sqlite": "'-00:00:01'"}, refused=ALL),
    Value("longest span", "span", {"sqlite": str(838 * HOUR + 3599 * 10**6), "postgresql": "'838:59:59'", "mariadb": "'838:59:59'"}, "838:59:59"),
    Value("span below zero", "span", {"sqlite": str(-12 * HOUR - 500_000), "postgresql": "'-12:00:00.5'", "mariadb": "'-12:00:00.5'"}, "-12:00:00.5"),
    Value("no span at all", "span", {"sqlite": "0", "postgresql": "'0'", "mariadb": "'0'"}, "00:00:00"),
    Value("span of days", "span", {"postgresql": "'1 day 00:00:00.000001'"}, "24:00:00.000001"),
    Value("span of a month", "span", {"postgresql": "'1 mon'"}, refused=ALL),
    Value("span of a year less twelve months", "span", {"postgresql": "'1 year -12 mons 1 hour'"}, "01:00:00"),
    Value("span beyond MariaDB", "span", {"sqlite": str(839 * HOUR), "postgresql": "'839:00:00'"}, "839:00:00", refused=["mariadb"]),
    Value("span beyond SQLite", "span", {"postgresql": "'2562047787:00:00'"}, "2562047787:00:00", refused=OTHERS),
    Value("written day", "written_day", "2026-02-28"),
    Value("written midnight", "written_day", "2026-02-28 00:00:00", "2026-02-28"),
    Value("written impossible day", "written_day", "2026-02-31", refused=ALL),
    Value("written 29 February of no leap year", "written_day", "2100-02-29", refused=ALL),
    Value("written zero day", "written_day", "0000-00-00", refused=ALL),
    Value("written day with a tail", "written_day", "2026-02-28x", refused=ALL),
    Value("written day with a newline", "written_day", "2026-02-28\n", refused=ALL),
    Value("written day with an hour", "written_day", "2026-02-28 10:00:00", refused=ALL),
    Value("written day of two digits", "written_day", "26-02-28", refused=ALL),
    Value("written moment", "written_moment", "2026-02-28 10:00:00.25"),
    Value("written moment with T", "written_moment", "2026-02-28T10:00:00", "2026-02-28 10:00:00"),
    Value("written moment without seconds", "written_moment", "2026-02-28 10:00", "2026-02-28 10:00:00"),
    Value("written impossible moment", "written_moment", "2026-02-31 10:00:00", refused=ALL),
    Value("written hour 25", "written_moment", "2026-02-28 25:00:00", refused=ALL),
    Value("written moment with a zone", "written_moment", "2026-02-28 10:00:00+08", refused=ALL),
    Value("written clock", "written_clock", "08:30:00.5"),
    Value("written clock that is none", "written_clock", "08:61:00", refused=ALL),
    Value("written span", "written_span", "-838:59:59.5"),
    Value("written span beyond MariaDB", "written_span", {"sqlite": "'839:00:00'", "postgresql": "'839:00:00'"}, "839:00:00", refused=["mariadb"]),
    Value("written span that MariaDB would clip", "written_span", {"mariadb": "'839:00:00'"}, refused=ALL),
    Value("written span that is none", "written_span", "一天", refused=ALL),
    Value("written instant", "written_instant", "2026-02-28 10:00:00.5+08:00", "2026-02-28 02:00:00.5"),
    Value("written instant of Zulu", "written_instant", "2026-02-28T10:00:00Z", "2026-02-28 10:00:00"),
    Value("written impossible instant", "written_instant", "2026-02-31 10:00:00+08:00", refused=ALL),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_time_ends_equal_or_quarantined(tmp_path: Path, database: Database, source: str, target: str) -> None:
    session = "set sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00'" if source == "mariadb" else ""
    it = valued(tmp_path, database(source), database(target), KINDS, VALUES, session=session)
    check(it, KINDS, VALUES)


ZONED = {
    "postgresql": ("set timezone = 'Asia/Shanghai'", "set timezone = 'America/New_York'", "set timezone = 'Europe/Berlin'"),
    "mariadb": ("set time_zone = '+08\\:00'", "set time_zone = '-05\\:00'", "set time_zone = '+02\\:00'"),
}
# in which session something was written, what PostgreSQL and MariaDB were told, and what it is in UTC
INSTANTS = {
    "morning in Shanghai": (0, "2026-11-05 08:00:00", "2026-11-05 08:00:00", "2026-11-05 00:00:00"),
    "morning in New York": (1, "2026-11-05 08:00:00.25", "2026-11-05 08:00:00.25", "2026-11-05 13:00:00.25"),
    "half past two in summer": (2, "2026-10-25 02:30:00+02", "2026-10-25 02:30:00", "2026-10-25 00:30:00"),
    "half past two in winter": (2, "2026-10-25 02:30:00+01", "2026-10-25 03:30:00", "2026-10-25 01:30:00"),
}


@pytest.mark.parametrize("target", ALL)
@pytest.mark.parametrize("source", ZONED)
def test_an_instant_is_the_same_under_every_session_zone(tmp_path: Path, database: Database, source: str, target: str) -> None:
    kinds = {name: KINDS[name] for name in ("instant", "moment")}
    walls = [Value("wall", "moment", "2026-10-25 02:30:00")]
    it = valued(tmp_path, database(source), database(target), kinds, walls)
    for url, zone, say in ((it.source, "Europe/Berlin", it.at_source), (it.target, "America/New_York", it.at_target)):
        if url.startswith("postgresql"):
            say(f"alter database {url.rpartition('/')[2]} set timezone = '{zone}'")
    engine = create_engine(it.source)
    with engine.begin() as connection:
        for name, (place, *told, _) in INSTANTS.items():
            connection.execute(text(ZONED[source][place]))
            wall = told[list(ZONED).index(source)]
            connection.execute(text("insert into s_value (no, instant) values (:no, :wall)"), {"no": name, "wall": wall})
    engine.dispose()
    check(it, kinds, walls + [Value(name, "instant", {source: ""}, utc) for name, (*_, utc) in INSTANTS.items()])
