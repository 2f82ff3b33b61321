"""SQL Server 2019 and newer through pymssql: text as UTF-8, comparison in binary, one snapshot a reading.

Older servers have no UTF-8: no hash of theirs is the hash of ours, so they are refused. A database must allow snapshot isolation to be
read at one moment. Not run by our tests: every server examines itself (connectors.examination).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from catalog.errors import CampusError, CatalogError, RejectedError, UnavailableError, UnprovenError
from catalog.field_type import FieldType
from connectors import dialect as shared
from connectors import examination, speech, sqlserver_around, sqlserver_guard
from connectors.around import Around
from connectors.block import NEIGHBOURS
from connectors.dialect import Binds
from connectors.line import join, split
from connectors.selection import Column, NativeColumn, Relation, Shape
from connectors.sqlserver_text import UTF8, digits, double, octets, plain, trimmed, utf8, wall

LONGEST = 128  # characters of a name
BATCH = 2000
OLDEST = 15  # SQL Server 2019
TRANSIENT = ("campus_hub_own", "campus_hub_uneven", "campus_hub_map")
DECLARED = {
    "string": "nvarchar(max)", "integer": "bigint", "float": "float(53)", "boolean": "bit", "date": "date", "time": "time(6)",
    "duration": "varchar(24)", "timestamp": "datetime2(6)", "timestamptz": "datetimeoffset(6)", "bytes": "varbinary(max)",
    "json": "nvarchar(max)",
}  # fmt: skip
SHAPE_OF_TABLE = """
select c.name, type_name(c.system_type_id) as kind, c.max_length, c.precision, c.scale, c.is_nullable, c.collation_name,
       case when c.is_computed = 1 or c.is_identity = 1 or c.generated_always_type <> 0 then 'generated' else '' end as extra,
       coalesce(k.key_ordinal, 0) as place
from sys.columns c
left join sys.indexes i on i.object_id = c.object_id and i.is_primary_key = 1
left join sys.index_columns k on k.object_id = c.object_id and k.index_id = i.index_id and k.column_id = c.column_id
where c.object_id = object_id(:name) and c.is_hidden = 0
order by c.column_id
"""
SHAPE_OF_QUERY = """
select name, system_type_name from sys.dm_exec_describe_first_result_set(:query, null, 0) where is_hidden = 0 order by column_ordinal
"""
PINNABLE = "select snapshot_isolation_state from sys.databases where database_id = db_id()"
SESSION = "set ansi_nulls, ansi_padding, ansi_warnings, arithabort, concat_null_yields_null, quoted_identifier on; set language us_english"
DOWN = {2, 53, 64, 121, 229, 230, 233, 258, 262, 297, 701, 802, 823, 824, 825, 833, 916, 922, 926, 942, 945, 952, 983,
        1105, 1204, 1205, 1222, 3906, 3908, 3960, 4060, 4064, 9001, 9002, 10053, 10054, 10060, 10928, 10929, 11001,
        17142, 18401, 18451, 18452, 18456, 18461, 18486, 18487, 18488, 20002, 20003, 20004, 20006, 20009, 20017, 20047,
        40197, 40501, 40613}  # fmt: skip
CONSTRAINT = {515, 547, 2601, 2627}
VALUE = {220, 232, 241, 242, 244, 245, 248, 295, 296, 2628, 3930, 8114, 8115, 8134, 8152, 9803, 9813}
# where each of these errors says the name of the constraint, index or column; what else the text says may be a value
NAMED = re.compile(r"constraint [\"']([^\"']{1,128})[\"']|unique index '([^']{1,128})'|into column '([^']{1,128})'")


class SQLServer:
    """SQL Server; the hub's own tables lie in the connection's own schema, prefixed."""

    name = engine = "sqlserver"
    title = "SQL Server"
    tab = "char(9)"
    null = "'\\N'"

    def open(self, url: URL, *, statement_timeout: float | None, limited: bool = False, alone: bool = False) -> Engine:
        arguments = {"charset": "UTF-8", "login_timeout": 10, "timeout": int(statement_timeout or 0)}
        try:
            engine = create_engine(url, **shared.closing(alone), connect_args=arguments)
        except ImportError:
            raise CatalogError("system.driver", engine=self.title, extra="sqlserver") from None
        event.listen(engine, "connect", lambda connection, _: self.prepare(connection))
        speech.listen(engine, speech.sqlserver)
        examination.listen(engine, self, self.title, self.stored)
        return engine

    def prepare(self, connection: DBAPIConnection) -> None:
        cursor = connection.cursor()
        cursor.execute(SESSION)
        cursor.execute("select cast(serverproperty('ProductMajorVersion') as int)")
        (version,) = cursor.fetchone() or (0,)
        cursor.close()
        connection.commit()
        if (version or 0) < OLDEST:
            raise RejectedError("system.sqlserver_old", system=self.title)

    def quote(self, name: str) -> str:
        shared.refuse_long(name, len(name), LONGEST)
        if "]" in name or "[" in name:  # the speech reads names as one token
            raise CatalogError("name.too_long", name=name, most=LONGEST)
        return shared.literal_colons(f"[{'#' if name in TRANSIENT else ''}{name}]")

    def concat(self, parts: Sequence[str]) -> str:
        return "(" + " + ".join(parts) + ")"

    def octets(self, expr: str) -> str:
        return plain(f"datalength({expr})")

    def fingerprint(self, expr: str) -> str:
        return f"cast(lower(convert(varchar(32), hashbytes('MD5', {expr}), 2)) as varchar(max))"

    def raw(self, expr: str, column: Column) -> str:
        return f"cast({expr} as varbinary(max))" if column.type.kind == "bytes" else self.canonical(expr, column)

    def escape(self, text: str) -> str:
        return f"replace(replace(replace(replace({text}, '\\', '\\\\'), char(9), '\\t'), char(10), '\\n'), char(13), '\\r')"

    def canonical(self, expr: str, column: Column) -> str:
        native = column.native
        match column.type.kind:
            case "string" | "json":
                return utf8(expr, native)
            case "integer":
                return plain(f"cast({expr} as bigint)")
            case "decimal":
                exact = expr if native.startswith(sqlserver_guard.WHOLE) else f"cast({expr} as decimal(38,{column.type.scale or 0}))"
                return trimmed(plain(exact)) if column.type.scale else plain(exact)
            case "float":
                return double(f"cast({expr} as float(53))")
            case "boolean":
                return plain(f"cast({expr} as int)")
            case "date":
                return f"convert(varchar(max), cast({expr} as date), 23)"
            case "time":
                return trimmed(f"convert(varchar(max), cast({expr} as time(6)), 121)")
            case "duration":
                of_clock = native.startswith("time")
                return trimmed(f"convert(varchar(max), cast({expr} as time(6)), 121)") if of_clock else plain(expr)
            case "timestamptz":
                return wall(f"cast(switchoffset(cast({expr} as datetimeoffset(6)), '+00\\:00') as datetime2(6))")
            case "bytes":
                return f"('\\x' + lower(convert(varchar(max), cast({expr} as varbinary(max)), 2)))"
        return wall(expr, native)

    def characters(self, expr: str, column: Column) -> str:
        # LEN leaves trailing blanks out, and counts 𠮷 as two but under a collation of supplementary characters
        return f"(len(cast({expr} as nvarchar(max)) collate {UTF8} + 'x') - 1)"

    def row_text(self, columns: Sequence[tuple[str, Column]]) -> str:
        return shared.row_text(self, columns)

    def line(self, columns: Sequence[tuple[str, Column]]) -> str:
        return shared.line(self, columns)

    def block(self, expr: str, number: int) -> str:
        return f"coalesce(cast({expr} as bigint) / {NEIGHBOURS} % {number}, 0)"

    def bucket(self, hashed: str, number: int) -> str:
        return f"{hashed} % {number}"

    def hash(self, text: str) -> str:
        first = f"left(convert(varchar(32), hashbytes('MD5', {text}), 2), 15)"
        return f"cast(convert(varbinary(8), '0' + {first}, 2) as bigint)"

    def tally(self, hashed: str, passed: str) -> str:
        counted = f"case when {passed} then {hashed} end" if passed else hashed
        unhashed = f"sum(case when {passed + ' and ' if passed else ''}{hashed} is null then 1 else 0 end)"
        refused = f"sum(case when {passed} then 0 else 1 end)" if passed else "0"
        # written side by side: a decimal of 38 digits cannot hold their sum
        summed = f"sum(cast({counted} as decimal(38,0)))"
        return self.concat([digits(refused, 10), digits(unhashed, 10), digits(summed, 40)])

    def total(self, hashed: str) -> str:
        return plain(f"coalesce(sum(cast({hashed} as decimal(38,0))), 0)")

    def fits(self, expr: str, column: Column, target: str) -> str | None:
        return sqlserver_guard.fits(expr, column, target)

    def shown(self, expr: str, column: Column) -> str:
        if column.native.startswith(("binary", "varbinary", "image", "timestamp", "rowversion")):
            return f"('\\x' + lower(convert(varchar(max), cast({expr} as varbinary(max)), 2)))"
        return utf8(expr, column.native)

    def reads(self, wanted: FieldType, native: str) -> bool:
        return sqlserver_guard.reads(wanted, native)

    def holds(self, wanted: FieldType, native: str) -> bool:
        return sqlserver_guard.holds(wanted, native)

    def takes(self, expr: str, column: Column) -> str | None:
        return sqlserver_guard.takes(expr, column)

    def value(self, bind: str, column: Column) -> str:
        match column.type.kind:
            case "integer":
                return f"cast({bind} as bigint)"
            case "string" | "json":
                return octets(bind, "")  # compared in bytes: = leaves trailing blanks out under every collation
            case "decimal":
                return f"cast({bind} as decimal(38,18))"
            case "float":
                return f"cast({bind} as float(53))"
            case "boolean":
                return f"cast({bind} as bit)"
            case "date" | "time" | "timestamp":
                native = DECLARED[column.type.kind]
                return f"convert({native}, {bind}, {23 if column.type.kind == 'date' else 121})"
            case "timestamptz":
                return f"todatetimeoffset(convert(datetime2(6), {bind}, 121), '+00\\:00')"
            case "bytes":
                return f"convert(varbinary(max), substring({bind}, 3, len({bind})), 2)"
            case "duration":
                return f"cast({bind} as varchar(24))"
        raise TypeError(column.type.kind)

    def stored(self, bind: str, column: Column) -> str:
        """SQL that turns a bound canonical text into what a column of the field's type stores."""
        match column.type.kind:
            case "string" | "json":
                return f"cast({bind} as nvarchar(max))"
            case "decimal":
                return f"cast({bind} as decimal(38,{column.type.scale or 0}))"
        return self.value(bind, column)

    def compared(self, expr: str, column: Column) -> str:
        return octets(expr, column.native) if column.type.kind in ("string", "json") else expr

    def like(self, expr: str, bind: str, column: Column) -> str:
        return f"{self.canonical(expr, column)} like cast({bind} as nvarchar(max)) escape '\\'"

    def pattern(self, text: str) -> str:
        return text.replace("[", "\\[")

    def equal(self, left: str, right: str, column: Column) -> str:
        if column.type.kind not in ("string", "json"):
            return f"{left} = {right}"
        if right.startswith("cast("):  # a bound value
            return f"{octets(left, column.native)} = {right}"
        # the collation finds candidates by index, the bytes decide
        return f"({left} = {right} collate {column.collation or UTF8} and {octets(left, column.native)} = {octets(right, '')})"

    def alike(self, expr: str, column: Column) -> str | None:
        return f"{expr} collate {column.collation}" if column.collation else None

    def differs(self, left: str, right: str, column: Column) -> str:
        if column.type.kind in ("string", "json"):
            left, right = octets(left, column.native), octets(right, "")
        elif column.type.kind in ("float", "timestamp", "duration"):
            left, right = self.canonical(left, column), self.canonical(right, Column(column.field, column.type, column.source))
        return f"exists (select {left} except select {right})"

    def mapping(self, pairs: Mapping[str, str], alias: str) -> str:
        rows = ", ".join(f"({_literal(s)}, {_literal(c)})" for s, c in pairs.items())
        return f"(values {rows}) as {alias}(source, code)"

    def declare(self, wanted: FieldType, *, key: bool = False) -> str:
        if wanted.kind == "decimal":
            return f"decimal({wanted.precision},{wanted.scale})"
        if wanted.kind == "string":
            # a character outside the common plane takes two places
            length = 2 * (wanted.length or 200 if key else wanted.length or 0)
            native = f"nvarchar({length})" if 0 < length <= (400 if key else 4000) else "nvarchar(400)" if key else DECLARED["string"]
            return f"{native} collate Latin1_General_100_BIN2"
        return DECLARED[wanted.kind]

    def declare_staged(self, wanted: FieldType, *, key: bool) -> str:
        if wanted.kind == "decimal":
            return f"decimal(38,{wanted.scale})"
        return self.declare(FieldType("string"), key=key) if wanted.kind == "string" else self.declare(wanted)

    def crowded(self, wanted: Sequence[FieldType]) -> bool:
        octets = [4 * t.length for t in wanted if t.kind == "string" and t.length and 4 * t.length <= 8000]
        return sum(24 for _ in octets) > 8000  # a long text leaves the page and costs it 24

    def row_number(self) -> str:
        return "hub_row bigint identity(1,1) primary key"

    def workspace(self, url: URL) -> tuple[str | None, str]:
        return None, "campus_hub_"

    def shape(self, connection: Connection, relation: Relation) -> Shape | None:
        if relation.query:
            found = connection.execute(text(SHAPE_OF_QUERY), {"query": relation.query}).all()
            return Shape({name: NativeColumn(name, native, True, UTF8) for name, native in found if name})
        rows = connection.execute(text(SHAPE_OF_TABLE), {"name": self._named(relation)}).all()
        key = tuple(row[0] for row in sorted((row for row in rows if row[8]), key=lambda row: row[8]))
        columns = {
            name: NativeColumn(name, described_type(kind, length, precision, scale), bool(nullable), collation, extra)
            for name, kind, length, precision, scale, nullable, collation, extra, _ in rows
        }
        return Shape(columns, key) if rows else None

    def around(self, connection: Connection, relation: Relation) -> Around:
        return sqlserver_around.QUESTIONS.ask(connection, {"name": self._named(relation)}, self.quote)

    def _named(self, relation: Relation) -> str:
        return ".".join(self.quote(part).replace("\\:", ":") for part in (relation.schema, relation.table) if part)

    def pin(self, connection: Connection, *relations: Relation) -> None:
        if connection.execute(text(PINNABLE)).scalar_one() != 1:
            raise RejectedError("system.no_snapshot", system=connection.get_execution_options()["campus_system"])
        connection.rollback()
        driver: Any = connection.connection.driver_connection  # Any: pymssql's own connection
        driver.autocommit(True)  # it begins a transaction early, and the level of one that has begun is not to be changed
        with driver.cursor() as cursor:
            cursor.execute("set transaction isolation level snapshot")
        driver.autocommit(False)

    def transactional(self, connection: Connection, relation: Relation) -> bool:
        return True

    def clock(self, connection: Connection) -> datetime:
        moment: datetime = connection.execute(text("select sysutcdatetime()")).scalar_one()
        return moment.replace(tzinfo=UTC)

    def lines(
        self, connection: Connection, columns: Sequence[tuple[str, Column]], tail: str, binds: Binds, *, plain: bool = False
    ) -> Iterator[bytes]:
        values = ", ".join(self.canonical(expr, column) for expr, column in columns)
        result = connection.execution_options(stream_results=True).execute(text(f"select {values} {tail}"), binds)
        for rows in result.partitions(BATCH):
            yield speech.lines([[None if value is None else str(value) for value in row] for row in rows], join)

    def load(self, connection: Connection, table: str, columns: Sequence[Column], chunks: Iterator[bytes]) -> None:
        names = ", ".join(self.quote(column.field) for column in columns)
        places = ", ".join(self.stored(f":v{at}", column) for at, column in enumerate(columns))
        statement = text(f"insert into {table} ({names}) values ({places})")
        for chunk in chunks:
            rows = [dict(zip((f"v{at}" for at in range(len(columns))), split(it), strict=True)) for it in chunk.decode().split("\n")[:-1]]
            for start in range(0, len(rows), BATCH):
                connection.execute(statement, rows[start : start + BATCH])

    def settle(self, connection: Connection, table: str, key: Sequence[Column]) -> None:
        if key:
            connection.execute(text(f"create index hub_key on {table} ({', '.join(self.quote(c.field) for c in key)})"))

    def begin_publish(self, connection: Connection, table: str) -> None:
        connection.rollback()
        # other writers wait; readers go on where the database has READ_COMMITTED_SNAPSHOT on
        connection.execute(text(f"select count(*) from {table} with (tablock, updlock, holdlock) where 1 = 0"))

    def loosen(self, connection: Connection) -> None:
        pass  # a statement is checked at its end, and rows that refer to one another come in one

    def violated(self, connection: Connection, relation: Relation) -> list[str]:
        return []  # it tells the name

    def update(self, table: str, staged: str, on: str, columns: Sequence[Column], differs: str) -> str:
        # no MERGE: its HOLDLOCK, trigger and index faults are known and stay
        values = ", ".join(f"{self.quote(c.source)} = s.{self.quote(c.field)}" for c in columns)
        return f"update t set {values} from {table} as t join {staged} as s on {on} where {differs}"

    def delete(self, table: str, where: str) -> str:
        return f"delete t from {table} as t where {where}"

    def drop(self, table: str) -> str:
        return f"drop table if exists {table}"

    def translate(self, error: Exception, system: str) -> CampusError:
        original = getattr(error, "orig", error)
        code = original.args[0] if getattr(original, "args", None) and isinstance(original.args[0], int) else 0
        if code in DOWN or not code:
            return UnavailableError("system.unavailable", system=system, code=code or type(original).__name__)
        if code == 3952:
            return RejectedError("system.no_snapshot", system=system)
        if code in CONSTRAINT:
            told = original.args[1] if len(original.args) > 1 else ""
            found = NAMED.search(told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told))
            return RejectedError("target.constraint", system=system, constraint=next(filter(None, found.groups())) if found else code)
        if code in VALUE:
            return RejectedError("system.value", system=system, code=code)
        return UnprovenError("system.error", system=system, code=code)


def described_type(kind: str, length: int, precision: int, scale: int) -> str:
    """Write a column's type as it would be declared."""
    match kind:
        case "nvarchar" | "nchar":
            return f"{kind}({'max' if length < 0 else length // 2})"
        case "varchar" | "char" | "varbinary" | "binary":
            return f"{kind}({'max' if length < 0 else length})"
        case "decimal" | "numeric":
            return f"{kind}({precision},{scale})"
        case "datetime2" | "datetimeoffset" | "time":
            return f"{kind}({scale})"
    return kind


def _literal(value: str) -> str:
    return shared.literal_colons("N'" + value.replace("'", "''") + "'")
