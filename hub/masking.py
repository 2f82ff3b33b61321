"""Masks: what a receiver sees instead of a personal value. Canonical text in, canonical text out; NULL is not masked.

No mask becomes SQL, so no key and no rule of hiding ever stands in a server's log. docs/explanation/sharing.md shows each by an example.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext

from catalog.dataset import Dataset
from catalog.errors import UnavailableError
from catalog.field_type import FieldType
from catalog.sharing import Agreement, MaskName
from connectors.digest import Digest
from connectors.line import canonical

Masker = Callable[[str], str | None]
KEY = "HUB_PSEUDONYM_KEY"
SHORTEST = 32  # characters of a key that nobody guesses
WIDTH = 26  # characters of base32 that carry 128 bits


def maskers(agreement: Agreement, dataset: Dataset) -> dict[str, Masker]:
    """Return, by field, what turns a value into what the agreement's consumer sees. UnavailableError without a pseudonym key."""
    key = consumer_key(agreement.consumer) if "pseudonym" in agreement.mask.values() else b""
    return {name: masker(how, dataset.field(name).type, key) for name, how in agreement.mask.items()}


def masker(how: MaskName, of: FieldType, key: bytes = b"") -> Masker:
    """Return the mask of one field of type `of`; `key` is the consumer's, for pseudonyms."""
    if how == "pseudonym":
        return lambda value: pseudonym(value, key)[: of.length]
    if how.startswith("last"):
        return _ends(0, int(how[4:]))
    if how.startswith("round"):
        return lambda value: _round(value, Decimal(how[5:]), of)
    return MASKS[how]


def consumer_key(consumer: str) -> bytes:
    """Derive a consumer's own pseudonym key, so that no two consumers can join their data. UnavailableError where the hub has none."""
    master = os.environ.get(KEY, "")
    if len(master) < SHORTEST:
        raise UnavailableError("mask.key", variable=KEY, shortest=SHORTEST)
    return hmac.digest(master.encode(), consumer.encode(), "sha256")


def fingerprint(agreement: Agreement) -> str:
    """Tell one pseudonym key from another without telling either; '' where the agreement needs none."""
    if "pseudonym" not in agreement.mask.values():
        return ""
    return hashlib.sha256(b"fingerprint" + consumer_key(agreement.consumer)).hexdigest()


def blinded(digest: Digest, salt: bytes) -> Digest:
    """Return a digest that tells equal from unequal and nothing more.

    The ledger lies beside the receiver's table. Of a row that alone was added between two runs the sum's growth is the row's own hash,
    and what a mask hides would be found by trying names.
    """
    total = hmac.digest(salt, f"{digest.count}:{digest.total}".encode(), "sha256")
    return Digest(digest.count, int.from_bytes(total[:8]) >> 4)


def pseudonym(value: str, key: bytes) -> str:
    """Return the value's keyed pseudonym: the first 130 bits of HMAC-SHA256 (RFC 2104) in base32, small letters."""
    return base64.b32encode(hmac.digest(key, value.encode(), "sha256")).decode().lower()[:WIDTH]


def _ends(first: int, last: int) -> Callable[[str], str]:
    """Keep the first and last characters; a value of which less than half would be hidden is hidden whole."""
    kept = first + last

    def hide(value: str) -> str:
        length = len(value)
        return "*" * length if length < 2 * kept else value[:first].ljust(length - last, "*") + value[length - last :]

    return hide


def _email(value: str) -> str:
    name, at, domain = value.partition("@")
    return f"{name[:1] if len(name) > 1 else ''}***@{domain}" if at else "*" * len(value)


def _year(value: str) -> str:
    """Keep the year of a date or timestamp, as its first day, so that the type stays."""
    return f"{value[:4]}-01-01" + ("" if len(value) <= 10 else " 00:00:00")


def _round(value: str, step: Decimal, of: FieldType) -> str | None:
    """Round to the nearest multiple of the step, halves away from zero, or down where the type ends; NaN and infinity are hidden whole."""
    number = Decimal(value)
    if not number.is_finite():
        return None
    with localcontext(prec=400):  # a double has up to 309 digits before its point
        steps = number / step
        rounded = steps.quantize(Decimal(1), ROUND_HALF_UP) * step
        if abs(rounded) >= _end(of):
            rounded = steps.quantize(Decimal(1), ROUND_DOWN) * step
        return canonical(of.kind, float(rounded) if of.kind == "float" else f"{rounded:f}")


def _end(of: FieldType) -> Decimal:
    """Return the first number beyond what a numeric type holds."""
    if of.kind == "decimal":
        return Decimal(10) ** ((of.precision or 0) - (of.scale or 0))
    return Decimal(2**63) if of.kind == "integer" else Decimal("Infinity")


MASKS: Mapping[MaskName, Masker] = {
    "surname": _ends(1, 0),
    "id_card": _ends(1, 1),
    "phone": _ends(3, 2),
    "email": _email,
    "year": _year,
    "null": lambda value: None,
}
