"""PostgreSQL's own forms of a row, for flows that stay on it: binary COPY in the stage's types, and a hash of the row's binary image.

The hash is only comparable between servers that compute it alike (`signature`); everywhere else the md5 of the canonical text serves.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.waiting import Ready, Wait
from sqlalchemy import Connection, text

from connectors.dialect import Binds
from connectors.selection import Column

CHUNK = 1 << 18
# array functions, since no hash of bytea can be called by itself; hashing the columns one by one and adding would not see
# two values swapped between rows, and the hash of a bigint folds it to 32 bits: so the image is hashed as a whole
HASH = "(hash_array_extended(array[record_send(row({values}))], 0) & 9223372036854775807)"
SIGNATURE = (
    "select cast(current_setting('server_version_num') as int) / 10000 || ' ' || "
    "hash_array_extended(array[record_send(row(cast(1 as bigint), cast('校 ' as text), cast(1.50 as numeric)))], 0)"
)
# a bucket is an expression, whose values the planner takes for as many as there are rows: it would sort them all
SPREAD = {"enable_sort": "off", "parallel_setup_cost": "0", "parallel_tuple_cost": "0"}
IMAGED = {"enable_sort": "off", "work_mem": "'64MB'", "max_parallel_workers_per_gather": "0"}  # for half a million rows at a time
ORDERED = {"jit": "off"}  # whose programs for a few casts cost more than they save
Canonical = Callable[[str, Column], str]


def signature(connection: Connection) -> str:
    """Tell major version and hash of a known row: servers that agree on both hash every row alike."""
    return f"postgresql {connection.execute(text(SIGNATURE)).scalar_one()}"


def row_hash(columns: Sequence[tuple[str, Column]], canonical: Canonical) -> str:
    """SQL for the hash of a row's binary image, 63 bits; equal where the canonical texts are equal."""
    return HASH.format(values=", ".join(_image(expr, column, canonical) for expr, column in columns))


def _image(expr: str, column: Column, canonical: Canonical) -> str:
    match column.type.kind:
        case "decimal":
            return f"trim_scale({typed(expr, column, canonical)})"  # 12.50 = 12.5
        case "duration":
            return canonical(expr, column)  # 1 day = 24 hours
        case "json":
            return canonical(expr, column)
        case "float":
            # every NaN is one NaN, whatever its bits
            value = typed(expr, column, canonical)
            return f"case when {value} = 'NaN' then 'NaN' else {value} end"
    return typed(expr, column, canonical)


def typed(expr: str, column: Column, canonical: Canonical) -> str:
    """SQL for a value in the type that the stage declares for it, without a detour over text."""
    match column.type.kind:
        case "string":
            return canonical(expr, column)
        case "json":
            return f"cast({canonical(expr, column)} as json)"
        case "decimal":
            number = f"cast({expr} as text)" if column.native in ("real", "double precision") else expr
            return f"cast({number} as numeric)"
        case "boolean":
            return f"cast(cast({expr} as int) as boolean)" if column.native != "boolean" else expr
        case "integer":
            return f"cast({expr} as bigint)"
        case "float":
            return f"cast({expr} as double precision)"
        case "bytes":
            return f"cast({expr} as bytea)"
        case "duration":
            return f"cast({expr} as interval)"
        case "time":
            return f"cast({expr} as time(6))"
        case kind:  # date, timestamp, timestamptz
            return f"cast({expr} as {kind})"


@contextmanager
def planning(connection: Connection, settings: Mapping[str, str]) -> Iterator[None]:
    """Let the planner follow these settings meanwhile."""
    connection.execute(text("; ".join(f"set local {name} = {value}" for name, value in settings.items())))
    yield
    connection.execute(text("; ".join(f"set local {name} to default" for name in settings)))


@contextmanager
def beside(connection: Connection) -> Iterator[Connection]:
    """Open a second connection, whose transaction reads at the moment of the first one's."""
    moment = connection.execute(text("select pg_export_snapshot()")).scalar_one()
    with connection.engine.connect() as other:
        other.execute(text("set transaction isolation level repeatable read, read only"))
        other.execute(text(f"set transaction snapshot '{moment}'"))
        yield other


def read(connection: Connection, values: Sequence[str], tail: str, binds: Binds) -> Iterator[tuple[int, bytes]]:
    """Stream `select values tail` in PostgreSQL's binary COPY form: chunks, and how many rows each holds."""
    yield from stream(connection, f"copy (select {', '.join(values)} {tail}) to stdout (format binary)", binds)


def write(connection: Connection, table: str, names: str, chunks: Iterator[bytes]) -> None:
    """Load what `read` yields into a table whose columns have the very types that were read."""
    driver: Any = connection.connection.driver_connection  # Any: psycopg's own connection
    with driver.cursor() as cursor, cursor.copy(f"copy {table} ({names}) from stdin (format binary)") as copy:
        for chunk in chunks:
            copy.write(chunk)


def stream(connection: Connection, statement: str, binds: Binds) -> Iterator[tuple[int, bytes]]:
    """Stream the output of a COPY statement: chunks of whole rows, and how many each holds."""
    compiled = text(statement).bindparams(**binds).compile(dialect=connection.dialect)
    plain = str(compiled) if compiled.params else str(compiled).replace("%%", "%")  # psycopg undoubles only where it binds
    driver: Any = connection.connection.driver_connection  # Any: psycopg's own connection
    with driver.cursor() as cursor, cursor.copy(plain, compiled.params or None):
        whole: list[bytes] = []
        size = 0
        for row in _rows(driver):
            whole.append(row)
            size += len(row)
            if size >= CHUNK:
                yield len(whole), b"".join(whole)
                whole, size = [], 0
        if whole:
            yield len(whole), b"".join(whole)


def _rows(driver: Any) -> Iterator[bytes]:  # Any: psycopg's own connection
    """Yield what a COPY under way sends: a row at a time, as libpq hands them out; psycopg's own loop costs twice as much."""
    server = driver.pgconn
    while (got := server.get_copy_data(1))[0] >= 0:
        if got[0]:
            yield bytes(got[1])
        else:
            driver.wait(_readable())
            server.consume_input()
    result = server.get_result()
    if result.status != ExecStatus.COMMAND_OK:
        raise error_from_result(result)
    while server.get_result():
        pass


def _readable() -> Generator[Wait, Ready, None]:
    while not (yield Wait.R):
        pass
