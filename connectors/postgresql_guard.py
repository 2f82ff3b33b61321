"""What a PostgreSQL column can become, and what it can hold: types by name, values by SQL, so that no value is bent and no lane aborts.

A guard costs only where the column's domain is wider than the other side's. It never raises: whatever a cast could refuse is tested before.
"""

import re

from catalog.field_type import FieldType
from connectors.selection import Column

TEXTS = ("text", "character", "bpchar", '"char"', "name", "citext")
WHOLE = {"smallint": 5, "integer": 10, "bigint": 19}  # digits
REAL = ("real", "double precision")
NUMBERS = (*WHOLE, "numeric", *REAL)
NUMBER = "[+-]?([0-9]{1,200}[.]?[0-9]{0,200}|[.][0-9]{1,200})([eE][+-]?[0-9]{1,3})?"
DAY = "(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
SPAN = "-?[0-9]{1,8}:[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?"
PATTERNS = {
    "date": f"{DAY}([ T]00:00(:00([.]0{{1,6}})?)?)?",
    "timestamp": f"{DAY}([ T]{CLOCK})?",
    "timestamptz": f"{DAY}[ T]{CLOCK} ?(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)",
}
FIXED = re.compile(r"numeric\((\d+),(\d+)\)")
BITS = re.compile(r"bit\((\d+)\)")
SIZED = re.compile(r"(?:character varying|character|timestamp|time)\((\d+)\).*")
MOST = "'838:59:59.999999'"  # of MariaDB's TIME


def is_text(native: str) -> bool:
    """Say whether a column of this type holds text."""
    return native.startswith(TEXTS) and not native.endswith("[]")


def is_written(column: Column) -> bool:
    """Say whether a column holds the field's values as text that is to become another type."""
    return is_text(column.native) and column.type.kind not in ("string", "json", "bytes")


def reads(wanted: FieldType, native: str) -> bool:
    """Say whether a column of this type can be read as the field's type at all."""
    textual = is_text(native)
    bits = BITS.fullmatch(native)
    if native.endswith("[]"):
        return wanted.kind in ("json", "string")
    match wanted.kind:
        case "string":
            return native != "bytea"
        case "integer":
            return textual or native.startswith(NUMBERS) or bool(bits and int(bits[1]) < 64)
        case "decimal" | "float":
            return textual or native.startswith(NUMBERS)
        case "boolean":
            return textual or native.startswith(("boolean", *NUMBERS)) or native == "bit(1)"
        case "date":
            return textual or native == "date" or _is_wall(native)
        case "time":
            return textual or _is_clock(native)
        case "duration":
            return textual or _is_clock(native) or native.startswith("interval")
        case "timestamp":
            return textual or native == "date" or _is_wall(native)
        case "timestamptz":
            return textual or (native.endswith("with time zone") and native.startswith("timestamp"))
        case "bytes":
            return native == "bytea"
    return textual or native in ("json", "jsonb")


def holds(wanted: FieldType, native: str) -> bool:
    """Say whether a receiver's column of this type can hold the field's values and give them back unchanged."""
    if native.endswith("[]"):
        return False
    match wanted.kind:
        case "string":
            return native.startswith(("text", "character"))
        case "integer" | "decimal":
            return native.startswith((*WHOLE, "numeric"))
        case "float":
            return native in REAL
        case "date":
            return native == "date" or _is_wall(native)
        case "timestamp":
            return _is_wall(native)
        case "json":
            return native.startswith(("json", "text", "character varying")) and native != "jsonb"
        case "boolean" | "bytes":
            return native == {"boolean": "boolean", "bytes": "bytea"}[wanted.kind]
        case "duration":
            return native.startswith("interval")
        case "time":
            return _is_clock(native)
    return reads(wanted, native) and not native.startswith(TEXTS)


def _is_wall(native: str) -> bool:
    return native.startswith("timestamp") and native.endswith("without time zone")


def _is_clock(native: str) -> bool:
    return native.startswith("time") and native.endswith("without time zone") and not native.startswith("timestamp")


def fits(x: str, column: Column, target: str) -> str | None:
    """SQL that is true where a value of the column can enter its field's type on the engine `target`; None where it always can."""
    wanted, native = column.type, column.native
    elsewhere = target != "postgresql"
    if native.startswith(TEXTS):
        return _written(x, wanted, target)
    match wanted.kind:
        case "integer" if native.startswith(("numeric", *REAL)):
            return f"({x} = trunc({x}) and {x} >= -9223372036854775808 and {x} < 9223372036854775808)"
        case "decimal":
            return _decimal(x, wanted, native, elsewhere)
        case "float" if native in REAL:
            # SQLite takes NaN for NULL; MariaDB has no infinity and no negative zero
            finite = f"({x} > '-Infinity' and {x} < 'Infinity' and ({x} <> 0 or cast({x} as text) = '0'))"
            return {"sqlite": f"{x} <> 'NaN'", "mariadb": finite}.get(target)
        case "float" if native.startswith("numeric"):
            return _is_double(x)
        case "boolean" if native.startswith(NUMBERS):
            return f"{x} in (0, 1)"
        case "date" if _is_wall(native):
            return f"({x} = date_trunc('day', {x}) and {_is_common(x)})"
        case "timestamp" if native == "date":
            return _is_common(x)
        case "date" | "timestamp" | "timestamptz" if elsewhere:
            return _is_common(x)
        case "time" if elsewhere:
            return f"{x} < '24\\:00'"
        case "duration" if native.startswith("interval"):
            return f"(extract(year from {x}) = 0 and extract(month from {x}) = 0{_spans(x, target)})"
    return None


def _is_common(x: str) -> str:
    """SQL for a day that every engine's calendar has."""
    return f"(isfinite({x}) and {x} >= '0001-01-01' and {x} < '10000-01-01')"


def _spans(x: str, target: str) -> str:
    most = MOST.replace(":", "\\:")
    limits = {"mariadb": f" and {x} between -interval {most} and {most}", "sqlite": f" and abs(extract(epoch from {x})) < 9000000000000"}
    return limits.get(target, "")


def _is_double(number: str) -> str:
    return f"({number} = 0 or abs({number}) between 1e-307 and 1.797e308)"


def _is_exact(number: str, wanted: FieldType) -> str:
    whole = (wanted.precision or 0) - (wanted.scale or 0)
    return f"({number} <> 'NaN' and abs({number}) < 1e{whole} and {number} = round({number}, {wanted.scale}))"


def _decimal(x: str, wanted: FieldType, native: str, elsewhere: bool) -> str | None:
    whole = (wanted.precision or 0) - (wanted.scale or 0)
    if native in WHOLE:
        return f"abs({x}) < 1e{whole}" if WHOLE[native] > whole else None
    if native in REAL:
        finite = f"{x} > '-Infinity' and {x} < 'Infinity'"
        return f"case when {finite} then {_is_exact(f'cast(cast({x} as text) as numeric)', wanted)} else false end"
    fixed = FIXED.fullmatch(native)
    if fixed and int(fixed[2]) <= (wanted.scale or 0) and int(fixed[1]) - int(fixed[2]) <= whole:
        return f"{x} <> 'NaN'" if elsewhere else None
    return _is_exact(x, wanted)


def _written(x: str, wanted: FieldType, target: str) -> str | None:
    """Test text that is to become another type: by pattern first, then by what the pattern cannot see."""
    number = f"cast({x} as numeric)"
    match wanted.kind:
        case "integer":
            return _when(_is_like(x, "[+-]?[0-9]{1,200}"), f"{number} between -9223372036854775808 and 9223372036854775807")
        case "decimal":
            return _when(_is_like(x, NUMBER), _is_exact(number, wanted))
        case "float":
            zero = f" and not ({number} = 0 and {x} like '-%')" if target == "mariadb" else ""
            return _when(_is_like(x, NUMBER), _is_double(number) + zero)
        case "boolean":
            return _is_like(x, "[01]")
        case "date" | "timestamp" | "timestamptz":
            month = f"cast(substr({x}, 1, 7) || '-01' as date)"
            real = f"cast(substr({x}, 9, 2) as int) <= extract(day from {month} + interval '1 month' - interval '1 day')"
            if wanted.kind == "timestamptz":
                real = _when(real, f"cast({x} as timestamptz) between '0001-01-01' and '9999-12-31 23\\:59\\:59.999999'")
            return _when(_is_like(x, PATTERNS[wanted.kind]), real)
        case "time":
            return _is_like(x, CLOCK)
        case "duration":
            return _when(_is_like(x, SPAN), f"true{_spans(f'cast({x} as interval)', target)}")
    return None


def _is_like(x: str, pattern: str) -> str:
    pattern = pattern.replace(":", "\\:")
    return f"{x} ~ '^({pattern})$'"


def _when(first: str, then: str) -> str:
    """SQL that tests `then` only where `first` holds: AND promises no order."""
    return f"case when {first} then {then} else false end"


def takes(x: str, column: Column) -> str | None:
    """SQL that is true where a staged value enters a receiver's column and comes back the same; None where it always does."""
    native, wanted = column.native, column.type
    sized = SIZED.fullmatch(native)
    match wanted.kind:
        case "string" | "json" if sized and native.startswith("character"):
            text = f"cast({x} as text)"
            tests = [] if wanted.length and wanted.length <= int(sized[1]) else [f"char_length({text}) <= {sized[1]}"]
            tests += [f"{text} = rtrim({text}, ' ')"] if native.startswith("character(") else []  # which gives no trailing spaces back
            return f"({' and '.join(tests)})" if tests else None
        case "integer" if native == "bigint":
            return None
        case "integer" | "decimal" if native in WHOLE:
            most = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}[native]
            return f"({x} = trunc({x}) and {x} between -{most} and {most - 1})"
        case "integer" | "decimal" if fixed := FIXED.fullmatch(native):
            whole = int(fixed[1]) - int(fixed[2])
            mine = 19 if wanted.kind == "integer" else (wanted.precision or 0) - (wanted.scale or 0)
            if whole >= mine and int(fixed[2]) >= (wanted.scale or 0):
                return None
            return f"(abs({x}) < 1e{whole} and {x} = round({x}, {fixed[2]}))"
        case "float" if native == "real":
            single = f"case when abs({x}) between 1.2e-38 and 3.4e38 then cast(cast({x} as real) as double precision) else 0 end"
            return f"({x} in ('NaN', 'Infinity', '-Infinity') or {x} = {single})"
        case "time" | "timestamp" | "timestamptz" if sized and int(sized[1]) < 6:
            return f"cast({x} as {native}) = {x}"
    return None
