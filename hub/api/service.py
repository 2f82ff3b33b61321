"""What one service process keeps between requests: its journal, its counts, its secret, and which keys it has met."""

import base64
import hashlib
import os
import secrets
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

from catalog.campus import Catalog
from connectors.database import let_go
from hub.api.meter import Meter
from hub.api.metrics import Metrics
from hub.api.problem import ProblemError
from hub.current import Current
from hub.open import Hub
from hub.sharing import Grant, grant
from hub.store import keys
from hub.store.journal import Journal

EXPORTS = 2  # of one consumer at a time, a slow one's included
MOST_MET = 10_000


class Service:
    """Made once for an application."""

    def __init__(self, hub: Hub, *, look: float) -> None:
        self.current = Current(hub, look=look)
        self.journal = Journal(hub.store)
        self.meter = Meter()
        self.metrics = Metrics()
        connections = hub.catalog.systems[hub.catalog.campus.platform].limits.connections
        self.threads = ThreadPoolExecutor(connections, "page")  # as many as may read; other requests wait in line
        self.look = look
        self._known: dict[bytes, tuple[str, float, datetime]] = {}
        self._exports: Counter[str] = Counter()
        self._grants: dict[tuple[str, str, date], tuple[Catalog, Grant | None]] = {}

    def close(self) -> None:
        """Write the last access lines, end the threads and close what they read over."""
        self.threads.shutdown()
        self.journal.close()
        let_go()

    def take_export(self, who: str) -> None:
        """Begin an export of a consumer. Problem 429 where it has as many under way as it may."""
        if self._exports[who] >= EXPORTS:
            raise ProblemError(429, "api.exports", {"Retry-After": "30"}, most=EXPORTS)
        self._exports[who] += 1

    def end_export(self, who: str) -> None:
        """End an export of a consumer."""
        self._exports[who] -= 1

    def grant(self, hub: Hub, who: str, dataset: str, *, now: datetime) -> Grant | None:
        """Find a consumer's grant as `hub.sharing.grant` does; what one catalog grants on a day stays granted."""
        name = (who, dataset, now.astimezone(hub.catalog.zone).date())
        known = self._grants.get(name)
        if known is None or known[0] is not hub.catalog:
            if len(self._grants) > MOST_MET:
                self._grants.clear()
            known = self._grants[name] = (hub.catalog, grant(hub, who, dataset, "api", now=now))
        return known[1]

    def consumer(self, key: str, *, now: datetime) -> str | None:
        """Find whose key this is, looking at most every `look` seconds: so long may a revoked one still be good here."""
        digest, moment = hashlib.sha256(key.encode()).digest(), time.monotonic()
        known = self._known.get(digest)
        if known and moment - known[1] < self.look and now < known[2]:
            return known[0]
        found = keys.find(self.current.hub.store, key, now=now)
        if found is None:
            self._known.pop(digest, None)
            return None
        if len(self._known) > MOST_MET:
            self._known.clear()
        self._known[digest] = (found.consumer, moment, found.expires)
        return found.consumer

    def has_met(self, key: str) -> bool:
        """Say whether this key was good before: its owner is not kept waiting by who guesses from the same address."""
        return hashlib.sha256(key.encode()).digest() in self._known


def secret() -> bytes:
    """Return what seals tokens: HUB_CURSOR_KEY, or random bytes that end with the process."""
    return os.environ.get("HUB_CURSOR_KEY", "").encode() or base64.urlsafe_b64encode(secrets.token_bytes(32))
