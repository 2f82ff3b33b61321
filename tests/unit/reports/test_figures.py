"""Every figure of the operation report over cases that were counted by hand, each at a boundary."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.errors import CatalogError
from hub.open import Hub
from reports.build import Built, build, rebuild

NOW = datetime(2026, 11, 5, tzinfo=UTC)
UNITS = [
    ("D1", "教务处", "职能", "职能部门", "2020-01-01", None, None, 1),
    ("D2", "旧名处", "职能", "职能部门", "2020-01-01", "2026-09-01", "D3", 2),
    ("D3", "新名处", "职能", "职能部门", "2026-09-01", None, None, 3),
]
ITEMS = [
    ("I1", "成绩证明", "网上办理", "D1", "承诺件", 3, "2025-01-01", None, None),
    ("I2", "用印申请", "网上办理", "D2", "承诺件", None, "2026-10-12", None, None),
    ("I3", "办事指南", "办事指南", "D1", None, None, "2025-01-01", None, None),
    ("I4", "旧事项", "网上办理", "D1", "承诺件", 3, "2025-01-01", "2026-10-20", None),
]


def steps(case: str, *acts: tuple[str, str]) -> list[tuple[object, ...]]:
    return [(f"{case}-{n}", case, n, action, action, "D1", at, at, None) for n, (action, at) in enumerate(acts)]


# case, item, due, then its dated actions
CASES: list[tuple[str, str, str | None, list[tuple[str, str]]]] = [
    # carried in, closed on the last day one second before the month ends; due at midnight of that day: on time
    ("c1", "I1", "2026-11-01 00:00:00", [("提交", "2026-09-28 10:00:00"), ("受理", "2026-09-28 11:00:00"), ("办结", "2026-10-31 23:59:59")]),
    # accepted before the holiday, three working days later is 10-09: closed that day, 3 working days
    ("c2", "I1", "2026-10-10 00:00:00", [("提交", "2026-09-29 09:00:00"), ("受理", "2026-09-29 10:00:00"), ("办结", "2026-10-09 17:00:00")]),
    # accepted at the month's first instant, returned, paused over two working days, closed late by a second
    ("c3", "I1", "2026-10-15 00:00:00",
     [("提交", "2026-10-01 00:00:00"), ("受理", "2026-10-01 00:00:00"), ("退回", "2026-10-08 09:00:00"), ("补正", "2026-10-10 09:00:00"),
      ("办结", "2026-10-15 00:00:01")]),
    # new, withdrawn: in the balance, in no rate
    ("c4", "I1", "2026-10-20 00:00:00", [("提交", "2026-10-12 09:00:00"), ("受理", "2026-10-12 09:30:00"), ("撤回", "2026-10-13 09:00:00")]),
    # new without a limit, of a renamed unit, still open
    ("c5", "I2", None, [("提交", "2026-10-20 09:00:00"), ("受理", "2026-10-20 10:00:00")]),
    # closed in September, reopened and closed again in October
    ("c6", "I1", None,
     [("提交", "2026-09-01 09:00:00"), ("受理", "2026-09-01 10:00:00"), ("办结", "2026-09-02 10:00:00"), ("重办", "2026-10-12 10:00:00"),
      ("办结", "2026-10-13 10:00:00")]),
    # submitted, never accepted
    ("c7", "I1", None, [("提交", "2026-10-30 09:00:00")]),
    # due in October, still open at the cut-off
    ("c8", "I1", "2026-10-14 00:00:00", [("提交", "2026-10-08 09:00:00"), ("受理", "2026-10-08 10:00:00")]),
    # an old arrear
    ("c9", "I1", "2026-09-10 00:00:00", [("提交", "2026-09-01 09:00:00"), ("受理", "2026-09-01 10:00:00")]),
]  # fmt: skip


def rows() -> dict[str, list[tuple[object, ...]]]:
    return {
        "org_unit": list(UNITS),
        "service_item": list(ITEMS),
        "item_request": [("r1", "I1", "change", "2026-10-08 09:00:00"), ("r2", "I1", "change", "2026-11-01 00:00:00")],
        "application": [(case, item, due, False) for case, item, due, _ in CASES] + [("t1", "I1", None, True)],
        "application_step": [row for case, _, _, acts in CASES for row in steps(case, *acts)] + steps("t1", ("提交", "2026-10-08 09:00:00")),
        "application_pause": [("c3", "补正", "2026-10-08 09:00:00", "2026-10-10 09:00:00"), ("c3", "特别程序", "2026-10-09 09:00:00", "2026-10-10 12:00:00")],
        "rating": [
            ("x1", "c1", 5, True, "2026-11-01 09:00:00"), ("x2", "c2", 2, False, "2026-10-10 09:00:00"), ("x3", "c3", 3, False, "2026-10-16 09:00:00"),
        ],
    }  # fmt: skip


@pytest.fixture
def built(platform: Callable[..., Hub], tmp_path: Path) -> Built:
    return build(platform(rows()), "operation", "2026-10", now=NOW, out=tmp_path / "out")


def test_the_balance_counts_dated_actions(built: Built) -> None:
    counts = {name: built.measured.count(name) for name in ("A1", "A2", "A3", "A4", "A5", "A6")}
    assert counts == {"A1": 5, "A2": 4, "A3": 3, "A4": 7, "A5": 4, "A6": 3}
    assert (built.measured.count("A4", part="reopened"), built.measured.count("A6", part="void")) == (1, 1)
    assert built.measured.get("B1").value == pytest.approx(4 / 8)


def test_what_fell_due_is_judged_to_the_second(built: Built) -> None:
    assert built.measured.count("A7") == 4
    due = built.measured.get("B2")
    assert due is not None
    assert (due.numerator, due.denominator) == (2, 4)
    assert {part: built.measured.count("B3", part=part) for part in ("late", "open", "arrears")} == {"late": 1, "open": 1, "arrears": 1}


def test_working_days_skip_the_holiday_and_the_pause(built: Built) -> None:
    # c1: 9-28 → 10-31 is 20 working days; c2: 3; c3: 10-01 → 10-15 is 7 less the paused 9th and 10th; c6: reopened 10-12 → 10-13 is 1
    mean = built.measured.get("C1")
    assert mean is not None
    assert (mean.numerator, mean.denominator) == (20 + 3 + 5 + 1, 4)
    assert {f.part: f.value for f in built.measured.parts("C3")}["median"] == 4
    assert {f.part: f.value for f in built.measured.parts("C3")}["p90"] == 20
    assert built.measured.get("D1").numerator == 1


def test_default_ratings_are_no_ratings(built: Built) -> None:
    rated, good, strict = (built.measured.get(name) for name in ("F1", "F2", "F3"))
    assert [(f.numerator, f.denominator) for f in (rated, good, strict) if f] == [(2, 4), (1, 2), (0, 2)]


def test_items_and_renamed_units_are_followed(built: Built) -> None:
    parts = {f.part: int(f.value or 0) for f in built.measured.parts("E4") if f.value}
    online = {"online_start": 2, "online_added": 1, "online_removed": 1, "online_end": 2}
    assert parts == {"start": 3, "added": 1, "removed": 1, "end": 3, "changed": 1, "guide_start": 1, "guide_end": 1, **online}
    assert built.measured.count("A2", "D3") == 1
    assert built.measured.count("A2", "D2") == 0


def test_an_issue_is_built_again_from_its_snapshot_byte_by_byte(platform: Callable[..., Hub], tmp_path: Path) -> None:
    hub = platform(rows())
    first = build(hub, "operation", "2026-10", now=NOW, out=tmp_path / "out")
    before = {path.name: path.read_bytes() for path in first.files}
    again = rebuild(hub, "operation", "2026-10", folder=first.folder)
    assert {path.name: path.read_bytes() for path in again.files} == before
    manifest = json.loads((first.folder / "manifest.json").read_text("utf-8"))
    assert set(manifest["files"]) == {*(f"operation-2026-10.{kind}" for kind in ("docx", "html", "pdf", "xlsx")), "figures.json"}


def test_what_has_no_source_is_said_and_not_guessed(platform: Callable[..., Hub], tmp_path: Path) -> None:
    given = {name: lines for name, lines in rows().items() if name != "rating"}
    built = build(platform(given), "operation", "2026-10", now=NOW, out=tmp_path / "out")
    assert {name for name in built.measured.missing if name[0] == "F"} == {f"F{n}" for n in range(1, 8)}
    assert "参评率：无数据来源" in (built.folder / "operation-2026-10.html").read_text("utf-8")


def test_days_beyond_the_calendar_are_an_error(platform: Callable[..., Hub], tmp_path: Path) -> None:
    given = rows()
    given["application_step"] = [
        tuple(str(v).replace("2026-1", "2027-1") if isinstance(v, str) and v.startswith("2026-1") else v for v in row)
        for row in given["application_step"]
    ]
    with pytest.raises(CatalogError) as error:
        build(platform(given), "operation", "2027-10", now=NOW.replace(year=2027), out=tmp_path / "out")
    assert "china" in str(error.value)


def test_the_report_says_its_balance_in_words(built: Built) -> None:
    page = (built.folder / "operation-2026-10.html").read_text("utf-8")
    assert "2026年10月在办7件（上月结转3件，新收4件" in page
    assert "应办结4件，按时办结2件，按时办结率50.0%" in page
    assert "未设承诺时限1项、新收1件，不计入应办结" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
