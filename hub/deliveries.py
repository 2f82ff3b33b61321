"""Whether receivers fetch what is pushed to them: read back from their `hub_batch`, kept in the store, told when it takes too long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from catalog.errors import CampusError
from catalog.messages import say
from connectors.database import session
from connectors.selection import Relation
from hub import batches, notices
from hub.open import Hub
from hub.route import Route, resolve
from hub.store.tables import deliveries

PATIENCE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Unfetched:
    """A push that its receiver has not fetched: the oldest batch and how many hours it has been complete."""

    flow: str
    consumer: str
    run: str
    batches: int
    hours: int

    def say(self) -> str:
        """Tell it as a person would: 已推送 26 小时，图书馆系统未取数."""
        return say("push.unfetched", hours=self.hours, consumer=self.consumer)


def read_back(hub: Hub, flow: str, *, now: datetime) -> None:
    """Read what the receiver of a push says of its batches. A receiver that does not answer leaves what was known."""
    route = resolve(hub.catalog, flow)
    if route.agreement is None or route.receiver:  # a receiver that acknowledges has fetched
        return
    try:
        with session(route.target) as target:
            there = route.workspace.dialect.shape(target, Relation(batches.NAME, route.target.db_schema))
            found = batches.waiting(target, route) if there else None
    except CampusError:
        return
    with hub.store.begin() as connection:
        connection.execute(delete(deliveries).where(deliveries.c.flow == flow))
        if found:
            values = {"flow": flow, "run": found.run, "since": found.since, "batches": found.batches, "read_at": now.isoformat()}
            connection.execute(insert(deliveries).values(values))


def unfetched(hub: Hub, *, now: datetime) -> dict[str, Unfetched]:
    """Return, by flow, the pushes that have waited longer than their agreement allows, from the store alone."""
    with hub.store.connect() as connection:
        rows = connection.execute(select(deliveries)).all()
    found = {}
    for row in rows:
        route = resolve(hub.catalog, row.flow) if row.flow in hub.catalog.flows else None
        if route is None or route.agreement is None:
            continue
        waited = now - datetime.fromisoformat(row.since).replace(tzinfo=hub.catalog.zone)
        if waited > (route.agreement.fetch_within or PATIENCE):
            consumer = hub.catalog.consumers[route.agreement.consumer].title
            found[row.flow] = Unfetched(row.flow, consumer, row.run, row.batches, int(waited.total_seconds() // 3600))
    return found


def watch(hub: Hub, *, now: datetime) -> list[Unfetched]:
    """Read every receiver back and tell both sides of each push that waits too long, once for each batch that is the oldest."""
    pushes = [name for name, flow in sorted(hub.catalog.flows.items()) if flow.under]
    for flow in pushes:
        read_back(hub, flow, now=now)
    late = unfetched(hub, now=now)
    for it in late.values():
        notices.tell(hub, f"unfetched:{it.flow}:{it.run}", _sides(hub, resolve(hub.catalog, it.flow)), it.say(), now=now)
    return list(late.values())


def _sides(hub: Hub, route: Route) -> list[str]:
    agreement = route.agreement
    return [*hub.catalog.consumers[agreement.consumer].notify, *agreement.approved.notify] if agreement else []
