"""The last step: one transaction that writes the difference, proves it, and remembers it in the ledger. Unequal rolls back."""

import time
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import text

from catalog.errors import UnprovenError
from connectors import mariadb_halves
from connectors.around import Around
from connectors.database import session
from connectors.difference import Difference
from connectors.digest import Digest
from connectors.quarantined import Quarantined
from connectors.reading import Reading
from connectors.retained import Retained
from connectors.selection import Window
from hub import batches, brakes, drift, drops, ledger, receiver
from hub.brakes import Approval, HeldError
from hub.compare import compare
from hub.hands import Hands, look
from hub.ledger import Entry, Undo
from hub.open import Hub
from hub.receipt import Receipt, Rows, Side
from hub.route import Route
from hub.staging import Staged
from hub.store import leases
from hub.surroundings import NEVER, Surroundings, surrounded


def publish(hub: Hub, route: Route, run: str, batch: Staged, receipt: Receipt, *, fence: int, now: datetime) -> Receipt:
    """Publish a judged batch and return its receipt, proved. The target changes as a whole or not at all.

    Raises HeldError where too much would be deleted, UnprovenError where the target would not equal the source,
    BusyError where a newer run has published meanwhile.
    """
    began, held = time.perf_counter(), fence
    workspace = route.workspace
    with session(route.target) as target:
        made = workspace.dialect.shape(target, route.destination) is None
        if made:
            # before the transaction: DDL would commit it on MariaDB
            target.execute(text(drift.ddl(route)))
            target.commit()
        batches.prepare(target, route)
        shape = workspace.dialect.shape(target, route.destination)
        columns = route.landing(shape) if shape else route.columns
        surroundings = surrounded(workspace.dialect, target, route.destination, columns, shape) if shape else Surroundings(Around())
        stamp = batches.moment(route, shape, now, hub.catalog.zone)
        difference = Difference(
            target, workspace, route.flow.name, run, route.destination, columns, route.dataset.key, now, stamp, batch.hashed
        )
        target.rollback()
        workspace.dialect.begin_publish(target, difference.table)
        entry = ledger.locked(target, workspace, route.flow.name)
        fence = leases.outrank(hub.store, route.flow.name, fence, entry.fence if entry else 0)
        if batch.unchanged and entry and entry.source == batch.source:
            # both sides were digested at the read moment, and that is what the receipt says
            rows = replace(Rows(), unchanged=entry.target.count, read=0, **_standing(entry))
            sides = _side(entry.source, batch.as_of), _side(entry.target, batch.as_of)
            done = replace(receipt, rows=rows, source=sides[0], target=sides[1], stale_since=entry.receipt.get("stale_since"))
            done = replace(done, status="acknowledged") if route.acknowledged else done
            done = _timed(done, batch, began, now)
            ledger.refence(target, workspace, route.flow.name, fence)
        else:
            _present(difference.stage().count(), batch)
            # of an append log without key nobody needs to know
            empty = bool(route.dataset.key or route.flow.mode != "append") and not difference.target().any()
            if surroundings.around.selves:
                workspace.dialect.loosen(target)
            hands = look(difference, entry, route.flow.source.cursor)
            first = _Publication(difference, route, batch, entry, empty, made, hands, surroundings)
            handed = receiver.hand_over(route, difference, batch, lambda some: replace(first, batch=some).apply())
            batch, rows, publication = handed.batch, handed.rows, replace(first, batch=handed.batch)
            surroundings.hold(difference)
            proved = publication.prove()
            undo = publication.undo(rows, proved, run)
            Quarantined(difference).settle(whole=batch.is_whole, undo=undo.before.run if undo and undo.before else "")
            if route.agreement and entry and entry.shape["contract"] != route.contract:
                difference.forget(route.no_longer_granted(shape, entry.shape["contract"]))
            done = replace(
                receipt,
                status="acknowledged" if route.acknowledged else "proved_with_exceptions" if rows.quarantined else "proved",
                findings=(*receipt.findings, *handed.findings),
                rows=rows,
                stale_since=Quarantined(difference).stale_since() if rows.kept_stale else None,
                source=_side(batch.source, batch.as_of),
                target=_side(proved, now.isoformat()),
            )
            done = _timed(done, batch, began, now)
            written = _entry(route, batch, done, difference, fence, undo)
            written.shape.update({"rows": publication.known(rows)} | drops.noted(route, done, entry))
            ledger.write(target, workspace, route.flow.name, written, at=now)
            batches.write(target, route, done, now=now, zone=hub.catalog.zone)
            receiver.prove(route, difference)
        leases.confirm(hub.store, route.flow.name, held)
        target.commit()
        receiver.settle(route)
        workspace.drop(target, run)
    return done


@dataclass(frozen=True, slots=True)
class _Publication:
    """What one publication does inside its transaction."""

    difference: Difference
    route: Route
    batch: Staged
    entry: Entry | None
    empty: bool  # the target, before
    made: bool  # by this run, a moment ago
    hands: Hands
    surroundings: Surroundings

    def apply(self) -> Rows:
        """Write deletes, updates and inserts, in this order, and count them; rows that refer to one another go last, not first."""
        d, batch = self.difference, self.batch
        rows = Rows(read=batch.source.count + batch.rejected, quarantined=batch.quarantined, waiting=batch.waiting)
        if self.empty:
            return replace(rows, inserted=d.fill(made=self.made))
        if not self.route.dataset.key:
            return self._without_key(rows)
        revived = d.revive()
        if self.route.flow.on_delete != "delete":
            if self.entry and batch.kind == "whole" and self.entry.shape["contract"] != self.route.contract:
                Retained(d).forget()  # they were listed by another key or other columns: what is still gone is listed anew
            Retained(d).release()
        referring = bool(self.surroundings.around.selves)
        deleted, retained = (0, 0) if referring else self._remove()
        updated, inserted = (0, d.insert()) if self.route.flow.mode == "append" else self.surroundings.write(d)
        if referring:
            deleted, retained = self._remove()
        # the source stands as it was published: whatever differed was changed here by somebody else
        still = bool(self.entry and self.entry.source == batch.source)
        found, added = (inserted, deleted) if still else self._told(inserted, deleted)
        return replace(
            rows,
            deleted=deleted,
            retained=retained,
            updated=updated,
            revived=revived,
            inserted=inserted,
            unchanged=batch.expected.count - inserted - updated,
            kept_stale=d.count(d.stale("t")) if batch.quarantined else 0,
            healed=found + added + (updated if still else self.hands.changed),
        )

    def _without_key(self, rows: Rows) -> Rows:
        if self.route.flow.mode == "append":
            return replace(rows, inserted=self.difference.insert())
        before = self.difference.count("1 = 1")
        deleted, inserted = self.difference.replace_multiset()
        self._brake(deleted - inserted, before)
        return replace(rows, deleted=deleted, inserted=inserted, unchanged=before - deleted)

    def _remove(self) -> tuple[int, int]:
        """Delete, or retain, what the source no longer has; return both counts."""
        d, flow = self.difference, self.route.flow
        if flow.mode == "append":
            return 0, 0
        where = f"{self._gone()} and not {d.spared('t')}" if self.batch.kind == "whole" or d.has_gone() else NEVER
        self._hold_if_felt(where if flow.on_delete == "delete" else NEVER)
        if where == NEVER:
            return 0, 0
        seen = d.count(where)
        if not seen:
            return 0, 0
        if self.batch.unreadable and not Approval(self.batch.approval).lets("unsure_deletes", seen):
            raise HeldError("unsure_deletes", seen=seen, unreadable=self.batch.unreadable)
        if flow.on_delete == "delete":
            self._brake(seen, d.count("1 = 1"))
            return d.delete(where), 0
        if flow.on_delete == "mark":
            d.mark_gone(where)
        return 0, Retained(d).add(where, flow.on_delete or "keep")

    def _gone(self) -> str:
        d = self.difference
        return f"not {d.in_stage('t')}" if self.batch.kind == "whole" else d.in_gone("t")

    def _hold_if_felt(self, gone: str) -> None:
        """Hold where other tables' own rows would be deleted or emptied with the rows that go."""
        seen, objects = self.surroundings.felt(self.difference, gone)
        if seen and not Approval(self.batch.approval).lets("cascade", seen):
            raise HeldError("cascade", seen=seen, objects=objects)

    def _brake(self, deletes: int, total: int) -> None:
        approval = Approval(self.batch.approval)
        if approval.get("brake") != "empty_source":
            brakes.check("max_deletes", self.route.flow.brakes.max_deletes, approval, seen=deletes, total=total)

    def prove(self) -> Digest:
        """Read the target back over the scope and compare it with the stage. UnprovenError where they differ."""
        d, batch = self.difference, self.batch
        published = self._published()
        target = self._digested(published)
        if target != batch.expected:
            if not batch.shape["pinned"]:
                raise UnprovenError("proof.unpinned", system=self.route.source.title, relation=self.route.relation_name)
            staged = d.stage().digest()
            if staged != batch.stage:
                raise UnprovenError("proof.stage_changed", expected=batch.stage.count, found=staged.count)
            seen = d.target(d.in_stage("r")) if batch.kind == "changed" else published
            keys = len(compare(d.stage(), seen).differing)
            if triggers := self.surroundings.around.triggers:
                raise UnprovenError("proof.bent", keys=keys, triggers=", ".join(triggers), table=self.route.flow.target.table)
            raise UnprovenError("proof.unequal", target=target.count, expected=batch.expected.count, keys=keys)
        expected = Retained(d).digest() if self.route.flow.on_delete != "delete" and self.route.dataset.key else Digest()
        if expected.count and replace(d.target(d.kept("r")), hashed="md5").digest() != expected:
            raise UnprovenError("proof.retained", expected=expected.count)
        return target

    def _digested(self, published: Reading) -> Digest:
        if self.empty and published.engine == "mariadb":  # all its rows are this transaction's
            found = mariadb_halves.digest(published, self.batch.expected.count)
            if found == self.batch.expected:
                return found
        return published.digest()

    def known(self, rows: Rows) -> int:
        """Count the rows of the target that are known to be the flow's: what other hands added or took outside the scope is not."""
        if self.empty:
            return rows.inserted
        if self.batch.is_whole or self.hands.known is None:
            return self.difference.count("1 = 1")
        found, added = self._told(rows.inserted, rows.deleted)
        return self.hands.known + rows.inserted - rows.deleted - (found - added)

    def _told(self, inserted: int, deleted: int) -> tuple[int, int]:
        return self.hands.told(inserted, deleted, lambda: self.difference.count("1 = 1") - inserted + deleted)

    def undo(self, rows: Rows, proved: Digest, run: str) -> Undo | None:
        """Return what a rollback will undo: this publication, or the one before it where this one moved nothing."""
        moved = rows.inserted + rows.updated + rows.deleted
        if self.entry and not moved and not Retained(self.difference).changed():
            return self.entry.undo
        return Undo(run, moved, proved if self.empty else None, self.entry)

    def _published(self) -> Reading:
        """Read the target over the run's scope, without what stands there as a known exception."""
        d, flow = self.difference, self.route.flow
        if not self.route.dataset.key:
            return self._appended() if flow.mode == "append" else d.target()
        exceptions = self.batch.quarantined or Retained(d).digest().count
        spared = [f"not {d.spared('r')}"] if exceptions else []
        whole = self.batch.is_whole and flow.mode != "append"
        return d.target(*spared) if whole else d.target(d.in_stage("r"), *spared)

    def _appended(self) -> Reading:
        """Read what an append log without key should have gained: the rows of the cursor's window."""
        low, high = self.batch.window
        reading = self.difference.target()
        cursor = next(c for c in self.difference.columns if c.field == self.route.flow.source.cursor)
        window = Window(cursor, low, high, open_low=True, nulls=low is None)
        return replace(reading, selection=replace(reading.selection, window=window))


def _present(staged: int, batch: Staged) -> None:
    """Refuse a stage that lost rows: an UNLOGGED table is empty after a crash. What else befell it the proof will see."""
    if staged != batch.stage.count:
        raise UnprovenError("proof.stage_changed", expected=batch.stage.count, found=staged)


def _standing(entry: Entry) -> dict[str, int]:
    """Carry the standing exceptions of the last publication into an unchanged run's receipt."""
    rows = entry.receipt.get("rows", {})
    return {name: rows.get(name, 0) for name in ("quarantined", "kept_stale")}


def _side(digest: Digest, as_of: str) -> Side:
    return Side(digest.count, str(digest.total), as_of)


def _timed(receipt: Receipt, batch: Staged, began: float, now: datetime) -> Receipt:
    seconds = batch.seconds | {"publish": round(time.perf_counter() - began, 3)}
    return replace(receipt, seconds=seconds, finished_at=now.isoformat())


def _entry(route: Route, batch: Staged, receipt: Receipt, difference: Difference, fence: int, undo: Undo | None) -> Entry:
    whole = batch.is_whole
    # digests over part of the table prove nothing of the whole: no later run may skip on them
    source, target = Digest(-1), Digest(-1)
    if whole and route.flow.mode == "mirror":
        plain = not batch.quarantined and not Retained(difference).digest().count  # then the proof has digested the whole table
        source, target = batch.source, batch.expected if plain else difference.target().digest()
    return Entry(
        run=receipt.run,
        fence=fence,
        cursor=batch.cursor,
        flow_hash=route.hash,
        shape=batch.shape | {"rejected": batch.rejected},
        source=source,
        target=target,
        receipt=receipt.to_json(),
        undo=undo,
    )
