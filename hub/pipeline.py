"""The one straight line: extract → judge → publish → receipt. Each step may be a process of its own; only the run's id travels."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from catalog.errors import BusyError, CampusError, CatalogError, DeniedError, RejectedError, UnavailableError, UnprovenError
from connectors.database import session
from hub import corrections, deliveries, drops, guest, ledger, push
from hub import extract as extracting
from hub import judge as judging
from hub import publish as publication
from hub import withdraw as withdrawal
from hub.brakes import Approval, HeldError
from hub.courtesy import rest
from hub.extraction import Progress
from hub.open import Hub
from hub.receipt import Receipt, Rows, Status
from hub.route import Route, resolve
from hub.staging import Staged
from hub.store import decisions, leases, runs

log = logging.getLogger("campus_hub")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is asked beyond its flow: the whole source, a span of the cursor, named keys, or what a person approved."""

    full: bool = False
    since: datetime | None = None
    until: datetime | None = None
    keys: tuple[str, ...] | None = None
    approval: Mapping[str, Any] = field(default_factory=dict)  # Any: JSON of a held run


def extract(hub: Hub, flow: str, *, now: datetime, by: str, asked: Asked = Asked(), progress: Progress | None = None) -> str:
    """Start a run of a flow and stage its batch; return the run's id.

    Raises BusyError where another run works, and whatever keeps the batch from being staged (its receipt tells it too).
    """
    withdraw(hub, flow, now=now, by=by)
    run = _start(hub, flow, now=now, by=by, asked=asked)
    _extract(hub, run, now=now, asked=asked, progress=progress)
    return run


def withdraw(hub: Hub, flow: str, *, now: datetime, by: str) -> Receipt | None:
    """Take back what was pushed under a revoked agreement that says so, once; return the receipt, or None where nothing is to be done."""
    route = resolve(hub.catalog, flow)
    if not withdrawal.due(route):
        return None
    run, fence = _opened(hub, route, now=now, by=by)
    with step(hub, route, run, fence, now):
        corrections.purge(hub, route)
        receipt = withdrawal.withdraw(hub, route, replace(blank(route, runs.get(hub.store, run)), mode="withdraw"), fence=fence, now=now)
        push.withdrawn(hub, route, receipt, now=now)
        runs.finish(hub.store, receipt)
    return receipt


def _start(hub: Hub, flow: str, *, now: datetime, by: str, asked: Asked) -> str:
    route = resolve(hub.catalog, flow)
    push.ask(hub, route, now=now)
    if reason := decisions.paused(hub.store, flow, now=now):
        raise RejectedError("flow.paused", flow=flow, reason=reason)
    if not route.dataset.key and (asked.keys is not None or (route.flow.mode == "append" and (asked.full or asked.since))):
        raise CatalogError("flow.keyless", flow=flow)
    if (asked.since or asked.until) and (route.flow.mode == "mirror" or not route.flow.source.cursor):
        raise CatalogError("flow.no_window", flow=flow)
    if asked.since and asked.until and asked.since > asked.until:
        raise CatalogError("flow.window_order", flow=flow)
    return _opened(hub, route, now=now, by=by)[0]


def _opened(hub: Hub, route: Route, *, now: datetime, by: str) -> tuple[str, int]:
    """Open a run under a lease; return both numbers."""
    fence = leases.acquire(hub.store, route.flow.name)
    hashes = {"flow_hash": route.hash, "campus_hash": hub.catalog.hash}
    return runs.start(hub.store, route.flow.name, now=now, zone=hub.catalog.zone, by=by, fence=fence, **hashes), fence


def _extract(hub: Hub, run: str, *, now: datetime, asked: Asked, progress: Progress | None) -> None:
    row = _row(hub, run, "started")
    route = resolve(hub.catalog, row["flow"])
    with step(hub, route, run, row["fence"], now):
        rest(route, now=now, zone=hub.catalog.zone)
        push.begin(hub, route, run, now=now)
        approval = Approval(asked.approval)
        if route.target.hub_schema:
            wanted = {"since": asked.since, "until": asked.until}
            batch = extracting.extract(
                hub, route, run, now=now, full=asked.full, keys=asked.keys, approval=approval, progress=progress, **wanted
            )
        else:
            batch = guest.waiting(full=asked.full, keys=asked.keys, since=asked.since, until=asked.until, approval=approval)
        runs.advance(hub.store, run, state="extracted", stage=batch.to_json())


def judge(hub: Hub, run: str, *, now: datetime) -> None:
    """Judge a staged run. RejectedError or HeldError where it may not go on."""
    row = _row(hub, run, "extracted", "judged")
    route = resolve(hub.catalog, row["flow"])
    with step(hub, route, run, row["fence"], now):
        batch = Staged.from_json(row["stage"])
        if batch.unchanged or batch.asked or row["state"] == "judged":
            runs.advance(hub.store, run, state="judged")
            return
        batch, verdict = judging.judge(hub, route, run, batch, now=now)
        runs.advance(hub.store, run, state="judged", stage=batch.to_json(), verdict=verdict.to_json())


def publish(hub: Hub, run: str, *, now: datetime) -> Receipt:
    """Publish a judged run and return its receipt; a run that was published before returns the same receipt again."""
    row = _row(hub, run, "judged", "done")
    if row["state"] == "done" and row["receipt"]:
        return Receipt.from_json(row["receipt"])
    route = resolve(hub.catalog, row["flow"])
    with step(hub, route, run, row["fence"], now):
        batch = Staged.from_json(row["stage"])
        receipt = _published(route, run, row["fence"])
        if receipt is None:
            push.ask_again(hub, route, now=now, run=run)
            receipt = _publish(hub, route, row, batch, now)
        push.sent(hub, route, receipt, now=now)
        runs.finish(hub.store, receipt)
        corrections.follow(hub, route, receipt, now=now)
        drops.archive(route, receipt)
    deliveries.read_back(hub, route.flow.name, now=now)
    return receipt


def _publish(hub: Hub, route: Route, row: Mapping[str, Any], batch: Staged, now: datetime) -> Receipt:  # Any: JSON columns
    step_of = publication.publish if batch.asked is None else guest.publish
    try:
        return step_of(hub, route, row["run"], batch, blank(route, row), fence=row["fence"], now=now)
    except UnavailableError:
        # the answer to a commit may be lost on its way: the ledger knows whether there was one
        if done := _published(route, row["run"], row["fence"]):
            return done
        raise


def run(hub: Hub, flow: str, *, now: datetime, by: str, asked: Asked = Asked(), progress: Progress | None = None) -> Receipt:
    """Run a flow from end to end and return its receipt, whatever its status.

    Raises only what comes before a run exists: CatalogError, BusyError, RejectedError for a paused flow, DeniedError for a push that
    its agreement does not allow.
    """
    with hub.store.connect():  # where nobody else holds a SQLite file, each connection that ends folds its log into it
        if taken_back := withdraw(hub, flow, now=now, by=by):
            return taken_back
        started = _start(hub, flow, now=now, by=by, asked=asked)
        try:
            _extract(hub, started, now=now, asked=asked, progress=progress)
            judge(hub, started, now=now)
            return publish(hub, started, now=now)
        except CampusError:
            receipt = runs.receipt(hub.store, started)
            if receipt is None:
                raise
            return receipt


@contextmanager
def step(hub: Hub, route: Route, run: str, fence: int, now: datetime) -> Iterator[None]:
    """Hold the lease while a step works; whatever stops it becomes the run's receipt."""
    try:
        with leases.holding(hub.store, route.flow.name, run, fence):
            yield
    except CampusError as error:
        _stopped(hub, route, run, error, now)
        error.__cause__ = None  # a driver's own text may carry cell values
        raise
    except Exception as error:
        log.exception("run %s failed", run)
        wrapped = UnprovenError("run.internal", kind=type(error).__name__)
        _stopped(hub, route, run, wrapped, now)
        raise wrapped from error


def _stopped(hub: Hub, route: Route, run: str, error: CampusError, now: datetime) -> None:
    row = runs.get(hub.store, run)
    held = {"brake": error.brake, **error.saw} if isinstance(error, HeldError) else None
    batch = Staged.from_json(row["stage"]) if row["stage"] else None
    rows = Rows(read=batch.source.count + batch.rejected, quarantined=batch.quarantined) if batch else Rows()
    receipt = replace(blank(route, row), status=_status(error), rows=rows, held=held, error=error.say(), finished_at=now.isoformat())
    # the stage outlives a target that was away for a moment: the same step may be taken again
    passing = isinstance(error, UnavailableError) and not isinstance(error, BusyError)
    runs.finish(hub.store, receipt, again=passing and row["state"] != "started")
    if receipt.held:
        corrections.follow(hub, route, receipt, now=now)


def _status(error: CampusError) -> Status:
    match error:
        case HeldError():
            return "held"
        case RejectedError() | CatalogError():
            return "rejected"
        case DeniedError():
            return "refused"
        case UnavailableError():
            return "unavailable"
    return "unproven"


def _row(hub: Hub, run: str, *states: str) -> Mapping[str, Any]:  # Any: JSON columns
    row = runs.get(hub.store, run)
    if row["state"] not in states:
        raise CatalogError("run.step", run=run, state=row["state"])
    return row


def blank(route: Route, row: Mapping[str, Any]) -> Receipt:  # Any: JSON columns
    """Begin a run's receipt: what is known of it before it did anything."""
    batch = Staged.from_json(row["stage"]) if row["stage"] else None
    findings = [rule for rule in (row["verdict"] or {}).get("rules", ()) if rule["failed"]]
    return Receipt(
        run=row["run"],
        flow=route.flow.name,
        dataset=route.flow.dataset,
        mode=route.flow.mode,
        status="unchanged",
        source_system=route.source.name,
        target_system=route.target.name,
        window=batch.window if batch and batch.kind == "window" else None,
        findings=tuple(findings),
        files=tuple(batch.shape.get("files", ())) if batch else (),
        started_at=row["started_at"],
        started_by=row["started_by"],
        flow_hash=row["flow_hash"],
        campus_hash=row["campus_hash"],
        seconds=batch.seconds if batch else {},
    )


def _published(route: Route, run: str, fence: int) -> Receipt | None:
    """Return the receipt of a run that had committed when its process died: the ledger decides."""
    if not route.target.hub_schema:
        return None
    with session(route.target) as target:
        entry = ledger.read(target, route.workspace, route.flow.name)
    # the number too: a store that was lost gives the same names to other runs
    return Receipt.from_json(entry.receipt) if entry and (entry.run, entry.fence) == (run, fence) else None
