"""A survey of a database: tables, columns, comments, keys, sizes, and a bounded sample of values that never leaves the process.

Reflection is SQLAlchemy's; native types are told by each engine's own file, as a flow will meet them. Reads nothing whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import Inspector

from catalog.errors import CatalogError
from catalog.system import System
from connectors.database import dialect_of, session, telling
from connectors.dialect import Dialect
from connectors.selection import Relation

SAMPLE = 200  # rows a table
SIZES = {
    "postgresql": "select c.relname, c.reltuples from pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " where n.nspname = coalesce(:schema, current_schema()) and c.reltuples >= 0",
    "mariadb": "select table_name, table_rows from information_schema.tables where table_schema = coalesce(:schema, database())",
}


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A column as its database describes it, and the texts of the sample that are not NULL."""

    name: str
    native: str
    nullable: bool
    comment: str
    indexed: bool
    sample: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeenTable:
    """A table. `rows` is the server's own estimate, None where it keeps none; `refers` maps a column to the table it refers to."""

    name: str
    comment: str
    columns: tuple[SeenColumn, ...]
    key: tuple[str, ...]
    rows: int | None
    refers: Mapping[str, str]


def survey(system: System, tables: Sequence[str] = ()) -> Iterator[SeenTable]:
    """Describe the named tables, or all. CatalogError for a table that is not there, UnavailableError where nothing answers."""
    dialect = dialect_of(system.url or "")
    with session(system) as connection, telling(connection):
        inspector = inspect(connection)
        known = sorted(name for name in inspector.get_table_names(system.db_schema) if not name.startswith("campus_hub_"))
        if missing := sorted(set(tables) - set(known)):
            raise CatalogError("discover.no_table", tables=", ".join(missing), known=", ".join(known[:20]) or "-")
        sizes = _sizes(connection, dialect, system.db_schema)
        for name in tables or known:
            yield _table(connection, dialect, inspector, system, name, sizes.get(name))


def _sizes(connection: Connection, dialect: Dialect, schema: str | None) -> dict[str, int]:
    query = SIZES.get(dialect.name)
    if query is None:
        return {}
    return {name: int(rows) for name, rows in connection.execute(text(query), {"schema": schema}) if rows is not None}


def _table(connection: Connection, dialect: Dialect, inspector: Inspector, system: System, name: str, rows: int | None) -> SeenTable:
    schema = system.db_schema
    shape = dialect.shape(connection, Relation(name, schema))
    indexed = {index["column_names"][0] for index in inspector.get_indexes(name, schema) if index["column_names"]}
    key = tuple(inspector.get_pk_constraint(name, schema)["constrained_columns"])
    sample = _sample(connection, dialect, Relation(name, schema))
    columns = []
    for column in inspector.get_columns(name, schema):
        native = shape.named(column["name"]) if shape else None
        if native is None:
            continue  # a generated or hidden column
        comment = (column.get("comment") or "").strip()
        first = column["name"] in indexed or column["name"] == next(iter(key), None)
        columns.append(SeenColumn(native.name, native.type, native.nullable, comment, first, sample.get(native.name, ())))
    refers = {
        key["constrained_columns"][0]: key["referred_table"]
        for key in inspector.get_foreign_keys(name, schema)
        if len(key["constrained_columns"]) == 1
    }
    return SeenTable(name, _comment(inspector, name, schema), tuple(columns), key, rows, refers)


def _comment(inspector: Inspector, name: str, schema: str | None) -> str:
    try:
        return (inspector.get_table_comment(name, schema)["text"] or "").strip()
    except NotImplementedError:  # SQLite keeps no comments
        return ""


def _sample(connection: Connection, dialect: Dialect, relation: Relation) -> dict[str, tuple[str, ...]]:
    table = ".".join(dialect.quote(part) for part in (relation.schema, relation.table) if part)
    found = connection.execute(text(f"select * from {table} limit {SAMPLE}"))
    names, rows = list(found.keys()), list(found)
    return {name: tuple(_text(row[at]) for row in rows if row[at] is not None) for at, name in enumerate(names)}


def _text(value: Any) -> str:  # Any: whatever a driver returns
    return "" if isinstance(value, bytes | bytearray | memoryview) else str(value)
