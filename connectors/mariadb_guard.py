"""What a MariaDB column can become, and what it can hold: types by name, values by SQL, so that no value is bent and no lane aborts.

A guard costs only where the column's domain is wider than the other side's. MariaDB's casts never raise, they clip: whatever one
would clip is tested before.
"""

import re

from catalog.field_type import FieldType
from connectors.selection import Column

TEXT = re.compile(r"(?:var)?char(?:\(\d+\))?|(?:tiny|medium|long)?text|json")
BLOB = re.compile(r"(?:var)?binary(?:\(\d+\))?|(?:tiny|medium|long)?blob")
SIZED = re.compile(r"(?:var)?(?:char|binary)\((\d+)\)|(?:datetime|timestamp|time)\((\d)\)")
MEMBER = re.compile(r"'((?:[^']|'')*)'")
FIXED = re.compile(r"decimal\((\d+),(\d+)\)")
INTEGERS = ("tinyint", "smallint", "mediumint", "int", "bigint")
RANGES = {"tinyint": 7, "smallint": 15, "mediumint": 23, "int": 31, "bigint": 63}  # bits
NUMBERS = (*INTEGERS, "decimal", "float", "double")
OCTETS = {"tinytext": 255, "text": 65535, "mediumtext": 16777215, "tinyblob": 255, "blob": 65535, "mediumblob": 16777215}
SHAPES = ("geometry", "point", "linestring", "polygon", "multi")
UNICODE = ("utf8mb4", "utf8", "ascii", "latin1")  # every byte that such a column holds has a character
CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
HOURS = "([0-7]?[0-9]{1,2}|8[0-2][0-9]|83[0-8])"
NUMBER = "[+-]?([0-9]{1,200}[.]?[0-9]{0,200}|[.][0-9]{1,200})([eE][+-]?[0-9]{1,3})?"
PATTERNS = {
    "date": f"{DAY}([ T]00:00(:00([.]0{{1,6}})?)?)?",
    "time": CLOCK,
    "duration": f"-?{HOURS}:[0-5][0-9]:[0-5][0-9]([.][0-9]{{1,6}})?",
    "timestamp": f"{DAY}([ T]{CLOCK})?",
    "boolean": "[01]",
    "integer": "[+-]?[0-9]{1,60}",
    "float": NUMBER,
}


def is_text(native: str) -> bool:
    """Say whether a column of this type holds text by itself; ENUM and SET only show as text."""
    return bool(TEXT.match(native))


def reads(wanted: FieldType, native: str) -> bool:
    """Say whether a column of this type can be read as the field's type at all."""
    textual = is_text(native)
    match wanted.kind:
        case "string":
            return not BLOB.match(native) and not native.startswith(SHAPES) and native != "bit"
        case "integer":
            return textual or native.startswith((*NUMBERS, "bit", "year"))
        case "decimal" | "boolean":
            return textual or native.startswith((*NUMBERS, "bit"))
        case "float":
            return textual or native.startswith(NUMBERS)
        case "date" | "timestamp":
            return textual or native.startswith("date")
        case "time" | "duration":
            return textual or _is_clock(native)
        case "timestamptz":
            return native.startswith(("timestamp", "datetime"))
        case "bytes":
            return bool(BLOB.match(native))
    return textual


def holds(wanted: FieldType, native: str) -> bool:
    """Say whether a receiver's column of this type can hold the field's values and give them back unchanged."""
    match wanted.kind:
        case "string":
            return is_text(native) or native.startswith("enum")  # a SET gives its members back in its own order
        case "integer" | "decimal":
            return native.startswith((*INTEGERS, "decimal")) or (wanted.kind == "integer" and native.startswith("year"))
        case "float":
            return native.startswith(("float", "double"))
        case "boolean":
            return native.startswith((*INTEGERS, "bit(1)"))
        case "timestamp":
            return native.startswith("datetime")
    return reads(wanted, native) and (wanted.kind == "json" or not is_text(native))


def _is_clock(native: str) -> bool:
    return native.startswith("time") and not native.startswith("timestamp")


def fits(x: str, column: Column, target: str) -> str | None:
    """SQL that is true where a value of the column can enter its field's type on the engine `target`; None where it always can."""
    wanted, native = column.type, column.native
    if wanted.kind in ("string", "json"):
        return _text(x, column, target) if is_text(native) else None
    if is_text(native):
        return _written(x, wanted)
    match wanted.kind:
        case "integer":
            return _integer(x, native)
        case "decimal":
            return _decimal(x, wanted, native)
        case "boolean" if native != "bit(1)":
            return f"{x} in (0, 1)"
        case "date" if native.startswith("datetime"):
            return f"({x} = date({x}) and {_is_day(x)})"
        case "date" | "timestamp" | "timestamptz":
            return _is_day(x)
        case "time":
            return f"{x} between '00\\:00\\:00' and '23\\:59\\:59.999999'"
    return None


def _is_day(x: str) -> str:
    """SQL for a day of the calendar: no zero date, no 31 February, no year 0."""
    return f"date_add({x}, interval 0 day) >= '0001-01-01'"


def loses(x: str, column: Column) -> str | None:
    """SQL that is true where bytes of the column have no character in its charset: they would be read as '?'."""
    if BLOB.match(column.native):
        return "true"
    if not is_text(column.native) or (column.collation or "").startswith(UNICODE):
        return None
    return f"(char_length(replace({x}, '?', '')) <> char_length(replace(convert({x} using utf8mb4), '?', '')))"


def _text(x: str, column: Column, target: str) -> str | None:
    lost = loses(x, column)
    tests = [f"not {lost}"] if lost else []
    if column.type.kind == "json" and target == "postgresql":
        tests.append(f"json_valid({x})")
    elif target == "postgresql":
        octets = (column.collation or "").startswith(UNICODE)  # elsewhere one of NUL may be part of another character
        tests.append(without_nul(x) if octets else f"instr({x}, _utf8mb4 0x00) = 0")
    return " and ".join(tests) or None


def is_loud(tests: tuple[str, ...], x: str, column: Column) -> bool:
    """Say whether PostgreSQL refuses whatever meets not these tests, of a column that travels as the text that it stores."""
    stored = {
        "string": without_nul(x),
        "timestamp": _is_day(x) if column.native.startswith(("datetime", "timestamp")) else None,
        "timestamptz": _is_day(x),
        "boolean": f"{x} in (0, 1)" if column.native.startswith(INTEGERS) else None,
    }
    return tests == (stored.get(column.type.kind),)


def without_nul(*texts: str) -> str:
    """SQL for no NUL being among the octets of any of the texts. One that outgrows the server's packet is no matter of ours."""
    return f"coalesce(instr(concat_ws(_binary '', {', '.join(texts)}), _binary 0x00), 0) = 0"


def _integer(x: str, native: str) -> str | None:
    fixed = FIXED.match(native)
    if native.startswith("bigint") and "unsigned" in native:
        return f"{x} <= 9223372036854775807"
    if native.startswith((*INTEGERS, "year")) or (fixed and int(fixed[1]) <= 18 and fixed[2] == "0"):
        return None
    if native.startswith("bit"):
        return f"{x} + 0 <= 9223372036854775807" if native in ("bit(64)", "bit") else None
    if native.startswith(("float", "double")):  # a larger one stands for many integers
        return f"({x} = floor({x}) and abs({x}) <= 9007199254740992)"
    return f"({x} = floor({x}) and {x} between -9223372036854775808 and 9223372036854775807)"


def _decimal(x: str, wanted: FieldType, native: str) -> str | None:
    scale = wanted.scale or 0
    whole, fixed = (wanted.precision or 0) - scale, FIXED.match(native)
    if native.startswith(("float", "double")):
        double = f"cast({x} as double)"
        return f"(abs({double}) < 1e{whole} and cast(cast({double} as decimal({wanted.precision},{scale})) as double) = {double})"
    tests = [_below(x, whole)] if not fixed or int(fixed[1]) - int(fixed[2]) > whole else []
    if native.startswith("bit"):
        tests = [_below(f"({x} + 0)", whole)]
    if fixed and int(fixed[2]) > scale:
        tests.append(f"{x} = round({x}, {scale})")
    return f"({' and '.join(tests)})" if tests and whole < 65 else None


def _below(x: str, whole: int) -> str:
    return f"{x} between -{'9' * whole or '0'}.{'9' * (65 - whole)} and {'9' * whole or '0'}.{'9' * (65 - whole)}"


def _written(x: str, wanted: FieldType) -> str | None:
    """Test text that is to become another type: by pattern first, then by what the pattern cannot see."""
    scale = wanted.scale or 0
    match wanted.kind:
        case "decimal":
            digits = f"[+-]?(?=[.]?[0-9])0*[0-9]{{0,{(wanted.precision or 0) - scale}}}([.][0-9]{{0,{scale}}}0*)?"
            return _is_like(x, digits)
        case "integer":
            tests = [f"cast({x} as decimal(65,0)) between -9223372036854775808 and 9223372036854775807"]
        case "float":
            zero = _is_like(x, "[+-]?[0.]+([eE].*)?")
            tests = [f"abs(cast({x} as double)) < 1.7976931348623157e308", f"(cast({x} as double) <> 0 or {zero})"]
        case "date" | "timestamp":
            tests = [_is_day(f"substr({x}, 1, 10)")]
        case _:
            tests = []
    return f"({' and '.join([_is_like(x, PATTERNS[wanted.kind]), *tests])})"


def _is_like(x: str, pattern: str) -> str:
    pattern = pattern.replace(":", "\\:")
    return f"{x} regexp '^({pattern})\\\\z'"  # `$` would let a last newline pass


def takes(x: str, column: Column) -> str | None:
    """SQL that is true where a staged value enters a receiver's column and comes back the same; None where it always does."""
    tests: list[str | None] = []
    match column.type.kind if column.native else None:
        case "string" | "json":
            tests = _takes_text(x, column)
        case "bytes":
            tests = [_octets(x, column.native)]
        case "integer" | "decimal":
            tests = [_takes_number(x, column)]
        case "float" if column.native.startswith("float"):
            tests = [f"{x} = cast(cast({x} as float) as double)"]
        case "time" | "duration" | "timestamp" | "timestamptz":
            tests = _takes_time(x, column.native)
    present = [test for test in tests if test]
    return f"({' and '.join(present)})" if present else None


def _takes_text(x: str, column: Column) -> list[str | None]:
    native = column.native
    charset = (column.collation or "").partition("_")[0]
    encoded = x if charset == "utf8mb4" else f"convert({x} using {charset})"
    tests: list[str | None] = []
    if native.startswith("enum"):
        members = [member.replace("''", "'") for member in MEMBER.findall(native)]
        listed = ", ".join(f"x'{member.encode().hex()}'" for member in members)
        tests.append(f"binary {x} in ({listed})")
    if charset != "utf8mb4" and charset:
        tests.append(f"binary convert({encoded} using utf8mb4) = binary {x}")
    if sized := SIZED.fullmatch(native):
        fits_declared = column.type.length is not None and column.type.length <= int(sized[1])
        tests.append(None if fits_declared else f"char_length({x}) <= {sized[1]}")
        tests.append(f"right({x}, 1) <> ' '" if native.startswith("char") else None)  # CHAR gives no trailing spaces back
    tests.append(f"octet_length({encoded}) <= {OCTETS[native]}" if native in OCTETS else None)
    return tests


def _octets(x: str, native: str) -> str | None:
    if native in OCTETS:
        return f"octet_length({x}) <= {OCTETS[native]}"
    sized = SIZED.fullmatch(native)
    return f"octet_length({x}) {'=' if native.startswith('binary') else '<='} {sized[1]}" if sized else None


def _takes_number(x: str, column: Column) -> str | None:
    native, wanted = column.native, column.type
    if native.startswith("year"):
        return f"({x} = 0 or {x} between 1901 and 2155)"
    if fixed := FIXED.match(native):
        scale, whole = int(fixed[2]), int(fixed[1]) - int(fixed[2])
        mine = 19 if wanted.kind == "integer" else (wanted.precision or 0) - (wanted.scale or 0)
        tests = [_below(x, whole)] if whole < mine else []
        tests += [f"{x} = round({x}, {scale})"] if scale < (wanted.scale or 0) else []
        tests += [f"{x} >= 0"] if "unsigned" in native else []
        return f"({' and '.join(tests)})" if tests else None
    bits = RANGES[native.partition("(")[0].partition(" ")[0]]
    low, high = (0, 2 ** (bits + 1) - 1) if "unsigned" in native else (-(2**bits), 2**bits - 1)
    within = None if bits == 63 and low and wanted.kind == "integer" else f"{x} between {low} and {high}"
    return f"({x} = floor({x}) and {within})" if wanted.kind == "decimal" else within


def _takes_time(x: str, native: str) -> list[str | None]:
    sized = re.search(r"\((\d)\)", native)
    decimals = int(sized[1]) if sized else 0
    within = f"{x} between '1970-01-01 00\\:00\\:01' and '2038-01-19 03\\:14\\:07.999999'" if native.startswith("timestamp") else None
    return [within, None if decimals == 6 else f"microsecond({x}) % {10 ** (6 - decimals)} = 0"]
