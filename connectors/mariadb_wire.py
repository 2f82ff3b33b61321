"""Rows as lines straight from the protocol's packets and into them: PyMySQL's own way of a row costs five times as much.

It relies on what PyMySQL keeps of its connection: the buffered reader, the next packet's number, the result that is being read.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pymysql import err
from pymysql.connections import Connection
from pymysql.constants import COMMAND, CR
from pymysql.cursors import SSCursor

from catalog.errors import UnprovenError

CHUNK = 1 << 18
SENT = 1 << 16  # bytes of a packet that is sent, far below what servers are set to take
WHOLE = 0xFFFFFF  # a longer value goes on in the next packet
NULL, SHORT, MIDDLE, LONG, ENDED, FAILED = 0xFB, 0xFC, 0xFD, 0xFE, 0xFE, 0xFF
LEADS = {SHORT: 3, MIDDLE: 4, LONG: 9}  # bytes before a value that is longer than 250


def stream(connection: "Connection[Any]", statement: str, parameters: Mapping[str, object] | None) -> Iterator[bytes]:
    """Yield the values of a query's only column, a line each, in chunks.

    UnprovenError for a NULL: the server gives none but for a value that outgrew its packet.
    """
    cursor = SSCursor(connection)
    try:
        cursor.execute(statement, parameters)
        lines: list[bytes] = []
        size = 0
        for value in _values(connection):
            lines.append(value)
            size += len(value)
            if size >= CHUNK:
                yield b"\n".join(lines) + b"\n"
                lines, size = [], 0
        if lines:
            yield b"\n".join(lines) + b"\n"
    finally:
        cursor.close()


def send(connection: Any, statement: str, chunks: Iterator[bytes]) -> None:  # Any: as below
    """Run a LOAD DATA LOCAL whose file is `chunks`, whatever its name. What they raise is raised when the server has its answer."""
    connection._execute_command(COMMAND.COM_QUERY, statement)
    asked = connection._read_packet()
    assert asked.is_load_local_packet(), "the statement loads a local file"
    try:
        for chunk in chunks:
            for start in range(0, len(chunk), SENT):
                connection.write_packet(chunk[start : start + SENT])
    except Exception:
        if connection.open:
            _ended(connection)
        raise
    except BaseException:  # it may have stopped within a packet
        connection._force_close()
        raise
    _ended(connection)


def _ended(connection: Any) -> None:  # Any: as below
    connection.write_packet(b"")
    connection._read_packet()


def _values(connection: Any) -> Iterator[bytes]:  # Any: what PyMySQL keeps for itself is in no stub
    read = connection._rfile.read
    while True:
        try:
            head = read(4)
            size = head[0] | head[1] << 8 | head[2] << 16
            body = read(size)
        except (OSError, IndexError):
            raise _lost(connection) from None
        if len(body) < size or head[3] != connection._next_seq_id:
            raise _lost(connection)
        connection._next_seq_id = (head[3] + 1) % 256
        first = body[0]
        if first < NULL:
            yield body[1:]
        elif first == ENDED and size < 9:
            connection._result.unbuffered_active = False
            return
        elif first == FAILED:
            connection._result.unbuffered_active = False
            err.raise_mysql_exception(body)
        elif first == NULL:
            raise UnprovenError("proof.unhashed", rows=1)
        else:
            yield (body if size < WHOLE else _continued(connection, body))[LEADS[first] :]


def _lost(connection: Any) -> err.OperationalError:  # Any: as above
    connection._result.unbuffered_active = False  # nothing more to wait for
    connection._force_close()
    return err.OperationalError(CR.CR_SERVER_LOST, "")


def _continued(connection: Any, body: bytes) -> bytes:  # Any: as above
    parts = [body]
    while len(parts[-1]) == WHOLE:
        head = connection._read_bytes(4)
        connection._next_seq_id = (head[3] + 1) % 256
        parts.append(connection._read_bytes(head[0] | head[1] << 8 | head[2] << 16))
    return b"".join(parts)
