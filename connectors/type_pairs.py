"""What each pair of types does, told by the code that decides it.

`python -m connectors.type_pairs` prints the tables of docs/reference/types.md; a test holds the page to them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from catalog.field_type import parse
from connectors.database import DIALECTS
from connectors.reading import domain
from connectors.selection import Column

ENGINES: Mapping[str, str] = {
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
    "mariadb": "MariaDB",
    "oracle": "Oracle",
    "mssql": "SQL Server",
}
FIELDS = (
    "string", "integer", "decimal(12,2)", "float", "boolean", "date", "time", "duration", "timestamp", "timestamptz", "bytes", "json",
)  # fmt: skip
GBK = "gbk_chinese_ci"
NATIVES: Mapping[str, Sequence[tuple[str, str | None]]] = {
    "sqlite": [("any", None)],
    "postgresql": [
        ("smallint", None), ("integer", None), ("bigint", None), ("numeric", None), ("numeric(10,2)", None), ("numeric(20,0)", None),
        ("real", None), ("double precision", None), ("boolean", None), ("bit(8)", None), ("bit(64)", None), ("bit varying(8)", None),
        ("date", None), ("timestamp without time zone", None),
        ("timestamp(3) without time zone", None), ("timestamp with time zone", None),
        ("time without time zone", None), ("time with time zone", None), ("interval", None), ("text", None),
        ("character varying(40)", None),
        ("character(8)", None), ("mood (enum)", None), ("uuid", None), ("inet", None), ("json", None), ("jsonb", None), ("integer[]", None),
        ("bytea", None),
    ],
    "mariadb": [
        ("tinyint(1)", None), ("int(11)", None), ("int(5) unsigned zerofill", None), ("bigint(20)", None), ("bigint(20) unsigned", None),
        ("decimal(10,2)", None), ("decimal(65,30)", None), ("float", None), ("double", None), ("bit(1)", None), ("bit(8)", None),
        ("bit(64)", None), ("year(4)", None), ("date", None), ("datetime", None), ("datetime(6)", None), ("timestamp(6)", None),
        ("time", None), ("time(6)", None), ("varchar(40)", "utf8mb4_general_ci"), ("varchar(40)", GBK), ("char(8)", "utf8mb4_general_ci"),
        ("longtext", "utf8mb4_general_ci"), ("enum('a','b')", "utf8mb4_general_ci"), ("set('a','b')", "utf8mb4_general_ci"), ("uuid", None),
        ("inet6", None), ("longblob", None), ("binary(4)", None), ("point", None),
    ],
    "oracle": [
        ("number", None), ("number(10,2)", None), ("number(10,0)", None), ("number(19,0)", None), ("number(38,0)", None), ("float", None),
        ("binary_float", None), ("binary_double", None), ("date", None), ("timestamp(6)", None), ("timestamp(9)", None),
        ("timestamp(6) with time zone", None), ("timestamp(6) with local time zone", None), ("interval day(2) to second(6)", None),
        ("interval year(2) to month", None), ("varchar2(40)", None), ("nvarchar2(40)", None), ("char(8)", None), ("clob", None),
        ("nclob", None), ("long", None), ("raw", None), ("blob", None), ("xmltype", None),
    ],
    "mssql": [
        ("tinyint", None), ("smallint", None), ("int", None), ("bigint", None), ("bit", None), ("decimal(10,2)", None), ("money", None),
        ("float", None), ("real", None), ("date", None), ("datetime", None), ("smalldatetime", None), ("datetime2(6)", None),
        ("datetime2(7)", None), ("datetimeoffset(7)", None), ("time(7)", None), ("nvarchar(40)", "Chinese_PRC_CI_AS"),
        ("nvarchar(max)", "Chinese_PRC_CI_AS"), ("varchar(40)", "Chinese_PRC_CI_AS"), ("char(8)", "Chinese_PRC_CI_AS"),
        ("ntext", "Chinese_PRC_CI_AS"), ("uniqueidentifier", None), ("xml", None), ("varbinary(max)", None), ("binary(4)", None),
        ("image", None), ("timestamp", None), ("sql_variant", None),
    ],
}  # fmt: skip


def read_table(engine: str) -> str:
    """Write what a column of each type of a source can become."""
    return "\n".join(_table("source column", engine, lambda column: _read(engine, column)))


def held_table(engine: str) -> str:
    """Write what a receiver's own column of each type can hold."""
    return "\n".join(_table("receiver's column", engine, lambda column: _held(engine, column)))


def made_table() -> str:
    """Write the column that the hub makes for each field."""
    rows = ["| field | " + " | ".join(ENGINES.values()) + " |", "|---" * (len(ENGINES) + 1) + "|"]
    for field in ("string(20)", *FIELDS):
        made = [DIALECTS[engine].declare(parse(field)).partition(" character set")[0].partition(" collate")[0] for engine in ENGINES]
        rows.append(f"| `{field}` | " + " | ".join(f"`{native}`" for native in made) + " |")
    return "\n".join(rows)


def tables() -> Iterator[tuple[str, str]]:
    """Yield every table with its heading."""
    yield "What the hub makes", made_table()
    for engine, title in ENGINES.items():
        yield f"Reading {title}", read_table(engine)
    for engine, title in ENGINES.items():
        yield f"Writing to a receiver's {title} table", held_table(engine)


def _table(head: str, engine: str, cell: Callable[[Column], str]) -> Iterator[str]:
    yield f"| {head} | " + " | ".join(FIELDS) + " |"
    yield "|---" * (len(FIELDS) + 1) + "|"
    for native, collation in NATIVES[engine]:
        name = f"`{native}`{' in GBK' if collation == GBK else ''}"
        columns = [Column("x", parse(field), "x", native, collation) for field in FIELDS]
        yield f"| {name} | " + " | ".join(cell(it) for it in columns) + " |"


def _read(engine: str, column: Column) -> str:
    dialect = DIALECTS[engine]
    if not dialect.reads(column.type, column.native):
        return "–"
    targets = {target: DIALECTS[target].name for target in ENGINES}
    guarded = [target for target, name in targets.items() if dialect.fits("x", column, domain(dialect.name, name))]
    if len(guarded) in (0, len(ENGINES)):
        return "!" if guarded else "="
    return "! → " + ", ".join(ENGINES[target] for target in guarded)


def _held(engine: str, column: Column) -> str:
    dialect = DIALECTS[engine]
    if not dialect.holds(column.type, column.native):
        return "–"
    return "!" if dialect.takes("x", column) else "="


if __name__ == "__main__":
    print("\n\n".join(f"### {heading}\n\n{table}" for heading, table in tables()))  # noqa: T201  its output is the page
