"""What persons decided: approvals and refusals of held runs, pauses of flows."""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from catalog.errors import CatalogError
from hub.store.tables import approvals, pauses


def decide(store: Engine, run: str, decision: str, *, by: str, now: datetime) -> None:
    """Record `approve` or `refuse` for a held run, once. CatalogError if it was decided before."""
    try:
        with store.begin() as connection:
            connection.execute(insert(approvals).values(run=run, decision=decision, decided_by=by, decided_at=now.isoformat()))
    except IntegrityError:
        raise CatalogError("approval.decided", run=run) from None


def decision(store: Engine, run: str) -> str | None:
    """Return what was decided of a run, if anything."""
    with store.connect() as connection:
        found: str | None = connection.execute(select(approvals.c.decision).where(approvals.c.run == run)).scalar_one_or_none()
    return found


def pause(store: Engine, flow: str, *, by: str, now: datetime, reason: str, until: datetime | None = None) -> None:
    """Stop a flow until somebody resumes it, or until a moment."""
    row = {"flow": flow, "until": until and until.isoformat(), "reason": reason, "paused_by": by, "paused_at": now.isoformat()}
    with store.begin() as connection:
        connection.execute(delete(pauses).where(pauses.c.flow == flow))
        connection.execute(insert(pauses).values(row))


def pause_of(store: Engine, flow: str) -> dict[str, Any] | None:  # Any: the arguments of `pause`
    """Return a flow's pause as it was asked for, or None."""
    with store.connect() as connection:
        row = connection.execute(select(pauses).where(pauses.c.flow == flow)).mappings().one_or_none()
    if row is None:
        return None
    until = row["until"] and datetime.fromisoformat(row["until"])
    return {"by": row["paused_by"], "now": datetime.fromisoformat(row["paused_at"]), "reason": row["reason"], "until": until}


def resume(store: Engine, flow: str) -> None:
    """Let a paused flow run again."""
    with store.begin() as connection:
        connection.execute(delete(pauses).where(pauses.c.flow == flow))


def paused(store: Engine, flow: str, *, now: datetime) -> str | None:
    """Return why a flow is paused at `now`, or None."""
    pause = pause_of(store, flow)
    return None if pause is None or (pause["until"] and pause["until"] <= now) else str(pause["reason"])
