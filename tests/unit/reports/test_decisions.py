"""The decisions of the General Office that no other test holds: the outline, the first page, the audiences, what a case number may look like."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hall import Hall, lay
from pydantic import ValidationError

from catalog.edition import Edition, Thresholds
from catalog.load import load
from reports.build import Built, build
from reports.report import Paragraph
from reports.scan import personal

CAMPUS = Path(__file__).parents[3] / "campus"
NOW = datetime(2026, 11, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A month in which everything is wrong that can become a problem: late, returned, stuck at one step, bad ratings not mended, no limit."""
    made = Hall().item("I1", item_name="成绩证明").item("I2", item_name="用印申请").item("I3", item_name="借用教室", promise_days=None)
    made.add("org_unit", unit_id="D1", unit_name="教务处", peer_group="职能部门", list_order=1)
    for number in range(40):
        acts = (("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-12 09:00:00"), ("退回", "2026-10-13 09:00:00"))
        late = ("办结", "2026-10-28 10:00:00") if number % 2 else ("审核", "2026-11-20 10:00:00", {"arrived_at": "2026-10-14 10:00:00",
                                                                   "due_at": "2026-10-16 00:00:00"})  # fmt: skip
        made.case(f"c{number}", *acts, late, due_at="2026-10-16 00:00:00")
        made.add("rating", app_id=f"c{number}", level=1, is_default=False, rated_at="2026-10-29 09:00:00")
        made.add("rating_rectify", rating_id=f"rating-{number}", due_at="2026-10-30 00:00:00", result=None, rectified_at=None)
    folder = tmp_path_factory.mktemp("decisions")
    url = f"sqlite:///{folder}/platform.db"
    return build(lay(folder, made.rows, hall=url, platform=url), "operation", "2026-10", now=NOW, out=folder / "out")


def test_the_operation_report_has_five_sections_and_three_annexes_in_their_order(built: Built) -> None:
    assert [section.title for section in built.report.sections] == [
        "一、总体运行情况", "二、上期问题整改情况", "三、部门办理情况", "四、存在问题", "五、下一步工作要求"
    ]  # fmt: skip
    assert len(built.report.annexes) == 3


def test_at_most_four_problems_are_drafted_each_with_its_figure(built: Built) -> None:
    problems = [block.text for block in built.report.sections[3].blocks if isinstance(block, Paragraph)]
    assert [text[:2] for text in problems] == ["一是", "二是", "三是", "四是"]
    assert all(any(character.isdigit() for character in text) for text in problems)
    assert "应整改的差评40件，未按时整改40件" in problems[3]


def test_a_joint_item_names_the_units_that_handle_it_with_its_owner(tmp_path: Path) -> None:
    made = Hall().item("I1", item_name="成绩证明", owner_unit_id="D1", coop_units="D2,D9")
    for code, name in (("D1", "教务处"), ("D2", "财务处")):
        made.add("org_unit", unit_id=code, unit_name=name, peer_group="职能部门", list_order=1)
    made.case("c1", ("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-12 09:00:00"))
    url = f"sqlite:///{tmp_path}/platform.db"
    told = build(lay(tmp_path, made.rows, hall=url, platform=url), "operation", "2026-10", now=NOW).report
    top = next(table for _, table in told.tables() if table.title == "高频事项")
    assert top.rows[0][:2] == ("成绩证明", "教务处（联办：财务处、D9）")


def test_guides_that_are_a_year_old_are_a_problem(tmp_path: Path) -> None:
    made = Hall().item("I1", guide_updated_at="2025-10-31", consult_way="x", complain_way="x", audience="x")
    made.item("I2", guide_updated_at="2025-11-01", consult_way="x", complain_way="x", audience="x")
    made.case("c1", ("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-12 09:00:00"))
    url = f"sqlite:///{tmp_path}/platform.db"
    told = build(lay(tmp_path, made.rows, hall=url, platform=url), "operation", "2026-10", now=NOW).report
    problems = [block.text for block in told.sections[3].blocks if isinstance(block, Paragraph)]
    assert [text for text in problems if "超过12个月未更新的1项" in text]


def test_the_first_page_holds_sixteen_indicators_at_most() -> None:
    settings = {"name": "x", "title": "x", "office": "x", "basis": "x", "calendar": "china", "indicators": ["A1"]}
    assert len(Edition.model_validate(settings).first_page) == 16
    with pytest.raises(ValidationError, match="first_page"):
        Edition.model_validate(settings | {"first_page": [f"A{number}" for number in range(17)]})


def test_the_security_report_is_quarterly_internal_and_not_for_all_departments() -> None:
    edition = load(CAMPUS).editions["security"]
    assert (edition.every, edition.label, edition.audience) == ("quarter", "内部资料　注意保存", "综办")


def test_holiday_months_are_reported_together_in_the_sample_school() -> None:
    assert load(CAMPUS).editions["operation"].merge == ((1, 2), (7, 8))


def test_every_threshold_of_the_problems_is_printed_in_the_annex(built: Built) -> None:
    scope = "".join(block.text for block in built.report.annexes[2].blocks if isinstance(block, Paragraph))
    limits = Thresholds()
    assert f"{limits.on_time:.0%}" in scope or f"{limits.on_time * 100:.1f}%" in scope
    assert f"{limits.step_share:.0%}" in scope or f"{limits.step_share * 100:.1f}%" in scope


def test_a_case_number_may_look_like_a_bank_card_and_nothing_else_may() -> None:
    number = "6222020001123456780"
    assert [*personal(number)] == ["card"]
    assert [*personal(number, case_numbers=True)] == []
    assert [*personal("13800138000", case_numbers=True)] == ["phone"]
