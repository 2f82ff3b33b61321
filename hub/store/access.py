"""The access log: append-only, hash-chained, one line for every answer or refusal, durable before a row leaves. It fails closed.

line 1 ◄─previous─ line 2 ◄─ … ◄─ line n ◄─ head        an anchor a day (hub.store.anchors), kept outside too
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from catalog.errors import UnavailableError
from hub.store.open import reading
from hub.store.tables import access, access_anchors, access_head

FIRST = "0" * 64
LATER = ("bytes", "approval")  # columns that the first lines of an old log lack: not hashed where empty


@dataclass(frozen=True, slots=True)
class Line:
    """Who received what: conditions name fields and operators, never values. `bytes` are the body's, before compression."""

    who: str
    channel: str
    outcome: str
    request: str
    dataset: str | None = None
    agreement: str | None = None
    columns: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    rows: int | None = None
    address: str | None = None
    bytes: int | None = None
    approval: str | None = None


LINE = tuple(field.name for field in fields(Line))
NAMES = tuple(column.name for column in access.columns)
SEQ, HASH = NAMES.index("seq"), NAMES.index("hash")
_sorted = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
_listed = lru_cache(1000)(json.JSONEncoder(ensure_ascii=False).encode)


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the log does not hold: `changed`, `missing` or `cut` at a line's number, or a day's `anchor`."""

    what: str
    place: str


def write(store: Engine, line: Line, *, now: datetime) -> int:
    """Append a line and return its number once it is durable. UnavailableError if it cannot be written: then nothing may leave."""
    try:
        with store.begin() as connection:
            return append(connection, [(line, now)])
    except (SQLAlchemyError, UnavailableError):
        raise UnavailableError("access.unwritten") from None


def append(connection: Connection, lines: Sequence[tuple[Line, datetime]]) -> int:
    """Chain lines to the log inside the caller's transaction, which others wait for; return the number of the last.

    UnavailableError whatever the driver raises: it is asked directly, because every answer waits for this.
    """
    head, begin, insert, move = _statements(connection.dialect.name, connection.dialect.paramstyle, len(lines))
    try:
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute(head)
            found: Any = cursor.fetchone()  # Any: what the driver reads
            if found is None:  # the log begins
                cursor.execute(begin)
                cursor.execute(head)  # another may have begun it
                found = cursor.fetchone()
            rows = _chained(lines, *found)
            cursor.execute(insert, list(chain(*rows)))
            cursor.execute(move, (rows[-1][SEQ], rows[-1][HASH]))
    except connection.dialect.loaded_dbapi.Error as error:
        raise UnavailableError("store.unavailable", code=type(error).__name__) from None
    return int(rows[-1][SEQ])


def _chained(lines: Sequence[tuple[Line, datetime]], seq: int, previous: str) -> list[tuple[Any, ...]]:  # Any: what a line holds
    """Number lines and chain them to the one before, as rows of the table."""
    rows = []
    for line, now in lines:
        seq += 1
        row = {name: getattr(line, name) for name in LINE}
        row |= {"seq": seq, "at": now.astimezone(UTC).isoformat(), "previous": previous}
        previous = row["hash"] = _hash(row)
        row |= {"columns": _listed(line.columns), "conditions": _listed(line.conditions)}
        rows.append(tuple(row[name] for name in NAMES))
    return rows


@cache
def _statements(engine: str, style: str, lines: int) -> tuple[str, str, str, str]:
    """Write the statements of `append` in the driver's own words, as few as can be: every answer waits for them."""
    mark = "?" if style == "qmark" else "%s"
    names, marks = ", ".join(f'"{name}"' for name in NAMES), f"({', '.join([mark] * len(NAMES))})"
    lock = " for update" if engine == "postgresql" else ""
    return (
        f"select seq, hash from access_head{lock}",
        f"insert into access_head (one, seq, hash) values (1, 0, '{FIRST}') on conflict do nothing",
        f"insert into access ({names}) values {', '.join([marks] * lines)}",
        f"update access_head set seq = {mark}, hash = {mark}",
    )


def verify(store: Engine) -> list[Fault]:
    """Hold the log to its chain, its head and the store's anchors; an empty list means that it holds."""
    with reading(store).connect() as connection:
        return faults(connection)


def faults(connection: Connection) -> list[Fault]:
    """Hold the log as this transaction sees it."""
    known = connection.execute(select(access_anchors).order_by(access_anchors.c.seq)).all()
    gone = [it for it in known if it.pruned_at]
    start, previous = (gone[-1].seq, gone[-1].hash) if gone else (0, FIRST)
    query = select(access.c.seq, access.c.hash).where(access.c.seq.in_([it.seq for it in known]))
    hashes = {row.seq: row.hash for row in connection.execute(query)}
    wrong = [Fault("anchor", it.day) for it in known if it.seq > start and hashes.get(it.seq) != it.hash]
    return [*_walk(connection, start, previous), *wrong]


def _walk(connection: Connection, seq: int, previous: str) -> Iterator[Fault]:
    """Follow the chain from the line after `seq` to its head and tell every line that was changed, removed, moved or cut off."""
    query = select(access).where(access.c.seq > seq).order_by(access.c.seq).execution_options(yield_per=1000)
    for row in connection.execute(query).mappings():
        if row["seq"] != seq + 1:
            yield Fault("missing", str(seq + 1))
        if row["previous"] != previous or row["hash"] != _hash({name: row[name] for name in row if name != "hash"}):
            yield Fault("changed", str(row["seq"]))
        seq, previous = row["seq"], row["hash"]
    head = connection.execute(select(access_head)).one_or_none()
    if (head.seq, head.hash) != (seq, previous) if head else seq:
        yield Fault("cut", str(seq + 1))


def lines(store: Engine, *, limit: int = 100) -> Sequence[dict[str, object]]:
    """Return the newest lines."""
    with reading(store).connect() as connection:
        return [dict(row) for row in connection.execute(select(access).order_by(access.c.seq.desc()).limit(limit)).mappings()]


def _hash(row: Mapping[str, Any]) -> str:  # Any: what a line holds
    kept = {name: value for name, value in row.items() if value is not None or name not in LATER}
    return hashlib.sha256(_sorted(kept).encode()).hexdigest()
