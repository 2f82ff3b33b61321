"""The auditor's question: which consumers received which personal fields, under which approval, how many rows, until when."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from catalog.errors import CatalogError
from hub.open import Hub
from hub.store.open import reading
from hub.store.tables import access

WHOLE = "*"  # columns of a line that showed all of them


@dataclass(frozen=True, slots=True)
class Received:
    """What one reader received of the fields over one channel: answers with rows, their rows, streams and pushes without an end."""

    who: str
    channel: str
    agreement: str | None
    approval: str | None
    fields: tuple[str, ...]
    answers: int
    rows: int
    unended: int
    first: str
    last: str
    until: date | None = None


def received(hub: Hub, dataset: str, fields: Sequence[str], *, since: date, until: date) -> list[Received]:
    """Tell who received any of the fields (all personal ones if none are named) on the days from `since` to `until`, both included.

    CatalogError for a dataset or field that is not known.
    """
    wanted = _wanted(hub, dataset, fields)
    found: dict[tuple[object, ...], Received] = {}
    opened: Counter[tuple[str, tuple[object, ...]]] = Counter()  # a request's number is the caller's own: it may send one twice
    for line in _lines(hub, dataset, since, until):
        seen = tuple(name for name in wanted if name in line["columns"] or WHOLE in line["columns"])
        if not seen:
            continue
        line = dict(line, approval=line["approval"] or _document(hub, line["agreement"]))
        name: tuple[object, ...] = (line["who"], line["channel"], line["agreement"], line["approval"], seen)
        known = found.get(name) or _first(line, seen)
        found[name] = _added(known, line)
        stream = (line["request"], name)
        if line["outcome"] in ("open", "begun"):
            opened[stream] += 1
        elif line["outcome"] != "ok" and opened[stream]:  # a page is no stream's end
            opened[stream] -= 1
    for (_, name), unended in opened.items():
        found[name] = replace(found[name], unended=found[name].unended + unended)
    return [_ending(hub, it) for it in sorted(found.values(), key=lambda it: (it.who, it.channel, it.first)) if it.rows or it.unended]


def _wanted(hub: Hub, dataset: str, fields: Sequence[str]) -> tuple[str, ...]:
    described = hub.catalog.datasets.get(dataset)
    if described is None:
        raise CatalogError("audit.dataset", dataset=dataset, known=", ".join(sorted(hub.catalog.datasets)))
    names = {field.name: field for field in described.fields}
    if unknown := [name for name in fields if name not in names]:
        raise CatalogError("audit.field", dataset=dataset, field=", ".join(unknown), known=", ".join(names))
    return tuple(fields) or tuple(name for name, field in names.items() if field.sensitivity in ("personal", "sensitive"))


def _lines(hub: Hub, dataset: str, since: date, until: date) -> Iterator[Mapping[str, Any]]:  # Any: JSON columns
    low, high = (datetime.combine(day, time(), hub.catalog.zone) for day in (since, until + timedelta(days=1)))
    inside = (access.c.dataset == dataset, access.c.at >= low.astimezone(UTC).isoformat(), access.c.at < high.astimezone(UTC).isoformat())
    query = select(access).where(*inside).order_by(access.c.seq).execution_options(yield_per=1000)
    with reading(hub.store).connect() as connection:
        for row in connection.execute(query).mappings():
            if not str(row["outcome"])[:1].isdigit() and row["outcome"] != "withdrawn":  # a refusal begins with its status
                yield dict(row)


def _first(line: Mapping[str, Any], seen: tuple[str, ...]) -> Received:  # Any: as _lines
    return Received(line["who"], line["channel"], line["agreement"], line["approval"], seen, 0, 0, 0, line["at"], line["at"])


def _added(known: Received, line: Mapping[str, Any]) -> Received:  # Any: as _lines
    rows = line["rows"] or 0
    return replace(known, answers=known.answers + (rows > 0), rows=known.rows + rows, last=line["at"])


def _document(hub: Hub, agreement: str | None) -> str | None:
    """Return what the agreement says now, for a line that does not tell its approval."""
    found = hub.catalog.agreements.get(agreement or "")
    return found.approved.document if found else None


def _ending(hub: Hub, it: Received) -> Received:
    agreement = hub.catalog.agreements.get(it.agreement or "")
    return replace(it, until=agreement.until) if agreement else it
