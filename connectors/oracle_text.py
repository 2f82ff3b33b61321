"""The text of Oracle's values in its SQL."""

from connectors import oracle_guard

NLS = "'nls_numeric_characters=''.,'''"


def plain(expr: str, native: str) -> str:
    """Write a text column, or a number in it, as characters."""
    if native.startswith(("varchar2", "clob")) or not native:
        return expr
    if oracle_guard.is_padded(native):
        return f"rtrim(to_char({expr}))"
    if native.startswith(("nvarchar2", "raw")):
        return f"to_char({expr})" if native.startswith("nvarchar2") else f"lower(rawtohex({expr}))"
    if native.startswith("nclob"):
        return f"to_clob({expr})"
    return decimal(expr) if native.startswith(("number", "float")) else f"to_char({expr})"


def decimal(expr: str) -> str:
    """TM9 leaves the 0 before the point out."""
    return f"regexp_replace(to_char({expr}, 'TM9', {NLS}), '^(-?)[.]', '\\10.')"


def double(x: str) -> str:
    """The fewest of 15, 16 or 17 digits that give the double back, as digits and a power of ten."""

    def spelled(digits: int) -> str:
        return f"to_char({x}, '9.{'9' * (digits - 1)}EEEE', {NLS})"

    def same(digits: int) -> str:
        return f"to_binary_double({spelled(digits)}) = {x}"

    def written(digits: int) -> str:
        shown = f"rtrim(replace(regexp_substr({spelled(digits)}, '-?[0-9.]+'), '.', ''), '0')"
        power = f"to_number(regexp_substr({spelled(digits)}, '[+-]?[0-9]+$')) - length(ltrim({shown}, '-')) + 1"
        return f"{shown} || 'e' || to_char({power}, 'TM9')"

    special = f"when {x} is nan then 'NaN' when {x} is infinite then case when {x} > 0 then 'Infinity' else '-Infinity' end"
    spelt = f"when {same(15)} then {written(15)} when {same(16)} then {written(16)} else {written(17)}"
    return f"case {special} when {x} = 0 then '0' {spelt} end"


def trimmed(expr: str) -> str:
    """Trim the zeros that six decimals leave; there is always a point."""
    return f"rtrim(rtrim({expr}, '0'), '.')"


def wall(expr: str) -> str:
    """Write a moment to the microsecond."""
    return trimmed(f"to_char({expr}, 'YYYY-MM-DD HH24\\:MI\\:SS.FF6')")


def span(x: str) -> str:
    """Write an interval in hours, however many."""
    hours = f"abs(extract(day from {x}) * 24 + extract(hour from {x}))"
    minutes, seconds = f"abs(extract(minute from {x}))", f"abs(extract(second from {x}))"
    whole = f"case when {hours} < 100 then lpad(to_char({hours}), 2, '0') else to_char({hours}) end"
    sign = f"case when {x} < interval '0' day then '-' end"
    parts = f"{whole} || '\\:' || lpad(to_char({minutes}), 2, '0') || '\\:' || to_char({seconds}, 'FM00.000000', {NLS})"
    return f"({sign} || {trimmed(parts)})"


def interval(bind: str) -> str:
    """Turn `-12:00:00.5` into an interval: the seconds exactly, its hours may be many."""
    part = f"regexp_substr({bind}, '[0-9.]+', 1, "
    seconds = f"(to_number({part}1)) * 3600 + to_number({part}2)) * 60 + to_number({part}3)))"
    return f"numtodsinterval(case when {bind} like '-%' then -1 else 1 end * {seconds}, 'SECOND')"
