"""Withdraw: a revoked agreement with `withdraw: true` takes back what was pushed under it, and what the hub kept beside the table."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import text

from catalog.errors import UnprovenError
from connectors.database import session
from connectors.difference import Difference
from connectors.digest import Digest
from connectors.selection import Relation
from connectors.stamp import BATCH, stamped
from hub import batches, ledger, receiver
from hub.ledger import Entry
from hub.open import Hub
from hub.receipt import Receipt, Rows, Side
from hub.route import Route
from hub.store import leases, runs

KEPT = ("change", "quarantine", "retained")


def due(route: Route) -> bool:
    """Say whether a push is to be withdrawn and has not been."""
    if route.agreement is None or not route.agreement.withdraw:
        return False
    with session(route.target) as target:
        if not route.workspace.managed(target):
            return False
        entry = ledger.read(target, route.workspace, route.flow.name)
    return entry is not None and entry.receipt["mode"] != "withdraw"


def withdraw(hub: Hub, route: Route, receipt: Receipt, *, fence: int, now: datetime) -> Receipt:
    """Delete the pushed rows and every before-image, quarantined and retained row of the flow; return the receipt, proved by reading back.

    A receiver's own rows in a table that it keeps with others stay: those that no batch brought.
    """
    workspace, flow = route.workspace, route.flow
    with session(route.target) as target:
        shape = workspace.dialect.shape(target, route.destination)
        whole = flow.on_delete == "delete" and flow.mode != "append"  # then the table never held a row that was not pushed
        mine = "1 = 1" if whole or not stamped(shape) else f"t.{workspace.dialect.quote(BATCH)} is not null"
        target.rollback()
        gone = 0
        if shape is not None:
            difference = Difference(target, workspace, flow.name, receipt.run, route.destination, (), (), now)
            workspace.dialect.begin_publish(target, difference.table)
            standing = ledger.locked(target, workspace, flow.name)
            fence = leases.outrank(hub.store, flow.name, fence, standing.fence if standing else 0)
            sent = receiver.take_back(route, target, receipt.run, now)
            gone = difference.take_back(mine)
            if left := difference.count(mine):
                raise UnprovenError("proof.unequal", target=left, expected=0, keys=left)
            if sent:
                receiver.prove(route, sent)
        for table in KEPT:
            target.execute(text(f"delete from {workspace.name(table)} where flow = :flow"), {"flow": flow.name})
        moment = now.isoformat()
        done = replace(
            receipt,
            status="acknowledged" if route.acknowledged else "proved",
            rows=Rows(deleted=gone),
            source=Side(0, "0", moment),
            target=Side(0, "0", moment),
            finished_at=moment,
        )
        if workspace.dialect.shape(target, Relation(batches.NAME, route.target.db_schema)):
            batches.write(target, route, done, now=now, zone=hub.catalog.zone)
        entry = Entry(receipt.run, fence, None, "", {"contract": ""}, Digest(), Digest(), done.to_json())
        ledger.write(target, workspace, flow.name, entry, at=now)
        target.commit()
        receiver.settle(route)
        for run in workspace.staged_runs(target):
            if runs.flow_of(hub.store, run) == flow.name:
                workspace.drop(target, run)
    return done
