"""ETags from the publication: while the hub has published no change, the same question has the same answer (RFC 9110, weak)."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from catalog.dataset import Field
from hub.api.token import terms
from hub.sharing import Grant


def etag(grant: Grant, fields: Sequence[Field], version: str | None, asked: Mapping[str, object]) -> str | None:
    """Name an answer by the published state, the terms of the grant and what was asked; None where no state is known."""
    if version is None:
        return None
    text = json.dumps([version, terms(grant, fields), sorted(asked.items())], default=str)
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def matches(tag: str | None, header: str | None) -> bool:
    """Say whether an If-None-Match names the tag."""
    if tag is None or not header:
        return False
    return header.strip() == "*" or tag.removeprefix("W/") in [part.strip().removeprefix("W/") for part in header.split(",")]
