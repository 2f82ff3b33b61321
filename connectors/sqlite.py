"""SQLite: values typed by registered functions, since a column may hold anything; one writer a file, WAL, no schema beside the target."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from catalog.errors import CampusError, RejectedError, UnavailableError, UnprovenError
from catalog.field_type import FieldType
from connectors import dialect as shared
from connectors import sqlite_around, sqlite_guard
from connectors.around import Around
from connectors.block import NEIGHBOURS
from connectors.dialect import Binds
from connectors.line import canonical, hash_text, join, micros, piecers, spec, split, types
from connectors.selection import Column, NativeColumn, Relation, Shape
from connectors.sqlite_guard import decodes, fits_value, shown

BATCH = 2000
STEPS = 10_000  # of SQLite's machine between two looks at the clock
UNAVAILABLE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_READONLY", "SQLITE_NOTADB",
               "SQLITE_INTERRUPT")  # fmt: skip
# a column's own collation is told by the indexes that hold it; without one it matters to nobody
SHAPE_OF_TABLE = """
select c.name, lower(c.type), c."notnull", c.pk, c.hidden,
       (select min(lower(x.coll)) from pragma_index_list(:name) as i, pragma_index_xinfo(i.name) as x
        where x.name = c.name and x.key and lower(x.coll) <> 'binary') as collation
from pragma_table_xinfo(:name) as c
"""
sqlite_error = sqlite3.Error
TEXTUAL = re.compile("char|clob|text")  # declared types that give text affinity
SPELLED = ("decimal", "date", "time", "timestamp", "timestamptz")  # may be stored in any spelling, but in tables of the hub's own making
COLLATED = {"decimal": "hub_decimal", "duration": "hub_duration"}  # whose canonical text does not sort as the value does
_LIKE = re.compile(r"(?s)\\.|[%_*?\[]")
_GLOB = {"%": "*", "_": "?"}
_GLOB_LITERAL = {"*": "[*]", "?": "[?]", "[": "[[]"}
ARGUMENTS = 90  # SQLite takes at most 127 arguments a function
# TEXT in a declared type gives text affinity (NUMERIC would turn a decimal into a double), BLOB none (REAL would store -0.0 as 0)
DECLARED = {
    "string": "text", "integer": "bigint", "float": "real_blob", "boolean": "boolean", "date": "date_text", "time": "time_text",
    "duration": "duration_bigint", "timestamp": "timestamp_text", "timestamptz": "timestamptz_text", "bytes": "blob", "json": "json_text",
}  # fmt: skip


class SQLite:
    """SQLite 3.37 and newer, through Python's own driver."""

    name = engine = "sqlite"

    def open(self, url: URL, *, statement_timeout: float | None, limited: bool = False, alone: bool = False) -> Engine:
        engine = create_engine(url, **shared.closing(alone), connect_args={"timeout": 30, "check_same_thread": False})
        event.listen(engine, "connect", lambda connection, _: self.prepare(connection))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("begin"))
        if statement_timeout and limited:
            event.listen(engine, "before_cursor_execute", lambda connection, *_: _limit(connection, statement_timeout))
        return engine

    def prepare(self, connection: DBAPIConnection) -> None:
        driver: Any = connection  # Any: sqlite3's own connection
        driver.isolation_level = None  # the driver would begin late and commit early
        driver.execute("pragma journal_mode = wal")
        driver.execute("pragma synchronous = normal")
        for name, arguments, function in FUNCTIONS:
            driver.create_function(name, arguments, function, deterministic=True)
        driver.create_aggregate("hub_sum", 1, _Sum)
        driver.create_collation("hub_decimal", lambda a, b: _order(Decimal(a), Decimal(b)))
        driver.create_collation("hub_duration", lambda a, b: _order(micros(a), micros(b)))

    def quote(self, name: str) -> str:
        return shared.literal_colons('"' + name.replace('"', '""') + '"')

    def concat(self, parts: Sequence[str]) -> str:
        return "(" + " || ".join(parts) + ")"

    def canonical(self, expr: str, column: Column) -> str:
        return f"hub_text('{column.type.kind}', {expr})"

    def characters(self, expr: str, column: Column) -> str:
        return f"length({expr})"  # a function of ours is handed no text that is not UTF-8

    def row_text(self, columns: Sequence[tuple[str, Column]]) -> str:
        return " || ".join(f"hub_pieces('{spec([c.type for _, c in part])}', {', '.join(e for e, _ in part)})" for part in _parts(columns))

    def line(self, columns: Sequence[tuple[str, Column]]) -> str:
        parts = (f"hub_line('{spec([c.type for _, c in part])}', {', '.join(e for e, _ in part)})" for part in _parts(columns))
        return " || char(9) || ".join(parts)

    def block(self, expr: str, number: int) -> str:
        return f"coalesce(cast({expr} as integer) / {NEIGHBOURS} % {number}, 0)"

    def bucket(self, hashed: str, number: int) -> str:
        return f"{hashed} % {number}"

    def hash(self, text: str) -> str:
        return f"hub_hash({text})"

    def tally(self, hashed: str, passed: str) -> str:
        present = f"coalesce({hashed}, '{shared.UNHASHED}')"
        counted = f"case when {passed} then {present} else '{shared.REFUSED}' end" if passed else present
        return f"coalesce(hub_sum({counted}), '0')"

    def total(self, hashed: str) -> str:
        return f"coalesce(hub_sum({hashed}), '0')"

    def fits(self, expr: str, column: Column, target: str) -> str | None:
        return sqlite_guard.fits(expr, column, target)

    def shown(self, expr: str, column: Column) -> str:
        return f"hub_shown({sqlite_guard.stored(expr)})"

    def reads(self, wanted: FieldType, native: str) -> bool:
        return True

    def holds(self, wanted: FieldType, native: str) -> bool:
        return True

    def takes(self, expr: str, column: Column) -> str | None:
        return None

    def value(self, bind: str, column: Column) -> str:
        match column.type.kind:
            case "integer" | "boolean":
                return f"cast({bind} as integer)"
            case "float":
                return f"cast({bind} as real)"
            case _:
                return bind

    def compared(self, expr: str, column: Column) -> str:
        # a decimal or timestamp may be stored in any spelling: its canonical text is what compares
        plain = column.type.kind in ("integer", "boolean", "float", "string", "json", "bytes")
        if column.type.kind == "string" and not TEXTUAL.search(column.native):
            plain = False  # such a column keeps a number as a number, which no text equals
        return f"{expr} collate binary" if plain else f"{self.canonical(expr, column)} collate {COLLATED.get(column.type.kind, 'binary')}"

    def like(self, expr: str, bind: str, column: Column) -> str:
        return f"{self.canonical(expr, column)} glob {bind}"  # its LIKE takes A for a

    def pattern(self, text: str) -> str:
        return _LIKE.sub(lambda found: _GLOB.get(found[0]) or _GLOB_LITERAL.get(found[0][-1], found[0][-1]), text)

    def equal(self, left: str, right: str, column: Column) -> str:
        kind, written = column.type.kind, self.canonical(left, column)
        if kind in ("string", "json"):
            told = left if TEXTUAL.search(column.native) else f"case typeof({left}) when 'text' then {left} else {written} end"
            return f"{told} = {right} collate binary"
        return f"{written} = {right}" if kind in SPELLED and "_text" not in column.native else f"{left} = {right}"

    def alike(self, expr: str, column: Column) -> str | None:
        return f"{expr} collate {column.collation}" if column.collation else None

    def differs(self, left: str, right: str, column: Column) -> str:
        if column.type.kind == "float":
            left, right = self.canonical(left, column), self.canonical(right, column)
        return f"{left} collate binary is not {right}"

    def mapping(self, pairs: Mapping[str, str], alias: str) -> str:
        rows = ", ".join(f"({_literal(s)}, {_literal(c)})" for s, c in pairs.items())
        return f"(select column1 as source, column2 as code from (values {rows})) as {alias}"

    def declare(self, wanted: FieldType, *, key: bool = False) -> str:
        if wanted.kind == "decimal":
            return f"decimal_text({wanted.precision},{wanted.scale})"
        return f"varchar({wanted.length})" if wanted.length else DECLARED[wanted.kind]

    def declare_staged(self, wanted: FieldType, *, key: bool) -> str:
        return self.declare(wanted)

    def crowded(self, wanted: Sequence[FieldType]) -> bool:
        return False

    def row_number(self) -> str:
        return "hub_row integer primary key"

    def workspace(self, url: URL) -> tuple[str | None, str]:
        return None, "campus_hub_"

    def shape(self, connection: Connection, relation: Relation) -> Shape | None:
        if relation.query:
            names = connection.execute(text(f"select * from ({relation.query}) as r limit 0")).keys()
            return Shape({name: NativeColumn(name, "", True) for name in names})
        rows = connection.execute(text(SHAPE_OF_TABLE), {"name": relation.table})
        found = [row for row in rows if row[4] != 1]
        key = tuple(row[0] for row in sorted((row for row in found if row[3]), key=lambda row: row[3]))
        columns = {row[0]: NativeColumn(row[0], row[1], not row[2], row[5], "generated" if row[4] else "") for row in found}
        return Shape(columns, key) if found else None

    def around(self, connection: Connection, relation: Relation) -> Around:
        shape = self.shape(connection, relation)
        return sqlite_around.around(connection, relation.table, shape.key if shape else (), self.quote)

    def pin(self, connection: Connection, *relations: Relation) -> None:
        connection.execute(text("select count(*) from sqlite_master")).scalar_one()  # the first read fixes the snapshot

    def transactional(self, connection: Connection, relation: Relation) -> bool:
        return True

    def clock(self, connection: Connection) -> datetime:
        return datetime.now(UTC)  # the file has no clock but its machine's

    def lines(
        self, connection: Connection, columns: Sequence[tuple[str, Column]], tail: str, binds: Binds, *, plain: bool = False
    ) -> Iterator[bytes]:
        kinds = [column.type.kind for _, column in columns]
        result = connection.execution_options(stream_results=True).execute(text(f"select {', '.join(e for e, _ in columns)} {tail}"), binds)
        for rows in result.partitions(BATCH):
            yield "".join([join(map(canonical, kinds, row)) + "\n" for row in rows]).encode()

    def load(self, connection: Connection, table: str, columns: Sequence[Column], chunks: Iterator[bytes]) -> None:
        names = ", ".join(self.quote(column.field).replace("\\:", ":") for column in columns)
        statement = f"insert into {table} ({names}) values ({', '.join('?' * len(columns))})"
        stores = [(at, store) for at, column in enumerate(columns) if (store := _STORED.get(column.type.kind))]
        driver: Any = connection.connection.driver_connection  # Any: sqlite3's own connection
        for chunk in chunks:
            rows = [list(split(line)) for line in chunk.decode().split("\n")[:-1]]
            for row in rows:
                for at, store in stores:
                    value = row[at]
                    row[at] = None if value is None else store(value)
            driver.executemany(statement, rows)

    def settle(self, connection: Connection, table: str, key: Sequence[Column]) -> None:
        if key:
            name = table.strip('"')
            connection.execute(text(f'create index "{name}_key" on {table} ({", ".join(self.quote(c.field) for c in key)})'))

    def begin_publish(self, connection: Connection, table: str) -> None:
        connection.exec_driver_sql("rollback")
        connection.exec_driver_sql("pragma foreign_keys = on")  # the receiver's are kept here as on other engines, at the commit
        connection.exec_driver_sql("begin immediate")
        connection.exec_driver_sql("pragma defer_foreign_keys = on")

    def loosen(self, connection: Connection) -> None:
        pass  # every transaction here is

    def violated(self, connection: Connection, relation: Relation) -> list[str]:
        return sqlite_around.violated(connection, relation.table)

    def update(self, table: str, staged: str, on: str, columns: Sequence[Column], differs: str) -> str:
        values = ", ".join(f"{self.quote(c.source)} = s.{self.quote(c.field)}" for c in columns)
        return f"update {table} as t set {values} from {staged} as s where {on} and ({differs})"

    def delete(self, table: str, where: str) -> str:
        return f"delete from {table} as t where {where}"

    def drop(self, table: str) -> str:
        return f"drop table if exists {table}"

    def translate(self, error: Exception, system: str) -> CampusError:
        original = getattr(error, "orig", error)
        code = getattr(original, "sqlite_errorname", None) or type(original).__name__
        if code.startswith(UNAVAILABLE):
            return UnavailableError("system.unavailable", system=system, code=code)
        if code.startswith("SQLITE_CONSTRAINT"):
            named = code.endswith(("NOTNULL", "UNIQUE", "PRIMARYKEY"))  # these end with the names of table and columns
            return RejectedError("target.constraint", system=system, constraint=str(original).rpartition("failed: ")[2] if named else code)
        return UnprovenError("system.error", system=system, code=code)


def _limit(connection: Connection, seconds: float) -> None:
    """Interrupt the statement that begins now, and the reading of its rows, after so many seconds."""
    end = time.monotonic() + seconds
    driver: Any = connection.connection.driver_connection  # Any: sqlite3's own connection
    driver.set_progress_handler(lambda: time.monotonic() > end, STEPS)


def _parts(columns: Sequence[tuple[str, Column]]) -> list[Sequence[tuple[str, Column]]]:
    return [columns[start : start + ARGUMENTS] for start in range(0, len(columns), ARGUMENTS)]


def _order(left: Decimal | int, right: Decimal | int) -> int:
    return (left > right) - (left < right)


def _literal(value: str) -> str:
    return shared.literal_colons("'" + value.replace("'", "''") + "'")


class _Sum:
    """An exact sum: SQLite's own overflows at 64 bits."""

    def __init__(self) -> None:
        self.total = 0

    def step(self, value: int | str) -> None:
        self.total += int(value)

    def finalize(self) -> str:
        return str(self.total)


def _pieces(of: str, *values: Any) -> str:  # Any: whatever SQLite holds
    return "".join([write(value) for write, value in zip(piecers(of), values, strict=True)])


def _line(of: str, *values: Any) -> str:  # Any: whatever SQLite holds
    return join(canonical(wanted.kind, value) for wanted, value in zip(types(of), values, strict=True))


_STORED: Mapping[str, Callable[[str], Any]] = {  # Any: what SQLite stores
    "integer": int,
    "boolean": int,
    "float": float,
    "bytes": lambda text: bytes.fromhex(text[2:]),
    "duration": micros,
}
FUNCTIONS = (
    ("hub_text", 2, canonical), ("hub_pieces", -1, _pieces), ("hub_line", -1, _line), ("hub_hash", 1, hash_text),
    ("hub_fits", 4, fits_value), ("hub_shown", 1, shown), ("hub_decodes", 1, decodes),
)  # fmt: skip
