"""Our own predicate of each rule: SQL over the staged rows, that is true where a row fails. NULL passes all but `required`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from catalog.codes import CodeTable
from catalog.condition import Scalar
from catalog.dataset import Dataset
from catalog.errors import CatalogError
from catalog.field_type import FieldType
from catalog.rule import (
    FreshWithin,
    InCodes,
    InRange,
    KeyUnique,
    Matches,
    MaxLength,
    NotBefore,
    References,
    Required,
    RowCountBetween,
    Rule,
    Unique,
)
from quality.batch import Batch
from quality.pattern import whole

Binds = dict[str, Any]  # Any: a driver takes any bound value
LENGTH = {"sqlite": "length({x})", "oracle": "length({x})", "mssql": "(len({x} + 'x') - 1)"}  # whose LEN leaves trailing blanks out
MATCHES = {  # SQL Server has no regular expressions before 2025
    "postgresql": "{x} !~ :pattern", "mysql": "{x} not regexp :pattern", "sqlite": "{x} not regexp :pattern",
    "oracle": "not regexp_like({x}, :pattern)",
}  # fmt: skip


def predicate(rule: Rule, batch: Batch, dataset: Dataset, codes: Mapping[str, CodeTable], *, row: str = "s.") -> tuple[str, Binds]:
    """Return the SQL of a rule about a row, whose columns follow `row`, and its bound values; see `failing_table` for whole tables."""
    c = batch.column
    match rule:
        case Required():
            # SQL Server takes blanks for nothing
            value = f"datalength({row}{c(rule.field)}) = 0" if batch.engine.dialect.name == "mssql" else f"{row}{c(rule.field)} = ''"
            empty = f" or {value}" if dataset.field(rule.field).type.kind == "string" else ""
            return f"({row}{c(rule.field)} is null{empty})", {}
        case MaxLength():
            length = LENGTH.get(batch.engine.dialect.name, "char_length({x})").format(x=f"{row}{c(rule.field)}")
            return f"{length} > :max", {"max": rule.max}
        case KeyUnique():
            return _repeated(batch, dataset.key), {}
        case InCodes():
            return f"{row}{c(rule.field)} not in :codes", {"codes": tuple(codes[rule.codes].codes)}
        case Matches():
            engine = batch.engine.dialect.name
            if engine not in MATCHES:
                raise CatalogError("quality.no_matches", field=rule.field, engine=engine)
            return MATCHES[engine].format(x=f"{row}{c(rule.field)}"), {"pattern": whole(rule.pattern, engine)}
        case InRange():
            return _range(rule, batch, dataset.field(rule.field).type, row)
        case NotBefore():
            wanted = dataset.field(rule.field).type
            return f"{_number(f'{row}{c(rule.field)}', batch, wanted)} < {_number(f'{row}{c(rule.than)}', batch, wanted)}", {}
        case References():
            return _orphan(rule, batch, dataset), {}
        case Unique():
            return _taken(rule, batch, dataset), {}
    raise TypeError(rule.rule)


def failing_table(rule: RowCountBetween | FreshWithin, batch: Batch, dataset: Dataset) -> tuple[str, Binds]:
    """Return SQL that yields one row where the table as it would be published fails the rule, else none."""
    beside = batch.published if not batch.whole and dataset.key else None
    if isinstance(rule, RowCountBetween):
        low, high = rule.min if rule.min is not None else 0, rule.max if rule.max is not None else 1 << 62
        counted = f"select count(*) as n from {batch.staged} as s"
        if beside:  # its rows stay or are changed, what it lacks is added; which these are is asked only where it matters
            same = " and ".join(f"t.{batch.column(name)} = s.{batch.column(name)}" for name in dataset.key)
            added = f"{counted} where not exists (select 1 from {beside} as t where {same})"
            there = f"(select count(*) as n from {beside}) as t, ({counted}) as s"
            counted = f"select case when t.n >= :low and t.n + s.n <= :high then t.n else t.n + ({added}) end as n from {there}"
            if batch.engine.url.get_backend_name() == "postgresql":
                counted = f"select case when {_within(beside, batch)} then :low else ({counted}) end as n"
        return f"select n from ({counted}) as c where n < :low or n > :high", {"low": low, "high": high}
    newest = f"select {batch.column(rule.field)} as v from {batch.staged} as s"
    if beside:
        newest += f" union all select {batch.column(rule.field)} from {beside} as t where not {_in_stage(batch, dataset)}"
    limit = _moment(batch.as_of - rule.within, dataset.field(rule.field).type, batch)
    return f"select newest from (select max(v) as newest from ({newest}) as a) as c where newest is null or newest < :limit", {
        "limit": limit
    }


def _within(table: str, batch: Batch) -> str:
    """SQL for a PostgreSQL table that holds enough rows, and takes too little room to hold too many: it need not be counted."""
    enough = f":low = 0 or exists (select 1 from {table} offset greatest(:low, 1) - 1 limit 1)"
    name = table.replace("'", "''")
    few = (  # no row of a heap takes less than 28 bytes; what has children shows their rows too
        "select relkind = 'r' and not relhassubclass and relam = (select oid from pg_am where amname = 'heap')"
        f" and pg_relation_size(oid) / 28 + (select count(*) from {batch.staged}) <= :high"
        f" from pg_class where oid = cast('{name}' as regclass)"
    )
    return f"({few}) and ({enough})"


def _in_stage(batch: Batch, dataset: Dataset) -> str:
    same = " and ".join(f"k.{batch.column(name)} = t.{batch.column(name)}" for name in dataset.key)
    return f"exists (select 1 from {batch.staged} as k where {same})"


def _repeated(batch: Batch, names: tuple[str, ...]) -> str:
    columns = ", ".join(map(batch.column, names))
    present = " and ".join(f"{batch.column(name)} is not null" for name in names)
    counted = f"select hub_row, count(*) over (partition by {columns}) as n from {batch.staged} where {present}"
    return f"s.hub_row in (select hub_row from ({counted}) as d where n > 1)"


def _taken(rule: Unique, batch: Batch, dataset: Dataset) -> str:
    repeated = _repeated(batch, rule.fields)
    if batch.whole or not batch.published or not dataset.key:
        return repeated
    same = " and ".join(f"t.{batch.column(name)} = s.{batch.column(name)}" for name in rule.fields)
    return f"({repeated} or exists (select 1 from {batch.published} as t where {same} and not {_in_stage(batch, dataset)}))"


def _orphan(rule: References, batch: Batch, dataset: Dataset) -> str:
    value = f"s.{batch.column(rule.field)}"
    tests = [f"{value} is not null"]
    if rule.dataset in batch.references:
        schema, table, key = batch.references[rule.dataset]
        tests.append(f"not exists (select 1 from {batch.name(table, schema)} as p where p.{batch.column(key)} = {value})")
    if rule.dataset == dataset.name:
        tests.append(f"not exists (select 1 from {batch.staged} as k where k.{batch.column(dataset.key[0])} = {value})")
    return " and ".join(tests)


def _range(rule: InRange, batch: Batch, wanted: FieldType, row: str) -> tuple[str, Binds]:
    value, tests, binds = _number(f"{row}{batch.column(rule.field)}", batch, wanted), [], Binds()
    for name, bound, operator in (("low", rule.min, "<"), ("high", rule.max, ">")):
        if bound is not None:
            tests.append(f"{value} {operator} {_number(f':{name}', batch, wanted)}")
            binds[name] = _bound(bound, batch, wanted)
    return f"({' or '.join(tests)})", binds


def _number(expr: str, batch: Batch, wanted: FieldType) -> str:
    """SQLite keeps decimals as text: they compare as numbers."""
    return f"cast({expr} as real)" if batch.engine.dialect.name == "sqlite" and wanted.kind == "decimal" else expr


def _bound(value: Scalar, batch: Batch, wanted: FieldType) -> Any:  # Any: a driver takes any bound value
    if wanted.kind in ("date", "timestamp", "timestamptz") and batch.engine.dialect.name == "sqlite":
        return str(value)
    return str(value) if wanted.kind == "decimal" and batch.engine.dialect.name == "sqlite" else value


def _moment(moment: datetime, wanted: FieldType, batch: Batch) -> Any:  # Any: a driver takes any bound value
    """Write an instant as the field keeps time: an instant in UTC, or wall time of the school."""
    wall = moment.astimezone(UTC if wanted.kind == "timestamptz" else batch.zone).replace(tzinfo=None)
    if wanted.kind == "date":
        return wall.date().isoformat() if batch.engine.dialect.name == "sqlite" else wall.date()
    if batch.engine.dialect.name == "sqlite":
        return wall.isoformat(sep=" ")
    return moment if wanted.kind == "timestamptz" and batch.engine.dialect.name == "postgresql" else wall
