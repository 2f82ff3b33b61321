"""What the hub remembers of a flow into a receiver that gives it no schema: rows of its own tables, by table."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from hub.store.tables import guests

Memory = Mapping[str, Sequence[Mapping[str, Any]]]  # Any: JSON; table → rows


def recall(store: Engine, flow: str) -> Memory:
    """Return what is remembered of a flow; nothing before its first publication."""
    with store.connect() as connection:
        found: Memory | None = connection.execute(select(guests.c.memory).where(guests.c.flow == flow)).scalar_one_or_none()
    return found or {}


def remember(store: Engine, flow: str, memory: Memory, *, now: datetime) -> None:
    """Replace what is remembered of a flow."""
    with store.begin() as connection:
        connection.execute(delete(guests).where(guests.c.flow == flow))
        connection.execute(insert(guests).values(flow=flow, memory=memory, at=now.isoformat()))
