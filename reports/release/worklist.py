"""Worklists of the checks that concern persons (R13, R25, R26): for those who act, in one XLSX, behind an access line; never in a report.

A snapshot knows a person by another name; only here are they found again, by naming the platform's own keys alike. A clue is no verdict.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import column, select, table

from catalog.errors import CatalogError
from connectors.database import session
from hub.open import Hub
from hub.published import published
from hub.store import access
from hub.store.access import Line
from reports.build import ordered
from reports.definition import definitions, sql
from reports.evidence import opened
from reports.measure import laid
from reports.pseudonym import pseudonym
from reports.render import worklist as render

LISTED = ("R13", "R25", "R26")
KEYS = (
    ("person", "person_key"),
    ("account", "account_id"),
    ("application_step", "actor_key"),
    ("login_log", "device_hash"),
    ("hr_event", "event_id"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to look into: whom or what it concerns (the platform's own key), the unit, and what was found."""

    key: str
    unit: str
    what: str


def write(hub: Hub, issue: str, check: str, path: Path, *, by: str, now: datetime) -> int:
    """Write a check's worklist; the access line is written first. CatalogError for a check that has none."""
    if check not in LISTED:
        raise CatalogError("worklist.check", check=check, known="、".join(LISTED))
    entries = _entries(hub, issue, check)
    line = Line(
        who=by, channel="report", outcome=f"worklist {check}", request=uuid.uuid4().hex, dataset=issue,
        columns=("key", "unit", "what"), rows=len(entries),
    )  # fmt: skip
    access.write(hub.store, line, now=now)
    it = definitions()[check]
    path.write_bytes(render.render(issue, f"{check} {it.title}", [(e.key, e.unit, e.what) for e in entries], acts=it.acts or ""))
    return len(entries)


def _entries(hub: Hub, issue: str, check: str) -> Sequence[Entry]:
    found, definition, _, snapshot = opened(hub, issue, check)
    order = ordered(hub, found.edition, found.period)
    with laid(snapshot, order.edition, order.calendar, order.period, cut=snapshot.cut, before=order.earlier) as connection:
        rows = connection.execute(f"select key, unit, part from ({sql(check)}) order by 3 nulls first, 2, 1").fetchall()
        names = {str(unit): str(name) for unit, name in connection.execute("select unit_id, unit_name from org_unit").fetchall()}
    known = _known(hub, {str(key) for key, _, _ in rows})
    return [
        Entry(known.get(str(key), str(key)), names.get(unit, unit or ""), definition.parts.get(part, definition.title))
        for key, unit, part in rows
    ]


def _known(hub: Hub, wanted: set[str]) -> Mapping[str, str]:
    """Find the platform's own keys behind the names that a snapshot gives them."""
    return {name: key for key in _keys(hub) if (name := pseudonym(key)) in wanted and name is not None}


def _keys(hub: Hub) -> Iterator[str]:
    for dataset, field in KEYS:
        place = published(hub.catalog, dataset) if dataset in hub.catalog.datasets else None
        if place is None or field not in {f.name for f in hub.catalog.datasets[dataset].fields}:
            continue
        source = table(place.table, column(field), schema=place.system.db_schema)
        with session(place.system) as connection:
            yield from (str(key) for key in connection.execute(select(source.c[field]).distinct()).scalars() if key is not None)
