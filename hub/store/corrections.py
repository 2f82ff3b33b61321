"""Corrections in the store: opened once for each row and rule, closed once. A closed one tells of no row any more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from catalog.errors import CatalogError
from hub.store.open import reading
from hub.store.tables import corrections

Origin = Literal["finding", "complaint"]
State = Literal["open", "closed"]
ERASED = {"same": None, "key_line": None, "note": None, "content": None}
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Correction:
    """What an owner is asked to mend. `same` fingerprints row and rule; it, the key and the note are gone once it is closed."""

    correction: int
    origin: Origin
    dataset: str
    flow: str
    rule: str
    fields: tuple[str, ...]
    owner: str
    opened_at: str
    opened_run: str | None
    consumer: str | None
    agreement: str | None
    same: str | None
    key_line: str | None
    note: str | None
    content: str | None
    closed_at: str | None
    closed_run: str | None
    closed_by: str | None
    closed_reason: str | None

    @property
    def state(self) -> State:
        """Whether it waits for somebody."""
        return "closed" if self.closed_at else "open"


def opened(store: Engine, rows: Sequence[Mapping[str, Any]]) -> list[Correction]:  # Any: columns of the table
    """Open corrections whose row and rule are not, and return them; none where another process was quicker."""
    try:
        with store.begin() as connection:
            for start in range(0, len(rows), CHUNK):
                connection.execute(insert(corrections), rows[start : start + CHUNK])
    except IntegrityError:
        return []
    wanted = {row["same"] for row in rows}
    return [it for it in listed(store, state="open", flow=rows[0]["flow"]) if it.same in wanted] if rows else []


def standing(store: Engine, *, origin: Origin, **which: str) -> dict[str, Correction]:
    """Return the open corrections of an origin by `same`: of a flow, a dataset or a consumer."""
    return {it.same: it for it in listed(store, state="open", origin=origin, **which) if it.same}


def listed(store: Engine, *, state: State | None = None, **which: str | int | None) -> Sequence[Correction]:
    """List corrections, oldest first, of a state and with the given values of columns."""
    asked: list[ColumnElement[bool]] = [corrections.c[name] == value for name, value in which.items() if value is not None]
    if state:
        asked.append(corrections.c.closed_at.is_(None) if state == "open" else corrections.c.closed_at.is_not(None))
    with reading(store).connect() as connection:
        found = connection.execute(select(corrections).where(*asked).order_by(corrections.c.correction)).all()
    return [Correction(**{**row._mapping, "fields": tuple(row.fields)}) for row in found]


def get(store: Engine, number: int) -> Correction:
    """Return a correction. CatalogError for an unknown number."""
    for found in listed(store, correction=number):
        return found
    raise CatalogError("correction.unknown", correction=number)


def close(
    store: Engine, those: Iterable[Correction], *, now: datetime, run: str | None = None, by: str | None = None, reason: str | None = None
) -> None:
    """Close corrections that are open and forget which rows they were about."""
    numbers = [it.correction for it in those]
    values = ERASED | {"closed_at": now.isoformat(), "closed_run": run, "closed_by": by, "closed_reason": reason}
    for start in range(0, len(numbers), CHUNK):
        some = corrections.c.correction.in_(numbers[start : start + CHUNK])
        with store.begin() as connection:
            connection.execute(update(corrections).where(some, corrections.c.closed_at.is_(None)).values(values))


def purge(store: Engine, *which: ColumnElement[bool]) -> int:
    """Delete corrections altogether; return their number."""
    with store.begin() as connection:
        return int(connection.execute(corrections.delete().where(*which)).rowcount)
