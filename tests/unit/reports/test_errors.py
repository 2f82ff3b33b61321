"""The errors that real published reports were found with: each is provoked here, and none of them can be printed."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hall import Hall, lay

from catalog.errors import UnprovenError
from reports.build import Built, build
from reports.definition import definitions, sql
from reports.identities import check

NOW = datetime(2026, 11, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Forty cases carried in and closed, ten new ones; five ratings of which one is 基本满意, forty defaults; a year of data before."""
    made = Hall().item("I1", item_name="成绩证明").item("I2", item_name="用印申请")
    made.case("y0", ("提交", "2025-09-12 08:00:00"), ("受理", "2025-09-12 09:00:00"))
    for number in range(36):
        made.case(f"y{number + 1}", ("提交", "2025-10-14 08:00:00"), ("受理", "2025-10-14 09:00:00"), ("办结", "2025-10-15 09:00:00"))
    for number in range(40):
        acts = (("提交", "2026-09-28 08:00:00"), ("受理", "2026-09-28 09:00:00"), ("办结", "2026-10-09 10:00:00"))
        made.case(f"c{number}", *acts, item=f"I{1 + number % 2}", due_at="2026-10-10 00:00:00")
        made.add("rating", app_id=f"c{number}", level=(5, 4, 3, 2, 1)[number] if number < 5 else 5, is_default=number >= 5,
                 rated_at="2026-10-16 09:00:00")  # fmt: skip
    for number in range(10):
        made.case(f"n{number}", ("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-12 09:00:00"))
    folder = tmp_path_factory.mktemp("errors")
    url = f"sqlite:///{folder}/platform.db"
    return build(lay(folder, made.rows, hall=url, platform=url), "operation", "2026-10", now=NOW, out=folder / "out")


def page(built: Built) -> str:
    return (built.folder / f"{built.issue}.html").read_text("utf-8")


def test_a_share_is_of_the_base_that_is_stated(built: Built) -> None:
    """唐山 2024-11: 124599 件 "占 63.72%" of 284406 was 43.81 %."""
    top = next(table for _, table in built.report.tables() if table.title == "高频事项")
    assert [row[3] for row in top.rows] == [f"{int(row[2]) / built.measured.count('A2') * 100:.1f}%" for row in top.rows]
    assert all(it.base for it in definitions().values() if it.form in ("rate", "ratio"))
    whole, *parts = built.measured.tables["kinds"]
    bent = built.measured.tables | {"kinds": [dict(whole) | {"new": whole["new"] + 1}, *parts]}
    with pytest.raises(UnprovenError, match="合计 = 即办件"):
        check(replace(built.measured, tables=bent))


@pytest.mark.parametrize("indicator", ["A2", "A3", "A4", "A6"])
def test_what_was_carried_in_and_new_is_the_total(built: Built, indicator: str) -> None:
    """连云港 2019-06: 受理 63458 "其中 55978、结转 5844"."""
    figures = built.measured.figures
    carried, new, all_of_them = (figures.count(name) for name in ("A3", "A2", "A4"))
    assert carried + new == all_of_them == 51
    told = re.sub(r"<[^>]+>", "", page(built))
    assert re.search(rf"在办{all_of_them}件（[^。）]*结转{carried}件，新收{new}件", told)
    old = figures.of[indicator, "", ""]
    bent = replace(figures, of={**figures.of, (indicator, "", ""): replace(old, value=(old.value or 0) + 1636)})
    with pytest.raises(UnprovenError, match=r"上期结转 \+ 新收"):
        check(replace(built.measured, figures=bent))
    check(built.measured)


def test_who_did_not_rate_is_neither_content_nor_not_and_fairly_content_is_content(built: Built) -> None:
    """永昌 2023Q2: five who had not rated were counted as 不满意, 基本满意 was left out."""
    figures = built.measured.figures
    assert (figures.get("F1").numerator, figures.get("F1").denominator) == (5, 40)
    assert (figures.get("F2").numerator, figures.get("F2").denominator) == (3, 5)
    assert figures.get("F5").numerator == 2
    assert "默认评价不计" in page(built)
    assert "非常满意＋满意＋基本满意" in page(built)


def test_a_month_is_compared_by_huanbi_and_a_year_by_tongbi(built: Built) -> None:
    """宣城 2022-04: "较上月同比增长"."""
    told = re.sub(r"<[^>]+>", "", page(built))
    year = re.findall(r"与上年同期相比[^。]*。", told)
    assert len(year) == 1
    assert "同比" in year[0]
    assert "环比" not in year[0]
    assert "同比" not in told.replace(year[0], "")
    assert not re.search(r"上月[^，。]*同比|上年同期[^，。]*环比", told)


def test_more_closed_than_new_is_no_rate_above_a_hundred(built: Built) -> None:
    """吉阳 2023-07: 办结 2221 of 受理 2191."""
    figures = built.measured.figures
    assert figures.count("A5") > figures.count("A2")
    assert figures.value("B1") == pytest.approx(40 / 51)
    assert "办结率78.4%" in page(built)
    bent = replace(figures, of={**figures.of, ("B1", "", ""): replace(figures.of["B1", "", ""], value=4.0)})
    with pytest.raises(UnprovenError, match="办结率 ≤ 100%"):
        check(replace(built.measured, figures=bent))
    assert not any(re.search(r"kind = 'closed'.*/.*kind = 'new'", sql(name), re.S) for name in definitions() if name[0] == "B")


def test_the_ratio_that_can_exceed_a_hundred_is_in_no_definition() -> None:
    assert not [name for name, it in definitions().items() if "办结÷新收" in it.formula or "办结÷受理" in it.formula]
