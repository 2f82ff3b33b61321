"""A push: a run under an agreement. It asks the gate before it reads and again before it publishes, and tells the access log.

The log's line is durable before the first row is staged at the receiver; if it cannot be written, nothing leaves.
"""

from datetime import datetime

from catalog.errors import DeniedError
from catalog.load import load
from connectors.database import session
from hub.open import Hub
from hub.receipt import Receipt
from hub.route import Route, resolve
from hub.sharing import refusal
from hub.store import access
from hub.store.access import Line


def ask(hub: Hub, route: Route, *, now: datetime, run: str = "-") -> None:
    """Let a push go on, or log and raise the DeniedError of its agreement. A flow under no agreement stays inside the hub's own house."""
    if route.agreement is None:
        return
    if denied := refusal(hub.catalog, route.agreement, "push", now=now):
        _log(hub, route, f"403 {denied.key}", run, now=now)
        raise denied


def ask_again(hub: Hub, route: Route, *, now: datetime, run: str) -> None:
    """Ask once more, of the agreement as its file stands now, before what was staged is published. CatalogError if it cannot be read."""
    if route.agreement:
        catalog = load(hub.catalog.folder)
        try:
            ask(Hub(catalog, hub.store), resolve(catalog, route.flow.name), now=now, run=run)
        except DeniedError:
            with session(route.target) as target:  # what was staged at the receiver does not stay there
                route.workspace.drop(target, run)
            raise


def begin(hub: Hub, route: Route, run: str, *, now: datetime) -> None:
    """Log what is about to leave. UnavailableError if that cannot be written."""
    if route.agreement:
        _log(hub, route, "begun", run, now=now)


def sent(hub: Hub, route: Route, receipt: Receipt, *, now: datetime) -> None:
    """Log what has really reached the receiver's table."""
    if route.agreement:
        _log(hub, route, f"sent {receipt.status}", receipt.run, now=now, rows=receipt.rows.inserted + receipt.rows.updated)


def withdrawn(hub: Hub, route: Route, receipt: Receipt, *, now: datetime) -> None:
    """Log what was taken back."""
    _log(hub, route, "withdrawn", receipt.run, now=now, rows=receipt.rows.deleted)


def _log(hub: Hub, route: Route, outcome: str, run: str, *, now: datetime, rows: int | None = None) -> None:
    agreement = route.agreement
    if agreement is None:
        return
    line = Line(
        who=agreement.consumer,
        channel="push",
        outcome=outcome,
        request=run,
        dataset=route.dataset.name,
        agreement=agreement.name,
        columns=route.fields,
        conditions=tuple(f"{condition.field} {condition.operator}" for condition in agreement.where),
        rows=rows,
    )
    access.write(hub.store, line, now=now)
