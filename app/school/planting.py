"""Put the faults of the first day into an invented school, each at a place that the seed decides."""

import pandas as pd

from app.school.planted import CLOCK, PLANTED


def plant(frames: dict[str, pd.DataFrame]) -> None:
    """Change the frames in place. The cases chosen are closed ones of three steps, no leave and no repair."""
    staff, case, task, classes = frames["t_jzg"], frames["hall_case"], frames["hall_task"], frames["t_jxb"]
    staff.loc[staff["GH"] == PLANTED.four_byte_teacher, "XM"] = PLANTED.four_byte_name
    retired = staff.index[staff["DQZT"] == "退休"][: PLANTED.orphan_staff]
    staff.loc[retired, "SZDW"] = PLANTED.missing_unit

    simple = _simple(frames)
    disordered, orphans = simple[: PLANTED.disordered_cases], simple[PLANTED.disordered_cases :][: PLANTED.orphan_cases]
    case.loc[disordered, "accept_time"] = case.loc[disordered, "finish_time"] + pd.Timedelta(hours=2)
    case.loc[orphans, "item_id"] = PLANTED.missing_item
    waiting = case.index[case["state"] == "已受理"][: PLANTED.tied_cases]
    case.loc[waiting, "update_time"] = pd.Timestamp(CLOCK)

    steps = task.tail(PLANTED.orphan_steps).copy()
    steps["case_id"] = [f"A9999999{number}" for number in range(len(steps))]
    steps["id"] = steps["case_id"] + "-01"
    frames["hall_task"] = pd.concat([task, steps], ignore_index=True)
    twice = classes.head(PLANTED.duplicate_classes).assign(RS=0)
    frames["t_jxb"] = pd.concat([classes, twice], ignore_index=True)


def _simple(frames: dict[str, pd.DataFrame]) -> "pd.Index[int]":
    case = frames["hall_case"]
    steps = case["id"].map(frames["hall_task"].groupby("case_id").size())
    forms = pd.concat([frames["hall_form_leave"]["case_id"], frames["hall_form_repair"]["case_id"]])
    return case.index[(case["state"] == "已办结") & (steps == 3) & ~case["id"].isin(forms) & (case["submit_time"] >= "2026-03-01")]
