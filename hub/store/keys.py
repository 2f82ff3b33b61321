"""API keys: 256 random bits, shown once, stored as SHA-256. A slow hash would buy nothing for random keys and cost every request."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from hub.store.open import reading
from hub.store.tables import keys

PREFIX = 12  # characters that find a key without telling it
NO_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class Key:
    """What may be told of a key: everything but the key."""

    prefix: str
    consumer: str
    issued_at: str
    issued_by: str
    expires_at: str
    revoked_at: str | None
    last_used_at: str | None

    def works(self, now: datetime) -> bool:
        """Say whether the key is neither revoked nor expired."""
        return self.revoked_at is None and datetime.fromisoformat(self.expires_at) > now


def issue(store: Engine, consumer: str, *, now: datetime, by: str, days: int = 365) -> str:
    """Make a key for a consumer and return it: nobody can read it again."""
    with store.begin() as connection:
        return _issue(connection, consumer, now=now, by=by, days=days)


def rotate(store: Engine, consumer: str, *, now: datetime, by: str, overlap: timedelta, days: int = 365) -> str:
    """Make a new key and let the consumer's others expire after the overlap, if they do not before."""
    end = (now + overlap).isoformat()
    with store.begin() as connection:
        old = (keys.c.consumer == consumer, keys.c.revoked_at.is_(None), keys.c.expires_at > end)
        connection.execute(update(keys).where(*old).values(expires_at=end))
        return _issue(connection, consumer, now=now, by=by, days=days)


def revoke(store: Engine, consumer: str, *, now: datetime, prefix: str | None = None) -> int:
    """Revoke a consumer's keys, or the one with this prefix; return how many stop working at once."""
    query = update(keys).where(keys.c.consumer == consumer, keys.c.revoked_at.is_(None))
    if prefix:
        query = query.where(keys.c.prefix == prefix)
    with store.begin() as connection:
        return int(connection.execute(query.values(revoked_at=now.isoformat())).rowcount)


def listed(store: Engine, consumer: str | None = None) -> Sequence[Key]:
    """List the keys, newest first, of one consumer or of all."""
    query = select(*(keys.c[name] for name in Key.__dataclass_fields__)).order_by(keys.c.issued_at.desc(), keys.c.prefix)
    with reading(store).connect() as connection:
        return [Key(*row) for row in connection.execute(query.where(keys.c.consumer == consumer) if consumer else query)]


@dataclass(frozen=True, slots=True)
class Found:
    """Whose a key is, and until when."""

    consumer: str
    expires: datetime


def find(store: Engine, key: str, *, now: datetime) -> Found | None:
    """Return whose a key is, or None: unknown, wrong, revoked and expired keys look alike."""
    with reading(store).connect() as connection:
        row = connection.execute(FIND, {"prefix": key[:PREFIX]}).one_or_none()
    same = hmac.compare_digest(row.hash if row else NO_HASH, _hash(key))
    expires = datetime.fromisoformat(row.expires_at) if row else now
    if row is None or not same or row.revoked_at or expires <= now:
        return None
    return Found(row.consumer, expires)


def use(connection: Connection, used: Mapping[str, datetime]) -> None:
    """Note when keys were last used, by prefix, inside the caller's transaction."""
    if used:
        connection.execute(USE, [{"key": prefix, "at": now.isoformat()} for prefix, now in used.items()])


def _issue(connection: Connection, consumer: str, *, now: datetime, by: str, days: int) -> str:
    key = f"chk_{secrets.token_urlsafe(32)}"
    row = {
        "prefix": key[:PREFIX],
        "hash": _hash(key),
        "consumer": consumer,
        "issued_at": now.isoformat(),
        "issued_by": by,
        "expires_at": (now + timedelta(days=days)).isoformat(),
    }
    connection.execute(insert(keys).values(row))
    return key


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


FIND = select(keys.c.hash, keys.c.consumer, keys.c.revoked_at, keys.c.expires_at).where(keys.c.prefix == bindparam("prefix"))
USE = update(keys).where(keys.c.prefix == bindparam("key")).values(last_used_at=bindparam("at"))
