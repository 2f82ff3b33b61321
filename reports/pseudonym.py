"""Another name for a key of a person: the same in every table of a snapshot and in every snapshot, and not to be turned back."""

import hashlib
import os

_PEPPER = os.environ.get("HUB_PSEUDONYM_KEY", "campus-data-hub").encode()[:64]  # kept by 信息资源部, outside campus and platform


def pseudonym(value: str) -> str:
    """Return the name under which a snapshot knows a person's key."""
    return hashlib.blake2b(value.encode(), digest_size=8, key=_PEPPER).hexdigest()
