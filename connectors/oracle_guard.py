"""What an Oracle column can become, and what it can hold: types by name, values by SQL, so that no value is bent."""

import re

from catalog.field_type import FieldType
from connectors.selection import Column

TEXTS = ("varchar2", "nvarchar2", "char", "nchar", "clob", "nclob")
NUMBERS = ("number", "float")
FLOATS = ("binary_float", "binary_double")
FIXED = re.compile(r"number\((\d+),(-?\d+)\)")
SIZED = re.compile(r"n?(?:varchar2|char)\((\d+)\)")
FRACTION = re.compile(r"timestamp\((\d)\)")
LOW, HIGH = -(2**63), 2**63 - 1


def is_text(native: str) -> bool:
    """Say whether the type holds text."""
    return native.startswith(TEXTS)


def is_padded(native: str) -> bool:
    """Say whether the type pads its text with blanks."""
    return native.startswith(("char", "nchar"))


def is_lob(native: str) -> bool:
    """Say whether a value may be too long for SQL's own functions."""
    return native.startswith(("clob", "nclob", "blob"))


def reads(wanted: FieldType, native: str) -> bool:
    """Say whether a column of this type can be read as the field's type at all."""
    match wanted.kind:
        case "string":
            return native.startswith((*TEXTS, *NUMBERS, "raw"))
        case "integer" | "decimal" | "boolean":
            return native.startswith(NUMBERS)
        case "float":
            return native.startswith((*FLOATS, *NUMBERS))
        case "date":
            return _is_wall(native)
        case "timestamp":
            return _is_wall(native)
        case "timestamptz":
            return native.startswith("timestamp") and native.endswith("time zone")
        case "duration" | "time":
            return native.startswith("interval day")
        case "bytes":
            return native.startswith(("raw", "blob"))
    return is_text(native)


def holds(wanted: FieldType, native: str) -> bool:
    """Say whether a receiver's column of this type can hold the field's values and give them back unchanged."""
    match wanted.kind:
        case "string":
            return native.startswith(("varchar2", "nvarchar2", "clob"))
        case "float":
            return native == "binary_double"
        case "integer" | "decimal" | "boolean":
            return native.startswith("number")
        case "json":
            return native.startswith("clob")
        case "bytes":
            return native == "blob"
    return reads(wanted, native)


def fits(x: str, column: Column, target: str) -> str | None:
    """SQL that is true where a value of the column can enter its field's type on the engine `target`; None where it always can."""
    wanted, native = column.type, column.native
    match wanted.kind:
        case "string" | "json" if is_text(native):
            return f"coalesce(instr({x}, chr(0)), 0) = 0" if target != "oracle" else None
        case "integer":
            return f"({x} = trunc({x}) and {x} between {LOW} and {HIGH})" if _digits(native) > 18 or _scale(native) else None
        case "boolean":
            return f"{x} in (0, 1)"
        case "decimal":
            whole = (wanted.precision or 0) - (wanted.scale or 0)
            if _digits(native) - _scale(native) <= whole and 0 <= _scale(native) <= (wanted.scale or 0) and FIXED.fullmatch(native):
                return None
            return f"(abs({x}) < 1e{whole} and {x} = round({x}, {wanted.scale}))"
        case "float":
            test = f"(not {x} is nan and not {x} is infinite)" if native.startswith(FLOATS) else f"abs({x}) < 1e300"
            return test if target in ("sqlite", "mariadb", "sqlserver") or native.startswith(NUMBERS) else None
        case "date":
            return f"({x} = trunc({x}) and {_common(x)})"
        case "timestamp" | "timestamptz":
            exact = FRACTION.match(native)
            fine = f" and {x} = cast({x} as {native.replace(exact[0], 'timestamp(6)')})" if exact and int(exact[1]) > 6 else ""
            return f"({_common(x)}{fine})"
        case "time":
            return f"({x} >= interval '0' day and {x} < interval '1' day)"
    return None


def _common(x: str) -> str:
    return f"extract(year from {x}) between 1 and 9999"


def _is_wall(native: str) -> bool:
    return native == "date" or (native.startswith("timestamp") and not native.endswith("time zone"))


def _digits(native: str) -> int:
    found = FIXED.fullmatch(native)
    return int(found[1]) if found else 40


def _scale(native: str) -> int:
    found = FIXED.fullmatch(native)
    return int(found[2]) if found else 130


def takes(x: str, column: Column) -> str | None:
    """SQL that is true where a staged value enters a receiver's column and comes back the same; None where it always does."""
    native, wanted = column.native, column.type
    match wanted.kind:
        case "string" if sized := SIZED.fullmatch(native):
            most = int(sized[1])
            return None if wanted.length and wanted.length <= most else f"length({x}) <= {most}"
        case "integer" | "decimal" | "boolean" if found := FIXED.fullmatch(native):
            whole, scale = int(found[1]) - int(found[2]), int(found[2])
            mine = {"integer": 19, "boolean": 1}.get(wanted.kind, (wanted.precision or 0) - (wanted.scale or 0))
            return None if whole >= mine and scale >= (wanted.scale or 0) else f"(abs({x}) < 1e{whole} and {x} = round({x}, {scale}))"
        case "timestamp" if native == "date":
            return f"{x} = cast({x} as date)"
        case "timestamp" | "timestamptz" if (exact := FRACTION.match(native)) and int(exact[1]) < 6:
            return f"{x} = cast({x} as {native})"
    return None
