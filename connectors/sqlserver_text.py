"""The text of SQL Server's values in its SQL."""

UTF8 = "Latin1_General_100_BIN2_UTF8"  # 'a' and 'A' differ, and so do 𬀩 and 𬀪; bytes of a text are those of UTF-8


def plain(expr: str) -> str:
    """Write a value as characters of whatever length."""
    return f"cast({expr} as varchar(max))"


def utf8(expr: str, native: str) -> str:
    """SQL for the text's UTF-8: by way of nvarchar, so that the code page of the column's own collation is left with care."""
    if native.startswith("uniqueidentifier"):
        return f"lower({plain(expr)})"
    wide = f"cast({expr} as nvarchar(max))"
    if native.startswith(("char", "nchar")):
        wide = f"rtrim({wide})"
    return f"cast({wide} collate {UTF8} as varchar(max))"


def octets(expr: str, native: str) -> str:
    """Write a text as the octets of its UTF-8."""
    return f"cast({utf8(expr, native)} as varbinary(max))"


def trimmed(expr: str) -> str:
    """Trim the zeros that a fixed number of decimals leaves, and the point before them; there is always a point.

    Blanks are what every version trims: zeros and then points stand as blanks for a moment, and the one of a timestamp as _.
    """
    for old, new in ((" ", "_"), ("0", " ")):
        expr = f"replace({expr}, '{old}', '{new}')"
    for old, new in ((" ", "0"), (".", " ")):
        expr = f"replace({'rtrim(' + expr + ')' if new == '0' else expr}, '{old}', '{new}')"
    return f"replace(replace(rtrim({expr}), ' ', '.'), '_', ' ')"


def wall(expr: str, native: str = "") -> str:
    """Write a moment to the microsecond."""
    if native in ("datetime", "smalldatetime"):  # as it is written: a cast would show the third of a hundredth
        return trimmed(f"convert(varchar(max), cast({expr} as datetime), 121)")
    return trimmed(f"convert(varchar(max), cast({expr} as datetime2(6)), 121)")


def double(x: str) -> str:
    """The fewest of 15, 16 or 17 digits that give the double back, as digits and a power of ten. FORMAT ends in E+004."""

    def spelled(digits: int) -> str:
        return f"format({x}, 'E{digits - 1}', 'en-US')"

    def same(digits: int) -> str:
        return f"cast({spelled(digits)} as float(53)) = {x}"

    def written(digits: int) -> str:
        mantissa = f"replace(left({spelled(digits)}, len({spelled(digits)}) - 5), '.', '')"
        shown = f"replace(rtrim(replace({mantissa}, '0', ' ')), ' ', '0')"
        power = f"cast(right({spelled(digits)}, 4) as int) - len(replace({shown}, '-', '')) + 1"
        return f"{shown} + 'e' + {plain(power)}"

    found = f"case when {x} = 0 then '0' when {same(15)} then {written(15)} when {same(16)} then {written(16)} else {written(17)} end"
    return f"cast({found} as varchar(max))"


def digits(expr: str, places: int) -> str:
    """Write a number in so many places, NULL as 0."""
    return f"right(replicate('0', {places}) + {plain(f'coalesce({expr}, 0)')}, {places})"
