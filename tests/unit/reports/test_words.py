"""Rankings, periods and working days, each by its rule."""

from datetime import date
from pathlib import Path

import chinese_calendar
import pytest
import yaml

from catalog.calendar import Calendar
from catalog.errors import CatalogError
from reports.period import before, called, parse
from reports.ranking import rank

CHINA = Calendar.model_validate(yaml.safe_load((Path(__file__).parents[3] / "campus" / "calendar" / "china.yaml").read_text("utf-8")))
HOLIDAYS, WORKDAYS = ([day.isoformat() for day in days] for days in (CHINA.holidays, CHINA.workdays))


def test_ties_share_a_rank_and_small_bases_are_not_ranked() -> None:
    counts = {"a": (20, 19), "b": (40, 38), "c": (100, 90), "d": (5, 4), "e": (0, 0)}
    assert [(s.unit, s.rank) for s in rank(counts, ["b", "a", "c", "d", "e"], least=10)] == [
        ("b", 1),
        ("a", 1),
        ("c", 3),
        ("d", None),
        ("e", None),
    ]


def test_the_calendar_agrees_with_the_official_days() -> None:
    assert [day for day, works in CHINA.days() if chinese_calendar.is_workday(day) != works] == []
    assert sum(works for day, works in CHINA.days() if day.year == 2026) == 248


def test_a_limit_counts_from_the_next_working_day() -> None:
    assert CHINA.add(date(2026, 9, 29), 3) == date(2026, 10, 9)
    assert CHINA.add(date(2026, 2, 13), 1) == date(2026, 2, 14)
    assert CHINA.between(date(2026, 9, 29), date(2026, 10, 9)) == 3


def test_the_school_decides_over_the_notices() -> None:
    own = {"document": "校办通知", "holidays": ["2026-10-16"], "workdays": ["2026-10-17", "2026-10-05/2026-10-06"]}
    school = CHINA.model_validate(CHINA.model_dump() | {"holidays": HOLIDAYS, "workdays": WORKDAYS, "school": own})
    assert [school.works(date(2026, 10, day)) for day in (4, 5, 6, 7, 16, 17)] == [False, True, True, False, False, True]


@pytest.mark.parametrize(
    "change",
    [
        {"workdays": [*WORKDAYS, "2026-10-01"]},
        {"holidays": [*HOLIDAYS, "2027-01-01"]},
        {"school": {"document": "x", "workdays": ["2024-01-01"]}},
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Calendar.model_validate(CHINA.model_dump() | {"holidays": HOLIDAYS, "workdays": WORKDAYS} | change)


def test_a_day_beyond_the_calendar_names_the_file_to_mend() -> None:
    with pytest.raises(CatalogError) as error:
        CHINA.add(date(2026, 12, 30), 3)
    assert "campus/calendar/china.yaml" in str(error.value)


@pytest.mark.parametrize(
    ("code", "start", "end", "earlier"),
    [
        ("2026-10", date(2026, 10, 1), date(2026, 11, 1), "2026-09"),
        ("2026-01", date(2026, 1, 1), date(2026, 2, 1), "2025-12"),
        ("2026Q1", date(2026, 1, 1), date(2026, 4, 1), "2025Q4"),
        ("2026", date(2026, 1, 1), date(2027, 1, 1), "2025"),
        ("AY2025-2026", date(2025, 9, 1), date(2026, 9, 1), "AY2024-2025"),
        ("2025-2026-2", date(2026, 3, 2), date(2026, 7, 13), "2025-2026-1"),
    ],
)
def test_periods_are_half_open_days(code: str, start: date, end: date, earlier: str) -> None:
    period = parse(code, CHINA)
    assert (period.start, period.end) == (start, end)
    last = before(period, CHINA)
    assert last is not None
    assert last.code == earlier


def test_merged_months_are_reported_together() -> None:
    def named(code: str) -> str:
        period = parse(code, CHINA, [(1, 2)])
        return called(before(period, CHINA, [(1, 2)]), period)

    assert parse("2026-01", CHINA, [(1, 2)]) == parse("2026-02", CHINA, [(1, 2)])
    assert parse("2026-02", CHINA, [(1, 2)]).title == "2026年1—2月"
    assert [named(code) for code in ("2026-02", "2026-03", "2026-04", "2026Q3", "AY2025-2026")] == [
        "上期",
        "上期",
        "上月",
        "上季度",
        "上学年",
    ]


@pytest.mark.parametrize("code", ["2026-13", "26-10", "2026Q5", "AY2026-2028", "2026-2027-9", "十月"])
def test_an_unknown_period_names_the_forms(code: str) -> None:
    with pytest.raises(CatalogError) as error:
        parse(code, CHINA)
    assert "2026Q3" in str(error.value)
