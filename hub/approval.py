"""A person's word on a held run: approve it, and it runs again under what was approved; refuse it, and nothing happens."""

from dataclasses import replace
from datetime import datetime

from catalog.errors import CatalogError
from hub.open import Hub
from hub.pipeline import Asked, run
from hub.receipt import Receipt
from hub.store import decisions, runs


def approve(hub: Hub, held: str, *, now: datetime, by: str) -> Receipt:
    """Let a held run through: the source is read again, and published as long as its brake sees no more than was approved."""
    flow = _decide(hub, held, "approve", now=now, by=by)
    return run(hub, flow, now=now, by=by, asked=Asked(full=True, approval=runs.get(hub.store, held)["held"]))


def refuse(hub: Hub, held: str, *, now: datetime, by: str) -> None:
    """Record that a held run must not be published; its receipt says so from now on."""
    _decide(hub, held, "refuse", now=now, by=by)
    if receipt := runs.receipt(hub.store, held):
        runs.finish(hub.store, replace(receipt, status="refused"))


def _decide(hub: Hub, held: str, decision: str, *, now: datetime, by: str) -> str:
    row = runs.get(hub.store, held)
    if row["state"] != "held":
        raise CatalogError("approval.not_held", run=held)
    newest = runs.latest(hub.store, row["flow"])
    if newest and newest.run != held:
        raise CatalogError("approval.superseded", run=held, flow=row["flow"])
    decisions.decide(hub.store, held, decision, by=by, now=now)
    return str(row["flow"])
