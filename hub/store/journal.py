"""The journal writes the access lines of many requests in one commit: each waits until its own line is durable, none for longer.

Whoever brings a line and finds nobody writing writes all that are there, and those that come meanwhile in a commit after it.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue

from sqlalchemy import Connection, Engine

from catalog.errors import UnavailableError
from hub.store import keys
from hub.store.access import Line, append

MOST = 500  # lines a commit
USED_EVERY = timedelta(minutes=1)  # how exactly a key's last use is told
EVER = datetime.min.replace(tzinfo=UTC)
IDLE = 2.0  # seconds without a line, after which a connection may have been lost and is not used again

log = logging.getLogger("campus_hub")


Told = Callable[[UnavailableError | None], None]


@dataclass(frozen=True, slots=True)
class _Entry:
    line: Line
    now: datetime
    key: str | None
    told: "Told"


class Journal:
    """The one writer of a process; the log's head makes several processes take turns."""

    def __init__(self, store: Engine) -> None:
        self.store = store
        self._queue: SimpleQueue[_Entry] = SimpleQueue()
        self._writing = threading.Lock()
        self._aside = ThreadPoolExecutor(1, "access-journal")
        self._connection: Connection | None = None
        self._written = 0.0
        self._used: dict[str, datetime] = {}

    def write(self, line: Line, told: Told, *, now: datetime, key: str | None = None) -> None:
        """Take a line, and the prefix of the key that was used; `told` is called, maybe in another thread, when it is durable.

        It is given UnavailableError where the line cannot be written: then nothing may leave. The caller may have to write it.
        """
        self._queue.put(_Entry(line, now, key, told))
        self._flush()

    def write_aside(self, line: Line, told: Told, *, now: datetime, key: str | None = None) -> None:
        """Take a line as `write` does, from who cannot wait: a thread of the journal writes it."""
        self._queue.put(_Entry(line, now, key, told))
        self._aside.submit(self._flush)

    def close(self) -> None:
        """Write what is waiting and let go of the connection."""
        self._aside.shutdown()
        with self._writing:
            self._drop()

    def _flush(self) -> None:
        # a line that comes after the last look finds the lock free, or whoever holds it looks again
        while not self._queue.empty() and self._writing.acquire(blocking=False):
            try:
                self._write(list(self._taken()))
            finally:
                self._writing.release()

    def _write(self, batch: list[_Entry]) -> None:
        failed = None
        try:
            self._commit(self._connected(), batch)
        except Exception as error:  # whatever it was: no line, no answer, and the next batch gets a new connection
            log.error("access lines not written: %s", type(error).__name__)
            failed = UnavailableError("access.unwritten")
            self._drop()
        for entry in batch:
            entry.told(failed)

    def _connected(self) -> Connection:
        if time.monotonic() - self._written > IDLE:
            self._drop()
        self._connection = self._connection or self.store.connect()
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(UnavailableError):
                connection.close()

    def _commit(self, connection: Connection, batch: list[_Entry]) -> None:
        used = {entry.key: entry.now for entry in batch if entry.key and self._used.get(entry.key, EVER) <= entry.now - USED_EVERY}
        with connection.begin():
            append(connection, [(entry.line, entry.now) for entry in batch])
            keys.use(connection, used)
        self._used |= used
        self._written = time.monotonic()

    def _taken(self) -> Iterator[_Entry]:
        with suppress(Empty):
            for _ in range(MOST):
                yield self._queue.get_nowait()
