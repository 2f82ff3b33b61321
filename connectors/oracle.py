"""Oracle 12.1 and newer through python-oracledb, thin: numbers as text, binary comparison, one read-only transaction a reading.

Oracle takes '' for NULL: a source never shows '', and a row with '' is kept from a target (reject.empty). Its DDL commits: nothing here
makes a table between the first write and the commit, so that what needs a temporary table is refused. Not run by our tests: every
server examines itself (connectors.examination).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from catalog.errors import CampusError, CatalogError, RejectedError, UnavailableError, UnprovenError
from catalog.field_type import FieldType
from connectors import dialect as shared
from connectors import examination, oracle_around, oracle_guard, oracle_shape, speech
from connectors.around import Around
from connectors.block import NEIGHBOURS
from connectors.dialect import Binds
from connectors.line import canonical, is_hashed, join, split
from connectors.oracle_shape import folded
from connectors.oracle_text import NLS, decimal, double, interval, plain, span, trimmed, wall
from connectors.selection import Column, Relation, Shape

LONGEST = 128  # bytes of a name; 30 before 12.2, which the server refuses itself
BATCH = 2000
TEXT = 1000  # characters, of four bytes each, that a VARCHAR2 holds for certain
DECLARED = {
    "string": "clob", "integer": "number(19)", "float": "binary_double", "boolean": "number(1)", "date": "date",
    "time": "interval day(0) to second(6)", "duration": "interval day(9) to second(6)", "timestamp": "timestamp(6)",
    "timestamptz": "timestamp(6) with time zone", "bytes": "blob", "json": "clob",
}  # fmt: skip
SESSION = (
    "alter session set nls_comp = binary nls_sort = binary nls_date_format = 'YYYY-MM-DD HH24:MI:SS'"
    " nls_timestamp_format = 'YYYY-MM-DD HH24:MI:SS.FF6' nls_numeric_characters = '.,' time_zone = '+00:00'"
)
CHARSET = "select value from nls_database_parameters where parameter = 'NLS_CHARACTERSET'"
DOWN = {18, 20, 28, 51, 54, 60, 257, 1005, 1012, 1013, 1017, 1033, 1034, 1035, 1045, 1089, 1090, 1092, 1109, 1555, 1652, 1653, 2049,
        3113, 3114, 3135, 8177, 12152, 12154, 12170, 12203, 12505, 12514, 12516, 12518, 12519, 12520, 12521, 12528, 12537, 12541, 12543,
        12545, 12547, 12560, 12570, 12571, 25408, 28000, 28001, 30006}  # fmt: skip
CONSTRAINT = {1, 1400, 1407, 2290, 2291, 2292}
VALUE = {1401, 1438, 1722, 1830, 1839, 1840, 1841, 1843, 1847, 1850, 1858, 1861, 1867, 1873, 6502, 12899, 22835}
LONG = {1489}  # a row's text beyond 4000 bytes
NAMED = re.compile(r"\(([\w$#\".]{1,261})\) violated|into \(([\w$#\".]{1,390})\)|to \(([\w$#\".]{1,390})\) to NULL")
OLD = "DPY-3010"  # the thin driver reaches no server below 12.1


class Oracle:
    """Oracle; the hub's own tables lie in the schema of the user that it connects as, prefixed."""

    name = engine = "oracle"
    title = "Oracle"
    tab = "chr(9)"
    null = "'\\N'"

    def open(self, url: URL, *, statement_timeout: float | None, limited: bool = False, alone: bool = False) -> Engine:
        try:
            engine = create_engine(url, **shared.closing(alone), max_identifier_length=LONGEST)
        except ImportError:
            raise CatalogError("system.driver", engine=self.title, extra="oracle") from None
        event.listen(engine, "connect", lambda connection, _: self.prepare(connection))
        if statement_timeout:
            event.listen(engine, "connect", lambda connection, _: setattr(connection, "call_timeout", int(statement_timeout * 1000)))
        speech.listen(engine, speech.oracle)
        examination.listen(engine, self, self.title, self.value)
        return engine

    def prepare(self, connection: DBAPIConnection) -> None:
        driver: Any = connection  # Any: python-oracledb's own connection
        driver.outputtypehandler = exactly
        with driver.cursor() as cursor:
            cursor.execute(SESSION)
            cursor.execute(CHARSET)
            encoding = cursor.fetchone()[0]
        if encoding != "AL32UTF8":  # its functions would count and hash other bytes than ours
            raise RejectedError("system.encoding", database=self.title, encoding=encoding)

    def quote(self, name: str) -> str:
        shared.refuse_long(name, len(name.encode()), LONGEST)
        if '"' in name or "\0" in name:
            raise CatalogError("name.too_long", name=name, most=LONGEST)
        return shared.literal_colons(f'"{folded(name)}"')

    def concat(self, parts: Sequence[str]) -> str:
        return "(" + " || ".join(parts) + ")"

    def octets(self, expr: str) -> str:
        return f"coalesce(lengthb({expr}), 0)"

    def fingerprint(self, expr: str) -> str:
        return f"lower(rawtohex({expr}))"

    def raw(self, expr: str, column: Column) -> str:
        """What is hashed of a long value, and a short one's text: DBMS_CRYPTO reads a LOB where STANDARD_HASH does not; 2 is its MD5."""
        if not is_hashed(column.type):
            return self.canonical(expr, column)
        if _is_lob(column):
            return f"dbms_crypto.hash({expr}, 2)"
        return f"standard_hash({expr if column.type.kind == 'bytes' else self.canonical(expr, column)}, 'MD5')"

    def escape(self, text: str) -> str:
        return f"replace(replace(replace(replace({text}, '\\', '\\\\'), chr(9), '\\t'), chr(10), '\\n'), chr(13), '\\r')"

    def canonical(self, expr: str, column: Column) -> str:
        native = column.native or DECLARED.get(column.type.kind, "")
        match column.type.kind:
            case "string" | "json":
                return plain(expr, column.native)
            case "integer" | "boolean":
                return f"to_char({expr}, 'TM9', {NLS})"
            case "decimal":
                return decimal(expr)
            case "float":
                return double(f"to_binary_double({expr})")
            case "date":
                return f"to_char({expr}, 'YYYY-MM-DD')"
            case "time":
                return trimmed(f"to_char(timestamp '2000-01-01 00\\:00\\:00' + {expr}, 'HH24\\:MI\\:SS.FF6')")
            case "duration":
                return span(expr)
            case "timestamptz":
                zoned = expr if native.endswith("with time zone") else f"cast({expr} as timestamp(6) with time zone)"
                return wall(f"sys_extract_utc({zoned})")
            case "bytes":
                return f"('\\x' || lower(rawtohex({expr})))"
        return wall(f"cast({expr} as timestamp(6))")

    def characters(self, expr: str, column: Column) -> str:
        return f"length({self.canonical(expr, column)})"

    def row_text(self, columns: Sequence[tuple[str, Column]]) -> str:
        return shared.row_text(self, columns)

    def line(self, columns: Sequence[tuple[str, Column]]) -> str:
        return shared.line(self, columns)

    def block(self, expr: str, number: int) -> str:
        return f"coalesce(mod(trunc({expr} / {NEIGHBOURS}), {number}), 0)"

    def bucket(self, hashed: str, number: int) -> str:
        return f"mod({hashed}, {number})"

    def hash(self, text: str) -> str:
        return f"to_number(substr(lower(rawtohex(standard_hash({text}, 'MD5'))), 1, 15), 'xxxxxxxxxxxxxxx')"

    def tally(self, hashed: str, passed: str) -> str:
        counted = f"case when {passed} then {hashed} end" if passed else hashed
        unhashed = f"sum(case when {passed + ' and ' if passed else ''}{hashed} is null then 1 else 0 end)"
        refused = f"sum(case when {passed} then 0 else 1 end)" if passed else "0"
        # written side by side: a NUMBER of 38 digits cannot hold their sum
        digits = [f"to_char(coalesce({refused}, 0))", f"lpad(to_char(coalesce({unhashed}, 0)), 10, '0')"]
        return self.concat([*digits, f"lpad(to_char(coalesce(sum({counted}), 0)), 40, '0')"])

    def total(self, hashed: str) -> str:
        return f"to_char(coalesce(sum({hashed}), 0))"

    def fits(self, expr: str, column: Column, target: str) -> str | None:
        return oracle_guard.fits(expr, column, target)

    def shown(self, expr: str, column: Column) -> str:
        if oracle_guard.is_text(column.native):
            return plain(expr, column.native)
        return f"('\\x' || lower(rawtohex({expr})))" if column.native.startswith("raw") else f"to_char({expr})"

    def reads(self, wanted: FieldType, native: str) -> bool:
        return oracle_guard.reads(wanted, native)

    def holds(self, wanted: FieldType, native: str) -> bool:
        return oracle_guard.holds(wanted, native)

    def takes(self, expr: str, column: Column) -> str | None:
        return oracle_guard.takes(expr, column)

    def value(self, bind: str, column: Column) -> str:
        match column.type.kind:
            case "integer" | "decimal" | "boolean":
                return f"to_number({bind})"
            case "float":
                return f"to_binary_double({bind})"
            case "date":
                return f"to_date({bind}, 'YYYY-MM-DD')"
            case "time":
                return f"to_dsinterval('0 ' || {bind})"
            case "duration":
                return interval(bind)
            case "timestamp":
                return f"to_timestamp({bind}, 'YYYY-MM-DD HH24\\:MI\\:SS.FF')"
            case "timestamptz":
                return f"from_tz(to_timestamp({bind}, 'YYYY-MM-DD HH24\\:MI\\:SS.FF'), '+00\\:00')"
            case "bytes":
                return f"hextoraw(substr({bind}, 3))"
        return bind

    def compared(self, expr: str, column: Column) -> str:
        return f"rtrim({expr})" if oracle_guard.is_padded(column.native) else expr  # the session compares in binary

    def like(self, expr: str, bind: str, column: Column) -> str:
        return f"{self.canonical(expr, column)} like {bind} escape '\\'"

    def pattern(self, text: str) -> str:
        return text

    def equal(self, left: str, right: str, column: Column) -> str:
        if _is_lob(column):
            return f"dbms_lob.compare({left}, {right}) = 0"
        return f"{self.compared(left, column)} = {right}"

    def alike(self, expr: str, column: Column) -> str | None:
        return None

    def differs(self, left: str, right: str, column: Column) -> str:
        if _is_lob(column):
            return f"(coalesce(dbms_lob.compare({left}, {right}), 1) <> 0 and ({left} is not null or {right} is not null))"
        if column.type.kind in ("float", "duration", "time", "date"):
            left, right = self.canonical(left, column), self.canonical(right, column)
        return f"decode({self.compared(left, column)}, {right}, 0, 1) = 1"

    def mapping(self, pairs: Mapping[str, str], alias: str) -> str:
        rows = " union all ".join(f"select {_literal(s)} as source, {_literal(c)} as code from dual" for s, c in pairs.items())
        return f"({rows}) as {alias}"

    def declare(self, wanted: FieldType, *, key: bool = False) -> str:
        if wanted.kind == "decimal":
            return f"number({wanted.precision},{wanted.scale})"
        if wanted.kind == "string" and (key or (wanted.length and wanted.length <= TEXT)):
            return f"varchar2({min(wanted.length or 255, TEXT)} char)"
        return DECLARED[wanted.kind]

    def declare_staged(self, wanted: FieldType, *, key: bool) -> str:
        if wanted.kind == "string" and (key or (wanted.length and wanted.length <= TEXT)):
            return f"varchar2({max(wanted.length or 255, 255) if key else TEXT} char)"
        return self.declare(wanted) if wanted.kind != "decimal" else "number"

    def crowded(self, wanted: Sequence[FieldType]) -> bool:
        return False

    def row_number(self) -> str:
        return "hub_row number(19) generated by default as identity"

    def workspace(self, url: URL) -> tuple[str | None, str]:
        return None, "campus_hub_"

    def shape(self, connection: Connection, relation: Relation) -> Shape | None:
        return oracle_shape.shape(connection, relation)

    def around(self, connection: Connection, relation: Relation) -> Around:
        return oracle_around.QUESTIONS.ask(connection, oracle_shape.place_of(relation), self.quote)

    def pin(self, connection: Connection, *relations: Relation) -> None:
        connection.rollback()
        connection.execute(text("set transaction read only"))  # one snapshot for all that follows

    def transactional(self, connection: Connection, relation: Relation) -> bool:
        return True

    def clock(self, connection: Connection) -> datetime:
        moment: datetime = connection.execute(text("select sys_extract_utc(systimestamp)")).scalar_one()
        return moment.replace(tzinfo=UTC)

    def lines(
        self, connection: Connection, columns: Sequence[tuple[str, Column]], tail: str, binds: Binds, *, plain: bool = False
    ) -> Iterator[bytes]:
        # each value by itself: a row beyond 4000 bytes is no text here; a LOB as it is, its canonical text is Python's
        values = ", ".join(expr if column.type.kind == "bytes" else self.canonical(expr, column) for expr, column in columns)
        kinds = [column.type.kind if column.type.kind == "bytes" else "string" for _, column in columns]
        result = connection.execution_options(stream_results=True).execute(text(f"select {values} {tail}"), binds)
        for rows in result.partitions(BATCH):
            yield speech.lines([[canonical(kind, value) for kind, value in zip(kinds, row, strict=True)] for row in rows], join)

    def load(self, connection: Connection, table: str, columns: Sequence[Column], chunks: Iterator[bytes]) -> None:
        names = ", ".join(self.quote(column.field) for column in columns)
        places = ", ".join(self.value(f":v{at}", column) for at, column in enumerate(columns))
        statement = text(f"insert into {table} ({names}) values ({places})")
        for chunk in chunks:
            rows = [dict(zip((f"v{at}" for at in range(len(columns))), split(it), strict=True)) for it in chunk.decode().split("\n")[:-1]]
            for start in range(0, len(rows), BATCH):
                connection.execute(statement, rows[start : start + BATCH])

    def settle(self, connection: Connection, table: str, key: Sequence[Column]) -> None:
        if key:
            name = table.strip('"')
            connection.execute(text(f'create index "{name}_KEY" on {table} ({", ".join(self.quote(c.field) for c in key)})'))

    def begin_publish(self, connection: Connection, table: str) -> None:
        connection.rollback()
        connection.execute(text(f"lock table {table} in exclusive mode"))  # readers go on; isolation is READ COMMITTED

    def loosen(self, connection: Connection) -> None:
        connection.execute(text("set constraints all deferred"))  # those that may be

    def violated(self, connection: Connection, relation: Relation) -> list[str]:
        return []  # it tells the name

    def update(self, table: str, staged: str, on: str, columns: Sequence[Column], differs: str) -> str:
        names = ", ".join(self.quote(c.source) for c in columns)
        values = ", ".join(f"s.{self.quote(c.field)}" for c in columns)
        chosen = f"select {values} from {staged} as s where {on}"
        return f"update {table} as t set ({names}) = ({chosen}) where exists (select 1 from {staged} as s where {on} and ({differs}))"

    def delete(self, table: str, where: str) -> str:
        return f"delete from {table} as t where {where}"

    def drop(self, table: str) -> str:
        """A block that drops a table, and passes over the error (942) of one that is not there; before 23 there is no IF EXISTS."""
        gone = "exception when others then if sqlcode <> -942 then raise; end if"
        return f"begin execute immediate 'drop table {table} purge'; {gone}; end;"

    def translate(self, error: Exception, system: str) -> CampusError:
        original = getattr(error, "orig", error)
        told = original.args[0] if getattr(original, "args", None) else None
        code, full = getattr(told, "code", 0), getattr(told, "full_code", "")
        if full == OLD or OLD in str(full):
            return CatalogError("system.oracle_old", system=system)
        if code in DOWN or full.startswith(("DPY-4", "DPY-6", "DPY-1")) or not full:
            return UnavailableError("system.unavailable", system=system, code=full or type(original).__name__)
        if code in CONSTRAINT:
            found = NAMED.search(getattr(told, "message", ""))
            return RejectedError("target.constraint", system=system, constraint=next(filter(None, found.groups())) if found else full)
        if code in LONG:
            return RejectedError("system.row_long", system=system)
        if code in VALUE:
            return RejectedError("system.value", system=system, code=full)
        return UnprovenError("system.error", system=system, code=full)


def exactly(cursor: Any, described: Any) -> Any:  # Any: python-oracledb's own cursor, column and variable
    """Let the driver read every NUMBER by way of its text, and no LOB as a locator: a float would lose digits."""
    import oracledb

    if described.type_code == oracledb.DB_TYPE_NUMBER:
        return cursor.var(oracledb.DB_TYPE_VARCHAR, arraysize=cursor.arraysize, outconverter=number)
    whole = {
        oracledb.DB_TYPE_CLOB: oracledb.DB_TYPE_LONG,
        oracledb.DB_TYPE_NCLOB: oracledb.DB_TYPE_LONG_NVARCHAR,
        oracledb.DB_TYPE_BLOB: oracledb.DB_TYPE_LONG_RAW,
    }.get(described.type_code)
    return cursor.var(whole, arraysize=cursor.arraysize) if whole is not None else None


def number(text: str) -> int | Decimal:
    """Read a NUMBER's text as the whole number or the decimal that it is."""
    found = Decimal(text)
    return int(found) if found == found.to_integral_value() else found


def _is_lob(column: Column) -> bool:
    native = column.native or DECLARED.get(column.type.kind, "")
    bounded = column.type.kind == "string" and column.type.length and column.type.length <= TEXT
    return oracle_guard.is_lob(native) and not (bounded and not column.native)


def _literal(value: str) -> str:
    return shared.literal_colons("'" + value.replace("'", "''") + "'")
