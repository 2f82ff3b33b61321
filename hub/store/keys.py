"""API keys: 256 random bits, shown once, stored as SHA-256. A slow hash would buy nothing for random keys and cost every request."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Engine, insert, select, update

from hub.store.tables import keys

PREFIX = 12  # characters that find a key without telling it


def issue(store: Engine, consumer: str, *, now: datetime, by: str, days: int = 365) -> str:
    """Make a key for a consumer and return it: nobody can read it again."""
    key = f"chk_{secrets.token_urlsafe(32)}"
    row = {
        "prefix": key[:PREFIX],
        "hash": _hash(key),
        "consumer": consumer,
        "issued_at": now.isoformat(),
        "issued_by": by,
        "expires_at": (now + timedelta(days=days)).isoformat(),
    }
    with store.begin() as connection:
        connection.execute(insert(keys).values(row))
    return key


def revoke(store: Engine, consumer: str, *, now: datetime, prefix: str | None = None) -> int:
    """Revoke a consumer's keys, or the one with this prefix; return how many stop working at once."""
    query = update(keys).where(keys.c.consumer == consumer, keys.c.revoked_at.is_(None))
    if prefix:
        query = query.where(keys.c.prefix == prefix)
    with store.begin() as connection:
        return int(connection.execute(query.values(revoked_at=now.isoformat())).rowcount)


def find(store: Engine, key: str, *, now: datetime) -> str | None:
    """Return the consumer a key belongs to, or None: unknown, wrong, revoked and expired keys look alike."""
    with store.connect() as connection:
        row = connection.execute(select(keys).where(keys.c.prefix == key[:PREFIX])).mappings().one_or_none()
    same = hmac.compare_digest(row["hash"] if row else "0" * 64, _hash(key))
    if row is None or not same or row["revoked_at"] or datetime.fromisoformat(row["expires_at"]) <= now:
        return None
    return str(row["consumer"])


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
