"""A receiver that is no database: an interface, a department's file. The engine works on its shadow, a SQLite file of what it has.

    look       the shadow becomes what the receiver shows; one that shows nothing keeps what it acknowledged
    hand over  the difference, written to the shadow, goes out; what is refused is put back and set aside
    prove      what the receiver shows now equals the shadow, before the shadow commits

What is on its way is noted beside the shadow before the first row leaves: after a crash those rows are sent again, under the same key.
"""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from catalog.dataset import Dataset
from catalog.errors import RejectedError, UnprovenError
from catalog.messages import say, texts
from connectors import office_file, received
from connectors.difference import Difference
from connectors.digest import Digest
from connectors.handover import Change, Op, Refusal
from connectors.intake import quoted
from connectors.line import split
from connectors.quarantined import Quarantined
from connectors.rest_client import Client
from connectors.rest_delivery import RestDelivery
from connectors.workspace import bad_name
from hub import brakes, drift
from hub.brakes import Approval
from hub.compare import compare
from hub.ledger import Entry
from hub.receipt import Rows
from hub.route import Route
from hub.staging import Staged

RULE = "receiver"
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Sending:
    """What may be on its way: by key, the name under which a row was sent last, and its state then. Kept as lines beside the shadow.

    A row that is sent again in the same state keeps its name, so that the receiver takes it once; in any other it gets a new one, so that
    the receiver takes it at all. Of a receiver that shows what it has nothing is in doubt.
    """

    path: Path
    doubts: Mapping[str, tuple[str, str]]
    mark: str = field(default_factory=lambda: secrets.token_hex(16))

    @classmethod
    def of(cls, route: Route) -> "Sending":
        assert route.sending, "a database is never sent to"
        if not (route.begun and route.acknowledged):
            return cls(route.sending, {})
        lines = [line.split("\t", 2) for line in route.sending.read_text("utf-8").split("\n")[:-1]]
        return cls(route.sending, {key: (name, state) for name, state, key in lines})

    def name(self, key: str, state: str) -> str:
        """Name a row in a state."""
        before = self.doubts.get(key)
        return before[0] if before and before[1] == state else hashlib.sha256(f"{self.mark}\n{state}\n{key}".encode()).hexdigest()

    def note(self, changes: Iterable[Change]) -> None:
        """Note durably which rows are about to leave. A crash leaves the note before or this one."""
        draft = self.path.with_suffix(".draft")
        with draft.open("w", encoding="utf-8", newline="") as file:
            file.writelines(f"{change.name}\t{change.state}\t{change.key}\n" for change in changes)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)


@dataclass(frozen=True, slots=True)
class Handed:
    """A batch without what the receiver refused, what was published of it, and how many rows were refused."""

    batch: Staged
    rows: Rows
    refused: int = 0

    @property
    def findings(self) -> tuple[dict[str, Any], ...]:  # Any: JSON of quality.verdict.Finding
        """Tell the refused rows as the judge tells those that fail a rule."""
        finding = {"id": RULE, "rule": RULE, "fields": [], "on_fail": "quarantine", "failed": self.refused, "keys": [], "judged": True}
        return (finding,) if self.refused else ()


def look(route: Route, target: Connection, entry: Entry | None) -> int:
    """Let the shadow hold what the receiver shows, so that what other hands did there is part of the difference.

    Returns how many rows it shows beyond that: such as cannot be read, and keys that stand there twice.
    """
    if route.receiver is None or not received.shows(route.flow.target):
        return 0
    with tempfile.TemporaryDirectory(prefix="campus-hub-") as folder:
        into = Path(folder) / "there.db"
        try:
            unread = received.read(route.receiver, route.flow.target, _granted(route), into)
        except RejectedError:
            if route.flow.target.rest or not (entry or route.begun):
                raise
            into.unlink(missing_ok=True)  # what stands there is no such file: it is written anew
            unread = received.read(route.receiver, route.flow.target, _granted(route), into, Path(folder))
        return _unread(route, unread) + _align(route, target, into)


def _unread(route: Route, rows: int) -> int:
    """Count the rows that cannot be read: they are others' where the flow lets such rows stand."""
    return rows if route.flow.on_delete == "delete" and route.flow.mode != "append" else 0


def _align(route: Route, target: Connection, into: Path) -> int:
    """Make the shadow the rows of `into`; a row that is the same keeps its stamps. Returns how many rows repeat a key."""
    q = quoted
    names = _names(route)
    pairs = [(q(field), q(names.get(field, field))) for field in route.fields]
    table, key = q(route.destination.table), [q(name) for name in route.dataset.key]
    made = route.workspace.dialect.shape(target, route.destination) is not None
    target.rollback()
    driver: Any = target.connection.driver_connection  # Any: sqlite3's own connection; a transaction attaches nothing
    driver.execute("attach ? as there", (str(into),))
    try:
        if not made and not driver.execute("select exists (select 1 from there.rows)").fetchone()[0]:
            return 0
        driver.execute("begin immediate")
        if not made:
            driver.execute(drift.ddl(route).replace("\\:", ":"))
        same = " and ".join(f"t.{mine} is r.{theirs} collate binary" for mine, theirs in pairs)
        driver.execute(f"delete from {table} as t where not exists (select 1 from there.rows as r where {same})")
        mine, theirs = (", ".join(column) for column in zip(*pairs, strict=True))
        by_key = " and ".join(f"t.{name} = r.{dict(pairs)[name]} collate binary" for name in key)
        absent = f"not exists (select 1 from {table} as t where {by_key})"
        driver.execute(f"insert or ignore into {table} ({mine}) select {theirs} from there.rows as r where {absent}")
        driver.execute("commit")
        (repeated,) = driver.execute(f"select (select count(*) from there.rows) - (select count(*) from {table})").fetchone()
        return int(repeated)
    finally:
        if driver.in_transaction:
            driver.execute("rollback")
        driver.execute("detach there")


def owed(route: Route, entry: Entry | None) -> bool:
    """Say whether the receiver is owed rows though the source did not change: refused ones, or such as a crash left in doubt."""
    return route.receiver is not None and (route.begun or bool(entry and entry.receipt.get("rows", {}).get("quarantined")))


def hand_over(route: Route, difference: Difference, batch: Staged, apply: Callable[[Staged], Rows]) -> Handed:
    """Write the difference to the shadow, hand it over, and write it again without what was refused, which goes to quarantine.

    Raises HeldError where too much is refused, UnavailableError where the receiver does not answer rightly.
    """
    if route.receiver is None:
        return Handed(batch, apply(batch))
    connection = difference.connection
    connection.exec_driver_sql("savepoint handed")
    rows = apply(batch)
    refused = list(_checked(route, batch, _refusals(route, difference)))
    if not refused:
        return Handed(batch, rows)
    connection.exec_driver_sql("rollback to handed")
    batch = _set_aside(difference, batch, refused)
    return Handed(batch, apply(batch), len(refused))


def _checked(route: Route, batch: Staged, refusals: Iterable[Refusal]) -> Iterator[Refusal]:
    """Stop where the receiver refuses more than the flow's brake allows: nobody sends thousands of rows to be refused."""
    limit, total = route.flow.brakes.max_quarantine, batch.source.count + batch.rejected
    for number, refusal in enumerate(refusals, 1):
        brakes.check("refused", limit, Approval(batch.approval), seen=number, total=total, system=route.target.title)
        yield refusal


def _refusals(route: Route, difference: Difference) -> Iterator[Refusal]:
    to = route.flow.target
    if to.file:
        yield from office_file.unfit(to.file, _rows(difference))
    if to.rest:
        sending = Sending.of(route)
        sending.note(changes(difference, sending))
        yield from delivered(route, difference, changes(difference, sending))


def delivered(route: Route, difference: Difference, some: Iterable[Change]) -> Iterator[Refusal]:
    """Send changes to a REST receiver; yield those it refused."""
    to, receiver = route.flow.target, route.receiver
    if to.rest is None or receiver is None:
        return
    types = {column.field: column.type for column in difference.columns}
    stamps = {"hub_batch_id": difference.run, "hub_changed_at": difference.stamp or difference.at.isoformat()}
    with Client(receiver, "delivery.unavailable") as client:
        yield from RestDelivery(client, to.rest, types, route.dataset.key, stamps).deliver(some)


def changes(difference: Difference, sending: Sending) -> Iterator[Change]:
    """Yield what this run did to the shadow, and the rows in doubt as they stand now."""
    d, log = difference, difference.workspace.name("change")
    seen = set[str]()
    fields = [column.field for column in d.columns]

    def change(op: Op, key: str, line: str | None, state: object) -> Change:
        seen.add(key)
        values = dict(zip(fields, split(line), strict=True)) if line is not None else {}
        return Change(op, key, values, sending.name(key, str(state)), str(state))

    mine = {"flow": d.flow, "run": d.run}
    gone = text(f"select key_line, before_line from {log} where flow = :flow and run = :run and op = 'D' order by seq")
    for key, line in _streamed(d.connection, gone, mine):
        yield change("D", key, line, "")
    t = d.target(alias="t")
    rows = f"select {t.key_line()} as k, {t.line()} as l, {t.row_hash()} as h from {d.table} as t"
    loaded = text(f"select exists (select 1 from {log} where flow = :flow and run = :run and op = 'T')")
    if d.connection.execute(loaded, mine).scalar_one():
        for key, line, state in _streamed(d.connection, text(f"{rows} order by k"), {}):
            yield change("I", key, line, state)
    moved = text(
        f"select c.op, x.k, x.l, x.h from ({rows}) as x join {log} as c on c.key_line = x.k"
        " where c.flow = :flow and c.run = :run and c.op in ('I', 'U') order by c.op desc, c.seq"
    )
    for op, key, line, state in _streamed(d.connection, moved, mine):
        yield change(op, key, line, state)
    if left := sending.doubts.keys() - seen:
        for key, line, state in _streamed(d.connection, text(rows), {}):
            if key in left:
                left.remove(key)
                yield change("U", key, line, state)
        for key in sorted(left):
            yield change("D", key, None, "")


def _streamed(connection: Connection, query: Any, binds: dict[str, str]) -> Iterator[Any]:  # Any: rows
    result = connection.execute(query, binds)
    for part in result.partitions(CHUNK):
        yield from part


def _set_aside(difference: Difference, batch: Staged, refused: Sequence[Refusal]) -> Staged:
    """Move what the receiver refused from the stage to quarantine; a row that it would not give up stays as it is, and is listed too."""
    d, quarantine = difference, difference.workspace.name("quarantine")
    connection, listed = d.connection, d.dialect.quote("campus_hub_refused")
    connection.execute(text(f"create temporary table {listed} (key_line text primary key, key_hash bigint, place text)"))
    values = [{"key": it.key, "hash": d.hash_of(it.key), "place": say(it.reason) if it.reason in texts() else it.reason} for it in refused]
    connection.execute(text(f"insert or ignore into {listed} values (:key, :hash, :place)"), values)
    s, t = d.stage(alias="s"), d.target(alias="t")
    named = f"select 1 from {listed} as x where x.key_hash = {{hash}} and x.key_line = {{line}}"
    staged = named.format(hash=s.key_hash(), line=s.key_line())
    bad = d.workspace.name(bad_name(d.run))
    connection.execute(text(f"delete from {bad}"))
    connection.execute(text(f"insert into {bad} (hub_row, rule) select s.hub_row, 0 from {d.staged} as s where exists ({staged})"))
    leaving = Quarantined(d).leaving()
    r = d.target()
    kept = d.target(f"exists ({named.format(hash=r.key_hash(), line=r.key_line())})", f"not {d.in_stage('r')}", f"not {d.in_gone('r')}")
    standing = kept.digest() if batch.kind == "changed" else Digest()
    left = f"not {d.in_stage('t')} and exists ({named.format(hash=t.key_hash(), line=t.key_line())})"
    connection.execute(
        text(
            f"insert into {quarantine} (flow, run, rule, key_line, key_hash, row_line, place, first_seen)"
            f" select '{d.flow}', '{d.run}', '{RULE}', {t.key_line()}, {t.key_hash()}, {t.line()}, '', :at from {d.table} as t where {left}"
        ),
        {"at": d.at.isoformat()},
    )
    Quarantined(d).move([RULE])
    place = f"(select x.place from {listed} as x where x.key_line = {quarantine}.key_line)"
    connection.execute(text(f"update {quarantine} set place = {place} where flow = '{d.flow}' and run = '{d.run}' and rule = '{RULE}'"))
    connection.execute(text(f"drop table {listed}"))
    return replace(batch, stage=batch.stage - leaving, standing=batch.standing - standing, quarantined=batch.quarantined + len(refused))


def hand_back(route: Route, difference: Difference) -> None:
    """Hand over what a rollback did to the shadow. UnprovenError where some row is refused: then nothing counts as undone."""
    if refused := list(_refusals(route, difference)):
        raise UnprovenError("receiver.refused", system=route.target.title, rows=len(refused))


def take_back(route: Route, target: Connection, run: str, now: datetime) -> Difference | None:
    """Have the receiver delete all rows that it was sent; return the shadow as `prove` takes it. UnprovenError where it does not."""
    shape = route.workspace.dialect.shape(target, route.destination)
    if route.receiver is None or shape is None:
        return None
    difference = Difference(target, route.workspace, route.flow.name, run, route.destination, route.landing(shape), route.dataset.key, now)
    if route.flow.target.rest:
        if route.flow.target.rest.delete is None:
            raise UnprovenError("receiver.no_delete", system=route.target.title, flow=route.flow.name)
        fields = [column.field for column in difference.columns]
        rows = _rows(difference)
        sending = Sending.of(route)
        gone = [Change("D", key, dict(zip(fields, values, strict=True)), sending.name(key, ""), "") for key, values in rows]
        sending.note(gone)
        if refused := list(delivered(route, difference, gone)):
            raise UnprovenError("receiver.refused", system=route.target.title, rows=len(refused))
    return difference


def prove(route: Route, difference: Difference) -> None:
    """Hold what the receiver shows now against the shadow. A file is put in its place here, once it reads back as it should.

    Raises UnprovenError where both differ; a receiver that shows nothing is not asked.
    """
    to, receiver = route.flow.target, route.receiver
    if receiver is None or not received.shows(to):
        return
    with tempfile.TemporaryDirectory(prefix="campus-hub-") as folder:
        into = Path(folder) / "there.db"
        if to.file is None:
            unread = received.read(receiver, to, _granted(route), into)
            _equal(route, difference, into, unread, "proof.received")
            return
        place = Path(receiver.folder or "")
        types, names = [c.type for c in difference.columns], [to.file.columns.get(c.field, c.field) for c in difference.columns]
        lines = (values for _, values in _rows(difference))
        with office_file.written(to.file, place, difference.flow, types, names, lines) as draft:
            unread = received.read(receiver, to, _granted(route), into, draft)
            _equal(route, difference, into, unread, "files.unlike")
            Sending.of(route).note([])
            office_file.put(to.file, place, draft)


def _equal(route: Route, difference: Difference, into: Path, unread: int, key: str) -> None:
    there, unread = received.reading(into, route.target, difference.columns, _names(route), route.dataset.key), _unread(route, unread)
    with there as shown:
        expected, found = difference.target(), shown.digest()
        if unread or found != expected.digest():
            keys = len(compare(expected, shown).differing)
            title = {"system": route.target.title, "file": route.flow.target.table}
            raise UnprovenError(key, received=found.count + unread, expected=expected.count(), keys=keys, unread=unread, **title)


def settle(route: Route) -> None:
    """Forget what was in doubt: the publication has committed."""
    if route.sending:
        route.sending.unlink(missing_ok=True)


def _rows(difference: Difference) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    """Yield key line and values of the shadow's rows in the order of their keys: the same rows make the same file."""
    reading = difference.target()
    tail, binds = reading.keyset(after=None, limit=None)
    for key, line in _streamed(difference.connection, text(f"select {reading.key_line()}, {reading.line()} {tail}"), binds):
        yield key, split(line)


def _granted(route: Route) -> Dataset:
    """The dataset as the receiver has it: the fields that travel, and nothing of which rows do not."""
    fields = tuple(route.dataset.field(name) for name in route.fields)
    return route.dataset.model_copy(update={"fields": fields, "confidential": ()})


def _names(route: Route) -> dict[str, str]:
    place = route.flow.target.rest or route.flow.target.file
    return dict(place.columns) if place else {}
