"""Measure: run the indicators over a snapshot in DuckDB. The same snapshot gives the same figures, whatever the platform was."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from catalog.calendar import Calendar
from catalog.edition import Edition
from catalog.errors import CatalogError
from hub.receipt import PROVES
from reports.definition import definitions, sql
from reports.facts import EXCLUDED, FACTS, RUNS, SHARED, VIEWS, view
from reports.figures import Figure, Figures
from reports.period import Period
from reports.snapshot import Snapshot
from reports.tables import TABLES, table

Row = Mapping[str, Any]  # Any: what DuckDB returns
ROOM: dict[str, str | bool | int | float | list[str]] = {"threads": 2, "memory_limit": "800MB"}


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one period, and the tables that stand beside them. `missing` are indicators without a source."""

    period: Period
    figures: Figures
    missing: frozenset[str]
    tables: Mapping[str, Sequence[Row]]

    def get(self, indicator: str, unit: str = "", part: str = "") -> Figure | None:
        """Return a figure, or None where nothing was measured."""
        return self.figures.get(indicator, unit, part)

    def count(self, indicator: str, unit: str = "", part: str = "") -> int:
        """Return a count; nothing counted is zero."""
        return self.figures.count(indicator, unit, part)

    def parts(self, indicator: str, unit: str = "") -> list[Figure]:
        """Return the parts of an indicator."""
        return [f for f in self.figures if f.indicator == indicator and f.unit == unit and f.part]

    @property
    def bases(self) -> Row:
        """What stands outside the bases of the figures."""
        return self.tables["bases"][0]

    @property
    def successors(self) -> Mapping[str, str]:
        """Under which unit each unit answers now."""
        return {row["unit_id"]: row["now"] or row["unit_id"] for row in self.tables["units"]}


def measure(snapshot: Snapshot, edition: Edition, calendar: Calendar, period: Period, *, cut: datetime, before: Period | None) -> Measured:
    """Run every indicator over one period of the snapshot, with what was done until `cut`.

    CatalogError where a counted day lies beyond the calendar.
    """
    with laid(snapshot, edition, calendar, period, cut=cut, before=before) as connection:
        _inside(connection, calendar)
        missing = frozenset(name for name, it in definitions().items() if not all(map(snapshot.has, it.needs)))
        return Measured(
            period=period,
            figures=Figures.gather(f for name in definitions() if name not in missing for f in measured_one(connection, name)),
            missing=missing,
            tables={name: list(_rows(connection, table(name))) for name in TABLES},
        )


def parameters(snapshot: Snapshot, edition: Edition, period: Period, *, cut: datetime, before: Period | None) -> Row:
    """Return what the queries are given. Units answer as they stand when the snapshot's own period ends, so that two periods compare."""
    return {
        "t0": period.begins,
        "t1": period.ends,
        "before": (before or period).begins,
        "cut": cut,
        "frozen_until": snapshot.cut,
        "units_at": datetime.fromisoformat(snapshot.manifest["ends"]),
        "without_accept_step": edition.without_accept_step,
        "high_frequency": list(edition.high_frequency),
        "least": edition.thresholds.rank_min_due,
        "sign_days": edition.thresholds.sign_days,
        "scores": list(edition.scores),
    }


@contextmanager
def laid(
    snapshot: Snapshot, edition: Edition, calendar: Calendar, period: Period, *, cut: datetime, before: Period | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory with the facts, the parameters and the views of one period. What does not fit waits on disk."""
    with TemporaryDirectory() as aside, duckdb.connect(":memory:", config=ROOM | {"temp_directory": aside}) as connection:
        connection.execute("set enable_progress_bar = false")  # it would enter what a command prints
        _open(connection, snapshot, calendar)
        for name, value in parameters(snapshot, edition, period, cut=cut, before=before).items():
            connection.execute(f"set variable {name} = $1", [value])
        for name in VIEWS:
            connection.execute(view(name))
        yield connection


def _open(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, calendar: Calendar) -> None:
    """Lay out the facts, the calendar, and what was proved when."""
    for name, columns in {**FACTS, **SHARED, "sync_run": RUNS, "excluded": EXCLUDED}.items():
        connection.execute(f"create view {name} as {_facts(snapshot, name, columns)}")
    days, works = map(list, zip(*calendar.days(), strict=True))
    statement = "create table work_day as select unnest($1) as day, unnest($2) as works, unnest($3)::bigint as number"
    connection.execute(statement, [days, works, list(accumulate(map(int, works)))])  # a registered table would import pandas
    connection.execute("create table proof (dataset varchar, read_at timestamp, rows bigint, quarantined bigint, good boolean)")
    for name, source in snapshot.sources.items():
        good = source.get("last_status") is None or source["last_status"] in PROVES
        values = [name, snapshot.read_at(name), source["rows"], source["quarantined"], good and source.get("status") is not None]
        connection.execute("insert into proof values (?, ?, ?, ?, ?)", values)


def _facts(snapshot: Snapshot, name: str, columns: Mapping[str, str]) -> str:
    """Read a fact where it lies: only the columns that a query asks for leave the file. Without a source it is empty."""
    there = snapshot.sources[name]["columns"] if name in snapshot.sources else columns if name in snapshot.manifest["own"] else ()
    told = ", ".join(f"{_read(column if column in there else 'null', kind)} as {column}" for column, kind in columns.items())
    path = str(snapshot.folder / f"{name}.parquet").replace("'", "''")
    return f"select {told} from read_parquet('{path}')" if there else f"select {told} where false"


def _read(column: str, kind: str) -> str:
    """Read a column; a unit whose code is blank is none, for '' stands for the whole school."""
    return f"nullif(trim(cast({column} as {kind})), '')" if "unit" in column and kind == "varchar" else f"cast({column} as {kind})"


def _inside(connection: duckdb.DuckDBPyConnection, calendar: Calendar) -> None:
    """Refuse to count working days that the calendar does not hold."""
    statement = """select least(min(since), min(closed_at))::date, greatest(max(since), max(closed_at))::date
                   from handling where workdays is null"""
    first, last = connection.execute(statement).fetchone() or (None, None)
    if first is not None and last is not None:
        raise CatalogError(
            "calendar.beyond",
            calendar=calendar.name,
            day=first if first < calendar.first else last,
            first=calendar.first,
            last=calendar.last,
        )


def measured_one(connection: duckdb.DuckDBPyConnection, indicator: str) -> Iterator[Figure]:
    """Run one indicator."""
    if definitions()[indicator].form == "check":
        yield from _checked(connection, indicator)
        return
    for unit, part, numerator, denominator, value in connection.execute(sql(indicator)).fetchall():
        yield Figure(indicator, unit, part, *(None if v is None else float(v) for v in (numerator, denominator, value)))


def _checked(connection: duckdb.DuckDBPyConnection, indicator: str) -> Iterator[Figure]:
    """Count what a check found: by unit, by part, and as a whole without the parts that stand aside. Nothing found is zero."""
    definition = definitions()[indicator]
    statement = f"""
        with found as ({sql(indicator)})
        select coalesce(unit, ''), '', count(distinct key) from found where not list_contains($1, coalesce(part, ''))
        group by grouping sets ((), (unit)) having unit is not null or grouping(unit) = 1
        union all
        select coalesce(unit, ''), part, count(distinct key) from found where part is not null
        group by grouping sets ((part), (part, unit)) having unit is not null or grouping(unit) = 1"""
    counted = {(unit, part): n for unit, part, n in connection.execute(statement, [list(definition.aside)]).fetchall()}
    zeros = dict.fromkeys([("", ""), *(("", part) for part in definition.parts)], 0)
    for (unit, part), n in (zeros | counted).items():
        yield Figure(indicator, unit, part, None, None, float(n))


def _rows(connection: duckdb.DuckDBPyConnection, statement: str) -> Iterator[Row]:
    cursor = connection.execute(statement)
    names = [column[0] for column in cursor.description or ()]
    for row in cursor.fetchall():
        yield dict(zip(names, row, strict=True))
