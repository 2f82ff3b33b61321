"""The receiver's own table of batches, `hub_batch`: when a push is complete, and when its receiver fetched it.

The hub writes a row in the publishing transaction and the receiver writes `consumed_at`; nothing else of it is ever changed.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Connection, DateTime, MetaData, String, Table, cast, func, insert, select
from sqlalchemy import Column as Held
from sqlalchemy.schema import CreateTable

from catalog.errors import RejectedError
from connectors.database import connect
from connectors.line import canonical
from connectors.selection import Relation, Shape
from connectors.stamp import stamped
from hub import drift
from hub.receipt import Receipt
from hub.route import Route

NAME = "hub_batch"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Batches that their receiver has not fetched: the oldest, when it was complete (the school's wall time), how many."""

    run: str
    since: str
    batches: int


def table(route: Route) -> Table:
    """Describe the table in the receiver's schema."""
    return Table(
        NAME,
        MetaData(schema=route.target.db_schema),
        Held("run", String(32), primary_key=True),  # the hub_batch_id of its rows
        Held("flow", String(63), nullable=False),
        Held("finished_at", DateTime, nullable=False),
        Held("rows_inserted", BigInteger, nullable=False),
        Held("rows_updated", BigInteger, nullable=False),
        Held("rows_deleted", BigInteger, nullable=False),
        Held("digest", String(64), nullable=False),
        Held("consumed_at", DateTime),  # written by the receiver, once it has fetched the batch
    )


def ddl(route: Route) -> str:
    """Write both tables of a push in the receiver's own DDL."""
    return f"{drift.ddl(route)};\n{str(CreateTable(table(route)).compile(dialect=connect(route.target).dialect)).strip()};"


def prepare(target: Connection, route: Route) -> None:
    """Make the table where the receiver lacks it; it commits. RejectedError where another table bears its name."""
    if route.agreement is None:
        return
    found = route.workspace.dialect.shape(target, Relation(NAME, route.target.db_schema))
    if found is None:
        table(route).create(target)
        target.commit()
    elif missing := [column.name for column in table(route).columns if found.named(column.name) is None]:
        raise RejectedError("push.batch_table", table=NAME, columns=", ".join(missing))


def moment(route: Route, shape: Shape | None, now: datetime, zone: ZoneInfo) -> str | None:
    """Return the wall time that a pushed row is stamped with; None where the receiver's table carries no stamps."""
    return _wall(now, zone) if route.agreement and stamped(shape) else None


def write(target: Connection, route: Route, receipt: Receipt, *, now: datetime, zone: ZoneInfo) -> None:
    """Tell the receiver of a batch, in the transaction that publishes it; a run that moved nothing is no batch."""
    rows = receipt.rows
    deleted = rows.deleted + (rows.retained if route.flow.on_delete == "mark" else 0)
    updated = rows.updated + rows.revived
    if route.agreement is None or not rows.inserted + updated + deleted:
        return
    values = {
        "run": receipt.run, "flow": receipt.flow, "finished_at": datetime.fromisoformat(_wall(now, zone)),
        "rows_inserted": rows.inserted, "rows_updated": updated, "rows_deleted": deleted,
        "digest": receipt.target.digest if receipt.target else "",
    }  # fmt: skip
    target.execute(insert(table(route)).values(values))


def waiting(target: Connection, route: Route) -> Waiting | None:
    """Find what the receiver has not fetched yet."""
    it = table(route)
    unread = (it.c.flow == route.flow.name) & it.c.consumed_at.is_(None)
    oldest = select(it.c.run, cast(it.c.finished_at, String(32))).where(unread).order_by(it.c.finished_at, it.c.run).limit(1)
    first = target.execute(oldest).one_or_none()
    if first is None:
        return None
    return Waiting(first[0], first[1][:19], int(target.execute(select(func.count()).select_from(it).where(unread)).scalar_one()))


def _wall(now: datetime, zone: ZoneInfo) -> str:
    return canonical("timestamp", now.astimezone(zone).replace(tzinfo=None, microsecond=0)) or ""
