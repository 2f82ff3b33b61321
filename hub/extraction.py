"""One extraction: between a source read at one moment and a stage beside the target, what has to be read, and the proof that it arrived."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

from sqlalchemy import Connection, text

from catalog.errors import RejectedError, UnprovenError
from catalog.field_type import FieldType
from connectors import lane
from connectors.difference import Difference
from connectors.digest import Digest
from connectors.guard import Guards, passed, quiet
from connectors.line import join, split
from connectors.quarantined import Quarantined
from connectors.reading import Reading
from connectors.reject import Reject
from connectors.retained import Retained
from connectors.selection import Column, Selection, Shape, Window
from connectors.source import Snapshot
from connectors.workspace import gone_name
from hub import fit
from hub.brakes import Approval, HeldError
from hub.compare import apart, blocks_of, both, narrow
from hub.ledger import Entry
from hub.masked_lane import MaskedLane, hidden
from hub.route import Route
from hub.scope import Scope
from hub.staging import Staged

Progress = Callable[[str, int, int | None], None]  # step, rows done, rows in all if known
CLOCK_RULES = ("fresh_within", "references")
TABLE_RULES = ("row_count_between", "unique")  # what they say of a batch depends on the rows that will be gone


class Extraction:
    """One extraction's two connections and its scope."""

    def __init__(
        self,
        route: Route,
        source: Snapshot,
        selection: Selection,
        shape: Shape,
        target: Connection,
        difference: Difference,
        wanted: Scope,
        approval: Approval,
        progress: Progress | None,
        blind: Callable[[Digest], Digest] | None,
    ) -> None:
        self.route, self.source, self.target, self.difference = route, source, target, difference
        self.scope, self.approval, self.progress = wanted, approval, progress
        self.blind = blind or (lambda digest: digest)
        self.whole = selection
        self.cursor = route.cursor(shape) if route.flow.source.cursor else None
        self.guards = source.reading(selection).guards(difference.dialect.name)
        self.masks = MaskedLane(route.fields, selection.types, route.masks) if route.masks else None
        self.narrow = fit.narrow(difference.dialect, difference.columns)
        self.rejects: list[Reject] = []
        self.rejected = 0
        self._reject(source.rejects)
        self.follow = wanted.kind != "whole" and bool(route.dataset.key)  # rows that are looked up by key
        self.settled = False
        self.blocks: Mapping[int, Digest] = {}
        self.digested: tuple[Reading, Digest] | None = None  # the whole source, where the skip has digested it already

    def unchanged(self, entry: Entry) -> Staged | None:
        """Compare both sides with the last publication's digests; None where something moved and rows must be read."""
        rules = {rule.rule for rule in self.route.dataset.rules}
        if entry.shape.get("narrow", {}) != self.narrow:  # a receiver's column was widened: what it could not hold may enter now
            return None
        if entry.flow_hash != self.route.hash or rules & set(CLOCK_RULES) or self.source.rejects or self.route.flow.mode != "mirror":
            return None
        source, published = self.source.reading(self.whole), self.difference.target()

        def here() -> tuple[Reading, Digest]:
            return self._blocks(blocks_of(entry.source.count)) or self._reading(self.whole)

        # servers that share their cores have nothing to gain: there the target is not asked where the source has changed
        self.digested, target = both(source, published, here, published.digest) if apart(source, published) else (here(), None)
        if self.blind(self.digested[1]) != entry.source or self.rejected != entry.shape.get("rejected", 0):
            return None
        if (target or published.digest()) != entry.target:
            return None
        return Staged("whole", (None, None), entry.cursor, entry.source, Digest(), "", {}, unchanged=True)

    def changed(self, entry: Entry) -> Staged | None:
        """Stage only the rows that differ from the target; None where all must be read: nothing to compare with, or too much differs.

        The proof stays that of the whole: what is published and what stood there must add up to the source.
        """
        route, difference = self.route, self.difference
        if not (self.digested and self.digested[1].count and route.dataset.key) or route.looked_at:
            return None
        if self.rejected or entry.shape.get("rejected", 0) or replace(difference, run=entry.run).has_exceptions():
            return None
        reading, source = self.digested
        number = blocks_of(entry.source.count)
        found = narrow(reading, difference.target(), self.blocks or reading.buckets(number, "block"), number=number)
        gone = [key for key, kind in (found or {}).items() if kind == "extra"]
        if found is None or (gone and {rule.rule for rule in route.dataset.rules} & set(TABLE_RULES)):
            return None
        difference.workspace.stage(self.target, difference.run, self.whole.columns, key=route.dataset.key, mapped=())
        keys = tuple(split(key) for key in sorted(found.keys() - set(gone)))
        readings = [self._reading(replace(self.whole, keys=keys))] if keys else []
        self._load([reading for reading, _ in readings])
        self._list_gone(gone)
        staged = self._prove(sum((digest for _, digest in readings), Digest()))
        self._settle()
        self.target.commit()
        return Staged(
            kind="changed",
            window=(None, None),
            cursor=entry.cursor,
            source=source,
            stage=staged,
            standing=source - staged,
            as_of="",
            shape={},
            confidential=self._confidential(),
        )

    def stage(self, entry: Entry | None) -> Staged:
        """Stage the scope's rows and prove the stage."""
        route, difference = self.route, self.difference
        Quarantined(difference).forget()
        difference.workspace.stage(self.target, difference.run, self.whole.columns, key=route.dataset.key, mapped=list(route.maps))
        window, readings = None, list[tuple[Reading, Digest]]()
        bent = bool(entry and entry.shape.get("rejected"))
        if self.scope.kind == "window" and self.cursor:
            keyless = not route.dataset.key
            nulls = not keyless or self.scope.low is None
            window = Window(self.cursor, self.scope.low, self.scope.high, open_low=keyless, nulls=nulls)
            readings.append(self._brought(replace(self.whole, window=window), bent=bent))
        elif self.scope.kind == "whole":
            readings.append(self._brought(self.whole, bent=bent))
        if self.follow:
            self._settle()
            keys = self._looked_up(window)
            self._reject(self.source.look_up(keys))
            again = [self._reading(replace(self.whole, keys=tuple(split(key) for key in keys)))] if keys else []
            self._load([reading for reading, _ in again])
            self._note_gone(keys, again)
            readings += again
        rejects = [hidden(it, route.dataset.key, route.masks) for it in self.rejects] if route.agreement else self.rejects
        Quarantined(difference).add(rejects)
        digest = sum((digest for _, digest in readings), Digest())
        if self._is_empty(digest):
            self._hold_if_empty()
        stage = self._prove(digest)
        self._settle()
        self.target.commit()
        return Staged(
            kind=self.scope.kind,
            window=(self.scope.low, self.scope.high),
            cursor=self._reached(entry),
            source=self.blind(digest),
            stage=stage,
            as_of="",
            shape={},
            waiting=self._waiting(window),
            rejected=self.rejected,
            unreadable=self._unreadable(),
            confidential=self._confidential(),
        )

    def _brought(self, selection: Selection, *, bent: bool) -> tuple[Reading, Digest]:
        """Stage a selection and digest it: in one scan of a MariaDB, or by a second connection while the stage is indexed."""
        reading, guards = replace(self.source.reading(selection), hashed=self.difference.hashed), self.guards
        guarded = replace(reading, selection=selection.restricted(passed(guards)))
        with ExitStack() as held:
            if self.digested:
                self._load([self.digested[0]])
                return self.digested
            if reading.engine == "mariadb":
                digest, refused = self._told(reading, bent=bent)
            elif apart(reading, self.difference.target()) and (other := held.enter_context(self.source.beside())):
                self._load([guarded])
                tallied = held.enter_context(ThreadPoolExecutor(1)).submit(replace(reading, connection=other).tally, guards)
                if not self.route.maps:
                    self._settle()
                digest, refused = tallied.result()
            else:
                found = self._reading(selection)
                self._load([found[0]])
                return found
        self._set_aside(reading, refused)
        return guarded, digest

    def _told(self, reading: Reading, *, bent: bool) -> tuple[Digest, int]:
        """Load a MariaDB's rows and digest them in the same scan. What the stage refuses by itself is tested only once it did."""
        try:
            self._load([reading], self.guards if bent or self.route.looked_at else quiet(self.guards))
            return reading.told()
        except RejectedError as error:
            if error.key != "system.value":
                raise
        self.target.rollback()
        self._load([reading], self.guards)
        return reading.told()

    def _reading(self, selection: Selection) -> tuple[Reading, Digest]:
        """Read a selection without the rows that fit no typed stage, and digest it; those rows are set aside for quarantine."""
        everything = replace(self.source.reading(selection), hashed=self.difference.hashed)
        digest, refused = everything.tally(self.guards)
        if not refused:
            return everything, digest
        self._set_aside(everything, refused)
        return replace(everything, selection=selection.restricted(passed(self.guards))), digest

    def _set_aside(self, reading: Reading, refused: int) -> None:
        self.rejects += reading.rejects(self.guards) if refused else ()
        self.rejected += refused

    def _blocks(self, number: int) -> tuple[Reading, Digest] | None:
        """Digest the whole source by blocks, which tell later where it changed; None where guards have to be counted in that scan."""
        if self.guards or not self.route.dataset.key:
            return None
        reading = replace(self.source.reading(self.whole), hashed=self.difference.hashed)
        self.blocks = reading.buckets(number, "block")
        return reading, sum(self.blocks.values(), Digest())

    def _settle(self) -> None:
        """Make the stage quick to join, once."""
        if not self.settled:
            self.difference.settle(more=self.follow)
        self.settled = True

    def _reject(self, rejects: Sequence[Reject]) -> None:
        self.rejects += rejects
        self.rejected += len({(reject.place, reject.row) for reject in rejects})

    def _unreadable(self) -> int:
        """Count the rejected rows whose key cannot be read: no row can be deleted for certain while there are any."""
        if not self.route.dataset.key:
            return 0
        return len({reject.row for reject in self.rejects} - {reject.row for reject in self.rejects if reject.key is not None})

    def _load(self, readings: Sequence[Reading], guards: Guards | None = None) -> None:
        """Load readings into the stage; with guards, a MariaDB's is digested meanwhile."""
        d = self.difference
        for reading in readings:
            how = lane.choose(reading, d.dialect, looked_at=self.route.looked_at)
            chunks = self._counted(lane.read(reading, how) if guards is None else lane.tallied(reading, how, guards))
            lane.load(self.target, d.dialect, d.staged, self.route.columns, self.masks(chunks) if self.masks else chunks, how)
        self.target.commit()

    def _counted(self, chunks: Iterator[tuple[int, bytes]]) -> Iterator[bytes]:
        cap, began, done = self.route.source.limits.rows_per_second, time.monotonic(), 0
        for rows, chunk in chunks:
            done += rows
            if self.progress:
                self.progress("extract", done, None)
            if cap and (ahead := done / cap - (time.monotonic() - began)) > 0:
                time.sleep(ahead)
            yield chunk

    def _looked_up(self, window: Window | None) -> list[str]:
        """Return the keys to look up at the source: those in the target's window or in quarantine that were not staged."""
        if self.scope.kind == "keys":
            asked = {join(key) for key in self.scope.keys}
        else:
            asked = set()
            if window and self._target_exists() and (landed := self._landed(window.cursor)):
                known = self.difference.target(f"not {self.difference.in_stage('r')}")
                inside = replace(known, selection=replace(known.selection, window=replace(window, cursor=landed)))
                asked = {key for key, _ in inside.hashes(1)}
            if window:
                asked |= self._left(window)
        return sorted(asked | self._quarantined())

    def _left(self, window: Window) -> set[str]:
        """Return the published keys whose rows stand in the window but no longer meet the conditions: here they are gone."""
        chosen = self.whole
        if not (chosen.where or chosen.but_not) or not self._target_exists():
            return set()
        keys = replace(chosen, columns=chosen.key_columns, where=(), but_not=(), window=window)
        readable = [str(guard) for field, guard in self.guards.items() if field in chosen.key]
        there = {key for key, _ in self.source.reading(keys.restricted(*readable)).hashes(1)}
        outside = there - {key for key, _ in self.difference.stage().hashes(1)}
        published = self.difference.target()
        asked = replace(published.selection, keys=tuple(split(key) for key in sorted(outside)))
        return {key for key, _ in replace(published, selection=asked).hashes(1)}

    def _landed(self, cursor: Column) -> Column | None:
        return next((c for c in self.difference.columns if c.field == cursor.field), None)

    def _quarantined(self) -> set[str]:
        """Return the flow's quarantined keys that are not staged: they are looked up and judged again every run."""
        stage = self.difference.stage(alias="s")
        there = f"select {stage.key_hash()} from {self.difference.staged} as s"
        table = self.difference.workspace.name("quarantine")
        query = f"select distinct key_line from {table} where flow = :flow and key_hash is not null and key_hash not in ({there})"
        return set(self.target.execute(text(query), {"flow": self.route.flow.name}).scalars())

    def _note_gone(self, keys: Sequence[str], again: Sequence[tuple[Reading, Digest]]) -> None:
        """List the looked-up keys that the source no longer has; a row that fits no type is there all the same."""
        there = {key for reading, _ in again for key, _ in reading.hashes(1)} | {reject.key for reject in self.rejects}
        self._list_gone([key for key in keys if key not in there])

    def _list_gone(self, keys: Sequence[str]) -> None:
        rows = [{"key": key, "hash": self.difference.hash_of(key)} for key in keys]
        statement = text(
            f"insert into {self.difference.workspace.name(gone_name(self.difference.run))} (key_line, key_hash) values (:key, :hash)"
        )
        for start in range(0, len(rows), 1000):
            self.target.execute(statement, rows[start : start + 1000])

    def _is_empty(self, read: Digest) -> bool:
        """Say whether the source has no row at all; where a part of it held none, one is looked for elsewhere."""
        if read.count or self.rejected or self.route.flow.mode == "append":
            return False
        return self.scope.kind == "whole" or not self.source.reading(self.whole).any()

    def _hold_if_empty(self) -> None:
        if not self.difference.columns or not self._target_exists():
            return
        total = self.difference.count("1 = 1") - Retained(self.difference).digest().count
        if total > 0 and not self.approval.lets("empty_source", 0):
            raise HeldError("empty_source", seen=0, total=total, relation=self.route.relation_name)

    def _target_exists(self) -> bool:
        return self.difference.dialect.shape(self.target, self.route.destination) is not None

    def _prove(self, source: Digest) -> Digest:
        """Prove what was done to the rows on the way, then apply the code tables; return the stage's digest as it is to be published.

        Where nothing was done to them that digest is the source's own: the target will be held against it directly.
        """
        stage = self.difference.stage()
        if not self.route.looked_at:
            if (rows := stage.count()) != source.count:
                raise UnprovenError("proof.staged", source=source.count, staged=rows)
            return source
        staged = stage.digest()
        read, left = (self.masks.read, self.masks.left) if self.masks else (source, source)
        if (read, left) != (source, staged):
            raise UnprovenError("proof.staged", source=source.count, staged=staged.count)
        for field, pairs in self.route.maps.items():
            self._map(field, pairs)
        return stage.digest() if self.route.maps else staged

    def _map(self, field: str, pairs: Mapping[str, str]) -> None:
        """Turn a field's source codes into standard codes; one without a mapping becomes '?' and itself, which no table holds."""
        d = self.difference.dialect
        column, table = d.quote(field), d.quote("campus_hub_map")
        wide = d.declare_staged(FieldType("string", length=191), key=True)
        self.target.execute(text(f"create temporary table {table} (source {wide} primary key, code {wide})"))
        self.target.execute(text(f"insert into {table} values (:source, :code)"), [{"source": s, "code": c} for s, c in pairs.items()])
        unmapped = d.concat(["'?'", f"s.{column}"])
        mapped = f"coalesce((select m.code from {table} as m where m.source = s.{column}), {unmapped})"
        self.target.execute(text(f"update {self.difference.staged} as s set {column} = {mapped} where s.{column} is not null"))
        self.target.execute(text(f"drop {'temporary ' if d.name == 'mariadb' else ''}table {table}"))

    def _waiting(self, window: Window | None) -> int:
        if window is None or window.high is None:
            return 0
        later = replace(window, low=window.high, high=None, open_low=True, nulls=False)
        return self.source.reading(replace(self.whole, window=later)).count()

    def _confidential(self) -> int:
        """Count the rows left out as confidential: their number is all that is ever told."""
        if not self.route.dataset.confidential:
            return 0
        return self.source.reading(replace(self.whole, where=self.route.dataset.confidential, but_not=())).count()

    def _reached(self, entry: Entry | None) -> str | None:
        """Return how far the cursor stands after publishing; a cursor that is no time stands at the highest value staged."""
        before = entry.cursor if entry else None
        if self.scope.kind == "keys" or self.cursor is None or not self.scope.moves:
            return before
        return self.scope.reached or self.difference.stage().highest(self.cursor.field) or before
