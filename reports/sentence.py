"""How a report says a figure and its change: by rule, never typed. Counts change by percent, rates by percentage points."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Literal

from catalog.messages import say
from reports.definition import Form
from reports.figures import Figure

Against = Literal["环比", "同比"]  # the period before, the same period of the year before
BASES: Mapping[Against, str] = {"环比": "上期", "同比": "上年同期"}
FLAT = Decimal("0.05")
DASH = "—"  # not applicable


def tell(key: str, **names: object) -> str:
    """Fill a sentence of the report: reports are written in Chinese, whatever language the hub speaks."""
    return say(key, "zh", **names)


def count(value: float | None) -> str:
    """Write a count: no thousands comma (GB/T 15835)."""
    return DASH if value is None else str(round(value))


def counted(name: str, number: float | None) -> str:
    """Write how many cases a name has: 教务处8件, 计算机考试2（8件）, whose last digit must not run into the number."""
    told = f"{count(number)}件"
    return f"{name}（{told}）" if name[-1:].isascii() else f"{name}{told}"


def percent(value: float | None, *, apart: Sequence[float] = ()) -> str:
    """Write a share with one decimal; what has no base is a dash.

    More decimals stand where one would make it nothing, all, or a number of `apart` (a target) that it is not.
    """
    if value is None:
        return DASH
    exact = _exact(value) * 100
    others = {_exact(other) * 100 for other in (0, 1, *apart)} - {exact}
    told = (exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) for places in range(1, 7))
    return f"{next((it for it in told if it not in others), _one(exact))}%"


def one(value: float | None) -> str:
    """Write a duration with one decimal; what has no base is a dash."""
    return DASH if value is None else str(_one(value))


def written(form: Form, value: float | None, *, apart: Sequence[float] = ()) -> str:
    """Write a value in the form of its indicator."""
    match form:
        case "count" | "check":
            return count(value)
        case "duration":
            return one(value)
        case "rate" | "ratio":
            return percent(value, apart=apart)


def change(
    form: Form, now: Figure | None, before: Figure | None, *, last: str, small: int = 30, unit: str = "件", against: Against = "环比"
) -> str:
    """Say how a figure changed against the period before; what does not apply now is a dash."""
    mine, theirs = (figure.value if figure else None for figure in (now, before))
    match form:
        case "check":  # faults are told by their number: a percentage of them says nothing
            more = round((mine or 0) - (theirs or 0))
            key = "sentence.same" if not more else "sentence.more" if more > 0 else "sentence.fewer"
            return tell(key, last=last, change=abs(more), unit=unit)
        case "count":
            return count_change(mine or 0, theirs or 0, last=last, small=small, unit=unit, against=against)
        case _ if mine is None:
            return DASH
        case "rate" | "ratio":
            few = now and before and min(now.denominator or 0, before.denominator or 0) < small
            if few and now and before and theirs is not None:
                return tell("sentence.small_rate", last=last, before=_fraction(before), now=_fraction(now))
            return rate_change(mine, theirs, last=last, against=against)
        case "duration":
            return count_change(mine or 0, theirs or 0, last=last, small=0, against=against)


def count_change(now: float, before: float, *, last: str, small: int = 30, unit: str = "件", against: Against = "环比") -> str:
    """Say how a count changed: 环比增长12.3%; a base of less than `small` gives both counts."""
    if before == 0:
        return tell("sentence.no_base", base=BASES[against])
    if before < small and now == before:
        return tell("sentence.same", last=last)
    if before < small:
        return tell("sentence.small_base", last=last, before=count(before), now=count(now), unit=unit)
    exact = (_exact(now) - _exact(before)) / _exact(before) * 100
    if abs(exact) < FLAT:
        return tell("sentence.flat", last=last)
    return tell("sentence.grew" if exact > 0 else "sentence.fell", against=against, change=abs(_one(exact)))


def rate_change(now: float | None, before: float | None, *, last: str, against: Against = "环比") -> str:
    """Say how a rate changed: 环比提高0.6个百分点."""
    if now is None or before is None:
        return tell("sentence.no_base", base=BASES[against])
    points = (_exact(now) - _exact(before)) * 100
    if abs(points) < FLAT:
        return tell("sentence.flat", last=last)
    return tell("sentence.rose" if points > 0 else "sentence.dropped", against=against, change=abs(_one(points)))


def streak(form: Form, months: Sequence[float | None]) -> str:
    """Say that the last three months went one way: 连续三个月下降; nothing where they did not, or a month is missing."""
    last = months[-4:]
    known = [value for value in last if value is not None]
    if len(known) < 4:
        return ""
    steps = [later - earlier for earlier, later in pairwise(known)]
    if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
        return ""
    up, down = ("sentence.grows", "sentence.falls") if form == "count" else ("sentence.rises", "sentence.drops")
    return tell(up if steps[0] > 0 else down)


def day(moment: date) -> str:
    """Write a day as a document does: no leading zeros."""
    return f"{moment.year}年{moment.month}月{moment.day}日"


def until(cut: datetime) -> str:
    """Write the instant until which data count; midnight is the end of the day before."""
    if cut.time() == time():
        return f"{day(cut - timedelta(days=1))}24时"
    return f"{day(cut)}{cut:%H时%M分}"


def relative(now: float, before: float | None, *, small: int) -> str:
    """Write a change in a table's cell beside both counts; a base of less than `small` gives no percentage."""
    return DASH if not before or before < small else f"{_one((_exact(now) - _exact(before)) / _exact(before) * 100):+}%"


def _fraction(figure: Figure) -> str:
    return f"{count(figure.numerator)}/{count(figure.denominator)}"


def _exact(value: float) -> Decimal:
    """Return the decimal number that a float is written as: 0.2855 × 100 is 28.55, not 28.549999999999997."""
    return Decimal(str(value))


def _one(value: float | Decimal) -> Decimal:
    """Round half up to one decimal, as an office does by hand."""
    return Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP)
