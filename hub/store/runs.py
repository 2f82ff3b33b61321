"""Runs and their receipts: started once, advanced by each step, told by id or by flow."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, RowMapping, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from catalog.errors import CatalogError
from hub.receipt import PROVES, Receipt
from hub.store.open import reading
from hub.store.tables import runs


def start(store: Engine, flow: str, *, now: datetime, zone: ZoneInfo, by: str, fence: int, flow_hash: str, campus_hash: str) -> str:
    """Open a run and return its id: R, the school's day, and a number of that day."""
    day = f"R{now.astimezone(zone):%Y%m%d}-"
    while True:
        with reading(store).connect() as connection:
            taken = connection.execute(select(runs.c.run).where(runs.c.run.startswith(day))).scalars()
            number = max((int(run.removeprefix(day)) for run in taken), default=0) + 1
        values = {
            "run": f"{day}{number}", "flow": flow, "state": "started", "started_at": now.isoformat(), "fence": fence, "started_by": by,
            "flow_hash": flow_hash, "campus_hash": campus_hash,
        }  # fmt: skip
        try:
            with store.begin() as connection:
                connection.execute(insert(runs).values(values))
        except IntegrityError:
            continue  # another run of this moment took the number
        return f"{day}{number}"


def advance(store: Engine, run: str, **values: Any) -> None:  # Any: JSON
    """Write what a step learned."""
    with store.begin() as connection:
        connection.execute(update(runs).where(runs.c.run == run).values(values))


def finish(store: Engine, receipt: Receipt, *, again: bool = False) -> None:
    """Close a run with its receipt; `again` leaves it where it stands, for the step that failed to be taken once more."""
    state = "held" if receipt.status == "held" else "done"
    advance(
        store,
        receipt.run,
        **({} if again else {"state": state}),
        status=receipt.status,
        finished_at=receipt.finished_at,
        held=receipt.held,
        receipt=receipt.to_json(),
    )


def settle(store: Engine, receipt: Receipt) -> None:
    """Give a run the receipt that the ledger holds of it, where the process that published it could not tell."""
    same = (runs.c.run == receipt.run, runs.c.flow == receipt.flow, runs.c.started_at == receipt.started_at)
    with store.connect() as connection:
        row = connection.execute(select(runs.c.status).where(*same)).one_or_none()
    if row and row[0] not in (*PROVES, "rolled_back"):
        finish(store, receipt)


def get(store: Engine, run: str) -> Mapping[str, Any]:  # Any: JSON columns
    """Return a run's row. CatalogError for an unknown id."""
    with reading(store).connect() as connection:
        row = connection.execute(select(runs).where(runs.c.run == run)).mappings().one_or_none()
    if row is None:
        raise CatalogError("run.unknown", run=run)
    return dict(row)


def flow_of(store: Engine, run: str) -> str | None:
    """Return the flow of a run, or None for an unknown id."""
    with store.connect() as connection:
        found: str | None = connection.execute(select(runs.c.flow).where(runs.c.run == run)).scalar_one_or_none()
    return found


def receipt(store: Engine, run: str) -> Receipt | None:
    """Return a run's receipt, or None while it is under way. CatalogError for an unknown id."""
    found = get(store, run)["receipt"]
    return Receipt.from_json(found) if found else None


def receipts(store: Engine, flow: str | None = None, *, limit: int = 100, since: datetime | None = None) -> Iterator[Receipt]:
    """Yield receipts, newest first."""
    query = (
        select(runs)
        .where(runs.c.receipt.is_not(None))
        .order_by(runs.c.started_at.desc(), func.length(runs.c.run).desc(), runs.c.run.desc())
    )
    if flow:
        query = query.where(runs.c.flow == flow)
    if since:
        query = query.where(runs.c.started_at >= since.isoformat())
    with reading(store).connect() as connection:
        found: list[RowMapping] = list(connection.execute(query.limit(limit)).mappings())
    for row in found:
        yield Receipt.from_json(row["receipt"])


def latest(store: Engine, flow: str) -> Receipt | None:
    """Return the newest receipt of a flow, whatever its status."""
    return next(receipts(store, flow, limit=1), None)


def published(store: Engine, flow: str) -> Receipt | None:
    """Return the newest receipt of a flow that proves something and was not taken back by a rollback."""
    undone: str | None = None
    for receipt in receipts(store, flow):
        if receipt.status == "rolled_back":
            undone = receipt.undid
        elif undone:
            undone = None if receipt.run == undone else undone
        elif receipt.status in PROVES:
            return receipt
    return None


def first_proved(store: Engine, flow: str) -> str | None:
    """Return the instant at which a flow was first proved, or None."""
    query = select(func.min(runs.c.finished_at)).where(runs.c.flow == flow, runs.c.status.in_(PROVES))
    with store.connect() as connection:
        first: str | None = connection.execute(query).scalar_one()
    return first


def judged(store: Engine, flow: str) -> Mapping[str, Any] | None:  # Any: JSON columns
    """Return the newest run of a flow that has a verdict, or None."""
    newest = (runs.c.started_at.desc(), func.length(runs.c.run).desc(), runs.c.run.desc())
    with reading(store).connect() as connection:
        found = connection.execute(select(runs).where(runs.c.flow == flow).order_by(*newest).limit(100)).mappings()
        return next((dict(row) for row in found if row["verdict"]), None)
