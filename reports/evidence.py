"""Evidence (Art. 4: 核实取证): from a printed figure back to its definition, SQL, parameters and snapshot, and the receipts behind it.

The figure is counted again from the snapshot. If a file of the snapshot was changed, or the figure comes out otherwise than it was told,
that is said instead: nothing is evidence that does not lead to the same number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any

from catalog.errors import CatalogError, UnprovenError
from hub.open import Hub
from reports import issues
from reports.build import Order, ordered
from reports.definition import Definition, definitions, listing, sql
from reports.figures import Figure
from reports.issues import Issue
from reports.measure import laid, measured_one, parameters
from reports.snapshot import Snapshot, file_hash, thaw

ROUNDING = 1e-6  # the store keeps six decimals


@dataclass(frozen=True, slots=True)
class Evidence:
    """A figure with everything it was made from; `figures` are the indicator and its parts for one unit."""

    issue: Issue
    definition: Definition
    unit: str
    figures: Sequence[Figure]
    sql: str
    parameters: Mapping[str, Any]  # Any: dates, numbers and lists
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Key:
    """What was counted: a pseudonymous key under its unit, and whether it counts for the numerator."""

    key: str
    unit: str
    counted: bool


def evidence(hub: Hub, issue: str, indicator: str, unit: str = "") -> Evidence:
    """Find the evidence of a figure. CatalogError for a name that is not known, UnprovenError where the figure cannot be had again."""
    found, definition, order, snapshot = opened(hub, issue, indicator)
    told = issues.figures_of(hub.store, issue)
    mine = [f for f in told or () if f.indicator == indicator and f.unit == unit]
    if not mine:
        known = sorted({f.unit for f in told or () if f.indicator == indicator and f.unit})
        raise CatalogError("evidence.unit", issue=issue, indicator=indicator, unit=unit or "-", known="、".join(known) or "-")
    with laid(snapshot, order.edition, order.calendar, order.period, cut=snapshot.cut, before=order.earlier) as connection:
        again = {(f.unit, f.part): f for f in measured_one(connection, indicator)}
    for figure in mine:
        now = again.get((unit, figure.part))
        if now is None or not _same(figure, now):
            raise UnprovenError("evidence.differs", issue=issue, indicator=indicator, told=figure.value, now=now and now.value)
    given = parameters(snapshot, order.edition, order.period, cut=snapshot.cut, before=order.earlier)
    return Evidence(found, definition, unit, mine, sql(indicator), given, snapshot)


def keys(hub: Hub, issue: str, indicator: str, unit: str = "") -> list[Key]:
    """List what an indicator counted, in order; '' is the whole school. CatalogError where it has no list of its own."""
    _, _, order, snapshot = opened(hub, issue, indicator)
    query = listing(indicator)
    if query is None:
        raise CatalogError("evidence.no_keys", indicator=indicator)
    with laid(snapshot, order.edition, order.calendar, order.period, cut=snapshot.cut, before=order.earlier) as connection:
        rows = connection.execute(query).fetchall()
    return sorted((Key(str(key), where or "", not more or bool(more[0])) for key, where, *more in rows if unit in ("", where)), key=_order)


def _order(it: Key) -> tuple[str, str, bool]:
    return it.unit, it.key, it.counted


def opened(hub: Hub, issue: str, indicator: str) -> tuple[Issue, Definition, Order, Snapshot]:
    """Open an issue's snapshot for an indicator. UnprovenError where a file of it is not as it was frozen."""
    found = issues.find(hub.store, issue)
    definition = definitions().get(indicator)
    if definition is None:
        raise CatalogError("evidence.indicator", indicator=indicator, known="、".join(definitions()))
    snapshot = thaw(found.folder / "snapshot")
    if not all(map(snapshot.has, definition.needs)):
        raise CatalogError("evidence.no_source", indicator=indicator)
    files = {f"{name}.parquet": source["sha256"] for name, source in snapshot.sources.items()}
    files |= {f"{name}.parquet": own["sha256"] for name, own in snapshot.manifest["own"].items()}
    bent = [name for name, hash_ in files.items() if file_hash(snapshot.folder / name) != hash_]
    if bent or snapshot.hash != found.snapshot:
        raise UnprovenError("evidence.bent", issue=issue, file="、".join(bent) or "snapshot.json")
    return found, definition, ordered(hub, found.edition, found.period), snapshot


def _same(one: Figure, other: Figure) -> bool:
    pairs = ((one.numerator, other.numerator), (one.denominator, other.denominator), (one.value, other.value))
    return all(a is b or (a is not None and b is not None and isclose(a, b, abs_tol=ROUNDING)) for a, b in pairs)
