"""Anchors: a day's last line of the access log, kept in the store and in a file elsewhere. They bound what may be forgotten.

A log rewritten from some line on, hashes and head included, no longer leads to the anchors of the file. Refuses to prune a day
that has none, and any day within 180 days.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, delete, insert, select, update

from catalog.campus import Catalog
from catalog.errors import CatalogError
from hub.store.access import Fault
from hub.store.open import reading
from hub.store.tables import access, access_anchors

LEAST = timedelta(days=180)
SETTLED = timedelta(minutes=10)  # a line of the day may still be on its way when the day ends


@dataclass(frozen=True, slots=True)
class Anchor:
    """The number and hash of a day's last line."""

    day: str
    seq: int
    hash: str
    made_at: str


def keep(store: Engine, catalog: Catalog, *, now: datetime) -> tuple[int, int]:
    """Anchor the days that are over and forget those past their time; return how many anchors the file gained and how many lines went."""
    made = anchor(store, catalog.anchors, zone=catalog.zone, now=now)
    return made, prune(store, keep=catalog.campus.access_log.keep, zone=catalog.zone, now=now)


def anchor(store: Engine, to: Path, *, zone: ZoneInfo, now: datetime) -> int:
    """Anchor every day that is over and has lines, and add what the file lacks to it; return how many anchors the file gained."""
    with store.begin() as connection:
        known = _anchors(connection)
        made = list(_missing(connection, known[-1].seq if known else 0, zone=zone, now=now))
        if made:
            connection.execute(insert(access_anchors), [asdict(it) for it in made])
    written = {it.day for it in read(to)}
    new = [it for it in (*known, *made) if it.day not in written]
    if new:
        to.parent.mkdir(parents=True, exist_ok=True)
        with to.open("a", encoding="utf-8") as out:
            out.writelines(json.dumps(asdict(it)) + "\n" for it in new)
    return len(new)


def prune(store: Engine, *, keep: timedelta, zone: ZoneInfo, now: datetime) -> int:
    """Forget the anchored days older than `keep`, whole; return how many lines went. Their anchors stay."""
    oldest = (now - max(keep, LEAST)).astimezone(zone).date().isoformat()
    old = (access_anchors.c.day < oldest, access_anchors.c.pruned_at.is_(None))
    with store.begin() as connection:
        last = connection.execute(select(access_anchors.c.seq).where(*old).order_by(access_anchors.c.seq.desc()).limit(1)).scalar()
        if last is None:
            return 0
        connection.execute(update(access_anchors).where(*old).values(pruned_at=now.isoformat()))
        return int(connection.execute(delete(access).where(access.c.seq <= last)).rowcount)


def differing(store: Engine, path: Path) -> list[Fault]:
    """Hold the store's anchors to those of the file, and tell each day on which they differ."""
    with reading(store).connect() as connection:
        known = {it.day: it for it in _anchors(connection)}
    kept = {it.day: it for it in read(path)}
    days = sorted(kept.keys() | known.keys()) if kept else []
    return [Fault("anchor", day) for day in days if day not in known or day not in kept or known[day] != kept[day]]


def read(path: Path) -> list[Anchor]:
    """Read the anchors of a file, none where there is no file. CatalogError names a line that is no anchor."""
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines() if path.exists() else (), 1):
        try:
            found.append(Anchor(**json.loads(line)))
        except (ValueError, TypeError):
            raise CatalogError("access.anchor_form", file=path.name, line=number) from None
    return found


def _anchors(connection: Connection) -> list[Anchor]:
    query = select(access_anchors).order_by(access_anchors.c.day)
    return [Anchor(row.day, row.seq, row.hash, row.made_at) for row in connection.execute(query)]


def _missing(connection: Connection, after: int, *, zone: ZoneInfo, now: datetime) -> Iterator[Anchor]:
    """Yield an anchor for each day that is over and has lines after line `after`."""
    today = (now - SETTLED).astimezone(zone).date()
    while first := connection.execute(select(access.c.at).where(access.c.seq > after).order_by(access.c.seq).limit(1)).scalar():
        day = datetime.fromisoformat(first).astimezone(zone).date()
        if day >= today:
            return
        inside = (access.c.seq > after, access.c.at < _end(day, zone))
        last = connection.execute(select(access.c.seq, access.c.hash).where(*inside).order_by(access.c.seq.desc()).limit(1)).one()
        yield Anchor(day.isoformat(), last.seq, last.hash, now.isoformat())
        after = last.seq


def _end(day: date, zone: ZoneInfo) -> str:
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC).isoformat()
