"""The spool between a database and a client: filled as fast as the one reads, emptied as slowly as the other takes.

So a slow client holds a file on disk, never a transaction. The file has no name, its bytes are gone with the process; it is bounded.
"""

import asyncio
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Generator

from hub.export import Piece, Snapshot

MOST = 8 << 30  # bytes of one spool
READ = 1 << 18


class LeftError(Exception):
    """The client has gone: nothing more needs to be read."""


class FullError(Exception):
    """The spool holds as much as it may."""


class Spool:
    """Pieces on their way, filled by a thread, emptied by the loop that made it."""

    def __init__(self, closed: Callable[[], None]) -> None:
        self.size, self.whole, self.left = 0, False, False
        self.failure: BaseException | None = None
        self._closed = closed
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  closed by `close`
        self._ends: list[tuple[int, int]] = []  # (byte at which a piece ends, its rows), of pieces not yet taken
        self._lock, self._loop, self._more = threading.Lock(), asyncio.get_running_loop(), asyncio.Event()
        self._begun = asyncio.Event()
        self._head: Snapshot | None = None

    def start(self, pieces: Generator[Piece, None, None]) -> None:
        """Let a thread fill the spool."""
        threading.Thread(target=self._fill, args=(pieces,), daemon=True, name="export").start()

    def begin(self, head: Snapshot) -> None:
        """Tell the loop that the reading has begun well. Called by the thread."""
        self._head = head
        self._loop.call_soon_threadsafe(self._begun.set)

    def _fill(self, pieces: Generator[Piece, None, None]) -> None:
        try:
            for piece in pieces:
                if self.size + len(piece.data) > MOST:
                    raise FullError
                with self._lock:
                    if self.left:
                        raise LeftError
                    self._file.seek(self.size)
                    self._file.write(piece.data)
                    self.size += len(piece.data)
                    self._ends.append((self.size, piece.rows))
                self._tell()
            self.whole = True
        except BaseException as error:  # it is the loop's to tell
            self.failure = error
        finally:
            pieces.close()  # here and now, or its transaction would wait for the collector
            self._tell()
            self._loop.call_soon_threadsafe(self._begun.set)

    def _tell(self) -> None:
        self._loop.call_soon_threadsafe(self._more.set)

    async def begun(self) -> Snapshot:
        """Wait until the first bytes are there; raise what kept them from coming."""
        await self._begun.wait()
        while self._head is not None and not (self.size or self.whole or self.failure):
            self._more.clear()
            await self._more.wait()
        if self._head is None or (self.failure and not self.size):
            raise self.failure or LeftError
        return self._head

    async def pieces(self) -> AsyncIterator[Piece]:
        """Yield bytes and the rows that end in them until all is taken; stop early where the filling did (see `failure`)."""
        at = 0
        while True:
            self._more.clear()
            done = self.whole or self.failure is not None
            with self._lock:
                self._file.seek(at)
                data = self._file.read(min(READ, self.size - at))
                at += len(data)
                ended = [rows for end, rows in self._ends if end <= at]
                del self._ends[: len(ended)]
            if data:
                yield Piece(data, sum(ended))
            elif done and at == self.size:
                return
            else:
                await self._more.wait()

    def close(self) -> None:
        """Let go of the file, once; the thread stops at its next piece."""
        if not self.left:
            self.left = True
            with self._lock:
                self._file.close()
            self._closed()
