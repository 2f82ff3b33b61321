"""Reconcile: find what a window cannot see — deletes, very late rows, hands in the target — and run exactly those keys."""

from datetime import datetime

from catalog.errors import UnprovenError
from hub.open import Hub
from hub.pipeline import Asked, run
from hub.receipt import Receipt
from hub.route import resolve
from hub.verify import compared, verify


def reconcile(hub: Hub, flow: str, *, now: datetime, by: str) -> Receipt:
    """Compare source and target over the whole flow and run the keys that differ; a mirror without key is run whole.

    Raises UnprovenError for an append log without key that differs: what is missing cannot be told from what is doubled.
    """
    route = resolve(hub.catalog, flow)
    if route.dataset.key and not set(route.dataset.key) & set(route.masks):  # a pseudonym cannot be looked up at the source
        return run(hub, flow, now=now, by=by, asked=Asked(keys=tuple(compared(hub, flow).differing)))
    if route.flow.mode == "mirror":
        return run(hub, flow, now=now, by=by, asked=Asked(full=True))
    found = verify(hub, flow)
    if not found.equal:
        raise UnprovenError("proof.unequal", target=found.target.count, expected=found.source.count, keys=len(found.differing))
    return run(hub, flow, now=now, by=by)
