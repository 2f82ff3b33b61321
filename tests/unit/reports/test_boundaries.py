"""The boundaries at which reports go wrong, each over a handful of cases counted by hand; October 2026 unless it says otherwise."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hall import Hall, lay

from catalog.errors import CatalogError, UnprovenError
from catalog.load import load
from hub.open import open_hub
from reports.build import Built, build
from reports.facts import VIEWS
from reports.figures import Figures
from reports.identities import check
from reports.report import Table
from reports.snapshot import file_hash
from reports.tables import TABLES

NOW = datetime(2026, 11, 5, tzinfo=UTC)
Make = Callable[..., Built]


@pytest.fixture
def report(tmp_path: Path) -> Make:
    """Build a report over a hall whose tables lie on the platform already."""

    def make(hall: Hall, period: str = "2026-10", *, now: datetime = NOW, **edition: object) -> Built:
        url = f"sqlite:///{tmp_path}/platform.db"
        return build(lay(tmp_path, hall.rows, hall=url, platform=url, edition=edition), "operation", period, now=now, out=tmp_path / "out")

    return make


def page(built: Built) -> str:
    return (built.folder / f"{built.issue}.html").read_text("utf-8")


def counts(built: Built, *indicators: str) -> list[int]:
    return [built.measured.count(name) for name in indicators]


def accepted(day: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("提交", f"{day} 08:00:00"), ("受理", f"{day} 09:00:00")


def test_what_was_refused_is_neither_new_nor_carried_on(report: Make) -> None:
    hall = Hall().item("I1").case("c1", *accepted("2026-10-12"))
    hall.case("c2", ("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-12 09:00:00", {"result": "不予受理"}))
    hall.case("c3", ("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-13 09:00:00", {"result": "不予受理"}), *accepted("2026-10-14"))
    built = report(hall)
    assert counts(built, "A1", "A2", "A6") == [3, 2, 2]
    assert "本期不予受理2件，不计入新收" in page(built)


def test_a_draft_and_a_test_are_outside_everything(report: Make) -> None:
    hall = Hall().item("I1").case("draft").case("test", *accepted("2026-10-12"), is_test=True).case("real", *accepted("2026-10-12"))
    assert counts(report(hall), "A1", "A2", "A6") == [1, 1, 1]


def test_where_there_is_no_accept_step_submitting_accepts(report: Make) -> None:
    hall = Hall().item("I1", promise_days=None).case("c1", ("提交", "2026-09-30 23:59:59")).case("c2", ("提交", "2026-10-01 00:00:00"))
    hall.case("c3", ("提交", "2026-10-09 10:00:00"), ("撤回", "2026-10-10 10:00:00"))
    built = report(hall, without_accept_step=True)
    assert counts(built, "A3", "A2", "A6") == [1, 2, 2]
    assert "本期无应办结件：未设承诺时限1项、新收2件" in page(built)
    assert "以首次提交为受理" in page(built)


def test_closed_at_the_very_end_of_its_limit_is_on_time_and_a_microsecond_later_is_not(report: Make) -> None:
    hall = Hall().item("I1")
    for number, closed in enumerate(("2026-10-15 23:59:59", "2026-10-16 00:00:00", "2026-10-16 00:00:00.000001")):
        hall.case(f"c{number}", *accepted("2026-10-12"), ("办结", closed), due_at="2026-10-16 00:00:00")
    figures = report(hall).measured.figures
    assert [(f.numerator, f.denominator) for name in ("B2", "B4") if (f := figures.get(name))] == [(2, 3), (1, 3)]
    assert figures.count("B3", part="late") == 1


def test_a_case_void_by_its_result_is_not_closed(report: Make) -> None:
    hall = Hall().item("I1")
    for number, result in enumerate(("6", "1", "4", "2", "3")):
        hall.case(f"c{number}", *accepted("2026-10-12"), ("办结", "2026-10-13 09:00:00"), close_result=result, due_at="2026-10-16 00:00:00")
    built = report(hall)
    assert counts(built, "A5", "A6", "A7") == [3, 0, 3]
    assert {f.part: f.value for f in built.measured.parts("A5")} == {"done": 1, "returned": 1, "passed_on": 1}
    assert built.measured.count("A6", part="void") == 2


def test_a_case_reopened_and_still_open_is_carried_on(report: Make) -> None:
    hall = Hall().item("I1").case("c1", *accepted("2026-09-01"), ("办结", "2026-09-02 09:00:00"), ("重办", "2026-10-12 09:00:00"))
    hall.case(
        "c2", *accepted("2026-09-01"), ("办结", "2026-09-02 09:00:00"), ("重办", "2026-09-12 09:00:00"), ("撤回", "2026-10-09 09:00:00")
    )
    built = report(hall)
    assert counts(built, "A3", "A2", "A5", "A6") == [1, 0, 0, 1]
    assert built.measured.count("A4", part="reopened") == 1


def test_a_second_handling_counts_from_the_reopening(report: Make) -> None:
    hall = (
        Hall()
        .item("I1")
        .case(
            "c1", *accepted("2026-09-01"), ("办结", "2026-09-02 09:00:00"), ("重办", "2026-10-12 09:00:00"), ("办结", "2026-10-14 21:00:00")
        )
    )
    figures = report(hall).measured.figures
    assert (figures.value("C1"), figures.value("C2")) == (2, 2.5)


def test_pauses_that_overlap_over_a_holiday_count_once(report: Make) -> None:
    # accepted 9-29, closed 10-14: 30, 10-08, 09, 10, 12, 13, 14 are seven; paused 9-30 → 10-09 and 10-08 → 10-12: 08, 09, 10, 12
    hall = Hall().item("I1").case("c1", *accepted("2026-09-29"), ("办结", "2026-10-14 09:00:00"))
    hall.add("application_pause", app_id="c1", started_at="2026-09-30 10:00:00", ended_at="2026-10-09 10:00:00")
    hall.add("application_pause", app_id="c1", started_at="2026-10-08 10:00:00", ended_at="2026-10-12 10:00:00")
    assert report(hall).measured.figures.value("C1") == 3


def test_a_pause_before_acceptance_does_not_shorten_the_handling(report: Make) -> None:
    hall = Hall().item("I1").case("c1", *accepted("2026-10-12"), ("办结", "2026-10-14 09:00:00"))
    hall.add("application_pause", app_id="c1", started_at="2026-10-08 10:00:00", ended_at="2026-10-10 10:00:00")
    assert report(hall).measured.figures.value("C1") == 2


def test_p90_is_the_nearest_rank(report: Make) -> None:
    hall = Hall().item("I1")
    for days in range(1, 11):
        hall.case(
            f"c{days:02}", ("提交", "2026-10-12 09:00:00"), ("受理", "2026-10-12 09:00:00"), ("办结", f"2026-10-{12 + days} 09:00:00")
        )
    figures = report(hall).measured.figures
    assert (figures.value("C3", part="p90_days"), figures.value("C3", part="median_days"), figures.value("C2")) == (9, 5.5, 5.5)


def test_a_unit_answers_for_the_steps_it_held(report: Make) -> None:
    hall = Hall().item("I1")
    for unit, name in (("D1", "主管处"), ("D2", "审核处"), ("D3", "闲处")):
        hall.add("org_unit", unit_id=unit, unit_name=name, peer_group="职能部门", list_order=int(unit[1]))
    limit = {"due_at": "2026-10-15 00:00:00"}
    hall.case("c1", *accepted("2026-10-12"), ("审核", "2026-10-14 23:59:59", {"actor_unit_id": "D2", **limit}))
    hall.case("c2", *accepted("2026-10-12"), ("审核", "2026-10-15 00:00:01", {"actor_unit_id": "D2", **limit}), item="I1")
    hall.case("c3", *accepted("2026-10-12"))
    hall.add(
        "application_step", app_id="c3", step_no=9, step_name="部门审核", arrived_at="2026-10-13 09:00:00", actor_unit_id="D2", **limit
    )
    hall.case("c4", *accepted("2026-10-12"), ("撤回", "2026-10-13 09:00:00"))
    hall.add(
        "application_step", app_id="c4", step_no=9, step_name="部门审核", arrived_at="2026-10-13 09:00:00", actor_unit_id="D2", **limit
    )
    built = report(hall)
    held = {row["unit"]: (row["due"], row["on_time"], row["overdue"]) for row in built.measured.tables["step_units"]}
    assert held == {"D1": (0, 0, 0), "D2": (3, 1, 1)}
    assert "审核处（1/3，33.3%）" in page(built)
    assert "部门审核</td><td>审核处" in page(built)
    assert "无应办结件" in page(built)


def test_late_data_appear_in_the_next_issue_as_an_adjustment(report: Make, tmp_path: Path) -> None:
    hall = Hall().item("I1").case("c1", *accepted("2026-09-15"))
    september = report(hall, "2026-09", now=datetime(2026, 10, 5, tzinfo=UTC))
    told = page(september)
    (tmp_path / "platform.db").unlink()
    hall.case("late", *accepted("2026-09-16")).case("c2", *accepted("2026-10-12"))
    october = report(hall)
    assert counts(october, "A3", "A2", "A6") == [2, 1, 3]
    assert "上期报告结转下期1件，因补报、更正，本期期初为2件，口径调整+1件" in page(october)
    assert "上期数据取自已生成的报告 operation-2026-09" in page(october)
    assert page(september) == told


def test_without_an_issue_before_its_period_is_counted_again_and_this_is_said(report: Make) -> None:
    hall = Hall().item("I1").case("first", *accepted("2026-08-31"))
    for number in range(30):
        hall.case(f"a{number}", *accepted("2026-09-15")).case(f"b{number}", *accepted("2026-10-12"))
    for number in range(3):
        hall.case(f"c{number}", *accepted("2026-10-12"))
    built = report(hall)
    assert "新收33件，环比增长10.0%" in page(built)
    assert "上期数据由本期快照按同一口径计算" in page(built)


def test_merged_departments_compare_with_both_predecessors(report: Make) -> None:
    hall = Hall().item("I1", owner_unit_id="D1").item("I2", owner_unit_id="D2")
    hall.add("org_unit", unit_id="D1", unit_name="甲处", valid_to="2026-10-15", successor_id="D3", list_order=1)
    hall.add("org_unit", unit_id="D2", unit_name="乙处", valid_to="2026-10-15", successor_id="D3", list_order=2)
    hall.add("org_unit", unit_id="D3", unit_name="甲乙处", valid_to=None, successor_id=None, list_order=3)
    hall.case("c1", *accepted("2026-09-15")).case("c2", *accepted("2026-09-15"), item="I2").case("c3", *accepted("2026-10-12"), item="I2")
    built = report(hall)
    rows = built.report.annexes[0].blocks[0]
    assert isinstance(rows, Table)
    assert rows.rows[0][:4] == ("甲乙处", "2", "1", "2")
    assert "甲处于2026年10月15日更名或并入甲乙处" in page(built)


def test_what_an_issue_told_of_two_departments_is_added_up_when_they_merge(report: Make, tmp_path: Path) -> None:
    hall = Hall().item("I1", owner_unit_id="D1").item("I2", owner_unit_id="D2")
    hall.case("c1", *accepted("2026-09-15"), ("办结", "2026-09-16 09:00:00")).case("c2", *accepted("2026-09-15"), item="I2")
    hall.case("c3", *accepted("2026-09-15"), ("办结", "2026-09-18 09:00:00"), item="I2")
    told = report(hall, "2026-09", now=datetime(2026, 10, 5, tzinfo=UTC)).measured.figures
    merged = told.under({"D1": "D3", "D2": "D3"})
    assert (merged.count("A2", "D3"), merged.value("C1", "D3"), merged.value("C1"), merged.units("A2")) == (3, 2, 2, {"D3"})
    assert merged.get("C3", "D3", "median") == replace(merged.of["C3", "D3", "median"], denominator=2, value=None)
    (tmp_path / "platform.db").unlink()
    for unit in ("D1", "D2"):
        hall.add("org_unit", unit_id=unit, unit_name=unit, valid_to="2026-10-15", successor_id="D3", list_order=1)
    hall.add("org_unit", unit_id="D3", unit_name="甲乙处", valid_to=None, successor_id=None, list_order=3)
    rows = report(hall).report.annexes[0].blocks[0]
    assert isinstance(rows, Table)
    assert rows.rows[0] == ("甲乙处", "1", "0", "3", "—", "0", "0", "0", "1")


def test_frequent_items_stand_apart_and_what_is_handled_elsewhere_is_named(report: Make) -> None:
    hall = (
        Hall()
        .item("I1", item_name="学生请假")
        .item("I2", promise_days=None, handled_in="教务系统")
        .item("I3", case_type="即办件", promise_days=0)
    )
    hall.case("c1", *accepted("2026-10-12")).case("c2", *accepted("2026-10-12")).case("c3", *accepted("2026-10-12"), item="I3")
    built = report(hall, high_frequency=["学生请假"])
    assert "新收中即办件1件、承诺件2件、未设承诺时限的0件。学生请假等高频事项2件，其余事项1件。" in page(built)
    assert "在其他系统办理的事项1项，其中1项未采集办件" in page(built)


def test_idle_items_need_a_whole_window_and_their_season(report: Make) -> None:
    hall = (
        Hall()
        .item("busy")
        .item("idle")
        .item("new", online_at="2026-09-15")
        .item("spring", season_months="3,4")
        .item("autumn", season_months="9,10")
    )
    hall.case("old", *accepted("2025-10-20"), item="busy").case("c1", *accepted("2026-10-12"), item="busy")
    idle = {f.part: f.value for f in report(hall).measured.parts("E6")}
    assert idle == {"1": 3, "3": 2, "12": 3}  # idle, new, autumn; new is too young for three months; spring has its season in twelve


def test_a_column_that_is_missing_is_no_source(report: Make) -> None:
    hall = Hall().item("I1").case("c1", *accepted("2026-10-12"))
    for row in hall.rows["service_item"]:
        del row["online_at"]
    built = report(hall)
    assert built.measured.missing >= {"E4", "E6", "F1", "F2", "F3"}
    assert not built.measured.missing & {"A2", "B2", "C1", "D1"}
    assert "事项增减：无数据来源" in page(built)
    assert "问题整改台账：无数据来源，由综合办公室报送" in page(built)
    assert "暂停计时：无数据来源" in page(built)


def test_problems_of_before_are_counted_until_they_are_mended(report: Make) -> None:
    hall = Hall().item("I1").case("c1", *accepted("2026-10-12"))
    hall.add("problem", found_at="2026-09-05 00:00:00", due_at="2026-10-10 00:00:00", closed_at="2026-10-09 09:00:00")
    hall.add("problem", found_at="2026-09-05 00:00:00", due_at="2026-10-10 00:00:00", closed_at=None)
    hall.add("problem", found_at="2026-08-05 00:00:00", due_at="2026-09-10 00:00:00", closed_at="2026-09-09 09:00:00")
    assert "上期问题2项，已销号1项，逾期未销号1项" in page(report(hall))


def test_a_dataset_without_a_proof_is_named(report: Make) -> None:
    assert "以下数据集最近一次未能核对一致" in page(report(Hall().item("I1").case("c1", *accepted("2026-10-12"))))


def test_what_is_personal_stays_behind_and_what_cannot_be_missed_is_named(tmp_path: Path) -> None:
    hall, url = Hall().item("I1").case("c1", *accepted("2026-10-12"), close_result="6"), f"sqlite:///{tmp_path}/platform.db"
    lay(tmp_path, hall.rows, hall=url, platform=url)
    path = tmp_path / "campus" / "datasets" / "application.yaml"
    told = path.read_text("utf-8")
    path.write_text(told.replace("name: close_result", "name: close_result\n  sensitivity: personal"), "utf-8")
    build(open_hub(load(tmp_path / "campus")), "operation", "2026-10", now=NOW)
    frozen = pq.read_schema(tmp_path / "var/reports/operation-2026-10/draft-1/snapshot/application.parquet")
    assert frozen.names == ["app_id", "due_at", "is_test", "item_id"]
    path.write_text(told.replace("name: item_id", "name: item_id\n  sensitivity: personal"), "utf-8")
    with pytest.raises(CatalogError, match=r"application\.item_id"):
        build(open_hub(load(tmp_path / "campus")), "operation", "2026-10", now=NOW)


def test_a_period_that_is_not_over_is_not_reported(report: Make) -> None:
    with pytest.raises(CatalogError, match="尚未结束"):
        report(Hall().item("I1").case("c1", *accepted("2026-10-12")), now=datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC))


def test_built_before_the_cut_off_the_report_says_until_when_its_data_count(report: Make) -> None:
    built = report(Hall().item("I1").case("c1", *accepted("2026-10-12")), now=datetime(2026, 11, 1, 1, 30, tzinfo=UTC))
    assert "数据截至2026年11月1日09时30分" in page(built)


def test_without_cases_on_the_platform_there_is_no_report(report: Make) -> None:
    hall = Hall().item("I1").case("c1", *accepted("2026-10-12"))
    del hall.rows["application_step"]
    with pytest.raises(CatalogError, match="application_step"):
        report(hall)


@pytest.mark.parametrize(
    ("indicator", "part", "identity"),
    [
        ("A6", "", "上期结转 \\+ 新收 \\+ 重办转入 = 办结 \\+ 撤回作废 \\+ 结转下期"),
        ("A4", "", "在办总量 = 上期结转 \\+ 新收"),
        ("A7", "", "应办结 = 按时办结 \\+ 超期办结 \\+ 超期未结"),
        ("E4", "end", "期初 \\+ 上线 − 下线 = 期末"),
        ("B1", "", "0 ≤ 办结率 ≤ 100%"),
    ],
)
def test_figures_that_do_not_agree_are_never_printed(report: Make, indicator: str, part: str, identity: str) -> None:
    measured = report(Hall().item("I1").case("c1", *accepted("2026-10-12"), due_at="2026-10-16 00:00:00")).measured
    figure = measured.figures.of[indicator, "", part]
    bent = Figures.gather([*(f for f in measured.figures if f is not figure), replace(figure, value=(figure.value or 0) + 2)])
    with pytest.raises(UnprovenError, match=identity):
        check(replace(measured, figures=bent))


def test_another_process_in_another_place_writes_the_same_bytes(report: Make, tmp_path: Path) -> None:
    hall = Hall().item("I1", item_name="甲").item("I2", item_name="乙")
    for number in range(40):
        hall.case(f"c{number}", *accepted("2026-10-12"), ("办结", f"2026-10-{13 + number % 9} 09:00:00"), item=f"I{1 + number % 2}")
    built = report(hall)
    before = {path.name: path.read_bytes() for path in built.files}
    script = (
        "import sys; from pathlib import Path; from catalog.load import load; from hub.open import open_hub; from reports.build import rebuild;"
        "rebuild(open_hub(load(Path(sys.argv[1]))), 'operation', '2026-10', folder=Path(sys.argv[2]))"
    )
    place = {**os.environ, "TZ": "America/Los_Angeles", "LC_ALL": "C", "PYTHONHASHSEED": "7", "HUB_LANG": "en"}
    subprocess.run([sys.executable, "-c", script, tmp_path / "campus", built.folder], env=place, check=True)
    assert {path.name: path.read_bytes() for path in built.files} == before


def test_every_hash_of_the_manifest_is_that_of_its_file(report: Make) -> None:
    built = report(Hall().item("I1").case("c1", *accepted("2026-10-12")))
    manifest = json.loads((built.folder / "manifest.json").read_text("utf-8"))
    assert {name: file_hash(built.folder / name) for name in manifest["files"]} == manifest["files"]
    assert manifest["snapshot"] == file_hash(built.folder / "snapshot" / "snapshot.json")
    sources = built.snapshot.sources
    assert {name: file_hash(built.folder / "snapshot" / f"{name}.parquet") for name in sources} == {
        n: s["sha256"] for n, s in sources.items()
    }


def test_every_statement_beside_the_indicators_is_used() -> None:
    for package, names in (("reports.tables", TABLES), ("reports.facts", VIEWS)):
        assert {entry.name for entry in files(package).iterdir() if entry.name.endswith(".sql")} == {f"{name}.sql" for name in names}
