"""MariaDB and MySQL through PyMySQL: strict mode, UTC, binary comparison, server-built lines, LOAD DATA LOCAL without a file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pymysql.constants import FIELD_TYPE
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from catalog.errors import CampusError, RejectedError, UnavailableError, UnprovenError
from catalog.field_type import FieldType
from connectors import dialect as shared
from connectors import mariadb_around, mariadb_guard, mariadb_lines, mariadb_wire
from connectors.around import Around
from connectors.block import NEIGHBOURS
from connectors.dialect import Binds
from connectors.line import split
from connectors.mariadb_text import BINARY, CHARACTERS, OCTETS
from connectors.selection import Column, NativeColumn, Relation, Shape

LONGEST = 64  # characters of a name
PAGE, ROW = 8000, 65000  # bytes of a row that InnoDB keeps together, and that a row's bounded texts may have
KEY_LENGTH = 191  # characters of a staged text key that the hub's index takes
DECLARED = {
    "string": "longtext", "integer": "bigint", "float": "double", "boolean": "tinyint(1)", "date": "date", "time": "time(6)",
    "duration": "time(6)", "timestamp": "datetime(6)", "timestamptz": "datetime(6)", "bytes": "longblob", "json": "longtext",
}  # fmt: skip
# the types of a query's result, by the protocol's numbers
NATIVE: Mapping[object, str] = {
    FIELD_TYPE.TINY: "tinyint", FIELD_TYPE.SHORT: "smallint", FIELD_TYPE.INT24: "mediumint", FIELD_TYPE.LONG: "int",
    FIELD_TYPE.LONGLONG: "bigint", FIELD_TYPE.YEAR: "year", FIELD_TYPE.NEWDECIMAL: "decimal", FIELD_TYPE.FLOAT: "float",
    FIELD_TYPE.DOUBLE: "double", FIELD_TYPE.DATE: "date", FIELD_TYPE.TIME: "time", FIELD_TYPE.DATETIME: "datetime",
    FIELD_TYPE.TIMESTAMP: "timestamp", FIELD_TYPE.STRING: "char", FIELD_TYPE.VAR_STRING: "varchar", FIELD_TYPE.BLOB: "longtext",
    FIELD_TYPE.BIT: "bit",
}  # fmt: skip
UNAVAILABLE = {1040, 1044, 1045, 1049, 1053, 1129, 1130, 1142, 1143, 1152, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1226, 1227, 1698,
               1969, 2002, 2003, 2005, 2006, 2013, 2055, 1, 3, 28, 1021, 1026, 1114, 1317, 1927, 0}  # fmt: skip
# where each of these errors says the name of the constraint or column; nothing else is taken of a text that may carry values
CONSTRAINT = {
    1022: "", 1048: r"^Column '([^']+)'", 1062: r" for key '([^']+)'$", 1169: "", 1216: "", 1217: "", 1364: r"^Field '([^']+)'",
    1451: r"CONSTRAINT `([^`]+)`", 1452: r"CONSTRAINT `([^`]+)`", 4025: r"^CONSTRAINT `([^`]+)`",
}  # fmt: skip
PACKET = {1153, 1301}
VALUE = {1118, 1264, 1265, 1292, 1366, 1406, 1411, 1425, 1426, 1439, 1690, 3819}
UNESCAPED = re.compile(rb"\\(\\|f|v)")


class MariaDB:
    """MariaDB 10.5 and newer; MySQL 8 as far as its dialect is the same."""

    name = engine = "mariadb"

    def open(self, url: URL, *, statement_timeout: float | None, limited: bool = False, alone: bool = False) -> Engine:
        arguments = {"local_infile": True, "charset": "utf8mb4", "connect_timeout": 10, "autocommit": False}
        # the mysql dialect, not mariadb: it is the one that quality's engine speaks too
        engine = create_engine(url, **shared.closing(alone), connect_args=arguments)
        event.listen(engine, "connect", lambda connection, _: self.prepare(connection))
        if statement_timeout:
            event.listen(engine, "connect", lambda c, _: c.query(f"set session max_statement_time = {float(statement_timeout)}"))
        return engine

    def prepare(self, connection: DBAPIConnection) -> None:
        driver: Any = connection  # Any: PyMySQL's own connection
        with driver.cursor() as cursor:
            cursor.execute(f"set names utf8mb4 collate {BINARY}")
            cursor.execute(
                "set session sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00',"
                " group_concat_max_len = 1048576, net_write_timeout = 600, net_read_timeout = 600"
            )

    def quote(self, name: str) -> str:
        shared.refuse_long(name, len(name), LONGEST)
        return shared.literal_colons("`" + name.replace("`", "``") + "`")

    def concat(self, parts: Sequence[str]) -> str:
        return "concat(" + ", ".join(parts) + ")"

    def canonical(self, expr: str, column: Column) -> str:
        return CHARACTERS.canonical(expr, column)

    def characters(self, expr: str, column: Column) -> str:
        return f"char_length({self.canonical(expr, column)})"

    def row_text(self, columns: Sequence[tuple[str, Column]]) -> str:
        return OCTETS.concat([OCTETS.empty, *shared.pieces(OCTETS, columns)])  # octets, whatever the collations of the columns

    def line(self, columns: Sequence[tuple[str, Column]]) -> str:
        return f"{shared.line(CHARACTERS, columns)} collate {BINARY}"

    def block(self, expr: str, number: int) -> str:
        return f"coalesce(cast({expr} as signed) div {NEIGHBOURS} % {number}, 0)"

    def bucket(self, hashed: str, number: int) -> str:
        return f"{hashed} % {number}"

    def hash(self, text: str) -> str:
        return f"cast(conv(substr(md5({text}), 1, 15), 16, 10) as unsigned)"

    def tally(self, hashed: str, passed: str) -> str:
        return f"coalesce(sum({mariadb_lines.counted(hashed, passed)}), 0)"

    def total(self, hashed: str) -> str:
        return f"coalesce(sum({hashed}), 0)"

    def fits(self, expr: str, column: Column, target: str) -> str | None:
        return mariadb_guard.fits(expr, column, target)

    def shown(self, expr: str, column: Column) -> str:
        text = self.canonical(expr, replace(column, type=FieldType("string")))
        lost = mariadb_guard.loses(expr, column)
        return f"if({lost}, concat(_utf8mb4 0x5C78, lower(hex({expr}))), {text})" if lost else text

    def reads(self, wanted: FieldType, native: str) -> bool:
        return mariadb_guard.reads(wanted, native)

    def holds(self, wanted: FieldType, native: str) -> bool:
        return mariadb_guard.holds(wanted, native)

    def takes(self, expr: str, column: Column) -> str | None:
        return mariadb_guard.takes(expr, column)

    def value(self, bind: str, column: Column) -> str:
        match column.type.kind:
            case "integer":
                return f"cast({bind} as {'unsigned' if 'unsigned' in column.native else 'signed'})"
            case "decimal":
                return f"cast({bind} as decimal(65,30))"
            case "float":
                return f"cast({bind} as double)"
            case "date" | "time" | "duration":
                return f"cast({bind} as {'date' if column.type.kind == 'date' else 'time(6)'})"
            case "timestamp" | "timestamptz":
                return f"cast({bind} as datetime(6))"
            case _:
                return bind

    def compared(self, expr: str, column: Column) -> str:
        if column.type.kind != "string" or column.collation == BINARY:  # whose own order is binary, and has an index
            return expr
        if column.native and column.collation is None:  # a query's text, of whatever charset; a UUID or a number
            return f"binary {self.canonical(expr, column)}"
        other = column.collation is not None and not column.collation.startswith("utf8mb4")
        return f"binary convert({expr} using utf8mb4)" if other else f"binary {expr}"  # a bound value's bytes are those of utf8mb4

    def like(self, expr: str, bind: str, column: Column) -> str:
        return f"{self.canonical(expr, column)} like {bind}"

    def pattern(self, text: str) -> str:
        return text

    def equal(self, left: str, right: str, column: Column) -> str:
        if column.type.kind not in ("string", "json"):
            return f"{left} = {right}"
        if column.collation == BINARY:
            return f"{left} = {right}"
        if column.collation is None and column.native:
            same = f"binary {self.canonical(left, column)} = binary {right}"
            return same if column.native.startswith(("bit", "float")) else f"({left} = {right} and {same})"
        if column.collation is None:
            return f"binary {left} = binary {right}"
        if not column.collation.startswith("utf8mb4"):
            return f"convert({left} using utf8mb4) collate {BINARY} = {right}"
        # the collation finds candidates by index, binary decides
        return f"({left} = {right} collate {column.collation} and binary {left} = binary {right})"

    def alike(self, expr: str, column: Column) -> str | None:
        if column.collation is None or column.collation == BINARY:
            return None
        charset = column.collation.partition("_")[0]
        return f"convert({expr} using {charset}) collate {column.collation}"

    def differs(self, left: str, right: str, column: Column) -> str:
        if column.type.kind in ("string", "json"):
            left, right = f"binary {self.canonical(left, column)}", f"binary {right}"
        elif column.type.kind == "float":
            left, right = self.canonical(left, column), self.canonical(right, column)
        return f"not ({left} <=> {right})"

    def mapping(self, pairs: Mapping[str, str], alias: str) -> str:
        (source, code), *others = pairs.items()
        # only a source of the columns' own collation gets a key: without one MariaDB walks all pairs for every row
        first = f"select cast({_literal(source)} as char({KEY_LENGTH})) collate {BINARY} as source, {_literal(code)} as code"
        rows = ", ".join(f"({_literal(s)}, {_literal(c)})" for s, c in others)
        return f"({first}{' union all values ' if rows else ''}{rows}) as {alias}"

    def declare(self, wanted: FieldType, *, key: bool = False) -> str:
        if wanted.kind == "decimal":
            return f"decimal({wanted.precision},{wanted.scale})"
        if wanted.kind in ("string", "json"):
            native = f"varchar({wanted.length})" if wanted.length and wanted.length <= 8000 else "longtext"
            return f"{native} character set utf8mb4 collate {BINARY}"
        return DECLARED[wanted.kind]

    def declare_staged(self, wanted: FieldType, *, key: bool) -> str:
        if wanted.kind == "decimal":
            whole = (wanted.precision or 0) - (wanted.scale or 0)
            return "decimal(65,30)" if whole <= 35 and (wanted.scale or 0) <= 30 else self.declare(wanted)
        if wanted.kind in ("string", "json"):
            native = f"varchar({min(wanted.length or KEY_LENGTH, 700)})" if key else "longtext"
            return f"{native} character set utf8mb4 collate {BINARY}"
        return DECLARED[wanted.kind]

    def crowded(self, wanted: Sequence[FieldType]) -> bool:
        octets = [4 * t.length for t in wanted if t.kind == "string" and t.length and t.length <= 8000]
        # a text of more than 255 bytes may leave the page and costs it 40
        return sum(n if n <= 255 else 40 for n in octets) > PAGE or sum(octets) > ROW

    def row_number(self) -> str:
        return "hub_row bigint not null auto_increment primary key"

    def workspace(self, url: URL) -> tuple[str | None, str]:
        return f"campus_hub_{url.database}"[:64], ""

    def shape(self, connection: Connection, relation: Relation) -> Shape | None:
        if relation.query:
            # a read-only snapshot takes no temporary table, so the empty result's own description tells the types
            result = connection.execute(text(f"select * from ({relation.query}) as r limit 0"))
            described = [(column[0], NATIVE.get(column[1], "")) for column in result.cursor.description] if result.cursor else []
            result.close()
            return Shape({name: NativeColumn(name, native, True) for name, native in described})
        rows = connection.execute(
            text(
                "select column_name, if(data_type = 'enum', column_type, lower(column_type)), is_nullable = 'YES', collation_name,"
                " replace(lower(extra), 'default_generated', '') from information_schema.columns"  # MySQL's word for a default
                " where table_schema = coalesce(:schema, database()) and table_name = :name order by ordinal_position"
            ),
            {"schema": relation.schema, "name": relation.table},
        ).all()
        key = connection.execute(
            text(
                "select column_name from information_schema.statistics where table_schema = coalesce(:schema, database())"
                " and table_name = :name and index_name = 'PRIMARY' order by seq_in_index"
            ),
            {"schema": relation.schema, "name": relation.table},
        ).scalars()
        columns = {row[0]: NativeColumn(row[0], row[1], bool(row[2]), row[3], row[4] or "") for row in rows}
        return Shape(columns, tuple(key)) if rows else None

    def around(self, connection: Connection, relation: Relation) -> Around:
        return mariadb_around.around(connection, relation, self.quote)

    def pin(self, connection: Connection, *relations: Relation) -> None:
        connection.execute(text("set transaction isolation level repeatable read"))
        connection.execute(text("start transaction with consistent snapshot, read only"))

    def transactional(self, connection: Connection, relation: Relation) -> bool:
        query = (
            "select count(*) from information_schema.tables as t left join information_schema.engines as e on e.engine = t.engine"
            " where table_schema = coalesce(:schema, database()) and table_name = :name and table_type = 'BASE TABLE'"
            " and coalesce(transactions, 'NO') <> 'YES'"
        )
        return not connection.execute(text(query), {"schema": relation.schema, "name": relation.table}).scalar_one()

    def clock(self, connection: Connection) -> datetime:
        moment: datetime = connection.execute(text("select utc_timestamp(6)")).scalar_one()
        return moment.replace(tzinfo=UTC)

    def lines(
        self, connection: Connection, columns: Sequence[tuple[str, Column]], tail: str, binds: Binds, *, plain: bool = False
    ) -> Iterator[bytes]:
        return mariadb_lines.lines(connection, columns, tail, binds, plain=plain)

    def load(self, connection: Connection, table: str, columns: Sequence[Column], chunks: Iterator[bytes]) -> None:
        if not connection.execute(text("select @@local_infile")).scalar():
            return self._insert(connection, table, columns, chunks)
        names, values = [], []
        for number, column in enumerate(columns):
            name = self.quote(column.field).replace("\\:", ":")
            names.append(f"@v{number}" if column.type.kind == "bytes" else name)
            if column.type.kind == "bytes":
                values.append(f"{name} = unhex(substr(@v{number}, 3))")
        # LINES TERMINATED must be said: the file's last line ends with it too
        statement = (
            f"load data local infile 'rows' into table {table} character set utf8mb4 fields terminated by '\\t'"
            f" escaped by '\\\\' lines terminated by '\\n' ({', '.join(names)})" + (f" set {', '.join(values)}" if values else "")
        )
        # PostgreSQL's COPY writes \f and \v, which LOAD DATA would take for f and v
        plain = (UNESCAPED.sub(_unescape, chunk) if b"\\f" in chunk or b"\\v" in chunk else chunk for chunk in chunks)
        mariadb_wire.send(connection.connection.driver_connection, statement, plain)
        return None

    def _insert(self, connection: Connection, table: str, columns: Sequence[Column], chunks: Iterator[bytes]) -> None:
        names = ", ".join(self.quote(column.field).replace("\\:", ":") for column in columns)
        places = ", ".join("unhex(substr(%s, 3))" if column.type.kind == "bytes" else "%s" for column in columns)
        driver: Any = connection.connection.driver_connection  # Any: PyMySQL's own connection
        with driver.cursor() as cursor:
            for chunk in chunks:
                rows = [split(line) for line in chunk.decode().split("\n")[:-1]]
                cursor.executemany(f"insert into {table} ({names}) values ({places})", rows)

    def settle(self, connection: Connection, table: str, key: Sequence[Column]) -> None:
        if key:
            connection.execute(text(f"create index hub_key on {table} ({', '.join(self.quote(c.field) for c in key)})"))

    def begin_publish(self, connection: Connection, table: str) -> None:
        # under REPEATABLE READ the proof would read an old snapshot; the level must be set before the transaction's first read
        connection.execute(text("rollback"))
        connection.execute(text("set transaction isolation level read committed"))
        connection.execute(text("start transaction"))

    def loosen(self, connection: Connection) -> None:
        connection.execute(text("set session foreign_key_checks = 0"))  # it checks row by row: `violated` looks when all are there

    def violated(self, connection: Connection, relation: Relation) -> list[str]:
        if connection.execute(text("select @@session.foreign_key_checks")).scalar():
            return []
        return mariadb_around.violated(connection, relation, self.quote)

    def update(self, table: str, staged: str, on: str, columns: Sequence[Column], differs: str) -> str:
        values = ", ".join(f"t.{self.quote(c.source)} = s.{self.quote(c.field)}" for c in columns)
        return f"update {table} as t join {staged} as s on {on} set {values} where {differs}"

    def delete(self, table: str, where: str) -> str:
        return f"delete t from {table} as t where {where}"

    def drop(self, table: str) -> str:
        return f"drop table if exists {table}"

    def translate(self, error: Exception, system: str) -> CampusError:
        original = getattr(error, "orig", error)
        code = original.args[0] if getattr(original, "args", None) and isinstance(original.args[0], int) else 0
        if code in UNAVAILABLE:
            return UnavailableError("system.unavailable", system=system, code=code or type(original).__name__)
        if code in CONSTRAINT:
            found = CONSTRAINT[code] and re.search(CONSTRAINT[code], str(original.args[1]), re.DOTALL)
            return RejectedError("target.constraint", system=system, constraint=found[1] if found else code)
        if code in PACKET:
            return RejectedError("system.packet", system=system)
        if code in VALUE:
            return RejectedError("system.value", system=system, code=code)
        return UnprovenError("system.error", system=system, code=code)


def _unescape(match: re.Match[bytes]) -> bytes:
    return {b"f": b"\f", b"v": b"\v"}.get(match[1], match[0])


def _literal(value: str) -> str:
    return f"_utf8mb4 0x{value.encode().hex()}" if value else "''"
