"""What a SQLite value can become. A column may hold anything, so each value is tested: by SQL where that is enough, else by Python.

Text reaches Python as bytes: SQLite never looks whether it is UTF-8.
"""

import json
import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.line import canonical, micros, types
from connectors.selection import Column

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
NUMBERS = ("integer", "decimal", "float")
EXACT = 2**53  # a larger double stands for many integers
MOST = 838 * 3600 * 1_000_000 + 3_599_999_999  # microseconds of MariaDB's TIME
UNHELD = {"postgresql": (), "mariadb": ("NaN", "Infinity", "-Infinity", "-0"), "sqlite": ("NaN",)}
# printable ASCII can hold neither bad bytes nor NUL; length() counts characters, and only to the first NUL
ASCII = "(typeof({x}) <> 'blob' and length({x}) = length(cast({x} as blob)) and {x} not glob '*[^ -~]*')"
QUICK = {
    "integer": "typeof({x}) = 'integer'",
    "boolean": "{x} in (0, 1)",
    # a modifier makes SQLite reckon: 31 February is left as it is without one
    "date": "(date({x}, '+0 days') = {x} and {x} > '0001')",
    "timestamp": "(datetime({x}, '+0 days') = substr({x}, 1, 19) and {x} > '0001' and (length({x}) = 19 or"
    " length({x}) = 26 and {x} glob '*.[0-9][0-9][0-9][0-9][0-9][0-9]'))",
}


def fits(x: str, column: Column, target: str) -> str:
    """SQL that is true where a value of the column can enter its field's type on the engine `target`."""
    if column.type.kind == "string":
        test = _either(ASCII.format(x=x), f"hub_decodes({stored(x)})")
        return f"({test} and instr({stored(x)}, x'00') = 0)" if target == "postgresql" else test
    slow = f"hub_fits('{column.type}', '{target}', typeof({x}), {stored(x)})"
    quick = QUICK.get(column.type.kind)
    return _either(quick.format(x=x), slow) if quick else slow


def _either(quick: str, slow: str) -> str:
    """SQL for either being true; OR would reckon both."""
    return f"case when {quick} then 1 else {slow} end"


def stored(x: str) -> str:
    """SQL for a value as Python can take it whatever its bytes are."""
    return f"case typeof({x}) when 'text' then cast({x} as blob) else {x} end"


def shown(value: Any) -> str | None:  # Any: whatever SQLite holds
    """Write a value for a person to mend: bytes that are no UTF-8 as `\\xff`."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else canonical("string", value)


def decodes(value: Any) -> bool:  # Any: whatever SQLite holds
    """Say whether a stored text is UTF-8."""
    try:
        return not isinstance(value, bytes) or value.decode() is not None
    except UnicodeDecodeError:
        return False


def fits_value(of: str, target: str, stored_as: str, value: Any) -> bool:  # Any: whatever SQLite holds
    """Say whether a stored value fits the type written `of`, on the engine `target`."""
    (wanted,) = types(of)
    try:
        plain = value.decode() if stored_as == "text" else value
        if wanted.kind in NUMBERS and not _is_number(wanted.kind, plain):
            return False
        written = canonical(wanted.kind, plain)
        if wanted.kind in ("timestamp", "timestamptz") and written is not None:
            datetime.fromisoformat(written)
    except (ValueError, ArithmeticError):
        return False
    if written is None:
        return True
    match wanted.kind:
        case "decimal":
            _, digits, exponent = Decimal(written).as_tuple()
            return -int(exponent) <= (wanted.scale or 0) and len(digits) + int(exponent) <= (wanted.precision or 0) - (wanted.scale or 0)
        case "float":
            return written not in UNHELD[target]
        case "duration":
            return target != "mariadb" or abs(micros(written)) <= MOST
        case "json":
            return target != "postgresql" or _is_json(written)
    return True


def _is_number(kind: str, value: Any) -> bool:  # Any: as fits_value
    if isinstance(value, str):  # Python's own numbers may be written in full width, with underscores and spaces
        return bool(NUMBER.fullmatch(value)) or (kind == "float" and value in ("NaN", "Infinity", "-Infinity"))
    return kind != "integer" or not isinstance(value, float) or abs(value) <= EXACT


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return False
    return True


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's
