"""The loop of corrections (校核纠错): what a run refused or a receiver complained of is told to the data's owner and closed once mended.

    quarantine ──► finding ──┐                      ┌── a later run no longer refuses the row, or published it otherwise
                             ├──► open ──► owner ──►┤
    receiver ──► complaint ──┘                      └── a person, with a reason

A finding's key is read where it lies, in quarantine; a complaint's is kept until it is closed. A store or target that is away leaves
everything as it is: the next run does the same again.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, or_

from catalog.campus import Catalog
from catalog.errors import CampusError, CatalogError
from catalog.messages import say
from connectors.database import session
from connectors.line import join, split
from connectors.reading import Reading
from connectors.selection import Selection
from hub import ledger, notices
from hub.guest import visiting
from hub.open import Hub
from hub.published import live, published
from hub.receipt import PROVES, Receipt
from hub.refused import Refused, refused, rows
from hub.route import Route
from hub.staging import Staged
from hub.store import corrections as store
from hub.store import runs
from hub.store.corrections import Correction
from hub.store.tables import corrections as table

log = logging.getLogger("campus_hub")


def follow(hub: Hub, route: Route, receipt: Receipt, *, now: datetime) -> None:
    """Open what a run found, close what it shows mended, tell the owner. A run that published nothing closes nothing."""
    try:
        opened, closed = _findings(hub, route, receipt, now), _complaints(hub, route, receipt, now)
        tell(hub, opened, now=now)
        for it in closed:
            _tell_consumer(hub, it, receipt.run, now)
    except CampusError as error:
        log.warning("corrections of %s wait for the next run: %s", receipt.flow, error.key)
    except Exception:  # whatever it was, the run is published and proved all the same
        log.exception("corrections of %s failed", receipt.flow)


def fingerprint(*parts: str) -> str:
    """Name a row and what is said of it, so that the same is known again."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def of_finding(flow: str, it: Refused) -> str:
    """Fingerprint a quarantined row and its rule."""
    return fingerprint(flow, it.rule, str(it.mark))


def content(values: Iterable[str | None]) -> str:
    """Fingerprint what a row says."""
    return fingerprint(join(values))


def finding(hub: Hub, it: Correction) -> Refused | None:
    """Find a finding's row in quarantine; None once it is there no more."""
    found = rows(hub, it.flow) if it.flow in hub.catalog.flows and it.same else ()
    return next((row for row in found if of_finding(it.flow, row) == it.same), None)


def numbers(hub: Hub, flow: str, those: Sequence[Refused]) -> list[int | None]:
    """Return the open correction of each of a flow's quarantined rows; None where there is none yet."""
    known = store.standing(hub.store, origin="finding", flow=flow)
    found = [known.get(of_finding(flow, it)) for it in those]
    return [it.correction if it else None for it in found]


def key(hub: Hub, it: Correction) -> tuple[str | None, ...] | None:
    """Return the key of the row that an open correction is about."""
    if it.key_line is not None:
        return split(it.key_line)
    row = finding(hub, it) if it.origin == "finding" else None
    return row.key if row else None


def decide(hub: Hub, number: int, *, reason: str, now: datetime, by: str) -> Correction:
    """Close a correction by a person's word. CatalogError for one that is unknown, closed, or a finding: that one a run decides."""
    it = store.get(hub.store, number)
    if it.state == "closed":
        raise CatalogError("correction.closed", correction=number)
    if it.origin == "finding":
        raise CatalogError("correction.finding", correction=number, flow=it.flow)
    store.close(hub.store, [it], now=now, by=by, reason=reason)
    return store.get(hub.store, number)


def purge(hub: Hub, route: Route) -> int:
    """Forget the corrections of a push that is withdrawn, and the complaints under its agreement."""
    mine = table.c.flow == route.flow.name
    return store.purge(hub.store, or_(mine, table.c.agreement == route.agreement.name) if route.agreement else mine)


def tell(hub: Hub, those: Sequence[Correction], *, now: datetime) -> None:
    """Tell the owner, once, of a run's findings together and of each complaint."""
    found: dict[str, list[Correction]] = {}
    for it in those:
        name = f"corrections:{it.flow}:{it.opened_run}" if it.origin == "finding" else f"correction:{it.correction}"
        found.setdefault(name, []).append(it)
    for name, some in found.items():
        first = some[0]
        dataset = hub.catalog.datasets.get(first.dataset)
        names = {"owner": first.owner, "dataset": dataset.title if dataset else first.dataset, "count": len(some), "flow": first.flow}
        fields = ", ".join(dict.fromkeys(field for it in some for field in it.fields))
        text = say(f"correction.told_{first.origin}", **names, correction=first.correction, fields=fields, consumer=_title(hub, first))
        notices.tell(hub, name, addresses(hub.catalog, first.dataset), text, now=now)


def watch(hub: Hub, *, now: datetime) -> None:
    """Tell again what an owner could not be told."""
    tell(hub, store.listed(hub.store, state="open"), now=now)


def addresses(catalog: Catalog, dataset: str) -> list[str]:
    """Name where a dataset's owner is told: as the dataset says, else as the provider's side of its agreements."""
    said = catalog.datasets[dataset].notify if dataset in catalog.datasets else ()
    agreed = [it for _, agreement in sorted(catalog.agreements.items()) if agreement.dataset == dataset for it in agreement.approved.notify]
    return [*said] or agreed


def _findings(hub: Hub, route: Route, receipt: Receipt, now: datetime) -> list[Correction]:
    known = store.standing(hub.store, origin="finding", flow=receipt.flow)
    if not known and not receipt.rows.quarantined and receipt.status != "held":
        return []
    with visiting(hub, route), session(route.target) as target:
        there = {of_finding(receipt.flow, it): it for it in _refused(hub, target, route, receipt)}
    if receipt.status in PROVES:
        store.close(hub.store, [it for same, it in known.items() if same not in there], now=now, run=receipt.run)
    row = {"origin": "finding", "dataset": receipt.dataset, "flow": receipt.flow, "owner": route.dataset.owner, "opened_run": receipt.run}
    new = [(same, it) for same, it in there.items() if same not in known]
    fields = [[it.field] if it.field else [] for _, it in new]
    made = [
        row | {"rule": it.rule, "fields": names, "opened_at": it.first_seen, "same": same}
        for (same, it), names in zip(new, fields, strict=True)
    ]
    return store.opened(hub.store, made)


def _refused(hub: Hub, target: Connection, route: Route, receipt: Receipt) -> Iterator[Refused]:
    """Read what the flow refuses as of a run; rows without key that an earlier one refused stand still, unless this one read everything."""
    route.workspace.prepare(target)
    if receipt.status == "held":
        return refused(target, route, receipt.run)
    entry, stage = ledger.read(target, route.workspace, route.flow.name), runs.get(hub.store, receipt.run)["stage"]
    whole = stage is not None and Staged.from_json(stage).is_whole
    return refused(target, route, entry.run if entry else "", keyless=not whole)


def _complaints(hub: Hub, route: Route, receipt: Receipt, now: datetime) -> list[Correction]:
    """Close the complaints about rows that this run has published otherwise, or no more."""
    place = published(hub.catalog, receipt.dataset)
    if place is None or place.flow.name != receipt.flow or receipt.status not in PROVES:
        return []
    waiting = store.listed(hub.store, state="open", origin="complaint", flow=receipt.flow)
    if not waiting:
        return []
    with session(route.target) as target:
        mended = list(_mended(hub, route, target, waiting))
    store.close(hub.store, mended, now=now, run=receipt.run)
    return mended


def _mended(hub: Hub, route: Route, target: Connection, waiting: Sequence[Correction]) -> Iterator[Correction]:
    shape = route.workspace.dialect.shape(target, route.destination)
    if shape is None:
        return
    columns = route.landing(shape)
    names = [column.field for column in columns]
    reading = Reading(target, route.workspace.dialect, Selection(route.destination, columns, route.dataset.key))
    reading = Reading(target, reading.dialect, live(hub.catalog, route.target, reading, route.destination.table))
    places = [names.index(name) for name in route.dataset.key]
    found = {tuple(row[place] for place in places): row for row in reading.of_keys([split(it.key_line or "") for it in waiting])}
    for it in waiting:
        row = found.get(split(it.key_line or ""))
        if set(it.fields) <= set(names) and (row is None or content(row[names.index(name)] for name in it.fields) != it.content):
            yield it


def _tell_consumer(hub: Hub, it: Correction, run: str, now: datetime) -> None:
    consumer = hub.catalog.consumers.get(it.consumer or "")
    text = say("correction.told_closed", correction=it.correction, dataset=hub.catalog.datasets[it.dataset].title, run=run)
    notices.tell(hub, f"correction:{it.correction}:closed", consumer.notify if consumer else (), text, now=now)


def _title(hub: Hub, it: Correction) -> str:
    consumer = hub.catalog.consumers.get(it.consumer or "")
    return consumer.title if consumer else it.consumer or ""
