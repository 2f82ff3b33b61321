"""The hub as a guest: a receiver that gives it no schema gets temporary tables, and all three steps in one, on one connection.

Its ledger, quarantine and retained rows are carried in from the store and back to it. A crash between the commit there and the
store's own forgets no row: keyed flows find the difference again. There is no rollback and no change feed.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table

from catalog.errors import RejectedError
from connectors.database import sharing
from connectors.digest import Digest
from hub import extract as extracting
from hub import judge as judging
from hub import publish as publication
from hub.brakes import Approval
from hub.open import Hub
from hub.receipt import Receipt
from hub.route import Route
from hub.staging import Staged
from hub.store import guests, runs

CARRIED = ("ledger", "quarantine", "retained")


def waiting(**asked: Any) -> Staged:  # Any: JSON of what a run is asked
    """Return the batch of a run whose last step does everything."""
    moments = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asked.items()}
    return Staged("whole", (None, None), None, Digest(), Digest(), "", {}, approval=dict(asked["approval"]), asked=moments)


def publish(hub: Hub, route: Route, run: str, batch: Staged, receipt: Receipt, *, fence: int, now: datetime) -> Receipt:
    """Extract, judge and publish on one connection; return the receipt. Raises what those steps raise."""
    with visiting(hub, route) as target:
        if target is None or route.workspace.dialect.shape(target, route.destination) is None:
            raise RejectedError("guest.table", flow=route.flow.name, table=route.flow.target.table)
        staged = extracting.extract(hub, route, run, now=now, **_asked(batch))
        verdict: Mapping[str, Any] = {}  # Any: JSON
        if not staged.unchanged:
            staged, judged = judging.judge(hub, route, run, staged, now=now)
            verdict = judged.to_json()
        runs.advance(hub.store, run, state="judged", stage=staged.to_json(), verdict=dict(verdict))
        findings = tuple(rule for rule in verdict.get("rules", ()) if rule["failed"])
        window = staged.window if staged.kind == "window" else None
        done = publication.publish(hub, route, run, staged, replace(receipt, findings=findings, window=window), fence=fence, now=now)
        guests.remember(hub.store, route.flow.name, _rows(target, route), now=now)
    return done


@contextmanager
def visiting(hub: Hub, route: Route) -> Iterator[Connection | None]:
    """Hold one connection with the hub's tables as they are remembered; None, and nothing held, where a receiver gives a schema."""
    if route.target.hub_schema:
        yield None
        return
    memory = guests.recall(hub.store, route.flow.name)
    with sharing(route.target) as target:
        route.workspace.prepare(target)
        for name, table in _tables(route).items():
            if rows := memory.get(name):
                target.execute(table.insert(), list(rows))
        target.commit()
        yield target


def _tables(route: Route) -> dict[str, Table]:
    made = route.workspace.tables().tables
    return {name: made[route.workspace.prefix + name] for name in CARRIED}


def _rows(target: Connection, route: Route) -> dict[str, list[dict[str, Any]]]:  # Any: JSON
    rows = {name: [dict(row) for row in target.execute(table.select()).mappings()] for name, table in _tables(route).items()}
    return {name: [{column: value for column, value in row.items() if column not in ("id", "undo")} for row in rows[name]] for name in rows}


def _asked(batch: Staged) -> dict[str, Any]:  # Any: arguments of extract
    asked = dict(batch.asked or {})
    moments = {name: datetime.fromisoformat(asked[name]) for name in ("since", "until") if asked[name]}
    return asked | moments | {"approval": Approval(batch.approval)}
