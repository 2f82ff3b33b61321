"""PostgreSQL through psycopg 3: text as stored, md5 digests, COPY both ways, readers never locked out while publishing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from catalog.errors import CampusError, RejectedError, UnavailableError, UnprovenError
from catalog.field_type import FieldType
from connectors import dialect as shared
from connectors import postgresql_around, postgresql_guard, postgresql_native
from connectors.around import Around
from connectors.block import NEIGHBOURS
from connectors.dialect import Binds
from connectors.postgresql_guard import REAL
from connectors.selection import Column, NativeColumn, Relation, Shape

LONGEST = 63  # bytes of a name; a longer one is cut without an error
DECLARED = {
    "string": "text", "integer": "bigint", "decimal": "numeric", "float": "double precision", "boolean": "boolean", "date": "date",
    "time": "time(6)", "duration": "interval", "timestamp": "timestamp(6)", "timestamptz": "timestamptz(6)", "bytes": "bytea",
    "json": "json",
}  # fmt: skip
FLOAT = (
    "case when {x} is null then null when {x} in ('NaN','Infinity','-Infinity') or {x} = 0 then cast({x} as text)"
    " else (select case when {x} < 0 then '-' else '' end || rtrim(d, '0') || 'e'"
    " || (cast(coalesce(nullif(split_part(t, 'e', 2), ''), '0') as int)"
    " - length(split_part(split_part(t, 'e', 1), '.', 2)) + length(d) - length(rtrim(d, '0')))"
    " from (select t, ltrim(replace(replace(split_part(t, 'e', 1), '-', ''), '.', ''), '0') as d"
    " from (select cast({x} as text) as t) as a) as b) end"
)
# days as hours, exactly: seconds as a double would lose microseconds
SPAN = "cast({x} - make_interval(days => {d}) + make_interval(hours => 24 * {d}) as text)".replace(
    "{d}", "cast(extract(day from {x}) as int)"
)
MODIFIER = re.compile(r"\(\d+(,-?\d+)?\)")
# SQLSTATE classes by what to do next; everything else is an error of ours and told by its code
DOWN = ("08", "53", "57", "58", "28", "3D", "42501", "55P03", "40")
RELKIND = "select relkind from pg_class where oid = to_regclass(:name)"
SHAPE_OF_TABLE = """
select a.attname,
       case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod) else format_type(a.atttypid, a.atttypmod) end,
       not a.attnotnull, case when not co.collisdeterministic then co.collname end,
       case when a.attgenerated <> '' or a.attidentity = 'a' then 'generated' else '' end, coalesce(array_position(i.indkey, a.attnum), -1)
from pg_attribute a
join pg_type t on t.oid = a.atttypid
left join pg_collation co on co.oid = a.attcollation
left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
where a.attrelid = to_regclass(:name) and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""


class PostgreSQL:
    """PostgreSQL 13 and newer through psycopg 3."""

    name = engine = "postgresql"
    settings = (
        "set client_encoding = 'UTF8'; set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set intervalstyle = 'postgres';"
        " set extra_float_digits = 1; set bytea_output = 'hex'; set standard_conforming_strings = on; set jit = off;"
        " set row_security = off"  # a policy that would hide rows is an error
    )
    tab = "E'\\t'"
    null = "'\\N'"

    def open(self, url: URL, *, statement_timeout: float | None, limited: bool = False, alone: bool = False) -> Engine:
        engine = create_engine(url, **shared.closing(alone), connect_args={"connect_timeout": 10, "client_encoding": "UTF8"})
        event.listen(engine, "connect", lambda connection, _: self.prepare(connection))
        if statement_timeout:
            event.listen(engine, "connect", lambda connection, _: _limit(connection, statement_timeout))
        return engine

    def prepare(self, connection: DBAPIConnection) -> None:
        driver: Any = connection  # Any: psycopg's own connection
        encoding = driver.info.parameter_status("server_encoding")
        if encoding != "UTF8":  # its functions would count and hash other bytes than ours
            raise RejectedError("system.encoding", database=driver.info.dbname, encoding=encoding)
        cursor = connection.cursor()
        cursor.execute(self.settings)
        cursor.close()
        connection.commit()

    def quote(self, name: str) -> str:
        shared.refuse_long(name, len(name.encode()), LONGEST)
        return shared.literal_colons('"' + name.replace('"', '""') + '"')

    def concat(self, parts: Sequence[str]) -> str:
        return "(" + " || ".join(parts) + ")"

    def octets(self, expr: str) -> str:
        return f"octet_length({expr})"

    def fingerprint(self, expr: str) -> str:
        return f"md5({expr})"

    def raw(self, expr: str, column: Column) -> str:
        return expr if column.type.kind == "bytes" else self.canonical(expr, column)

    def escape(self, text: str) -> str:
        return f"replace(replace(replace(replace({text}, '\\', '\\\\'), E'\\t', '\\t'), E'\\n', '\\n'), E'\\r', '\\r')"

    def canonical(self, expr: str, column: Column) -> str:
        match column.type.kind:
            case "json" if column.native.endswith("[]"):
                return f"cast(to_json({expr}) as text)"
            case "string" | "json":
                # a nondeterministic collation has no replace, like or regular expression
                return f'cast({expr} as text) collate "C"' if column.collation else f"cast({expr} as text)"
            case "integer":
                return f"cast(cast({expr} as bigint) as text)"
            case "decimal":
                number = f"cast({expr} as text)" if column.native in REAL else expr  # a cast to numeric keeps fifteen digits
                return f"cast(trim_scale(cast({number} as numeric)) as text)"
            case "float":
                return FLOAT.format(x=f"cast({expr} as double precision)")
            case "boolean":
                return f"cast(cast({expr} as int) as text)"
            case "bytes":
                return f"cast(cast({expr} as bytea) as text)"
            case "duration":
                return SPAN.format(x=f"cast({expr} as interval)")
            case "timestamptz":
                return f"cast(cast({expr} as timestamptz) at time zone 'UTC' as text)"
            case kind:  # date, time, timestamp
                return f"cast(cast({expr} as {kind}) as text)"

    def plain(self, expr: str, column: Column) -> str:
        match column.type.kind:
            case "integer" | "decimal" | "date" | "time" | "timestamp":
                return postgresql_native.typed(expr, column, self.canonical)
        return self.canonical(expr, column)

    def characters(self, expr: str, column: Column) -> str:
        return f"char_length({self.canonical(expr, column)})"

    def row_text(self, columns: Sequence[tuple[str, Column]]) -> str:
        return shared.row_text(self, columns)

    def line(self, columns: Sequence[tuple[str, Column]]) -> str:
        return shared.line(self, columns)

    def block(self, expr: str, number: int) -> str:
        return f"coalesce(cast({expr} as bigint) / {NEIGHBOURS} % {number}, 0)"

    def bucket(self, hashed: str, number: int) -> str:
        return f"{hashed} % {number}"

    def hash(self, text: str) -> str:
        return f"cast(cast(('x' || substr(md5({text}), 1, 15)) as bit(60)) as bigint)"

    def tally(self, hashed: str, passed: str) -> str:
        if not passed:
            return f"coalesce(sum({hashed}), 0)"  # no part of the text is ever NULL
        return f"coalesce(sum(case when {passed} then {hashed} end), 0) + count(*) filter (where not ({passed})) * {shared.REFUSED}"

    def total(self, hashed: str) -> str:
        return f"coalesce(sum({hashed}), 0)"

    def fits(self, expr: str, column: Column, target: str) -> str | None:
        return postgresql_guard.fits(f'{expr} collate "C"' if column.collation else expr, column, target)

    def shown(self, expr: str, column: Column) -> str:
        return f"cast({expr} as text)"

    def reads(self, wanted: FieldType, native: str) -> bool:
        return postgresql_guard.reads(wanted, native)

    def holds(self, wanted: FieldType, native: str) -> bool:
        return postgresql_guard.holds(wanted, native)

    def takes(self, expr: str, column: Column) -> str | None:
        return postgresql_guard.takes(expr, column)

    def value(self, bind: str, column: Column) -> str:
        native = DECLARED[column.type.kind] if postgresql_guard.is_written(column) else column.native or DECLARED[column.type.kind]
        # a cast to the column's length or scale would bend the value until it matched another
        fixed = {"character": "bpchar", "bit": "bit varying"}
        wide = fixed.get(native.partition("(")[0]) or MODIFIER.sub("", native)
        return f"cast({bind} as {wide})"

    def compared(self, expr: str, column: Column) -> str:
        textual = column.type.kind == "string" and postgresql_guard.is_text(column.native or "text")
        return f'{expr} collate "C"' if textual else self._typed(expr, column)

    def _typed(self, expr: str, column: Column) -> str:
        """SQL for a value as its field's type: written as text it may be spelled in many ways; what cannot become one is NULL."""
        if not postgresql_guard.is_written(column):
            return expr
        return f"case when {self.fits(expr, column, self.name)} then cast({expr} as {DECLARED[column.type.kind]}) end"

    def like(self, expr: str, bind: str, column: Column) -> str:
        return f"{self.canonical(expr, column)} like {bind}"

    def pattern(self, text: str) -> str:
        return text

    def equal(self, left: str, right: str, column: Column) -> str:
        if postgresql_guard.is_written(column):
            return f"{self._typed(left, column)} = {right}"
        # a nondeterministic collation finds candidates by index, "C" decides
        return f'({left} = {right} and {left} collate "C" = {right})' if column.collation else f"{left} = {right}"

    def alike(self, expr: str, column: Column) -> str | None:
        return f"{expr} collate {self.quote(column.collation)}" if column.collation else None

    def differs(self, left: str, right: str, column: Column) -> str:
        if column.collation:
            left = f'{left} collate "C"'
        if column.type.kind in ("float", "json", "duration"):  # -0.0 = 0.0, json has no equality, 1 day = 24 hours
            left, right = self.canonical(left, column), self.canonical(right, column)
        return f"{left} is distinct from {right}"

    def mapping(self, pairs: Mapping[str, str], alias: str) -> str:
        rows = ", ".join(f"({_literal(s)}, {_literal(c)})" for s, c in pairs.items())
        return f"(values {rows}) as {alias}(source, code)"

    def declare(self, wanted: FieldType, *, key: bool = False) -> str:
        if wanted.kind == "decimal":
            return f"numeric({wanted.precision},{wanted.scale})"
        native = f"varchar({wanted.length})" if wanted.length else DECLARED[wanted.kind]
        return f'{native} collate "C"' if key and wanted.kind == "string" else native  # its index then serves binary order

    def declare_staged(self, wanted: FieldType, *, key: bool) -> str:
        return DECLARED[wanted.kind]

    def crowded(self, wanted: Sequence[FieldType]) -> bool:
        return False

    def row_number(self) -> str:
        return "hub_row bigint generated by default as identity"

    def workspace(self, url: URL) -> tuple[str | None, str]:
        return "campus_hub", ""

    def shape(self, connection: Connection, relation: Relation) -> Shape | None:
        if relation.query:
            described = connection.execute(text(f"select * from ({relation.query}) as r limit 0")).cursor.description
            oids, names = [column[1] for column in described], [column[0] for column in described]
            types = connection.execute(text("select format_type(o, null) from unnest(cast(:oids as oid[])) as o"), {"oids": oids}).scalars()
            return Shape({name: NativeColumn(name, native, True) for name, native in zip(names, types, strict=True)})
        name = self._regclass(relation)
        rows = connection.execute(text(SHAPE_OF_TABLE), {"name": name}).all()
        key = tuple(row[0] for row in sorted((row for row in rows if row[5] >= 0), key=lambda row: row[5]))
        return Shape({row[0]: NativeColumn(*row[:5]) for row in rows}, key) if rows else None

    def around(self, connection: Connection, relation: Relation) -> Around:
        return postgresql_around.around(connection, self._regclass(relation))

    def _regclass(self, relation: Relation) -> str:
        return ".".join(self.quote(part) for part in (relation.schema, relation.table) if part).replace("\\:", ":")

    def pin(self, connection: Connection, *relations: Relation) -> None:
        names = [self._regclass(relation) for relation in relations]
        kinds = [connection.execute(text(RELKIND), {"name": name}).scalar() if name else None for name in names]
        connection.rollback()
        connection.execute(text("set transaction isolation level repeatable read, read only"))
        for relation, name, kind in zip(relations, names, kinds, strict=True):
            if kind in ("r", "p", "v"):
                # before the snapshot: a table truncated between the two would look empty to it; one in use cannot be truncated
                connection.execute(text(f"lock table {shared.literal_colons(name)} in access share mode"))
            elif relation.query:
                connection.execute(text(f"select 1 from ({relation.query}) as r limit 0"))

    def transactional(self, connection: Connection, relation: Relation) -> bool:
        return True

    def clock(self, connection: Connection) -> datetime:
        moment: datetime = connection.execute(text("select now()")).scalar_one()
        return moment.astimezone(UTC)

    def lines(
        self, connection: Connection, columns: Sequence[tuple[str, Column]], tail: str, binds: Binds, *, plain: bool = False
    ) -> Iterator[bytes]:
        write = self.plain if plain else self.canonical
        values = ", ".join(write(expr, column) for expr, column in columns)
        for _, chunk in postgresql_native.stream(connection, f"copy (select {values} {tail}) to stdout", binds):
            yield chunk

    def load(self, connection: Connection, table: str, columns: Sequence[Column], chunks: Iterator[bytes]) -> None:
        names = ", ".join(self.quote(column.field) for column in columns).replace("\\:", ":")
        driver: Any = connection.connection.driver_connection  # Any: psycopg's own connection
        with driver.cursor() as cursor, cursor.copy(f"copy {table} ({names}) from stdin") as copy:
            for chunk in chunks:
                copy.write(chunk)

    def settle(self, connection: Connection, table: str, key: Sequence[Column]) -> None:
        names = ", ".join(self.quote(column.field) for column in key)
        if names:
            with suppress(UnprovenError), connection.begin_nested():  # a key may be too long for an index
                connection.execute(text(f"create index on {table} ({names})"))
        connection.execute(text(f"analyze {table} ({names})" if names else f"analyze {table}"))

    def begin_publish(self, connection: Connection, table: str) -> None:
        connection.execute(text(f"lock table {table} in share row exclusive mode"))
        # a small stage finds its rows by index; the default is of days when that meant a disk's arm
        connection.execute(text("set local random_page_cost = 1.1"))

    def loosen(self, connection: Connection) -> None:
        connection.execute(text("set constraints all deferred"))  # those that may be

    def violated(self, connection: Connection, relation: Relation) -> list[str]:
        connection.execute(text("set constraints all immediate"))  # deferred triggers fire before the proof, not after it
        return []  # it tells the name

    def update(self, table: str, staged: str, on: str, columns: Sequence[Column], differs: str) -> str:
        values = ", ".join(f"{self.quote(c.source)} = s.{self.quote(c.field)}" for c in columns)
        return f"update {table} as t set {values} from {staged} as s where {on} and ({differs})"

    def delete(self, table: str, where: str) -> str:
        return f"delete from {table} as t where {where}"

    def drop(self, table: str) -> str:
        return f"drop table if exists {table}"

    def translate(self, error: Exception, system: str) -> CampusError:
        original = getattr(error, "orig", error)
        state = getattr(original, "sqlstate", None)
        told = getattr(original, "diag", None)
        if getattr(told, "source_function", None) == "check_enable_rls":
            return RejectedError("system.row_security", system=system)
        if state is None or state.startswith(DOWN):
            return UnavailableError("system.unavailable", system=system, code=state or type(original).__name__)
        if state.startswith("23"):
            name = getattr(told, "constraint_name", None) or getattr(told, "column_name", None)
            return RejectedError("target.constraint", system=system, constraint=name or state)
        if state.startswith("22") or state == "42804":
            return RejectedError("system.value", system=system, code=state)
        return UnprovenError("system.error", system=system, code=state)


def _limit(connection: Any, seconds: float) -> None:  # Any: psycopg's own connection
    connection.execute(f"set statement_timeout = {int(seconds * 1000)}")
    connection.commit()  # a rollback would take it back


def _literal(value: str) -> str:
    return shared.literal_colons("'" + value.replace("'", "''") + "'")
