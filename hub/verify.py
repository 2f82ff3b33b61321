"""Prove again, now: hold source and target of a flow against each other, outside any run."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from sqlalchemy import text

from catalog.errors import UnavailableError, UnprovenError
from connectors import lane
from connectors.database import session
from connectors.difference import Difference
from connectors.digest import Digest
from connectors.guard import passed, quiet
from connectors.line import row_hash, split
from connectors.reading import Reading
from connectors.selection import Selection, Window
from connectors.source import Snapshot, snapshot
from hub import ledger, receiver
from hub.compare import Comparison, Kind, Side, both, compare
from hub.guest import visiting
from hub.masked_lane import MaskedReading
from hub.open import Hub
from hub.published import live
from hub.route import Route, resolve
from hub.scope import bound, settled


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found: both digests over the flow's rows, the keys that differ, how many rows stand in quarantine and how many wait."""

    flow: str
    source: Digest
    target: Digest
    differing: Mapping[str, Kind]
    quarantined: int
    waiting: int  # differing rows whose cursor lies in the source's future or in an append log's lag: a later window brings them
    as_of: str

    @property
    def equal(self) -> bool:
        return not self.differing


def verify(hub: Hub, flow: str) -> Verification:
    """Compare a flow's source and target now. Keys count only if they differ in two looks, so that a moving source raises no alarm."""
    if (route := resolve(hub.catalog, flow)).acknowledged:
        raise UnprovenError("proof.acknowledged", system=route.target.title, why=route.flow.unprovable)
    return compared(hub, flow)


def compared(hub: Hub, flow: str) -> Verification:
    """Compare as `verify` does; of a receiver that shows nothing, with what it has acknowledged."""
    route = resolve(hub.catalog, flow)
    first = _look(hub, route)
    if first.equal:
        return first
    second = _look(hub, route)
    differing = {key: kind for key, kind in second.differing.items() if first.differing.get(key) == kind}
    return replace(second, differing=differing)


def _look(hub: Hub, route: Route) -> Verification:
    with (
        visiting(hub, route),
        session(route.target) as target,
        snapshot(route.source, route.flow.source, route.dataset, queries=route.queries) as source,
    ):
        if route.receiver and route.workspace.managed(target):
            beyond = receiver.look(route, target, ledger.read(target, route.workspace, route.flow.name))
            if beyond:
                raise UnprovenError("receiver.beyond", system=route.target.title, rows=beyond)
        shape = source.shape()
        landed = route.workspace.dialect.shape(target, route.destination)
        if shape is None:
            raise UnavailableError("source.table_missing", system=route.source.title, relation=route.relation_name)
        if landed is None:
            raise UnavailableError("source.table_missing", system=route.target.title, relation=route.flow.target.table)
        entry = ledger.read(target, route.workspace, route.flow.name)
        run = entry.run if entry else ""
        difference = Difference(
            target, route.workspace, route.flow.name, run, route.destination, route.landing(landed), route.dataset.key, source.as_of
        )
        if not (route.looked_at or difference.has_exceptions()):  # exceptions are known by md5
            difference = replace(difference, hashed=lane.hash_of_both(source.connection, target))
        selection = replace(route.selection(shape), relation=source.relation, codes=route.maps)
        if route.agreement and route.source.kind == "sql":
            selection = live(hub.catalog, route.source, source.reading(selection), route.flow.source.table)
        guards = source.reading(replace(selection, codes={})).guards(difference.dialect.name)
        every = replace(source.reading(selection.restricted(passed(quiet(guards)))), hashed=difference.hashed)
        selection = selection.restricted(passed(guards))
        left = _masked(route, replace(source.reading(selection), hashed=difference.hashed))
        keyed = bool(route.dataset.key)
        excepted = keyed and difference.has_exceptions()
        right = difference.target(f"not {difference.spared('r')}") if excepted else difference.target()
        held = _quarantined(difference, selection) if keyed else {}
        loud = quiet(guards) != guards and not (route.looked_at or excepted)
        found = _equal(every, right) if loud else None
        found = found or _account(left, right, held, append=route.flow.mode == "append")
        waiting = found.differing.keys() & _waiting(hub, route, source, selection, hashed=difference.hashed) if found.differing else set()
        differing = {key: kind for key, kind in found.differing.items() if key not in waiting}
        return Verification(route.flow.name, found.left, found.right, differing, len(held), len(waiting), source.as_of.isoformat())


def _waiting(hub: Hub, route: Route, source: Snapshot, selection: Selection, *, hashed: str) -> set[str]:
    """Return the keys of the rows that no window takes yet: those whose cursor lies beyond the source's clock.

    A row without key is named by its hash, which both sides must take alike.
    """
    shape, cursor = source.shape(), route.flow.source.cursor
    if shape is None or cursor is None or route.flow.mode == "mirror":
        return set()
    high = bound(route.dataset.field(cursor).type, settled(route, source.as_of), hub.catalog.zone)
    if high is None:
        return set()
    later = Window(route.cursor(shape), low=high, high=None, open_low=True, nulls=False)
    return {key for key, _ in replace(source.reading(replace(selection, window=later)), hashed=hashed).hashes(1)}


def _masked(route: Route, reading: Reading) -> Side:
    return MaskedReading(reading, route.masks) if route.masks else reading


def _equal(every: Reading, right: Reading) -> Comparison | None:
    """Compare digests, without the tests of values that a target would never have taken; None where they differ."""
    with suppress(UnprovenError):  # such a value may have no hash
        digests = both(every, right, every.digest, right.digest)
        return Comparison(*digests, {}) if digests[0] == digests[1] else None
    return None


def _account(left: Side, right: Side, held: Mapping[str, set[int]], *, append: bool) -> Comparison:
    """Compare, letting pass the source rows that are quarantined as they stand; one that was mended since shows up."""
    found = compare(left, right)
    if not found.differing:
        return found
    hashes = dict(left.hashes(1)) if held else {}
    differing = {
        key: kind
        for key, kind in found.differing.items()
        if not (key in held and hashes.get(key) in held[key]) and not (append and kind == "extra")
    }
    return replace(found, differing=differing)


def _quarantined(difference: Difference, selection: Selection) -> dict[str, set[int]]:
    """Return the source hashes of the rows that rules quarantined, by key. Rows that fitted no type are outside both sides."""
    table = difference.workspace.name("quarantine")
    query = text(
        f"select key_line, row_line from {table} where flow = :flow and run = :run and key_line is not null and rule not like 'reject.%'"
    )
    found: dict[str, set[int]] = {}
    for key, line in difference.connection.execute(query, {"flow": difference.flow, "run": difference.run}):
        found.setdefault(key, set()).add(row_hash(selection.types, split(line)))
    return found
