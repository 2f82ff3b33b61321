"""A secret of this hub alone, made once: it blinds what would let a receiver guess behind a mask. It never leaves the store."""

import secrets

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from hub.store.tables import salt as kept


def salt(store: Engine) -> bytes:
    """Return the hub's secret, making it at the first call."""
    while True:
        with store.connect() as connection:
            found = connection.execute(select(kept.c.value)).scalar_one_or_none()
        if found is not None:
            return bytes.fromhex(found)
        try:
            with store.begin() as connection:
                connection.execute(insert(kept).values(id=1, value=secrets.token_hex(32)))
        except IntegrityError:
            continue  # another process was first
