"""Rollback: undo a flow's last publication from its before-images, in one transaction, and prove that the target stands as before.

It refuses, changing nothing, where that cannot be proved: no key, before-images gone, columns changed, other hands in the target since.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, text

from catalog.errors import BusyError, CampusError, RejectedError, UnprovenError
from catalog.messages import say
from connectors.around import Around
from connectors.database import session
from connectors.difference import Difference
from connectors.digest import Digest
from connectors.retained import Retained
from connectors.workspace import gone_name
from hub import batches, corrections, ledger, push, receiver
from hub.ledger import Entry, Undo
from hub.open import Hub
from hub.pipeline import blank, step
from hub.receipt import Receipt, Rows, Side
from hub.route import Route, resolve
from hub.store import decisions, leases, runs
from hub.surroundings import Surroundings, surrounded

LINES = 1000  # a statement or chunk


def rollback(hub: Hub, flow: str, *, now: datetime, by: str) -> Receipt:
    """Undo the flow's last publication that moved rows, rewind its cursor and pause it; return the receipt, whatever its status.

    Raises only what comes before a run exists: CatalogError, BusyError, DeniedError for a push that its agreement does not allow.
    """
    route = resolve(hub.catalog, flow)
    if not route.target.hub_schema:
        raise RejectedError("rollback.guest", flow=flow, system=route.target.title)
    push.ask(hub, route, now=now)
    fence = leases.acquire(hub.store, flow)
    if done := _committed(hub, route, fence):
        return done
    hashes = {"flow_hash": route.hash, "campus_hash": hub.catalog.hash}
    run = runs.start(hub.store, flow, now=now, zone=hub.catalog.zone, by=by, fence=fence, **hashes)
    try:
        with step(hub, route, run, fence, now):
            receipt = _undo(hub, route, blank(route, runs.get(hub.store, run)), fence=fence, now=now)
            runs.finish(hub.store, receipt)
            corrections.follow(hub, route, receipt, now=now)
    except CampusError:
        receipt = runs.receipt(hub.store, run) or receipt
    return receipt


def _committed(hub: Hub, route: Route, fence: int) -> Receipt | None:
    """Return the receipt of a rollback that had committed when its process died: the ledger decides."""
    with leases.holding(hub.store, route.flow.name, "", fence), session(route.target) as target:
        entry = _entry(target, route)
        if entry is None or entry.receipt["status"] != "rolled_back" or runs.receipt(hub.store, entry.run):
            return None
        receipt = Receipt.from_json(entry.receipt)
        runs.finish(hub.store, receipt)
        return receipt


def _entry(target: Connection, route: Route) -> Entry | None:
    return ledger.read(target, route.workspace, route.flow.name) if route.workspace.managed(target) else None


def _undo(hub: Hub, route: Route, receipt: Receipt, *, fence: int, now: datetime) -> Receipt:
    workspace, flow = route.workspace, route.flow.name
    with session(route.target) as target:
        entry = _entry(target, route)
        receiver.look(route, target, entry)
        undoing = _undoing(hub, route, target, receipt.run, entry, now)
        undoing.stage(route)
        workspace.dialect.begin_publish(target, undoing.difference.table)
        if ledger.locked(target, workspace, flow) != undoing.entry:
            raise BusyError("run.superseded", flow=flow)
        number = leases.outrank(hub.store, flow, fence, undoing.entry.fence)
        if undoing.surroundings.around.selves:
            workspace.dialect.loosen(target)
        undoing.check()
        moved = undoing.restamp(undoing.apply())
        receiver.hand_back(route, undoing.difference)
        undoing.surroundings.hold(undoing.difference)
        proved = undoing.prove()
        undoing.relist()
        standing = undoing.undo.before.receipt["rows"] if undoing.undo.before else {}
        rows = replace(moved, **{name: standing.get(name, 0) for name in ("quarantined", "kept_stale")})
        side = Side(proved.count, str(proved.total), now.isoformat())
        done = replace(receipt, status="rolled_back", undid=undoing.undo.run, rows=rows, target=side, finished_at=now.isoformat())
        ledger.write(target, workspace, flow, undoing.rewound(route, done, number), at=now)
        batches.write(target, route, done, now=now, zone=hub.catalog.zone)
        receiver.prove(route, undoing.difference)
        leases.confirm(hub.store, flow, fence)
        with _paused(hub, done, now=now):
            target.commit()
        receiver.settle(route)
        workspace.drop(target, receipt.run)
    return done


def _undoing(hub: Hub, route: Route, target: Connection, run: str, entry: Entry | None, now: datetime) -> "_Undoing":
    """Find what is to be undone. RejectedError where there is nothing, or its images no longer fit the flow."""
    flow = route.flow.name
    if not route.dataset.key:
        raise RejectedError("rollback.keyless", flow=flow)
    if entry is None or entry.undo is None:
        raise RejectedError("rollback.nothing", flow=flow)
    shape = route.workspace.dialect.shape(target, route.destination)
    columns = route.landing(shape) if shape else ()
    if entry.shape["contract"] != route.contract or len(columns) != len(route.fields):
        raise RejectedError("rollback.contract", flow=flow, run=entry.undo.run)
    stamp = batches.moment(route, shape, now, hub.catalog.zone)
    hashed = entry.shape.get("hash", "md5")
    difference = Difference(target, route.workspace, flow, run, route.destination, columns, route.dataset.key, now, stamp, hashed)
    surroundings = surrounded(difference.dialect, target, route.destination, columns, shape) if shape else Surroundings(Around())
    return _Undoing(difference, entry, entry.undo, surroundings)


@dataclass(frozen=True, slots=True)
class _Undoing:
    """A publication in reverse: the before-images are its stage, the keys it had inserted are gone."""

    difference: Difference
    entry: Entry
    undo: Undo
    surroundings: Surroundings

    def stage(self, route: Route) -> None:
        """Stage the before-images, and prove that they are the rows that the publication replaced."""
        d = self.difference
        d.workspace.stage(d.connection, d.run, route.columns, key=d.key, mapped=())
        if self.undo.loaded is None:
            if self._logged("op in ('I', 'U', 'D')").count != self.undo.moved:
                raise RejectedError("rollback.purged", run=self.undo.run)
            with session(route.target) as images:  # one connection cannot stream out and in
                d.dialect.load(d.connection, d.staged, route.columns, self._images(images))
                self._note_gone(images)
            d.settle()
            if d.stage().digest() != self._logged("op in ('U', 'D')", "before_hash"):
                raise RejectedError("rollback.purged", run=self.undo.run)
        d.connection.commit()

    def check(self) -> None:
        """RejectedError if a row of the publication is not as it left it, or the table not as the ledger knows it."""
        d = self.difference
        left = self._logged("op in ('I', 'U')", "after_hash")
        touched = self.undo.loaded is not None or d.target(d.in_stage("r")).digest() + d.target(d.in_gone("r")).digest() == left
        whole = self.undo.loaded or self.entry.target
        if not touched or (whole.count >= 0 and d.target().digest() != whole):
            raise RejectedError("rollback.changed", flow=d.flow, run=self.undo.run)

    def apply(self) -> Rows:
        """Delete what was inserted, bring back what was changed or deleted; each is a change of this run."""
        d = self.difference
        seen, objects = self.surroundings.felt(d, "1 = 1" if self.undo.loaded is not None else d.in_gone("t"))
        if seen:
            raise RejectedError("rollback.felt", seen=seen, objects=objects)
        if self.undo.loaded is not None:
            return Rows(deleted=d.delete("1 = 1"))
        deleted = d.delete(d.in_gone("t"))
        updated, inserted = self.surroundings.write(d)
        return Rows(deleted=deleted, updated=updated, inserted=inserted)

    def restamp(self, moved: Rows) -> Rows:
        """Let rows of a push that the publication marked as gone, or found again, be stamped as they stood before; count them too."""
        d = self.difference
        back, gone = Retained(d).stamp("U", f"run = '{self.undo.run}'"), Retained(d).stamp("D", f"released = '{self.undo.run}'")
        return replace(moved, revived=back, retained=gone)

    def prove(self) -> Digest:
        """Read the target back: the whole of it where the ledger knows what it was, else the rows that were touched."""
        d, before = self.difference, self.undo.before
        touched = d.target(d.in_stage("r")).digest()
        expected = d.stage().digest()
        if self.undo.loaded is None and (touched != expected or d.target(d.in_gone("r")).count()):
            raise UnprovenError("proof.unequal", target=touched.count, expected=expected.count, keys="?")
        known = Digest() if self.undo.loaded is not None else before.target if before else Digest(-1, -1)
        if known.count < 0:
            return touched
        whole = d.target().digest()
        if whole != known:
            raise UnprovenError("proof.unequal", target=whole.count, expected=known.count, keys="?")
        return whole

    def relist(self) -> None:
        """Let the rows that were quarantined or retained before the publication be so again."""
        d, before = self.difference, self.undo.before
        Retained(d).restore(self.undo.run)
        quarantine, retained = d.workspace.name("quarantine"), d.workspace.name("retained")
        names = {"flow": d.flow, "undone": self.undo.run, "before": before.run if before else "", "run": d.run}
        for statement in (
            f"delete from {quarantine} where flow = :flow and run <> :before",
            f"update {quarantine} set run = :run where flow = :flow",
            f"delete from {retained} where flow = :flow and run = :undone",
            f"update {retained} set released = null where flow = :flow and released = :undone",
        ):
            used = {name: value for name, value in names.items() if f":{name}" in statement}
            d.connection.execute(text(statement), used)

    def rewound(self, route: Route, receipt: Receipt, fence: int) -> Entry:
        """Return the ledger's entry as it stood before; after a first load, one that says: nothing is published, read everything."""
        first = Entry("", fence, None, route.hash, self.entry.shape, Digest(-1, -1), Digest(), {})
        return replace(self.undo.before or first, run=receipt.run, fence=fence, receipt=receipt.to_json(), undo=None)

    def _logged(self, which: str, hashes: str = "0") -> Digest:
        d = self.difference
        table = d.workspace.name("change")
        query = f"select count(*), {d.dialect.total(hashes)} from {table} where flow = :flow and run = :run and {which}"
        count, total = d.connection.execute(text(query), {"flow": d.flow, "run": self.undo.run}).one()
        return Digest(count, int(total))

    def _images(self, images: Connection) -> Iterator[bytes]:
        for lines in self._rows(images, "before_line", "op in ('U', 'D') and before_line is not null"):
            yield "".join([f"{line}\n" for line in lines]).encode()

    def _note_gone(self, images: Connection) -> None:
        d = self.difference
        statement = text(f"insert into {d.workspace.name(gone_name(d.run))} (key_line, key_hash) values (:key, :hash)")
        for keys in self._rows(images, "key_line", "op = 'I'"):
            d.connection.execute(statement, [{"key": key, "hash": d.hash_of(key)} for key in keys])

    def _rows(self, images: Connection, column: str, which: str) -> Iterator[list[str]]:
        d = self.difference
        query = text(f"select {column} from {d.workspace.name('change')} where flow = :flow and run = :run and {which} order by seq")
        result = images.execution_options(stream_results=True).execute(query, {"flow": d.flow, "run": self.undo.run})
        for rows in result.partitions(LINES):
            yield [row[0] for row in rows]


@contextmanager
def _paused(hub: Hub, receipt: Receipt, *, now: datetime) -> Iterator[None]:
    """Pause the flow before its rollback commits: a crash between the two must not let the schedule publish the same again."""
    reason = say("rollback.paused", run=receipt.undid)
    before = decisions.pause_of(hub.store, receipt.flow)
    decisions.pause(hub.store, receipt.flow, by=receipt.started_by, now=now, reason=reason)
    try:
        yield
    except CampusError:
        decisions.resume(hub.store, receipt.flow)
        if before:
            decisions.pause(hub.store, receipt.flow, **before)
        raise
