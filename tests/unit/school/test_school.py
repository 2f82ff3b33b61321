"""The sample school is the same on every machine, keeps office hours, and holds exactly the faults that were planted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from app.school.invent import school
from app.school.items import CONFIDENTIAL, ELSEWHERE, GUIDES, PURGED_ITEM, RETIRED, UNPROMISED
from app.school.office import Office, open_office
from app.school.planted import CLOCK, PLANTED
from app.school.planting import plant
from app.school.planting_safety import leaver, plant_safety
from app.school.registers import registers
from app.school.tables import TABLES
from catalog.campus import Catalog
from catalog.errors import CatalogError
from catalog.load import load
from reports.render.register import render

CAMPUS = Path(__file__).parents[3] / "campus"
WAITING = ["已提交", "已受理", "办理中", "待补正", "特别程序"]
Frames = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(CAMPUS)


@pytest.fixture(scope="module")
def office(catalog: Catalog) -> Office:
    return open_office(catalog.calendars["china"], CLOCK)


@pytest.fixture(scope="module")
def pure(office: Office) -> Frames:
    return school(office, 2026)


@pytest.fixture(scope="module")
def planted(office: Office) -> Frames:
    frames = school(office, 2026)
    plant(frames)
    plant_safety(frames, office)
    return frames


def moments(*texts: str) -> "np.ndarray[tuple[int], np.dtype[np.datetime64]]":
    return np.array(texts, dtype="datetime64[s]")


def days(times: "pd.Series[pd.Timestamp]") -> "pd.Series[str]":
    return times.dropna().dt.strftime("%Y-%m-%d")


def test_the_same_seed_gives_the_same_rows(office: Office, pure: Frames) -> None:
    again = school(office, 2026)
    for name, frame in pure.items():
        pd.testing.assert_frame_equal(frame, again[name])


def test_another_seed_gives_another_school_of_the_same_size(office: Office, pure: Frames) -> None:
    other = school(office, 2027)
    assert not other["t_jzg"]["XM"].equals(pure["t_jzg"]["XM"])
    assert len(other["hall_case"]) == len(pure["hall_case"]) == 60_000


@pytest.mark.parametrize(
    ("accepted", "promise", "due"),
    [
        ("2026-09-29T10:00:00", 3, "2026-10-10T00:00:00"),  # over the National Day holiday
        ("2026-02-13T10:00:00", 1, "2026-02-15T00:00:00"),  # a Saturday that is worked
        ("2025-12-31T16:59:59", 2, "2026-01-06T00:00:00"),
        ("2026-11-02T08:30:00", 0, "2026-11-03T00:00:00"),  # the same day
    ],
)
def test_a_case_is_due_at_the_end_of_the_nth_working_day_after_acceptance(office: Office, accepted: str, promise: int, due: str) -> None:
    assert office.due(moments(accepted), np.array([promise]))[0] == np.datetime64(due)


def test_office_time_passes_only_while_the_office_is_open(office: Office) -> None:
    start = moments("2026-10-03T21:00:00", "2026-11-03T17:00:00", "2026-11-03T11:30:00")
    assert (
        office.later(start, np.array([60, 3600, 3600])).tolist()
        == moments("2026-10-08T08:31:00", "2026-11-04T09:00:00", "2026-11-03T14:30:00").tolist()
    )


def test_a_moment_beyond_the_calendar_is_an_error(office: Office) -> None:
    with pytest.raises(CatalogError):
        office.later(moments("2027-01-04T09:00:00"), np.array([60]))


def test_deadlines_follow_the_calendar_file(catalog: Catalog, pure: Frames) -> None:
    case = pure["hall_case"].merge(pure["hall_item"][["id", "promise"]], left_on="item_id", right_on="id", suffixes=("", "_item"))
    bound = case[case["deadline"].notna() & case["promise"].gt(0)].sample(300, random_state=1)
    for accepted, promise, paused, deadline in zip(
        bound["accept_time"], bound["promise"], bound["pause_days"], bound["deadline"], strict=True
    ):
        last = catalog.calendars["china"].add(accepted.date(), int(promise + paused))
        assert deadline == pd.Timestamp(last) + pd.Timedelta(days=1)


def test_cases_have_a_deadline_when_they_are_accepted_and_their_item_promises_one(pure: Frames) -> None:
    case = pure["hall_case"]
    promised = case["item_id"].map(pure["hall_item"].set_index("id")["promise"]).notna()
    assert (case["deadline"].notna() == (case["accept_time"].notna() & promised)).all()


def test_the_frequent_items_have_the_shares_of_a_college(pure: Frames) -> None:
    name = pure["hall_item"].set_index("id")["name"]
    share = pure["hall_case"]["item_id"].map(name).value_counts(normalize=True)
    assert share.head(6).to_dict() == pytest.approx(
        {"学生请假": 0.38, "报修": 0.17, "在读/成绩证明": 0.10, "教室及场地借用": 0.09, "用印申请": 0.07, "调停课申请": 0.04}
    )


def test_there_are_180_items_beside_the_confidential_ones(pure: Frames) -> None:
    items = pure["hall_item"]
    secret = items["secret_state"] == "涉密"
    shown = items[~secret]
    assert (len(shown), int(secret.sum())) == (180, len(CONFIDENTIAL)) == (180, PLANTED.confidential_items)
    assert shown["promise"].isna().sum() == UNPROMISED
    assert shown["outer_system"].notna().sum() == ELSEWHERE
    assert (shown["kind"] == "办事指南").sum() == GUIDES
    assert (shown["state"] == "已下线").sum() == RETIRED
    assert not shown["name"].duplicated().any()


def test_guides_confidential_and_some_other_items_have_no_case(pure: Frames) -> None:
    used = pure["hall_item"]["id"].isin(pure["hall_case"]["item_id"])
    items = pure["hall_item"][~used]
    assert (items["kind"] == "网上办理").sum() == 20
    assert (items["kind"] == "办事指南").sum() == GUIDES + len(CONFIDENTIAL)


def test_a_retired_item_has_no_case_after_its_last_day_and_a_new_one_none_before_its_first(pure: Frames) -> None:
    case = pure["hall_case"].merge(pure["hall_item"][["id", "online_at", "offline_at"]], left_on="item_id", right_on="id")
    day = case["submit_time"].dt.strftime("%Y-%m-%d")
    assert not (day < case["online_at"]).any()
    assert not (day >= case["offline_at"]).any()


def test_clerks_act_on_working_days_only_and_the_holidays_pile_up_until_the_eighth_of_october(catalog: Catalog, pure: Frames) -> None:
    works = {day.isoformat(): works for day, works in catalog.calendars["china"].days()}
    task = pure["hall_task"]
    by_clerk = task[task["handler_unit"].notna() & (task["action"] != "作废")]
    counted = days(by_clerk["act_time"]).value_counts()
    assert all(works[day] for day in counted.index)
    october = counted[counted.index.str.startswith("2026-10")]
    assert october.idxmax() == "2026-10-08"


def test_people_submit_in_the_evening_and_at_weekends_too(pure: Frames) -> None:
    submitted = pure["hall_case"]["submit_time"].dropna()
    assert 0.25 < (submitted.dt.hour >= 18).mean() < 0.45
    assert 0.1 < (submitted.dt.day_of_week > 4).mean() < 0.25
    assert submitted.min() >= pd.Timestamp("2025-09-01")
    assert submitted.max() < pd.Timestamp("2026-11-05")


def test_every_open_case_waits_at_exactly_one_step(pure: Frames) -> None:
    case, task = pure["hall_case"], pure["hall_task"]
    waiting = task[task["action"].isna()]
    assert sorted(waiting["case_id"]) == sorted(case.loc[case["state"].isin(WAITING), "id"])


def test_steps_follow_each_other_in_time_and_nothing_happens_after_the_clock(pure: Frames) -> None:
    task = pure["hall_task"]
    assert not (task["act_time"] < task["arrive_time"]).any()
    assert not (task.groupby("case_id")["arrive_time"].diff() < pd.Timedelta(0)).any()
    for name in ("hall_task", "hall_case"):
        assert pure[name]["update_time"].max() <= pd.Timestamp(CLOCK)
    assert set(task["action"].dropna()) == {"提交", "受理", "审核", "审批", "转办", "退回", "补正", "撤回", "作废", "办结", "重办"}


def test_a_case_bears_the_times_of_its_steps(pure: Frames) -> None:
    case, task = pure["hall_case"].set_index("id"), pure["hall_task"]
    closed = task[task["action"] == "办结"].groupby("case_id")["act_time"].max()
    finished = case["finish_time"].dropna()
    assert (closed.reindex(finished.index) == finished).all()
    returned = task[task["action"] == "退回"].groupby("case_id").size()
    assert (case["back_times"] == returned.reindex(case.index).fillna(0)).all()


def test_nobody_of_the_pure_school_approves_a_case_of_their_own_or_logs_in_past_the_identity(pure: Frames) -> None:
    task = pure["hall_task"]
    by_clerk = task[task["handler_unit"].notna()]
    assert not (by_clerk["handler"] == by_clerk["case_id"].map(pure["hall_case"].set_index("id")["uid"])).any()
    assert set(pure["hall_login"]["auth"]) == {"统一认证"}


def test_four_fifths_of_the_ratings_are_defaults(pure: Frames) -> None:
    rating = pure["hall_rating"]
    assert rating["auto_flag"].mean() == pytest.approx(0.82, abs=0.01)
    assert set(rating.loc[rating["auto_flag"], "stars"]) == {5}
    assert not rating["case_id"].duplicated().any()


def test_units_were_renamed_and_merged_with_their_successors_named(pure: Frames) -> None:
    unit = pure["t_dw"].set_index("DWH")
    assert len(unit) == 36
    gone = unit[unit["CXRQ"].notna()]
    assert gone["QXDWH"].to_dict() == {"116": "111", "117": "107"}
    assert (unit.loc[gone["QXDWH"], "CXRQ"]).isna().all()


def test_work_done_before_a_unit_was_renamed_stands_under_its_old_name(pure: Frames) -> None:
    arrived = pure["hall_task"].groupby("handler_unit")["arrive_time"]
    assert arrived.max()["116"] < pd.Timestamp("2026-03-01") <= arrived.min()["111"]


def test_the_planted_faults_are_there_in_their_exact_number_and_no_other(pure: Frames, planted: Frames) -> None:
    case, before = planted["hall_case"], pure["hall_case"]
    assert (case["finish_time"] < case["accept_time"]).sum() == PLANTED.disordered_cases
    assert not (before["finish_time"] < before["accept_time"]).any()
    assert (~case["item_id"].isin(planted["hall_item"]["id"])).sum() == PLANTED.orphan_cases
    assert (case["update_time"] == pd.Timestamp(CLOCK)).sum() == PLANTED.tied_cases
    assert (case["item_id"] == PLANTED.purged_item).sum() == PLANTED.purged_cases
    assert PLANTED.purged_item == PURGED_ITEM
    assert (~planted["hall_task"]["case_id"].isin(case["id"])).sum() == PLANTED.orphan_steps
    assert planted["t_jxb"]["JXBH"].duplicated(keep=False).sum() == 2 * PLANTED.duplicate_classes
    assert (~planted["t_jzg"]["SZDW"].isin(planted["t_dw"]["DWH"])).sum() == PLANTED.orphan_staff


def test_the_handler_who_left_holds_the_stuck_cases_of_one_step(planted: Frames) -> None:
    task, gone = planted["hall_task"], leaver(planted)
    waiting = task[task["action"].isna() & (task["handler_unit"] == PLANTED.left_unit) & (task["node"] == PLANTED.stuck_node)]
    assert (waiting["deadline"] < pd.Timestamp("2026-11-04")).sum() >= PLANTED.stuck_steps
    handled = task[task["handler_unit"].notna()]  # what they applied for themselves is another matter
    assert (handled["handler"] == gone).sum() == (waiting["handler"] == gone).sum() == PLANTED.open_tasks
    assert not (task["act_time"] < task["arrive_time"]).any()


def test_every_register_of_the_campus_is_filled_and_its_template_is_the_one_handed_out(catalog: Catalog, planted: Frames) -> None:
    filled = registers(planted)
    assert set(filled) == set(catalog.registers)
    for name, register in catalog.registers.items():
        dataset = catalog.datasets[register.dataset]
        assert all(set(row) == {field.name for field in dataset.fields} for row in filled[name]), name
        assert (CAMPUS / "registers" / f"{name}.xlsx").read_bytes() == render(register, dataset), name
        words = {(field, row[field]) for field in register.choices for row in filled[name]}
        assert all(word in register.choices[field] for field, word in words), name


def test_a_register_drops_its_choices_down(catalog: Catalog) -> None:
    book = load_workbook(CAMPUS / "registers" / "incident.xlsx")
    rules = {str(rule.sqref): (rule.type, rule.formula1) for rule in book.active.data_validations.dataValidation}
    assert rules["C3:C1003"] == ("list", '"一般,较大,重大,特别重大"')
    assert [cell.value for cell in book.active[2]][:3] == ["编号", "责任单位代码", "等级"]


def test_a_teacher_has_a_name_of_a_four_byte_character(planted: Frames) -> None:
    staff = planted["t_jzg"].set_index("GH")
    assert staff.loc[PLANTED.four_byte_teacher, "XM"] == "杨𬀩"
    assert staff.loc[PLANTED.known_teacher, "DQZT"] == "在职"


def test_the_flows_of_the_campus_read_tables_and_columns_that_the_school_has(catalog: Catalog) -> None:
    for flow in catalog.flows.values():
        if flow.source.table and flow.source.system in TABLES:
            columns = set(TABLES[flow.source.system].tables[flow.source.table].columns.keys())
            wanted = {flow.source.columns.get(field.name, field.name) for field in catalog.datasets[flow.dataset].fields}
            assert wanted <= columns, flow.name


def test_every_table_has_its_rows(planted: Frames) -> None:
    assert {name for tables in TABLES.values() for name in tables.tables} == set(planted)
    assert all(len(frame) for frame in planted.values())
