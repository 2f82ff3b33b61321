"""The line: a row as one line of text, the interchange form of every lane, before-image and quarantined row.

Fields are separated by tabs; NULL is \\N; backslash, tab, newline and carriage return are escaped by a backslash
(PostgreSQL's COPY text form, which LOAD DATA reads too). Each value stands in its canonical text:

    integer 42 · decimal 12.5 (no trailing zeros) · float 125e-1 (shortest digits × power of ten) NaN Infinity · boolean 1
    date 2026-11-05 · time 08:00:00.5 · duration -12:00:00.5 · timestamp 2026-11-05 08:00:00.5 · timestamptz the same in UTC
    string and json as they are · bytes \\x00ff
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from catalog.field_type import FieldType, parse

OPEN = frozenset({"string", "json", "bytes"})  # kinds whose text may hold any character
WHOLE = 255  # longer texts are hashed first, so that no row text grows beyond a server's packet
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_UNESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# text already in canonical form but for its trailing zeros; whether it names a real day is a guard's to say
_WRITTEN = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?")
_SPAN = re.compile(r"(-?)([0-9]{1,8}):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,6}))?")
_MICRO = timedelta(microseconds=1)


def join(values: Iterable[str | None]) -> str:
    """Write values as one line, without its newline."""
    return "\t".join("\\N" if v is None else _SPECIAL.sub(lambda m: _ESCAPES[m[0]], v) for v in values)


def split(line: str) -> tuple[str | None, ...]:
    """Read what `join` wrote."""
    if "\\" not in line:
        return tuple(line.split("\t"))
    return tuple(
        None if part == "\\N" else _ESCAPED.sub(lambda m: _UNESCAPES.get(m[1], m[1]), part) if "\\" in part else part
        for part in line.split("\t")
    )


def is_hashed(wanted: FieldType) -> bool:
    """Say whether a value of this type enters the row hash as its own md5: the unbounded ones."""
    return wanted.kind in ("json", "bytes") or (wanted.kind == "string" and (wanted.length is None or wanted.length > WHOLE))


def piece(wanted: FieldType, text: str | None) -> str:
    """Return what one canonical value adds to its row's text: self-delimiting, so that no two rows share a text."""
    if is_hashed(wanted):
        raw = None if text is None else bytes.fromhex(text[2:]) if wanted.kind == "bytes" else text.encode()
        return "~|" if raw is None else hashlib.md5(raw, usedforsecurity=False).hexdigest() + "|"
    if text is None:
        return "~|"
    return f"{len(text.encode())}:{text}" if wanted.kind in OPEN else f"{text}|"


def hash_text(text: str) -> int:
    """Return the 60-bit hash of a row's text: the first fifteen hexadecimal digits of its md5."""
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:15], 16)


def row_hash(types: Sequence[FieldType], values: Sequence[str | None]) -> int:
    """Return a row's hash from its canonical values; every engine computes the same in SQL."""
    return hash_text("".join(map(piece, types, values)))


def piecer(wanted: FieldType) -> Callable[[Any], str]:  # Any: whatever SQLite holds
    """Return a function that writes a stored value's piece as `piece` does, chosen once for a column and quick for its usual values."""
    kind = wanted.kind
    if is_hashed(wanted):
        return lambda value: "~|" if value is None else _md5(value if isinstance(value, bytes) else _text(value).encode()) + "|"
    if kind in OPEN:
        return lambda value: "~|" if value is None else f"{len((text := _text(value)).encode())}:{text}"
    if kind == "integer":
        return lambda value: "~|" if value is None else f"{value}|" if type(value) is int else _integer(value) + "|"
    written = _CANONICAL[kind]
    return lambda value: "~|" if value is None else f"{written(value)}|"


def _md5(raw: bytes) -> str:
    return hashlib.md5(raw, usedforsecurity=False).hexdigest()


def canonical(kind: str, value: Any) -> str | None:  # Any: whatever SQLite or Python holds
    """Return the canonical text of a stored or Python value. ValueError where it does not fit the kind."""
    return None if value is None else _CANONICAL[kind](value)


def _integer(value: Any) -> str:  # Any: as canonical
    number = value if isinstance(value, int) else int(Decimal(str(value)))
    if not -(2**63) <= number < 2**63 or (not isinstance(value, int) and Decimal(str(value)) != number):
        raise ValueError("not a 64-bit integer")
    return str(int(number))


def _decimal(value: Any) -> str:  # Any: as canonical
    number = Decimal(repr(value) if isinstance(value, float) else str(value))
    if not number.is_finite():
        raise ValueError("not a finite decimal")
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _float(value: Any) -> str:  # Any: as canonical
    number = float(value)
    if number != number:
        return "NaN"
    if number in (float("inf"), float("-inf")):
        return "Infinity" if number > 0 else "-Infinity"
    sign, digits, exponent = Decimal(repr(number)).as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    if not text:
        return "-0" if sign else "0"
    short = text.rstrip("0")
    return f"{'-' if sign else ''}{short}e{int(exponent) + len(text) - len(short)}"


def _boolean(value: Any) -> str:  # Any: as canonical
    if value in (0, 1, "0", "1"):
        return str(int(value))
    raise ValueError("not a boolean")


def _date(value: Any) -> str:  # Any: as canonical
    if isinstance(value, datetime):
        value = value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    if len(text) > 10 and text[10:].strip(" T0:.") == "":
        text = text[:10]
    return date.fromisoformat(text).isoformat()


def _time(value: Any) -> str:  # Any: as canonical
    moment = value if isinstance(value, time) else time.fromisoformat(str(value))
    if moment.tzinfo is not None:
        raise ValueError("a time with a zone")
    return _trim(moment.isoformat(timespec="microseconds"))


def _timestamp(value: Any) -> str:  # Any: as canonical
    if type(value) is str and _WRITTEN.fullmatch(value):
        return _trim(value) if "." in value else value
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo is not None:
        raise ValueError("a timestamp with a zone")
    return _trim(moment.isoformat(sep=" ", timespec="microseconds"))


def _timestamptz(value: Any) -> str:  # Any: as canonical
    if type(value) is str and _WRITTEN.fullmatch(value):
        return _trim(value) if "." in value else value
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return _trim(moment.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds"))


def _duration(value: Any) -> str:  # Any: as canonical
    if isinstance(value, str):
        value = micros(value)
    whole = value // _MICRO if isinstance(value, timedelta) else int(value)
    seconds, fraction = divmod(abs(whole), 1_000_000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return _trim(f"{'-' if whole < 0 else ''}{hour:02}:{minute:02}:{second:02}.{fraction:06}")


def micros(text: str) -> int:
    """Read a duration such as -12:00:00.5 as microseconds. ValueError for anything else."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError("not a duration")
    hours, minutes, seconds, fraction = (int(part) for part in (*found.groups()[1:4], (found[5] or "").ljust(6, "0")))
    whole = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction
    return -whole if found[1] else whole


def _bytes(value: Any) -> str:  # Any: as canonical
    return "\\x" + (value if isinstance(value, bytes) else str(value).encode()).hex()


def _text(value: Any) -> str:  # Any: as canonical
    if isinstance(value, bytes):
        return value.decode()
    return repr(value) if isinstance(value, float) else str(value)


def _trim(text: str) -> str:
    return text.rstrip("0").rstrip(".")


_CANONICAL = {
    "integer": _integer, "decimal": _decimal, "float": _float, "boolean": _boolean, "date": _date, "time": _time,
    "duration": _duration, "timestamp": _timestamp, "timestamptz": _timestamptz, "bytes": _bytes, "string": _text, "json": _text,
}  # fmt: skip


@cache
def types(spec: str) -> tuple[FieldType, ...]:
    """Read a list of types written `integer|string(20)|…`."""
    return tuple(parse(text) for text in spec.split("|"))


@cache
def piecers(spec: str) -> tuple[Callable[[Any], str], ...]:  # Any: whatever SQLite holds
    """Return the piece writers of a list of types written `integer|string(20)|…`."""
    return tuple(map(piecer, types(spec)))


def spec(of: Sequence[FieldType]) -> str:
    """Write types so that `types` reads them."""
    return "|".join(map(str, of))
