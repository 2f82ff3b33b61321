"""A cell of an office file, read into its field's type as SQLite keeps it. Refuses whatever would have to be guessed or rounded.

Numbers never pass through a double on their way to a decimal, except where Excel itself has kept them as one: then the
fifteen digits that Excel shows count. A day may be written 2026-10-01, 2026/10/1, 2026.10.1 or 20261001.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from openpyxl.utils.datetime import from_excel

from catalog.field_type import FieldType, Kind
from connectors.line import canonical
from connectors.row import Broken, Cell

Stored = str | int | float | bytes | None
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
SHORTENED = re.compile(r"[+-]?\d(?:\.(\d+))?E\+(\d{2,3})", re.ASCII)  # as Excel writes a number of more digits than its cell shows
DAY = re.compile(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})", re.ASCII)
CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?", re.ASCII)
SPAN = re.compile(r"(-?)(\d+):([0-5]\d):([0-5]\d)(?:\.(\d{1,6}))?", re.ASCII)
INSTANT = re.compile(r"(.+[\d])\s?(Z|[+-]\d\d:?\d\d)", re.ASCII)
BOOLEANS = {"true": 1, "1": 1, "是": 1, "false": 0, "0": 0, "否": 0}
FIRST, LAST = 10_000, 100_000  # serials that are taken for days, 1927 to 2173
EXACT = 10**15  # beyond fifteen digits Excel has already lost the last ones of a number
MICROSECOND = timedelta(microseconds=1)


class BadCellError(ValueError):
    """The cell does not fit its field. Carries the reason's message key, never the value."""

    def __init__(self, reason: str = "reject.type") -> None:
        super().__init__(reason)
        self.reason = reason


def read(cell: Cell, wanted: FieldType) -> Stored:
    """Read a cell into what SQLite keeps for its type. BadCellError where it does not fit.

    NULL is None; '' is a text of its own and, in any other type, no value.
    """
    try:
        text = cell if isinstance(cell, str) or cell is None else written(cell, wanted.kind)
        if text is None or (not text.strip() and wanted.kind not in ("string", "bytes")):
            return None
        return _READ[wanted.kind](text if wanted.kind in ("string", "json") else text.strip(), wanted)
    except BadCellError:
        raise
    except (ValueError, ArithmeticError, RecursionError):
        raise BadCellError from None


def written(cell: Cell, kind: Kind) -> str:
    """Write a typed cell of a workbook as a CSV file would hold it for a field of this kind."""
    match cell:
        case Broken():
            raise BadCellError(cell.reason)
        case bool():
            return "true" if cell else "false"
        case int() if kind in ("date", "timestamp") and len(str(cell)) == 8:
            return str(cell)
        case int() | float() if kind in ("date", "timestamp") and not FIRST <= cell < LAST:
            raise BadCellError  # 1990 is a year and 202610 a month
        case int() | float() if kind in ("date", "timestamp", "time"):
            return written(from_excel(cell), kind)
        case int() | float():
            return _number(cell, kind)
        case datetime() if kind in ("date", "string") and cell.time() == time():
            return cell.date().isoformat()
        case datetime():
            return cell.isoformat(sep=" ")
        case timedelta():
            return canonical("duration", cell) or ""
        case None:
            return ""
    return cell if isinstance(cell, str) else cell.isoformat()


def _number(number: int | float, kind: Kind) -> str:
    if kind == "float":
        return repr(float(number))
    if abs(number) >= EXACT:
        raise BadCellError("reject.digits")
    return f"{Decimal(f'{number:.15g}'):f}"


def _string(text: str, wanted: FieldType) -> str:
    if wanted.length is not None and len(text) > wanted.length:
        raise BadCellError("reject.length")
    return text


def _integer(text: str, wanted: FieldType) -> int:
    return int(canonical("integer", _plain(text)) or 0)


def _decimal(text: str, wanted: FieldType) -> str:
    number, scale = _plain(text), wanted.scale or 0
    plain = canonical("decimal", number) or "0"
    whole, _, fraction = plain.lstrip("-").partition(".")
    if len(fraction) > scale or len(whole.lstrip("0")) > (wanted.precision or 0) - scale:
        raise BadCellError("reject.decimal")
    return plain


def _plain(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        raise BadCellError
    if (short := SHORTENED.fullmatch(text)) and int(short[2]) > len(short[1] or ""):
        raise BadCellError("reject.digits")
    return Decimal(text)


def _float(text: str, wanted: FieldType) -> float:
    if text not in ("NaN", "Infinity", "-Infinity") and not (NUMBER.fullmatch(text) and abs(float(text)) < float("inf")):
        raise BadCellError
    return float(text)


def _boolean(text: str, wanted: FieldType) -> int:
    if text.lower() not in BOOLEANS:
        raise BadCellError
    return BOOLEANS[text.lower()]


def _date(text: str, wanted: FieldType) -> str:
    day, _, rest = text.replace("T", " ", 1).partition(" ")
    if rest.strip("0:."):
        raise BadCellError  # a time of day would be lost
    return _day(day).isoformat()


def _time(text: str, wanted: FieldType) -> str | None:
    return canonical("time", _clock(text))


def _timestamp(text: str, wanted: FieldType) -> str | None:
    day, _, clock = text.replace("T", " ", 1).partition(" ")
    return canonical("timestamp", datetime.combine(_day(day), _clock(clock) if clock else time()))


def _timestamptz(text: str, wanted: FieldType) -> str | None:
    match = INSTANT.fullmatch(text)
    if match is None:
        raise BadCellError("reject.zone")
    zone = datetime.strptime(match[2], "%z").tzinfo
    wall = datetime.fromisoformat(_timestamp(match[1], wanted) or "")
    return canonical("timestamptz", wall.replace(tzinfo=zone).astimezone(UTC))


def _day(text: str) -> date:
    match = DAY.fullmatch(text)
    if match is None or (not match[2] and len(text) != 8):
        raise BadCellError
    return date(int(match[1]), int(match[3]), int(match[4]))


def _clock(text: str) -> time:
    match = CLOCK.fullmatch(text)
    if match is None:
        raise BadCellError
    return time(int(match[1]), int(match[2]), int(match[3] or 0), int((match[4] or "").ljust(6, "0")))


def _duration(text: str, wanted: FieldType) -> int:
    match = SPAN.fullmatch(text)
    if match is None:
        raise BadCellError
    span = timedelta(hours=int(match[2]), minutes=int(match[3]), seconds=int(match[4]), microseconds=int((match[5] or "").ljust(6, "0")))
    return span // MICROSECOND * (-1 if match[1] else 1)


def _bytes(text: str, wanted: FieldType) -> bytes:
    return bytes.fromhex(text.removeprefix("\\x").removeprefix("0x"))


def _json(text: str, wanted: FieldType) -> str:
    json.loads(text, parse_constant=_no_constant)
    return text


def _no_constant(name: str) -> None:
    raise BadCellError  # NaN and Infinity are Python's, not JSON's


_READ: Mapping[Kind, Callable[[str, FieldType], Stored]] = {
    "string": _string, "integer": _integer, "decimal": _decimal, "float": _float, "boolean": _boolean, "date": _date, "time": _time,
    "duration": _duration, "timestamp": _timestamp, "timestamptz": _timestamptz, "bytes": _bytes, "json": _json,
}  # fmt: skip
