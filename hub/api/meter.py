"""How much a consumer has asked and received, and how often an address has guessed keys. Told by the RateLimit fields of the IETF draft
(draft-ietf-httpapi-ratelimit-headers): `RateLimit-Policy: "requests";q=600;w=60` and `RateLimit: "requests";r=599;t=42`.

Requests are counted in this process; rows of the day in the access log, so that they hold over restarts and, once another process
has written its line, over replicas.
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from hub.api.problem import ProblemError
from hub.open import Hub
from hub.sharing import Grant
from hub.store.open import reading
from hub.store.tables import access

T = TypeVar("T")
MINUTE = 60
GUESSES = 20  # wrong keys a minute from one address
AGAIN = 10.0  # real seconds after which the rows of the day are read from the log again
MOST_ADDRESSES = 10_000


@dataclass(slots=True)
class _Window:
    """A minute and what was counted in it."""

    start: float
    count: int = 0


@dataclass(slots=True)
class _Spent:
    """Rows that left under an agreement on a day, as read at a real moment and counted since."""

    rows: int
    read: float


@dataclass
class Meter:
    """The counts of one process."""

    windows: dict[tuple[str, str], _Window] = field(default_factory=dict)
    spent: dict[tuple[str, str], _Spent] = field(default_factory=dict)
    aside: Counter[tuple[str, str]] = field(default_factory=Counter)
    guesses: dict[str, _Window] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def request(self, hub: Hub, who: str, grant: Grant | None, *, now: datetime) -> dict[str, str]:
        """Count a request and return the fields that tell of it. Problem 429 beyond what is allowed in a minute."""
        own = grant.agreement.limits.requests_per_minute if grant else None
        most, name = own or hub.catalog.campus.api.requests_per_minute, grant.agreement.name if grant and own else ""
        with self.lock:
            window = _minute(self.windows, (who, name), now.timestamp())
            window.count += 1
        left, wait = most - window.count, _wait(window, now.timestamp())
        headers = {"RateLimit-Policy": f'"requests";q={most};w={MINUTE}', "RateLimit": f'"requests";r={max(left, 0)};t={wait}'}
        if left < 0:
            raise ProblemError(429, "api.rate", headers | {"Retry-After": str(wait)}, most=most, seconds=wait)
        return headers

    def take(self, hub: Hub, grant: Grant, rows: int, *, now: datetime, whole: bool = False) -> "Share":
        """Set rows of today's quota aside for an answer: as many as there are, or `whole` all. Problem 429 where none are left."""
        most = grant.agreement.limits.rows_per_day
        if most is None:
            return Share(self, None, rows)
        name = (grant.agreement.name, now.astimezone(hub.catalog.zone).date().isoformat())
        spent = self._spent(hub, grant, name, now)
        with self.lock:
            left = most - spent.rows - self.aside[name]
            if left <= 0 or (whole and left < rows):
                raise _exhausted(most, now, hub.catalog.zone)
            self.aside[name] += min(rows, left)
        return Share(self, name, min(rows, left))

    def guessed(self, address: str, *, now: datetime) -> None:
        """Count a wrong key from an address."""
        with self.lock:
            if len(self.guesses) > MOST_ADDRESSES:
                self.guesses.clear()
            _minute(self.guesses, address, now.timestamp()).count += 1

    def may_guess(self, address: str, *, now: datetime) -> None:
        """Refuse an address that has guessed too often in this minute, before its key is looked up. Problem 429."""
        with self.lock:
            window = self.guesses.get(address)
        if window and window.count >= GUESSES and now.timestamp() < window.start + MINUTE:
            wait = _wait(window, now.timestamp())
            raise ProblemError(429, "api.guesses", {"Retry-After": str(wait)}, seconds=wait)

    def _spent(self, hub: Hub, grant: Grant, name: tuple[str, str], now: datetime) -> _Spent:
        with self.lock:
            known = self.spent.get(name)
        if known and known.read > time.monotonic() - AGAIN:
            return known
        start = datetime.combine(now.astimezone(hub.catalog.zone).date(), datetime.min.time(), hub.catalog.zone)
        query = select(func.coalesce(func.sum(access.c.rows), 0)).where(
            access.c.dataset == grant.dataset.name,
            access.c.agreement == grant.agreement.name,
            access.c.channel == "api",
            access.c.at >= start.astimezone(now.tzinfo).isoformat(),
        )
        with reading(hub.store).connect() as connection:
            found = _Spent(int(connection.execute(query).scalar_one()), time.monotonic())
        with self.lock:
            self.spent = {key: value for key, value in self.spent.items() if key[1] >= name[1]} | {name: found}
        return found


@dataclass(slots=True)
class Share:
    """Rows that are set aside for one answer: whoever asks meanwhile finds them gone. Without a quota it has no name."""

    meter: Meter
    name: tuple[str, str] | None
    rows: int
    used: int = 0

    def __enter__(self) -> "Share":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Count what was used and give back the rest, once."""
        with self.meter.lock:
            if self.name:
                self.meter.aside[self.name] -= self.rows
                if spent := self.meter.spent.get(self.name):
                    spent.rows += self.used
            self.name = None


def _minute(windows: dict[T, _Window], name: T, at: float) -> _Window:
    window = windows.get(name)
    if window is None or at >= window.start + MINUTE:
        window = windows[name] = _Window(at)
    return window


def _wait(window: _Window, at: float) -> int:
    return max(1, round(window.start + MINUTE - at))


def _exhausted(most: int, now: datetime, zone: ZoneInfo) -> ProblemError:
    tomorrow = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), datetime.min.time(), zone)
    wait = max(1, round((tomorrow - now).total_seconds()))
    headers = {
        "RateLimit-Policy": f'"rows";q={most};w=86400',
        "RateLimit": f'"rows";r=0;t={wait}',
        "Retry-After": str(wait),
    }
    return ProblemError(429, "api.quota", headers, most=most)
