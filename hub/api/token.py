"""Tokens of pages and changes: sealed with AES-256-GCM, so that nobody can read or change them, and bound to their reader.

A token holds a key that may not be granted, or how far a reader is. One of another consumer, dataset or purpose does not open.
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from catalog.dataset import Dataset, Field
from catalog.sharing import Agreement
from hub.api.problem import ProblemError
from hub.changes import Mark, Progress
from hub.rows import Walk
from hub.sharing import Grant

NONCE = 12
LONGEST = 4096  # characters
MOST_TERMS = 1000
_terms: dict[tuple[str, ...], tuple[Agreement, Dataset, str]] = {}


@cache
def cipher(secret: bytes) -> AESGCM:
    """Make the cipher of a secret of any form."""
    return AESGCM(hashlib.sha256(secret).digest())


def page(secret: bytes, grant: Grant, walk: Walk, since: str) -> str:
    """Seal how a walk goes on, and the change token that its first page was given."""
    return _seal(secret, "walk", grant, [_form(grant), since, walk.salt, *(walk.after or ())])


def open_page(secret: bytes, grant: Grant, token: str) -> tuple[Walk, str]:
    """Open what `page` sealed. Problem 422 for one that is broken, of another reader, or of another form of the dataset."""
    form, since, salt, *after = _open(secret, "walk", grant, token, "api.cursor")
    if form != _form(grant) or grant.shows_key != (salt is None):
        raise ProblemError(422, "api.cursor")
    return Walk(salt, tuple(after)), since


def since(secret: bytes, grant: Grant, fields: Sequence[Field], progress: Progress) -> str:
    """Seal how far a reader is. It holds for these fields under these terms: the same changes mean another thing under others."""
    marks = [progress.since, *([progress.upto] if progress.upto else [])]
    return _seal(secret, "since", grant, [terms(grant, fields), progress.through, *([it.seq, it.at.isoformat()] for it in marks)])


def open_since(secret: bytes, grant: Grant, fields: Sequence[Field], token: str) -> Progress:
    """Open what `since` sealed. Problem 422 for one that is broken or of another reader, 410 where the terms are others now."""
    under, through, *marks = _open(secret, "since", grant, token, "api.since")
    if under != terms(grant, fields):
        raise gone(grant)
    first, *upto = [Mark(seq, datetime.fromisoformat(at)) for seq, at in marks]
    return Progress(first, through, upto[0] if upto else None)


def gone(grant: Grant) -> ProblemError:
    """Say that what changed since cannot be told any more, and where to begin anew."""
    path = f"/v1/datasets/{grant.dataset.name}/export"
    return ProblemError(410, "api.gone", {"Link": f'<{path}>; rel="alternate"'}, path=path)


def terms(grant: Grant, fields: Sequence[Field]) -> str:
    """Fingerprint what decides which rows and cells leave."""
    name = (grant.agreement.name, *(field.name for field in fields))
    known = _terms.get(name)
    if known is None or known[0] is not grant.agreement or known[1] is not grant.dataset:
        if len(_terms) > MOST_TERMS:
            _terms.clear()
        known = _terms[name] = (grant.agreement, grant.dataset, _fingerprint(grant, fields))
    return known[2]


def _fingerprint(grant: Grant, fields: Sequence[Field]) -> str:
    agreement, dataset = grant.agreement, grant.dataset
    parts = [
        agreement.name, grant.published.flow.name, grant.published.table, [field.name for field in fields], dict(grant.masks),
        [it.model_dump_json() for it in (*grant.where, *grant.but_not)], [[it.name, str(it.type)] for it in dataset.fields], dataset.key,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _form(grant: Grant) -> str:
    return f"{grant.agreement.name}|{','.join(grant.dataset.key)}"


def _seal(secret: bytes, kind: str, grant: Grant, value: Any) -> str:  # Any: JSON
    nonce = secrets.token_bytes(NONCE)
    sealed = cipher(secret).encrypt(nonce, json.dumps(value).encode(), _bound(kind, grant))
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def _open(secret: bytes, kind: str, grant: Grant, token: str, refusal: str) -> list[Any]:  # Any: JSON
    try:
        raw = base64.b64decode(token[:LONGEST].encode(), altchars=b"-_", validate=True)
        found: list[Any] = json.loads(cipher(secret).decrypt(raw[:NONCE], raw[NONCE:], _bound(kind, grant)))
    except (InvalidTag, ValueError, binascii.Error):
        raise ProblemError(422, refusal) from None
    return found


def _bound(kind: str, grant: Grant) -> bytes:
    return f"{kind}|{grant.agreement.consumer}|{grant.dataset.name}".encode()
