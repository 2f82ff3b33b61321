"""The access log: append-only, hash-chained, one line for every answer or refusal, durable before a row leaves. It fails closed."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from catalog.errors import UnavailableError
from hub.store.tables import access

FIRST = "0" * 64
CHAIN_LOCK = 20260608  # any fixed number: writers on PostgreSQL take turns at the chain's end


@dataclass(frozen=True, slots=True)
class Line:
    """Who received what: conditions name fields and operators, never values."""

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


def write(store: Engine, line: Line, *, now: datetime) -> int:
    """Append a line and return its number once it is durable. UnavailableError if it cannot be written: then nothing may leave."""
    try:
        with store.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": CHAIN_LOCK})
            last = connection.execute(select(access.c.seq, access.c.hash).order_by(access.c.seq.desc()).limit(1)).one_or_none()
            seq, previous = (last.seq + 1, last.hash) if last else (1, FIRST)
            row = {"seq": seq, "at": now.isoformat(), **asdict(line), "previous": previous}
            row |= {"columns": list(line.columns), "conditions": list(line.conditions)}
            connection.execute(insert(access).values(row | {"hash": _hash(row)}))
    except (SQLAlchemyError, UnavailableError):
        raise UnavailableError("access.unwritten") from None
    return seq


def verify(store: Engine) -> list[str]:
    """Walk the chain and tell every line that was changed, removed or moved; an empty list means it holds."""
    with store.connect() as connection:
        return faults(connection)


def faults(connection: Connection) -> list[str]:
    """Walk the chain as this transaction sees it."""
    found = []
    seq, previous = 0, FIRST
    for row in connection.execute(select(access).order_by(access.c.seq)).mappings():
        values = {name: row[name] for name in row if name != "hash"}
        if row["seq"] != seq + 1:
            found.append(f"{seq + 1}: missing")
        if row["previous"] != previous or row["hash"] != _hash(values):
            found.append(f"{row['seq']}: changed")
        seq, previous = row["seq"], row["hash"]
    return found


def lines(store: Engine, *, limit: int = 100) -> Sequence[dict[str, object]]:
    """Return the newest lines."""
    with store.connect() as connection:
        return [dict(row) for row in connection.execute(select(access).order_by(access.c.seq.desc()).limit(limit)).mappings()]


def _hash(row: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
