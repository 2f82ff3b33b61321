"""The state of the house: each flow's last run, freshness and standing exceptions; each system's answer to a ping."""

import time
from dataclasses import dataclass
from datetime import datetime

from catalog.errors import CampusError
from catalog.messages import say
from connectors import ping
from hub import deliveries
from hub.open import Hub
from hub.receipt import Status
from hub.store import decisions, runs


@dataclass(frozen=True, slots=True)
class FlowStatus:
    """A flow's last run and last proof."""

    flow: str
    title: str
    owner: str
    run: str | None
    status: Status | None
    finished_at: str | None
    proved_at: str | None
    rows: int | None
    quarantined: int
    kept_stale: int
    paused: str | None
    message: str | None
    unfetched: str | None  # a push that its receiver leaves waiting


def status(hub: Hub, *, now: datetime) -> list[FlowStatus]:
    """Tell every flow's state, from the store alone."""
    found = []
    late = deliveries.unfetched(hub, now=now)
    for name, flow in sorted(hub.catalog.flows.items()):
        last, proved = runs.latest(hub.store, name), runs.published(hub.store, name)
        found.append(
            FlowStatus(
                flow=name,
                title=flow.title or hub.catalog.datasets[flow.dataset].title,
                owner=flow.owner or hub.catalog.campus.defaults.owner,
                run=last.run if last else None,
                status=last.status if last else None,
                finished_at=last.finished_at if last else None,
                proved_at=proved.finished_at if proved else None,
                rows=proved.target.count if proved and proved.target else None,
                quarantined=proved.rows.quarantined if proved else 0,
                kept_stale=proved.rows.kept_stale if proved else 0,
                paused=decisions.paused(hub.store, name, now=now),
                message=last.error if last else None,
                unfetched=late[name].say() if name in late else None,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Ping:
    """Whether a system answers, how fast, and what it is."""

    system: str
    title: str
    what: str
    answers: bool
    milliseconds: float | None
    message: str | None


def ask(hub: Hub) -> list[Ping]:
    """Ask every system whether it is there; nothing is written."""
    found = []
    for name, system in sorted(hub.catalog.systems.items()):
        began = time.perf_counter()
        try:
            there = ping.answers(system)
            milliseconds = round((time.perf_counter() - began) * 1000, 1)
            care = None if ping.is_run(system) else say("ping.not_run")
            found.append(Ping(name, system.title, ping.what(system), there, milliseconds, care))
        except CampusError as error:
            found.append(Ping(name, system.title, ping.what(system), False, None, error.say()))
    return found
