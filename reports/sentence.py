"""How a report says a figure and its change: by rule, never typed. Counts change by percent, rates by percentage points."""

from decimal import ROUND_HALF_UP, Decimal

from catalog.messages import say
from reports.definition import Form
from reports.figures import Figure

FLAT = Decimal("0.05")
DASH = "—"  # not applicable


def tell(key: str, **names: object) -> str:
    """Fill a sentence of the report: reports are written in Chinese, whatever language the hub speaks."""
    return say(key, "zh", **names)


def count(value: float | None) -> str:
    """Write a count: no thousands comma (GB/T 15835)."""
    return DASH if value is None else str(round(value))


def percent(value: float | None) -> str:
    """Write a share with one decimal; what has no base is a dash."""
    return DASH if value is None else f"{_one(value * 100)}%"


def one(value: float | None) -> str:
    """Write a duration with one decimal; what has no base is a dash."""
    return DASH if value is None else str(_one(value))


def written(form: Form, value: float | None) -> str:
    """Write a value in the form of its indicator."""
    return {"count": count, "rate": percent, "duration": one}[form](value)


def change(form: Form, now: Figure | None, before: Figure | None, *, last: str, small: int = 30, unit: str = "件") -> str:
    """Say how a figure changed against the period before; what does not apply now is a dash."""
    mine, theirs = (figure.value if figure else None for figure in (now, before))
    match form:
        case "count":
            return count_change(mine or 0, theirs or 0, last=last, small=small, unit=unit)
        case _ if mine is None:
            return DASH
        case "rate":
            few = now and before and min(now.denominator or 0, before.denominator or 0) < small
            if few and now and before and theirs is not None:
                return tell("sentence.small_rate", last=last, before=_fraction(before), now=_fraction(now))
            return rate_change(mine, theirs, last=last)
        case "duration":
            return count_change(mine or 0, theirs or 0, last=last, small=0)


def count_change(now: float, before: float, *, last: str, small: int = 30, unit: str = "件") -> str:
    """Say how a count changed: 环比增长12.3%; a base of less than `small` gives both counts."""
    if before == 0:
        return tell("sentence.no_base")
    if before < small:
        return tell("sentence.small_base", last=last, before=count(before), now=count(now), unit=unit)
    exact = Decimal(str((now - before) / before * 100))
    if abs(exact) < FLAT:
        return tell("sentence.flat", last=last)
    return tell("sentence.grew" if exact > 0 else "sentence.fell", change=abs(_one(exact)))


def relative(now: float, before: float | None, *, small: int) -> str:
    """Write a change in a table's cell beside both counts; a base of less than `small` gives no percentage."""
    return DASH if not before or before < small else f"{_one((now - before) / before * 100):+}%"


def rate_change(now: float | None, before: float | None, *, last: str) -> str:
    """Say how a rate changed: 环比提高0.6个百分点."""
    if now is None or before is None:
        return tell("sentence.no_base")
    points = Decimal(str((now - before) * 100))
    if abs(points) < FLAT:
        return tell("sentence.flat", last=last)
    return tell("sentence.rose" if points > 0 else "sentence.dropped", change=abs(_one(points)))


def _fraction(figure: Figure) -> str:
    return f"{count(figure.numerator)}/{count(figure.denominator)}"


def _one(value: float | Decimal) -> Decimal:
    """Round half up to one decimal, as an office does by hand."""
    return Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP)
