"""The journal writes the access lines of many requests in one commit: each waits until its own line is durable, none for longer.

A thread of its own gathers what came in while the last commit was under way. It starts with the first line and rests when idle.
"""

import logging
import threading
from collections.abc import Callable, Iterator
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
IDLE = 2.0  # seconds without a line, after which the thread and its connection end

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
        self._queue: SimpleQueue[_Entry | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._used: dict[str, datetime] = {}

    def write(self, line: Line, told: Told, *, now: datetime, key: str | None = None) -> None:
        """Take a line, and the prefix of the key that was used; `told` is called, in the journal's thread, when it is durable.

        It is given UnavailableError where the line cannot be written: then nothing may leave.
        """
        with self._lock:
            self._queue.put(_Entry(line, now, key, told))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="access-journal")
                self._thread.start()

    def close(self) -> None:
        """Write what is waiting and let go of the connection; a later line opens another."""
        with self._lock:
            thread = self._thread
            self._queue.put(None)
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while batch := self._gather():
            try:
                with self.store.connect() as connection:
                    while batch:
                        self._commit(connection, batch)
                        written, batch = batch, []
                        for entry in written:
                            entry.told(None)
                        batch = self._gather()
                    return
            except Exception as error:  # whatever it was: no line, no answer, and the next batch gets a new connection
                log.error("access lines not written: %s", type(error).__name__)
                for entry in batch:
                    entry.told(UnavailableError("access.unwritten"))

    def _commit(self, connection: Connection, batch: list[_Entry]) -> None:
        used = {entry.key: entry.now for entry in batch if entry.key and self._used.get(entry.key, EVER) <= entry.now - USED_EVERY}
        with connection.begin():
            append(connection, [(entry.line, entry.now) for entry in batch])
            keys.use(connection, used)
        self._used |= used

    def _gather(self) -> list[_Entry]:
        """Wait for lines and take all that are there; an empty list, and the end of the thread, after a while without or when closed."""
        batch: list[_Entry] = []
        while not batch:
            batch = list(self._taken())
            with self._lock:
                if not batch and self._queue.empty():
                    self._thread = None
                    break
        return batch

    def _taken(self) -> Iterator[_Entry]:
        try:
            for number in range(MOST):
                entry = self._queue.get(timeout=IDLE) if number == 0 else self._queue.get_nowait()
                if entry is None:  # closed
                    return
                yield entry
        except Empty:
            return
