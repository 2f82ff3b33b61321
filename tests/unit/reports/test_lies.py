"""Data that would make a report lie: each is laid before it, and the printed page still says what is so."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hall import Hall, lay

from reports.build import Built, build
from reports.report import Paragraph, Table

NOW = datetime(2026, 11, 5, tzinfo=UTC)
Make = Callable[..., Built]


@pytest.fixture
def report(tmp_path: Path) -> Make:
    def make(hall: Hall, **edition: object) -> Built:
        url = f"sqlite:///{tmp_path}/platform.db"
        return build(
            lay(tmp_path, hall.rows, hall=url, platform=url, edition=edition), "operation", "2026-10", now=NOW, out=tmp_path / "out"
        )

    return make


def table(built: Built, title: str) -> Table:
    sections = [*built.report.sections, *built.report.annexes]
    return next(block for section in sections for block in section.blocks if isinstance(block, Table) and title in block.title)


def told(built: Built) -> str:
    return "".join(block.text for section in built.report.sections for block in section.blocks if isinstance(block, Paragraph))


def done(hall: Hall, days: list[str], item: str = "I1") -> Hall:
    for day in days:
        number = len(hall.rows["application"])
        hall.case(f"c{number}", ("提交", f"{day} 08:00:00"), ("受理", f"{day} 09:00:00"), ("办结", f"{day} 10:00:00"), item=item)
    return hall


def test_an_item_with_a_blank_owner_changes_no_total(report: Make) -> None:
    hall = done(done(Hall().item("I1").item("I2", owner_unit_id=" "), ["2026-10-12"] * 3), ["2026-10-12"] * 2, "I2")
    built = report(hall)
    assert [built.measured.count(name) for name in ("A2", "A5")] == [5, 5]
    rows = {row[0]: row[2] for row in table(built, "主管事项口径：办件收支").rows}
    assert rows == {"D1": "3", "未明确部门": "2", "合计": "5"}


@pytest.mark.parametrize(
    ("first", "compared"),
    [("2026-09-20", False), ("2026-09-02", False), ("2026-09-01", True), ("2026-08-31", True), ("2026-10-12", True)],
)
def test_the_counts_of_a_month_in_whose_midst_the_data_begin_are_not_compared(report: Make, first: str, *, compared: bool) -> None:
    days = [first] + ["2026-09-21"] * 30 if first < "2026-10-01" else [first]
    built = report(done(Hall().item("I1"), days + ["2026-10-12"] * 60))
    row = next(row for row in table(built, "主要指标").rows if row[0] == "新收（件）")
    assert (row[3] != "两期数据时段长短不同，不作比较") == compared
    assert table(built, "主管事项口径：办件收支").rows[-1][4].endswith("%") == (compared and first < "2026-10-01")


@pytest.mark.parametrize(
    ("first", "months"), [("2026-07-20", 3), ("2026-07-02", 3), ("2026-07-01", 4), ("2026-06-30", 4), ("2026-06-15", 4)]
)
def test_no_course_of_months_begins_with_one_that_the_data_cover_in_part(report: Make, first: str, months: int) -> None:
    days = [first] + ["2026-07-21"] * 4 + ["2026-08-12"] * 10 + ["2026-09-15"] * 20 + ["2026-10-12"] * 30
    built = report(done(Hall().item("I1"), days))
    assert [row["month"] for row in built.measured.tables["months"]] == ["2026-07", "2026-08", "2026-09", "2026-10"][-months:]
    assert ("连续三个月" in told(built)) == (months == 4)


def test_two_months_told_as_one_are_not_compared_with_one_in_counts(report: Make) -> None:
    built = report(
        done(Hall().item("I1"), ["2026-07-31"] + ["2026-08-12"] * 40 + ["2026-09-12"] * 40 + ["2026-10-12"] * 40), merge=[[9, 10]]
    )
    rows = {row[0]: row[1:] for row in table(built, "主要指标").rows}
    assert rows["新收（件）"] == ("80", "40", "两期数据时段长短不同，不作比较")
    assert rows["办结率"] == ("100.0%", "100.0%", "与上期基本持平")
    assert table(built, "主管事项口径：办件收支").rows[-1][2:5] == ("80", "40", "—")
    assert "环比增长" not in told(built)


def test_the_public_cannot_read_a_rate_of_few_under_a_title_with_brackets(report: Make) -> None:
    hall = done(Hall().item("I1"), ["2026-10-12"] * 40)
    for number in range(6):
        hall.add("rating", app_id=f"c{number}", level=5 - number % 2, is_default=False, rated_at="2026-10-20 09:00:00")
    built = report(hall, audience="公开", indicators=["A2", "F2", "F3"], first_page=["A2", "F2", "F3"])
    assert [row[1] for row in table(built, "主要指标").rows] == ["40", "—（样本不足）", "—（样本不足）"]


def test_the_place_of_a_hidden_count_among_the_others_tells_nothing(report: Make) -> None:
    hall = Hall().item("I1", item_name="家庭经济困难认定").item("I2", item_name="用印申请")
    for number in range(40):
        item, back = ("I1", number < 16) if number < 20 else ("I2", number < 26)
        acts = [("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-12 09:00:00")]
        acts += [("退回", "2026-10-12 09:30:00")] if back and number % 2 else []
        hall.case(f"c{number}", *acts, ("办结", "2026-10-13 10:00:00"), item=item)
    built = report(hall, indicators=["A2", "A5", "D1"], first_page=["A2"])
    rows = [(row[0], row[2], row[4]) for row in table(built, "退回率较高的事项").rows]
    assert rows == [("用印申请", "3", "15.0%"), ("家庭经济困难认定", "＜10", "—")]
