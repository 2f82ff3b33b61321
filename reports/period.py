"""The period of a report: half-open days of the school, its name for people, and the period before it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from catalog.calendar import Calendar
from catalog.errors import CatalogError

Kind = Literal["month", "quarter", "term", "academic_year", "year"]
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end) in days of the school; `code` as it is typed and stored, `title` as it is printed."""

    code: str
    kind: Kind
    title: str
    start: date
    end: date

    @property
    def begins(self) -> datetime:
        """The first instant, in the school's wall time."""
        return datetime.combine(self.start, time())

    @property
    def ends(self) -> datetime:
        """The first instant after it, in the school's wall time."""
        return datetime.combine(self.end, time())

    def cut_off(self, days: int) -> datetime:
        """Return the instant until which data count: the end and some days more."""
        return self.ends + days * DAY

    @property
    def months(self) -> int:
        """How many months it touches."""
        last = self.end - DAY
        return 12 * (last.year - self.start.year) + last.month - self.start.month + 1


def parse(code: str, calendar: Calendar, merge: Sequence[tuple[int, int]] = ()) -> Period:
    """Read `2026-10`, `2026Q3`, `2026-2027-1` (a term), `AY2026-2027` or `2026`; months of `merge` are reported together.

    CatalogError for any other form, or for a term that the calendar does not hold.
    """
    if match := re.fullmatch(r"(\d{4})-(\d{2})", code):
        year, month = int(match[1]), int(match[2])
        if 1 <= month <= 12:
            return _month(year, month, merge)
    if match := re.fullmatch(r"(\d{4})Q([1-4])", code):
        year, quarter = int(match[1]), int(match[2])
        return Period(code, "quarter", f"{year}年第{quarter}季度", date(year, 3 * quarter - 2, 1), _first_of(year, 3 * quarter + 1))
    if (match := re.fullmatch(r"AY(\d{4})-(\d{4})", code)) and int(match[2]) == int(match[1]) + 1:
        return Period(code, "academic_year", f"{match[1]}—{match[2]}学年", date(int(match[1]), 9, 1), date(int(match[2]), 9, 1))
    if re.fullmatch(r"\d{4}", code):
        return Period(code, "year", f"{code}年", date(int(code), 1, 1), date(int(code) + 1, 1, 1))
    for term in calendar.terms:
        if term.code == code:
            return Period(code, "term", term.title, term.start, term.end + DAY)
    raise CatalogError("report.period", period=code, terms=", ".join(term.code for term in calendar.terms) or "-")


def before(period: Period, calendar: Calendar, merge: Sequence[tuple[int, int]] = ()) -> Period | None:
    """Return the period before this one, or None for the first term of a calendar."""
    match period.kind:
        case "month":
            last = period.start - DAY
            return _month(last.year, last.month, merge)
        case "quarter":
            last = period.start - DAY
            return parse(f"{last.year}Q{(last.month + 2) // 3}", calendar)
        case "academic_year":
            return parse(f"AY{period.start.year - 1}-{period.start.year}", calendar)
        case "year":
            return parse(str(period.start.year - 1), calendar)
    earlier = [term for term in calendar.terms if term.end < period.start]
    return parse(max(earlier, key=lambda term: term.end).code, calendar) if earlier else None


def called(earlier: Period | None, period: Period) -> str:
    """Return what the period before is called in a sentence; months reported together make no 上月."""
    if earlier is None or (period.kind == "month" and earlier.months != period.months):
        return "上期"
    return {"month": "上月", "quarter": "上季度", "term": "上学期", "academic_year": "上学年", "year": "上年"}[period.kind]


def _month(year: int, month: int, merge: Sequence[tuple[int, int]]) -> Period:
    first, last = next(((a, b) for a, b in merge if a <= month <= b), (month, month))
    title = f"{year}年{first}月" if first == last else f"{year}年{first}—{last}月"
    return Period(f"{year}-{last:02}", "month", title, date(year, first, 1), _first_of(year, last + 1))


def _first_of(year: int, month: int) -> date:
    return date(year + (month > 12), (month - 1) % 12 + 1, 1)
