"""Connections that are kept: for a service whose statements are many and short. Each statement is a transaction of its own."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, LifoQueue
from typing import Any

from sqlalchemy import Connection, Engine, text

from catalog.errors import UnavailableError
from connectors.dialect import WAIT, Binds
from connectors.speech import spoken

Row = Sequence[Any]  # Any: what the driver reads


class Lending:
    """Up to `most` connections of an engine; one whose work failed is not kept."""

    def __init__(self, engine: Engine, most: int, system: str) -> None:
        self.engine, self.most, self.system = engine, most, system
        self._free: LifoQueue[Connection] = LifoQueue()
        self._made, self._closed, self._lock = 0, False, threading.Lock()

    @contextmanager
    def borrowed(self) -> Iterator[Connection]:
        """Lend a connection, opening one while fewer than `most` are. UnavailableError where none is free for long."""
        connection = self._take()
        try:
            yield connection
            if connection.in_transaction():
                connection.rollback()
        except BaseException:
            self._drop(connection)
            raise
        self._free.put(connection)
        if self._closed:
            self.close()

    def close(self) -> None:
        """Close those that are not lent now, and the others when they come back."""
        self._closed = True
        with suppress(Empty):
            while True:
                self._drop(self._free.get_nowait())

    def _take(self) -> Connection:
        try:
            return self._free.get_nowait()
        except Empty:
            pass
        with self._lock:
            more = self._made < self.most
            self._made += more
        if not more:
            try:
                return self._free.get(timeout=WAIT)
            except Empty:
                raise UnavailableError("system.unavailable", system=self.system, code="busy") from None
        try:
            return self.engine.connect()
        except BaseException:
            self._made -= 1
            raise

    def _drop(self, connection: Connection) -> None:
        with self._lock:
            self._made -= 1
        connection.invalidate()
        connection.close()


class Statement:
    """A statement in its driver's own words, written once; running it costs what the driver costs."""

    def __init__(self, connection: Connection, sql: str) -> None:
        compiled = text(spoken(connection.engine, sql)).compile(dialect=connection.dialect)
        self.sql, self.order = str(compiled), compiled.positiontup if compiled.positional else None

    def rows(self, connection: Connection, binds: Binds) -> list[Row]:
        """Run it and read all its rows. What the driver raises is the caller's to tell (see connectors.database.telling)."""
        driver: Any = connection.connection  # Any: the driver's own connection
        cursor = driver.cursor()
        try:
            cursor.execute(self.sql, binds if self.order is None else tuple(binds[name] for name in self.order))
            found: list[Row] = cursor.fetchall()
        finally:
            cursor.close()
        return found
