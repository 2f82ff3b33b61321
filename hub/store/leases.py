"""Leases: one run of a flow at a time. Each carries a fencing number; 30 silent seconds free it. The one place that uses real time."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Engine, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from catalog.errors import BusyError, UnavailableError
from hub.store.tables import leases

SILENCE = 30.0  # seconds
BEAT = 5.0


def holder() -> str:
    """Name this process for whoever meets its lease."""
    return f"{socket.gethostname()}/{os.getpid()}"


def acquire(store: Engine, flow: str) -> int:
    """Take the flow's lease and return its new fencing number. BusyError, with the holder's name, while a step works under it."""
    free = or_(leases.c.active.is_(False), leases.c.beat_at < time.time() - SILENCE)
    taken = {"fence": leases.c.fence + 1, "holder": holder(), "active": True, "beat_at": time.time(), "run": None}
    with store.begin() as connection:
        if connection.execute(update(leases).where(leases.c.flow == flow, free).values(taken)).rowcount:
            return int(connection.execute(select(leases.c.fence).where(leases.c.flow == flow)).scalar_one())
        known = connection.execute(select(leases.c.holder).where(leases.c.flow == flow)).scalar_one_or_none()
    if known is not None:
        raise BusyError("run.busy", flow=flow, holder=known)
    try:
        with store.begin() as connection:
            connection.execute(insert(leases).values(taken | {"flow": flow, "fence": 1}))
    except IntegrityError:
        return acquire(store, flow)
    return 1


@contextmanager
def holding(store: Engine, flow: str, run: str, fence: int) -> Iterator[None]:
    """Keep the lease alive while a step works. BusyError if a newer run has taken the flow meanwhile."""
    mine = and_(leases.c.flow == flow, leases.c.fence == fence)
    _touch(store, mine, flow, run=run, holder=holder(), active=True)
    done = threading.Event()

    def beat() -> None:
        while not done.wait(BEAT):
            try:
                _touch(store, mine, flow)
            except BusyError:
                return  # the target's ledger refuses this run's fence when it publishes
            except (SQLAlchemyError, UnavailableError):
                continue  # a store that is away for a moment has not taken the lease

    thread = threading.Thread(target=beat, daemon=True, name=f"lease-{flow}")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        with store.begin() as connection:
            connection.execute(update(leases).where(mine).values(active=False, beat_at=time.time()))


def outrank(store: Engine, flow: str, fence: int, known: int) -> int:
    """Return the number to publish under, above the one that the target's ledger knows.

    BusyError where that one belongs to a newer run. Where the store itself says that there is none, it was lost or restored
    and counts anew: the ledger goes on from where it stands.
    """
    if known <= fence:
        return fence
    confirm(store, flow, fence)
    return known + 1


def confirm(store: Engine, flow: str, fence: int) -> None:
    """BusyError if a newer run has taken the flow: whoever was stalled inside a step asks again before it commits."""
    with store.connect() as connection:
        newest = connection.execute(select(leases.c.fence).where(leases.c.flow == flow)).scalar_one()
    if newest != fence:
        raise BusyError("run.superseded", flow=flow)


def _touch(store: Engine, mine: ColumnElement[bool], flow: str, **values: object) -> None:
    with store.begin() as connection:
        if not connection.execute(update(leases).where(mine).values(beat_at=time.time(), **values)).rowcount:
            raise BusyError("run.superseded", flow=flow)
