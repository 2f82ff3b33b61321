"""Rows of a MariaDB as lines; and digested by the way: session variables add up the hashes of the very rows that are told."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

from catalog.errors import RejectedError, UnprovenError
from connectors import dialect as shared
from connectors import mariadb_wire
from connectors.dialect import REFUSED, UNHASHED, Binds
from connectors.mariadb_text import OCTETS
from connectors.selection import Column

BEGIN = "set @hub_rows = 0, @hub_row = cast(0 as decimal(65,0)), @hub_total = cast(0 as decimal(65,0))"
ADDED = "(@hub_rows := @hub_rows + 1) + (@hub_total := @hub_total + (@hub_row := {hashed}))"
TOLD = "select cast(@hub_rows as unsigned), cast(@hub_total as char)"
KEPT = b"\\R"  # in place of a refused row; a backslash of a value is never alone


def counted(hashed: str, passed: str) -> str:
    """SQL for what a row adds to a tally: its hash, UNHASHED where it has none, REFUSED where a guard keeps it back."""
    present = f"coalesce({hashed}, {UNHASHED})"
    return f"case when {passed} then {present} else {REFUSED} end" if passed else present


def lines(connection: Connection, columns: Sequence[tuple[str, Column]], tail: str, binds: Binds, *, plain: bool) -> Iterator[bytes]:
    """Stream rows as Dialect.lines says."""
    return _stream(connection, f"cast({_line(columns, plain)} as binary)", tail, binds)


def tallied(
    connection: Connection, columns: Sequence[tuple[str, Column]], hashed: str, tail: str, binds: Binds, *, plain: bool
) -> Iterator[bytes]:
    """Stream rows as `lines` does, without those that `hashed` counts as refused; `tally` tells what they all add up to."""
    connection.execute(text(BEGIN))
    kept = f"{ADDED.format(hashed=hashed)} is null or @hub_row = {REFUSED}"
    told = f"case when {kept} then _binary 0x{KEPT.hex()} else cast({_line(columns, plain)} as binary) end"
    for chunk in _stream(connection, told, tail, binds):
        yield chunk if KEPT not in chunk else b"".join(line + b"\n" for line in chunk.split(b"\n")[:-1] if line != KEPT)


def tally(connection: Connection) -> tuple[int, str]:
    """Return how many rows `tallied` read, and their total as Dialect.tally sums it."""
    rows, total = connection.execute(text(TOLD)).one()
    return int(rows), str(total)


def _line(columns: Sequence[tuple[str, Column]], plain: bool) -> str:
    return shared.compose(OCTETS, columns, OCTETS.plain if plain else OCTETS.canonical)


def _stream(connection: Connection, value: str, tail: str, binds: Binds) -> Iterator[bytes]:
    compiled = text(f"select {value} {tail}").bindparams(**binds).compile(dialect=connection.dialect)
    parameters = compiled.params or None
    statement = str(compiled) if parameters else str(compiled).replace("%%", "%")  # PyMySQL undoubles only where it binds
    driver: Any = connection.connection.driver_connection  # Any: PyMySQL's own connection
    try:
        yield from mariadb_wire.stream(driver, statement, parameters)
    except UnprovenError:  # the server dropped a value that outgrew its packet
        raise RejectedError("system.packet", system=connection.get_execution_options()["campus_system"]) from None
