"""The hub as its folder says now: an agreement that is suspended in the YAML stops the next request. A folder with an error stops all."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from catalog.errors import CatalogError
from catalog.load import load
from hub.open import Hub

LOOK = 0.2  # seconds between two looks at the folder


class Current:
    """Reads the campus folder again when a file of it has changed; whoever asks meanwhile waits for it."""

    def __init__(self, hub: Hub, *, look: float = LOOK) -> None:
        self.hub, self.look = hub, look
        self._folder = hub.catalog.folder
        self._lock = threading.Lock()
        self._looked, self._seen = time.monotonic(), _state(self._folder)
        self._broken: CatalogError | None = None

    def get(self) -> Hub:
        """Return the hub with the catalog of now. CatalogError while the folder holds one."""
        with self._lock:
            if time.monotonic() - self._looked >= self.look:
                self._look()
            if self._broken:
                raise self._broken
            return self.hub

    def _look(self) -> None:
        state = _state(self._folder)
        self._looked = time.monotonic()
        if state == self._seen:
            return
        try:
            self.hub, self._broken = Hub(load(self._folder), self.hub.store), None
        except CatalogError as error:
            self._broken = error
        self._seen = state


def _state(folder: Path) -> frozenset[tuple[str, int, int]]:
    return frozenset(_files(folder))


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(Path(entry.path))
            else:
                found = entry.stat()
                yield entry.path, found.st_mtime_ns, found.st_size
