"""What a SQL Server column can become, and what it can hold: types by name, values by SQL, so that no value is bent."""

import re

from catalog.field_type import FieldType
from connectors.selection import Column

TEXTS = ("varchar", "nvarchar", "char", "nchar", "text", "ntext")
WHOLE = ("tinyint", "smallint", "int", "bigint")
EXACT = ("decimal", "numeric", "money", "smallmoney")
FLOATS = ("float", "real")
WALLS = ("datetime2", "datetime", "smalldatetime")
DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
RANGE = {"tinyint": (0, 255), "smallint": (-(2**15), 2**15 - 1), "int": (-(2**31), 2**31 - 1)}
FIXED = re.compile(r"(?:decimal|numeric)\((\d+),(\d+)\)")
MONEY = {"money": (19, 4), "smallmoney": (10, 4)}
SIZED = re.compile(r"n?(?:var)?char\((\d+)\)")
FRACTION = re.compile(r"(?:datetime2|datetimeoffset|time)\((\d)\)")


def is_text(native: str) -> bool:
    """Say whether the type holds text."""
    return native.startswith(TEXTS)


def reads(wanted: FieldType, native: str) -> bool:
    """Say whether a column of this type can be read as the field's type at all."""
    match wanted.kind:
        case "string":
            return native.startswith((*TEXTS, *WHOLE, "decimal", "numeric", "uniqueidentifier", "xml"))
        case "integer" | "decimal":
            return native.startswith((*WHOLE, *EXACT))
        case "float":
            return native.startswith((*FLOATS, *WHOLE))
        case "boolean":
            return native.startswith(("bit", *WHOLE))
        case "date":
            return native == "date" or _is_wall(native)
        case "time" | "duration":
            return native.startswith("time(")
        case "timestamp":
            return native == "date" or _is_wall(native)
        case "timestamptz":
            return native.startswith("datetimeoffset")
        case "bytes":
            return native.startswith(("binary", "varbinary", "image"))
    return is_text(native)


def holds(wanted: FieldType, native: str) -> bool:
    """Say whether a receiver's column of this type can hold the field's values and give them back unchanged."""
    match wanted.kind:
        case "string":
            return native.startswith("nvarchar")
        case "integer":
            return native.startswith((*WHOLE, "decimal", "numeric"))
        case "decimal":
            return native.startswith(("decimal", "numeric"))
        case "float":
            return native == "float"
        case "boolean":
            return native == "bit"
        case "json":
            return native == "nvarchar(max)"
        case "bytes":
            return native == "varbinary(max)"
        case "duration":
            return False
    return reads(wanted, native)


def fits(x: str, column: Column, target: str) -> str | None:
    """SQL that is true where a value of the column can enter its field's type on the engine `target`; None where it always can."""
    wanted, native = column.type, column.native
    match wanted.kind:
        case "string" | "json" if is_text(native) and target != "sqlserver":
            return f"charindex(nchar(0), cast({x} as nvarchar(max)) collate Latin1_General_100_BIN2) = 0"
        case "integer" if native.startswith(EXACT):
            return f"({x} = floor({x}) and {x} between -9223372036854775808 and 9223372036854775807)"
        case "decimal":
            return _decimal(x, wanted, native)
        case "boolean" if native.startswith(WHOLE):
            return f"{x} in (0, 1)"
        case "date" if native != "date":
            return f"cast({x} as date) = {x}"
        case "time" | "duration" | "timestamp" | "timestamptz" if (exact := FRACTION.match(native)) and int(exact[1]) > 6:
            return f"{x} = cast({x} as {native.replace('(7)', '(6)')})"
    return None


def _is_wall(native: str) -> bool:
    return native.startswith(WALLS) and not native.startswith("datetimeoffset")


def _decimal(x: str, wanted: FieldType, native: str) -> str | None:
    fixed = FIXED.fullmatch(native)
    digits, scale = (int(fixed[1]), int(fixed[2])) if fixed else MONEY.get(native) or (DIGITS.get(native, 38), 0)
    whole = (wanted.precision or 0) - (wanted.scale or 0)
    if digits - scale <= whole and scale <= (wanted.scale or 0):
        return None
    size = f"cast({'9' * max(whole, 1)} as decimal(38,0))" if whole else "0"
    return f"(abs(floor({x})) <= {size} and {x} = round({x}, {wanted.scale}))"


def takes(x: str, column: Column) -> str | None:
    """SQL that is true where a staged value enters a receiver's column and comes back the same; None where it always does."""
    native, wanted = column.native, column.type
    match wanted.kind:
        case "string" if sized := SIZED.fullmatch(native):
            most = int(sized[1])
            return None if wanted.length and 2 * wanted.length <= most else f"datalength(cast({x} as nvarchar(max))) <= {2 * most}"
        case "integer" if native in RANGE:
            low, high = RANGE[native]
            return f"{x} between {low} and {high}"
        case "integer" | "decimal" if found := FIXED.fullmatch(native):
            whole, scale = int(found[1]) - int(found[2]), int(found[2])
            mine = 19 if wanted.kind == "integer" else (wanted.precision or 0) - (wanted.scale or 0)
            if whole >= mine and scale >= (wanted.scale or 0):
                return None
            return f"(abs(floor({x})) <= {'9' * whole or 0} and {x} = round({x}, {scale}))"
        case "timestamp" if native in ("datetime", "smalldatetime"):
            # three digits that are threes of a hundredth, from 1753 on
            shown = f"convert(varchar(23), try_cast({x} as {native}), 121)"
            return f"coalesce(convert(varchar(26), {x}, 121), '') = coalesce({shown}, '') + '000'"
        case "time" | "timestamp" | "timestamptz" if (exact := FRACTION.match(native)) and int(exact[1]) < 6:
            return f"{x} = cast({x} as {native})"
    return None
