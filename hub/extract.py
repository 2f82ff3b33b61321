"""The first step: read the source at one moment, stage its rows beside the target, and prove that the stage equals what was read."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial

from catalog.errors import CatalogError, RejectedError, UnavailableError
from connectors import lane
from connectors.database import session
from connectors.difference import Difference
from connectors.source import snapshot
from hub import drift, drops, fit, ledger, receiver, scope
from hub.brakes import Approval
from hub.extraction import Extraction, Progress
from hub.ledger import Entry
from hub.masking import blinded
from hub.open import Hub
from hub.published import live
from hub.receipt import Receipt
from hub.route import Route
from hub.scope import Scope
from hub.staging import Staged
from hub.store import runs
from hub.store.salt import salt


def extract(
    hub: Hub,
    route: Route,
    run: str,
    *,
    now: datetime,
    approval: Approval,
    full: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
    keys: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Staged:
    """Stage the rows of a flow's scope. Everything it changes is in the hub's own tables beside the target.

    Raises HeldError for a brake, UnavailableError for a side that does not answer, UnprovenError where stage and source differ.
    """
    began = time.perf_counter()
    workspace = route.workspace

    def choose(known: Entry | None, as_of: datetime) -> Scope:
        if keys is not None:
            return scope.of_keys(list(keys))
        return scope.choose(route, known, as_of=as_of, zone=hub.catalog.zone, full=full, since=since, until=until)

    with ExitStack() as held:
        target = held.enter_context(session(route.target))
        workspace.prepare(target)
        entry = ledger.read(target, workspace, route.flow.name)
        if entry and entry.run != run:
            runs.settle(hub.store, Receipt.from_json(entry.receipt))
        beyond = receiver.look(route, target, entry)
        published = entry if workspace.dialect.shape(target, route.destination) else None
        target.commit()

        def low(as_of: datetime) -> str | None:
            return choose(published, as_of).low

        taken = drops.taken(route, published, full=full)
        source = held.enter_context(snapshot(route.source, route.flow.source, route.dataset, queries=route.queries, since=low, taken=taken))
        shape = source.shape()
        if shape is None:
            raise UnavailableError("source.table_missing", system=route.source.title, relation=route.relation_name)
        selection = replace(route.selection(shape), relation=source.relation)
        if route.agreement and route.source.kind == "sql":
            selection = live(hub.catalog, route.source, source.reading(selection), route.flow.source.table)
        drift.check_source(route, entry, selection, approval)
        fit.check_source(route, source.dialect, selection)
        if not workspace.dialect.transactional(target, route.destination):
            raise CatalogError("fit.engine", table=route.flow.target.table, system=route.target.title)
        pinned = source.dialect.transactional(source.connection, source.relation)
        landing = drift.landing(route, target, entry, approval)
        fit.check_target(route, workspace.dialect, landing or ())
        target.commit()
        known = entry if landing else None
        wanted = choose(known, source.as_of)
        if entry and wanted.kind != "whole" and entry.shape["contract"] != route.contract:
            raise RejectedError("flow.contract", flow=route.flow.name)
        hashed = "md5" if route.looked_at else lane.hash_of_both(source.connection, target)
        columns = landing or route.columns
        difference = Difference(target, workspace, route.flow.name, run, route.destination, columns, route.dataset.key, now, hashed=hashed)
        blind = partial(blinded, salt=salt(hub.store)) if route.masks else None
        extraction = Extraction(route, source, selection, shape, target, difference, wanted, approval, progress, blind)
        comparable = known is not None and known.shape.get("hash", "md5") == hashed
        result = (
            extraction.unchanged(known)
            if known and comparable and wanted.kind == "whole" and not (full or approval or beyond or receiver.owed(route, known))
            else None
        )
        result = result or (extraction.changed(known) if known else None) or extraction.stage(entry)
        return replace(
            result,
            as_of=source.as_of.isoformat(),
            shape={
                "contract": route.contract,
                "source": drift.described(selection),
                "narrow": extraction.narrow,
                "hash": hashed,
                "pinned": pinned,
                "files": [asdict(file) for file in source.files],
            },
            approval=dict(approval),
            seconds={"extract": round(time.perf_counter() - began, 3)},
        )
