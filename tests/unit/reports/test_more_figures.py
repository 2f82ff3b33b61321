"""The indicators beside the balance, each over a handful of cases counted by hand, with every boundary; October 2026."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hall import Hall, lay

from catalog.errors import CatalogError
from reports.build import Built, build
from reports.definition import definitions

NOW = datetime(2026, 11, 5, tzinfo=UTC)
SHOWN = [name for name, it in definitions().items() if not it.internal]


def built(folder: Path, hall: Hall, **edition: object) -> Built:
    url = f"sqlite:///{folder}/platform.db"
    hub = lay(folder, hall.rows, hall=url, platform=url, edition={"indicators": SHOWN, **edition})
    return build(hub, "operation", "2026-10", now=NOW, out=folder / "out")


def figure(made: Built, indicator: str, part: str = "") -> tuple[float | None, float | None]:
    found = made.measured.get(indicator, part=part)
    assert found is not None, indicator
    return found.numerator, found.denominator


def opened(day: str, accept: str = "09:00:00") -> tuple[tuple[str, str], tuple[str, str]]:
    return ("提交", f"{day} 08:00:00"), ("受理", f"{day} {accept}")


def test_early_is_a_whole_working_day_before_the_limit(tmp_path: Path) -> None:
    hall = Hall().item("I1")
    # due at 24:00 of Friday 10-16; the day before is early, the same day is not; without a limit, an instant case: neither
    hall.case("early", *opened("2026-10-13"), ("办结", "2026-10-15 23:59:59"), due_at="2026-10-17 00:00:00")
    hall.case("same", *opened("2026-10-13"), ("办结", "2026-10-16 00:00:00"), due_at="2026-10-17 00:00:00")
    hall.case("late", *opened("2026-10-13"), ("办结", "2026-10-19 09:00:00"), due_at="2026-10-17 00:00:00")
    hall.item("I2", case_type="即办件", promise_days=0).case("instant", *opened("2026-10-13"), ("办结", "2026-10-13 10:00:00"), item="I2")
    made = built(tmp_path, hall)
    assert figure(made, "B6") == (1, 3)
    # three were promised 3 days each; they took 2, 3 and 4 working days
    assert figure(made, "B7") == (9 - (2 + 3 + 4), 9)
    assert figure(made, "B8") == (3, 3)


def test_what_falls_due_within_two_working_days_of_the_cut_off_is_a_warning(tmp_path: Path) -> None:
    hall = Hall().item("I1")  # the cut-off is Tuesday 11-03 24:00
    for name, due in (("in", "2026-11-06"), ("out", "2026-11-07"), ("past", "2026-11-04")):
        hall.case(name, *opened("2026-10-30"), due_at=f"{due} 00:00:00")
    assert built(tmp_path, hall).measured.count("B5") == 1


def test_an_internal_warning_cannot_be_printed(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="B5"):
        built(tmp_path, Hall().item("I1").case("c1", *opened("2026-10-13")), indicators=["A2", "B5"])


def test_the_first_answer_counts_hours_of_working_days_only(tmp_path: Path) -> None:
    hall = Hall().item("I1")
    # Friday 23:00 to Saturday 10-10, a working day (调休), 09:00: one hour and nine; within one working day
    hall.case("c1", ("提交", "2026-10-09 23:00:00"), ("受理", "2026-10-10 09:00:00"))
    # over the weekend: Friday 10-16 22:00 to Monday 10-19 10:00 is two hours and ten
    hall.case("c2", ("提交", "2026-10-16 22:00:00"), ("退回", "2026-10-19 10:00:00"))
    # submitted on a day of rest, answered on the second working day: 24 + 12 hours, too late
    hall.case("c3", ("提交", "2026-10-17 12:00:00"), ("受理", "2026-10-20 12:00:00"))
    # never answered, and past its time to sign
    hall.case("c4", ("提交", "2026-10-20 12:00:00"))
    # submitted on the last day, the cut-off has passed the time to sign; withdrawn by the applicant: no department acted
    hall.case("c5", ("提交", "2026-10-30 12:00:00"), ("撤回", "2026-10-30 13:00:00"))
    made = built(tmp_path, hall)
    assert figure(made, "C4") == (10 + 12 + 36, 3)
    assert figure(made, "C5") == (2, 5)


def test_a_step_dwells_from_its_arrival_without_the_day_it_came(tmp_path: Path) -> None:
    hall = Hall().item("I1")
    arrived = {"arrived_at": "2026-09-30 16:00:00"}
    hall.case("c1", ("提交", "2026-09-30 16:00:00"), ("受理", "2026-10-08 09:00:00", arrived), ("办结", "2026-10-08 10:00:00"))
    assert figure(built(tmp_path, hall), "C6") == (
        1,
        2,
    )  # over the holiday one working day, the closing none; what applicants do is not counted


def test_at_once_is_without_return_visit_or_reopening(tmp_path: Path) -> None:
    hall = Hall().item("I1", offline_visits=0).item("I2", offline_visits=1)
    hall.case("once", *opened("2026-10-12"), ("办结", "2026-10-13 09:00:00"))
    hall.case("visited", *opened("2026-10-12"), ("办结", "2026-10-13 09:00:00"), item="I2")
    hall.case("returned", *opened("2026-10-12"), ("退回", "2026-10-12 10:00:00"), ("办结", "2026-10-13 09:00:00"))
    # closed in October, reopened in November before the cut-off
    hall.case("reopened", *opened("2026-10-12"), ("办结", "2026-10-13 09:00:00"), ("重办", "2026-11-02 09:00:00"))
    # closed in September and reopened in October: the closing is not October's
    hall.case("before", *opened("2026-09-14"), ("办结", "2026-09-15 09:00:00"), ("重办", "2026-10-12 09:00:00"))
    hall.case("passed", *opened("2026-10-12"), ("转办", "2026-10-12 10:00:00"))
    made = built(tmp_path, hall)
    assert figure(made, "D2") == (1, 4)
    assert figure(made, "D3") == (1, 4)
    assert figure(made, "D4") == (1, 5)


def test_items_and_guides_at_the_end_of_the_period(tmp_path: Path) -> None:
    whole = {"consult_way": "线上", "complain_way": "线上", "audience": "学生"}
    hall = Hall().item("I1", offline_visits=0, guide_updated_at="2025-11-01", **whole)
    hall.item("I2", offline_visits=1, guide_updated_at="2025-10-31", **whole | {"complain_way": None})
    hall.item("G1", item_type="办事指南", guide_updated_at=None, **whole).item(
        "G2", item_type="办事指南", guide_updated_at="2026-10-31", **whole
    )
    hall.item("old", offline_at="2026-10-31", **whole).item("new", online_at="2026-11-01", **whole)
    hall.add("exception_register", item_name="G1", approved_at="2026-01-05 09:00:00", valid_to="2026-12-31")
    hall.add("exception_register", item_name="G2", approved_at="2025-01-05 09:00:00", valid_to="2026-10-31")
    hall.case("c1", *opened("2026-10-12"), apply_channel="移动").case("c2", *opened("2026-10-12"), apply_channel="线下")
    made = built(tmp_path, hall)
    assert figure(made, "E1") == (2, 3)  # one guide is excepted, the other's exception has run out
    assert figure(made, "E2") == (1, 2)
    assert figure(made, "E3") == (1, 2)
    assert figure(made, "E7", "whole") == (3, 4)
    assert figure(made, "E7", "fresh") == (2, 4)


def test_ratings_are_scored_and_bad_ones_followed_up(tmp_path: Path) -> None:
    hall = Hall().item("I1")
    for number, (level, default, anonymous) in enumerate(
        [(5, False, True), (1, False, False), (2, False, True), (1, True, False), (2, False, False)]
    ):
        hall.case(f"c{number}", *opened("2026-10-12"), ("办结", "2026-10-13 09:00:00"))
        rated = {"level": level, "is_default": default, "is_anonymous": anonymous, "rated_at": "2026-10-14 09:00:00"}
        hall.add("rating", rating_id=f"r{number}", app_id=f"c{number}", **rated)
    rectify = {"result": "属实", "called_back_at": None}
    hall.add(
        "rating_rectify",
        rating_id="r1",
        due_at="2026-10-21 00:00:00",
        rectified_at="2026-10-20 23:00:00",
        **rectify | {"called_back_at": "2026-10-16 09:00:00"},
    )
    hall.add("rating_rectify", rating_id="r2", due_at="2026-10-21 00:00:00", rectified_at="2026-10-21 00:00:01", **rectify)
    hall.add(
        "rating_rectify",
        rating_id="r4",
        due_at="2026-11-01 00:00:00",
        rectified_at=None,
        **rectify | {"called_back_at": "2026-11-04 09:00:00"},
    )
    made = built(tmp_path, hall)
    assert figure(made, "F4") == (10 + 0 + 3 + 3, 4)
    assert figure(made, "F5") == (3, 4)
    assert figure(made, "F6") == (2, 3)
    assert figure(made, "F6", "on_time") == (1, 3)
    assert figure(made, "F7") == (1, 2)  # the other was called back after the cut-off


def test_questions_and_complaints_are_due_like_cases(tmp_path: Path) -> None:
    hall = Hall().item("I1").case("c1", *opened("2026-10-12"), ("办结", "2026-10-13 09:00:00"))
    received = {"unit_id": "D1", "closed_at": None, "verdict": None}
    hall.add("consult", received_at="2026-09-30 09:00:00", due_at="2026-10-13 00:00:00", answered_at="2026-10-08 09:00:00", **received)
    hall.add("consult", received_at="2026-10-12 09:00:00", due_at="2026-11-01 00:00:00", answered_at="2026-11-02 09:00:00", **received)
    hall.add("consult", received_at="2026-10-31 09:00:00", due_at="2026-11-07 00:00:00", answered_at=None, **received)
    done = {"closed_at": "2026-10-20 09:00:00", "answered_at": "2026-10-20 09:00:00"}
    hall.add("complaint", received_at="2026-10-12 09:00:00", due_at="2026-10-20 00:00:00", **received | done | {"verdict": "部分"})
    hall.add("complaint", received_at="2026-10-12 09:00:00", due_at="2026-10-20 00:00:00", **received | done | {"verdict": "不属实"})
    hall.add("complaint", received_at="2026-10-12 09:00:00", due_at="2026-10-20 00:00:00", answered_at=None, **received)
    made = built(tmp_path, hall)
    assert [made.measured.count(name) for name in ("G1", "G2")] == [2, 3]
    assert figure(made, "G3") == (1, 2)
    assert figure(made, "G3", "answered") == (2, 2)
    assert figure(made, "G4") == (1, 1)
    assert figure(made, "G5") == (2, 3)
    assert figure(made, "G6") == (1, 2)
    assert made.measured.figures.value("G7") == 30_000


def test_the_platform_is_told_from_its_registers(tmp_path: Path) -> None:
    hall = Hall().item("I1").case("c1", *opened("2026-10-12"))
    hall.add("uptime", month="2026-10-01", down_minutes=31, planned_minutes=62).add(
        "uptime", month="2026-09-01", down_minutes=999, planned_minutes=0
    )
    hall.add("offline_run", started_at="2026-10-12 08:00:00", ended_at="2026-10-12 09:30:00", cases=7)
    for number, (result, client) in enumerate([("成功", "移动"), ("成功", "PC"), ("失败", "PC"), ("成功", "移动")]):
        hall.add("login_log", ts="2026-10-12 08:00:00", account_id=f"u{number % 3}", result=result, client=client)
    made = built(tmp_path, hall)
    assert figure(made, "H2") == (31 * 1440 - 31, 31 * 1440)
    assert figure(made, "H2", "planned") == (62, 31 * 1440)
    assert [made.measured.count("H3", part=part) for part in ("", "cases", "minutes")] == [1, 7, 90]
    assert [made.measured.count("H1", part=part) for part in ("", "logins")] == [2, 3]
    assert figure(made, "H5") == (2, 3)


def test_every_indicator_of_the_catalogue_has_its_query_beside_its_definition() -> None:
    letters = {letter: sum(name[0] == letter for name in definitions()) for letter in "ABCDEFGH"}
    assert letters == {"A": 7, "B": 8, "C": 6, "D": 4, "E": 7, "F": 7, "G": 7, "H": 5}
