"""The registers as their units filled them in: workbooks in the drop folder, made with the templates that a school hands out."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from app.school.planted import PLANTED
from app.school.units import NAMES
from catalog.campus import Catalog
from reports.render import register

Frames = Mapping[str, pd.DataFrame]
MONTHS = pd.date_range("2025-09-01", "2026-10-01", freq="MS")


def fill(catalog: Catalog, frames: Frames) -> None:
    """Write every register's workbook into the drop folder of the system `registers`."""
    folder = Path(catalog.systems["registers"].folder or "")
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in registers(frames).items():
        it = catalog.registers[name]
        dataset = catalog.datasets[it.dataset]
        cells = [tuple(row[field.name] for field in dataset.fields) for row in rows]
        (folder / f"{name}.xlsx").write_bytes(register.render(it, dataset, cells))


def registers(frames: Frames) -> Mapping[str, list[dict[str, str | None]]]:
    """Invent what stands in each register, by the names of its dataset's fields."""
    return {
        "problem": _problems(),
        "exception_register": _exceptions(frames["hall_item"]),
        "contingency_plan": _plans(frames["hall_item"]),
        "offline_run": [
            _row("run_id unit_id started_at ended_at cases", "L001", "107", "2026-10-14 09:00", "2026-10-14 11:30", "18"),
            _row("run_id unit_id started_at ended_at cases", "L002", "105", "2026-10-14 09:10", "2026-10-14 11:40", "31"),
        ],
        "incident": _incidents(),
        "uptime": _uptime(),
        "vuln_scan": _holes(),
        "handover": _handovers(frames["hall_move"]),
        "dept_contact": _contacts(frames["hall_item"], frames["hall_grant"]),
        "training": [
            _row("training_id held_at title sessions persons", f"P{n:03}", f"2026-{m:02}-20", "办事大厅使用培训", "1", str(20 + n))
            for n, m in enumerate((3, 5, 9, 10), 1)
        ],
    }


def _row(names: str, *values: str | None) -> dict[str, str | None]:
    return dict(zip(names.split(), values, strict=True))


def _problems() -> list[dict[str, str | None]]:
    """Seven problems were found in the third quarter: four mended, two late, one with time left."""
    names = "problem_id problem unit_id found_at due_at closed_at state"
    told = ("按时办结率未达目标", "环节超期集中", "未设承诺时限", "办事指南过期", "退回率偏高", "零办件事项", "口令长期未改")
    late, mended = PLANTED.late_problems, PLANTED.mended_problems
    rows = []
    for number, problem in enumerate(told, 1):
        closed = "2026-10-12 10:00" if number <= mended else None
        due = "2026-10-20 00:00" if number <= mended + late else "2026-12-01 00:00"
        values = (f"W{number:03}", problem, str(101 + number), "2026-09-20 09:00", due, closed, "已销号" if closed else "整改中")
        rows.append(_row(names, *values))
    return rows


def _exceptions(items: pd.DataFrame) -> list[dict[str, str | None]]:
    names = "exception_id item_name unit_id reason approved_by approved_at valid_to"
    guides = items[(items["kind"] == "办事指南") & (items["secret_state"] != "涉密") & items["offline_at"].isna()]
    rows = guides.iloc[: len(guides) - PLANTED.without_exception].itertuples()
    return [
        _row(names, f"X{n:03}", str(it.name), str(it.owner_unit), "须现场办理", "综合办公室", "2025-09-10 09:00", None)
        for n, it in enumerate(rows, 1)
    ]


def _plans(items: pd.DataFrame) -> list[dict[str, str | None]]:
    names = "plan_id unit_id plan_name reviewed_at"
    plans = sorted(set(items["plan_id"].dropna()))
    stale = plans[: PLANTED.stale_plans]
    return [_row(names, it, it[1:], "停电断网应急预案", "2025-03-02" if it in stale else "2026-03-02") for it in plans]


def _incidents() -> list[dict[str, str | None]]:
    names = "incident_id unit_id level title occurred_at due_at closed_at"
    return [
        _row(names, "S001", "102", "一般", "接口中断", "2026-07-08 10:00", "2026-07-15 00:00", "2026-07-09 17:00"),
        _row(names, "S002", "104", "一般", "误发附件", "2026-08-19 15:00", "2026-08-26 00:00", "2026-08-24 11:00"),
        _row(names, "S003", "107", "一般", "终端中毒", "2026-09-10 09:00", "2026-09-17 00:00", None),
    ]


def _uptime() -> list[dict[str, str | None]]:
    bad = pd.Timestamp(PLANTED.bad_month)
    return [
        _row("month down_minutes planned_minutes", f"{month:%Y-%m-%d}", "300" if month == bad else "12", "120" if month.month == 8 else "0")
        for month in MONTHS
    ]


def _holes() -> list[dict[str, str | None]]:
    """Twelve holes were found in the third quarter; the first were mended too late."""
    rows = []
    for number in range(1, 13):
        found = pd.Timestamp("2026-07-03 09:00") + pd.Timedelta(days=7 * number)
        fixed = found + (pd.Timedelta(days=9) if number <= PLANTED.late_holes else pd.Timedelta(hours=20))
        values = (f"V{number:03}", "高危" if number <= 4 else "中危", f"{found:%Y-%m-%d %H:%M}", f"{fixed:%Y-%m-%d %H:%M}")
        rows.append(_row("vuln_id severity found_at fixed_at", *values))
    return rows


def _handovers(moves: pd.DataFrame) -> list[dict[str, str | None]]:
    names = "handover_id person_key done_at confidentiality_signed_at open_tasks_moved"
    third = moves[(moves["effective_at"] >= "2026-07-01") & (moves["effective_at"] < "2026-10-01")]
    without = set(third["uid"].tail(PLANTED.without_handover))  # the handler of the summer, and one before
    rows = moves[~moves["uid"].isin(without)].itertuples()
    at = "%Y-%m-%d %H:%M"
    return [_row(names, f"J{n:03}", str(it.uid), f"{it.reported_at:{at}}", f"{it.reported_at:{at}}", "是") for n, it in enumerate(rows, 1)]


def _contacts(items: pd.DataFrame, grants: pd.DataFrame) -> list[dict[str, str | None]]:
    """Two posts in every department with items; some are vacant, some were not confirmed for half a year."""
    names = "contact_id unit_id role person_key filed_at confirmed_at ended_at"
    known = [str(first + n) for first, group in zip((101, 201, 301), NAMES.values(), strict=True) for n in range(len(group.split()))]
    units = [unit for unit in known if unit in set(items["owner_unit"])]
    person = grants.drop_duplicates("unit_id").set_index("unit_id")["account_id"]
    posts = [(unit, role) for unit in units for role in ("分管领导", "部门管理员")]
    filled, stale = posts[PLANTED.vacant_posts :], PLANTED.stale_posts
    rows = []
    for number, (unit, role) in enumerate(filled, 1):
        confirmed = "2026-01-12 09:00" if number <= stale else "2026-09-01 09:00"
        rows.append(_row(names, f"Z{number:03}", unit, role, person[unit], "2025-09-01 09:00", confirmed, None))
    return rows
