"""The lane: how rows travel from a source into a stage. The cheapest faithful way for each pair of engines; none bends a cell.

binary      PostgreSQL → PostgreSQL      COPY's binary form passed through, in the stage's own types
plain       between PostgreSQL, MariaDB  lines that the server builds, each value as its own type writes it
canonical   SQLite; masks, code tables   lines of canonical text: it is stored, or looked at on the way
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from sqlalchemy import Connection

from connectors import postgresql_native
from connectors.database import dialect_of, telling
from connectors.dialect import Dialect
from connectors.guard import Guards
from connectors.reading import Reading
from connectors.selection import Column

Lane = Literal["binary", "plain", "canonical"]
SERVERS = ("postgresql", "mariadb")


def choose(reading: Reading, target: Dialect, *, looked_at: bool) -> Lane:
    """Choose the lane of a reading; `looked_at` says that somebody on the way, or a code table in the stage, needs canonical text."""
    if looked_at or reading.dialect.name not in SERVERS or target.name not in SERVERS:
        return "canonical"
    whole = reading.selection.keys is None  # a list of keys is several statements
    return "binary" if whole and reading.dialect.engine == target.engine == "postgresql" else "plain"


def read(reading: Reading, lane: Lane) -> Iterator[tuple[int, bytes]]:
    """Stream a reading's rows as the lane carries them: chunks, and how many rows each holds."""
    if lane == "binary":
        return reading.binary()
    return _numbered(reading.lines(plain=lane == "plain"))


def tallied(reading: Reading, lane: Lane, guards: Guards) -> Iterator[tuple[int, bytes]]:
    """Stream a MariaDB's rows that all guards let pass as `read` does, and digest them meanwhile (Reading.told)."""
    return _numbered(reading.tallied(guards, plain=lane == "plain"))


def _numbered(chunks: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    return ((chunk.count(b"\n"), chunk) for chunk in chunks)


def load(connection: Connection, dialect: Dialect, table: str, columns: Sequence[Column], chunks: Iterator[bytes], lane: Lane) -> None:
    """Load what `read` streams, or what a mask made of it, into a stage."""
    if not connection.in_transaction():
        connection.begin()  # the driver is used directly: a rollback is to undo it all the same
    with telling(connection):
        if lane == "binary":
            names = ", ".join(dialect.quote(column.field) for column in columns).replace("\\:", ":")
            postgresql_native.write(connection, table, names, chunks)
        else:
            dialect.load(connection, table, columns, chunks)


def hash_of_both(source: Connection, target: Connection) -> str:
    """Name the row hash that both ends compute alike: PostgreSQL's own where they agree on it, SHA-256 where both have it, else md5."""
    engines = {dialect_of(side.engine.url.render_as_string()).engine for side in (source, target)}
    if engines == {"postgresql"}:
        mine, theirs = postgresql_native.signature(source), postgresql_native.signature(target)
        return mine if mine == theirs else "sha256"
    return "sha256" if engines <= set(SERVERS) else "md5"
