"""How a report says its figures: one table of cases for each rule. Nothing here is typed by hand in a report."""

from datetime import datetime

import pytest

from reports import sentence
from reports.definition import Form
from reports.figures import Figure

COUNTS = [  # now, before, what is said
    (1123, 1000, "环比增长12.3%"),
    (877, 1000, "环比下降12.3%"),
    (2000, 1000, "环比增长100.0%"),
    (0, 1000, "环比下降100.0%"),
    (31, 30, "环比增长3.3%"),
    (29, 30, "环比下降3.3%"),
    (30, 30, "与上月基本持平"),
    (1000, 1000, "与上月基本持平"),
    (100_040, 100_000, "与上月基本持平"),
    (99_960, 100_000, "与上月基本持平"),
    (100_050, 100_000, "环比增长0.1%"),
    (99_950, 100_000, "环比下降0.1%"),
    (100_149, 100_000, "环比增长0.1%"),
    (100_150, 100_000, "环比增长0.2%"),
    (12, 29, "上月29件，本期12件"),
    (40, 29, "上月29件，本期40件"),
    (0, 1, "上月1件，本期0件"),
    (12, 12, "与上月持平"),
    (29, 29, "与上月持平"),
    (5, 0, "上期为0，不作比较"),
    (0, 0, "上期为0，不作比较"),
]
RATES = [
    (0.982, 0.976, "环比提高0.6个百分点"),
    (0.976, 0.982, "环比下降0.6个百分点"),
    (1.0, 0.0, "环比提高100.0个百分点"),
    (0.0, 1.0, "环比下降100.0个百分点"),
    (0.982, 0.982, "与上月基本持平"),
    (0.9824, 0.982, "与上月基本持平"),
    (0.9816, 0.982, "与上月基本持平"),
    (0.9825, 0.982, "环比提高0.1个百分点"),
    (0.9815, 0.982, "环比下降0.1个百分点"),
    (0.5, None, "上期为0，不作比较"),
    (None, 0.5, "上期为0，不作比较"),
]
FORMS: list[tuple[Form, tuple[int, int], tuple[int, int], str]] = [  # numerator and base now, before
    ("count", (120, 1), (100, 1), "环比增长20.0%"),
    ("count", (0, 0), (100, 1), "环比下降100.0%"),
    ("rate", (9, 12), (30, 40), "上月30/40，本期9/12"),
    ("rate", (30, 40), (9, 12), "上月9/12，本期30/40"),
    ("rate", (29, 29), (30, 30), "上月30/30，本期29/29"),
    ("rate", (30, 30), (29, 30), "环比提高3.3个百分点"),
    ("rate", (90, 120), (30, 40), "与上月基本持平"),
    ("rate", (90, 120), (0, 0), "上期为0，不作比较"),
    ("rate", (0, 0), (30, 40), "—"),
    ("duration", (200, 100), (100, 100), "环比增长100.0%"),
    ("duration", (100, 100), (200, 100), "环比下降50.0%"),
    ("duration", (100, 100), (0, 0), "上期为0，不作比较"),
    ("duration", (0, 0), (100, 100), "—"),
    ("check", (0, 1), (0, 1), "与上月持平"),
    ("check", (3, 1), (0, 1), "较上月增加3件"),
    ("check", (0, 1), (400, 1), "较上月减少400件"),
    ("check", (5, 1), (4, 1), "较上月增加1件"),
]
AGAINST_THE_YEAR_BEFORE = [
    (1123, 1000, "同比增长12.3%"),
    (900, 1000, "同比下降10.0%"),
    (1000, 1000, "与上年同期基本持平"),
    (12, 29, "上年同期29件，本期12件"),
    (5, 0, "上年同期为0，不作比较"),
]
STREAKS: list[tuple[Form, list[float | None], str]] = [
    ("count", [1, 2, 3, 4], "连续三个月增长"),
    ("count", [9, 1, 2, 3, 4], "连续三个月增长"),
    ("count", [4, 3, 2, 1], "连续三个月下降"),
    ("count", [1, 2, 2, 3], ""),
    ("count", [1, 2, 3], ""),
    ("count", [3, 2, 4, 5], ""),
    ("count", [], ""),
    ("rate", [0.9, 0.91, 0.92, 0.93], "连续三个月提高"),
    ("rate", [0.93, 0.92, 0.91, 0.9], "连续三个月下降"),
    ("rate", [0.9, None, 0.92, 0.93], ""),
    ("rate", [None, 0.9, 0.91, 0.92, 0.93], "连续三个月提高"),
]
WRITTEN: list[tuple[Form, float | None, str]] = [
    ("count", 4286, "4286"),
    ("count", 1234567, "1234567"),
    ("count", 0, "0"),
    ("count", None, "—"),
    ("rate", 0.98650, "98.7%"),
    ("rate", 0.9805, "98.1%"),
    ("rate", 0.2855, "28.6%"),
    ("rate", 0.00049, "0.05%"),  # more decimals where one would say none or all
    ("rate", 0, "0.0%"),
    ("rate", 1, "100.0%"),
    ("rate", 0.9999, "99.99%"),
    ("rate", 0.9996, "99.96%"),
    ("rate", 0.9995, "99.95%"),
    ("rate", 0.9994, "99.9%"),
    ("rate", None, "—"),
    ("duration", 1.25, "1.3"),
    ("duration", 0.04, "0.0"),
    ("duration", None, "—"),
]


def test_the_table_of_sentences_is_long_enough() -> None:
    assert sum(map(len, (COUNTS, RATES, FORMS, AGAINST_THE_YEAR_BEFORE, STREAKS, WRITTEN))) >= 60


@pytest.mark.parametrize(("now", "earlier", "said"), COUNTS)
def test_a_count_changes_by_percent(now: int, earlier: int, said: str) -> None:
    assert sentence.count_change(now, earlier, last="上月") == said


@pytest.mark.parametrize(("now", "earlier", "said"), RATES)
def test_a_rate_changes_by_percentage_points(now: float | None, earlier: float | None, said: str) -> None:
    assert sentence.rate_change(now, earlier, last="上月") == said


@pytest.mark.parametrize(("form", "now", "earlier", "said"), FORMS)
def test_a_figure_changes_by_the_rule_of_its_form(form: Form, now: tuple[int, int], earlier: tuple[int, int], said: str) -> None:
    one, other = (Figure("X", "", "", n, d, n / d if d else None) for n, d in (now, earlier))
    assert sentence.change(form, one, other, last="上月") == said


@pytest.mark.parametrize(("now", "earlier", "said"), AGAINST_THE_YEAR_BEFORE)
def test_the_year_before_is_another_comparison_than_the_month_before(now: int, earlier: int, said: str) -> None:
    assert sentence.count_change(now, earlier, last="上年同期", against="同比") == said


@pytest.mark.parametrize(("form", "months", "said"), STREAKS)
def test_three_months_in_one_direction_are_said(form: Form, months: list[float | None], said: str) -> None:
    assert sentence.streak(form, months) == said


@pytest.mark.parametrize(("form", "value", "said"), WRITTEN)
def test_a_value_is_written_as_an_office_writes_it(form: Form, value: float | None, said: str) -> None:
    assert sentence.written(form, value) == said


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        ("2026-11-04", "2026年11月3日24时"),
        ("2027-01-01", "2026年12月31日24时"),
        ("2026-11-05 08:00", "2026年11月5日08时00分"),
        ("2026-11-03 23:59:59", "2026年11月3日23时59分"),
    ],
)
def test_a_cut_off_at_midnight_is_the_end_of_the_day_before(cut: str, said: str) -> None:
    assert sentence.until(datetime.fromisoformat(cut)) == said


def test_a_table_cell_gives_no_percentage_over_a_small_base() -> None:
    cells = [sentence.relative(n, b, small=30) for n, b in ((33, 30), (27, 30), (30, 30), (33, 29), (5, 0), (5, None))]
    assert cells == ["+10.0%", "-10.0%", "+0.0%", "—", "—", "—"]


def test_a_rate_that_misses_its_target_is_never_written_as_the_target() -> None:
    assert [sentence.percent(value, apart=[0.95]) for value in (0.9496, 0.94996, 0.95, 0.9504, 0.949)] == [
        "94.96%",
        "94.996%",
        "95.0%",
        "95.04%",
        "94.9%",
    ]


@pytest.mark.parametrize(
    ("name", "number", "told"), [("教务处", 8, "教务处8件"), ("计算机考试2", 8, "计算机考试2（8件）"), ("PhD", 0, "PhD（0件）")]
)
def test_a_name_that_ends_with_a_digit_does_not_run_into_its_number(name: str, number: int, told: str) -> None:
    assert sentence.counted(name, number) == told
