"""The rule book R01–R27 and the formulas of the security report: each finds exactly what was planted and nothing beside it."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from hall import Hall, lay

from catalog.errors import CatalogError
from catalog.load import load
from hub.open import open_hub
from hub.store import access
from hub.store.access import Line
from reports.build import Built, build
from reports.definition import definitions
from reports.laws import cite, table

NOW = datetime(2026, 11, 5, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
SHOWN = [name for name, it in definitions().items() if not it.internal]


def built(folder: Path, hall: Hall, *, lines: tuple[tuple[str, str, int], ...] = (), agreement: dict[str, object] | None = None) -> Built:
    if not hall.rows["application"]:
        hall.case("c0", ("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-12 09:00:00"))
    url = f"sqlite:///{folder}/platform.db"
    hub = lay(folder, hall.rows, hall=url, platform=url, edition={"indicators": SHOWN})
    for name, at, rows in lines:
        line = Line(
            who="library", channel="api", outcome="refused: expired" if rows == 0 else "sent", request="x", agreement=name, rows=rows
        )
        access.write(hub.store, line, now=datetime.fromisoformat(at))
    return build(hub, "operation", "2026-10", now=NOW, out=folder / "out")


def found(made: Built, check: str) -> dict[str, int]:
    """Return what a check found as a whole, and in its parts where there is any."""
    assert check not in made.measured.missing
    parts = {figure.part: round(figure.value or 0) for figure in made.measured.parts(check) if figure.value}
    return {"": made.measured.count(check), **parts}


def hall(**item: object) -> Hall:
    return Hall().item("I1", **item)


def test_r01_guides_that_were_not_updated_for_a_year(tmp_path: Path) -> None:
    made = hall(guide_updated_at="2025-11-01").item("I2", guide_updated_at="2025-10-31").item("I3", guide_updated_at=None)
    made.item("gone", guide_updated_at="2020-01-01", offline_at="2026-10-31")
    assert found(built(tmp_path, made), "R01") == {"": 2}


def test_r02_requests_wait_five_working_days_and_are_confirmed_before_they_are_approved(tmp_path: Path) -> None:
    made, confirmed = hall(), {"kind": "online", "applied_by_unit": "D1", "office_decision": "同意"}
    # applied on 9-29: the fifth working day is 10-11? no: 9-30, 10-8, 10-9, 10-10, 10-12
    made.add(
        "item_request",
        item_id="I1",
        applied_at="2026-09-29 09:00:00",
        tech_confirmed_at="2026-09-30 09:00:00",
        office_decided_at="2026-10-12 17:00:00",
        **confirmed,
    )
    made.add(
        "item_request",
        item_id="I1",
        applied_at="2026-09-29 09:00:00",
        tech_confirmed_at="2026-09-30 09:00:00",
        office_decided_at="2026-10-13 08:00:00",
        **confirmed,
    )
    made.add(
        "item_request",
        item_id="I1",
        applied_at="2026-10-12 09:00:00",
        tech_confirmed_at="2026-10-14 09:00:00",
        office_decided_at="2026-10-13 09:00:00",
        **confirmed,
    )
    made.add(
        "item_request",
        item_id="I1",
        applied_at="2026-10-26 09:00:00",
        tech_confirmed_at=None,
        office_decided_at=None,
        **confirmed | {"office_decision": None},
    )
    assert found(built(tmp_path, made), "R02") == {"": 3, "late": 2, "order": 1}


def test_r03_every_step_needs_a_handler_who_is_there(tmp_path: Path) -> None:
    made = hall().item("old", offline_at="2026-10-31")
    for number in range(1, 5):
        made.add("process_step_def", item_id="I1", step_no=number, step_name="审核")
    made.add("process_step_def", item_id="old", step_no=1, step_name="审核")
    made.add("person", person_key="here", status="在校").add("person", person_key="left", status="离职")
    assigned = {"item_id": "I1"}
    made.add("step_assignee", step_no=1, person_key="here", valid_to="2026-11-01", **assigned)
    made.add("step_assignee", step_no=2, person_key="here", valid_to="2026-10-31", **assigned)
    made.add("step_assignee", step_no=3, person_key="left", valid_to=None, **assigned)
    assert found(built(tmp_path, made), "R03") == {"": 3}


def test_r05_a_month_below_the_promised_availability(tmp_path: Path) -> None:
    made = (
        hall()
        .add("uptime", month="2026-10-01", down_minutes=223, planned_minutes=0)
        .add("uptime", month="2026-09-01", down_minutes=9999, planned_minutes=0)
    )
    assert found(built(tmp_path, made), "R05") == {"": 0}  # half a percent of October is 223.2 minutes


def test_r06_datasets_without_a_proof_are_found(tmp_path: Path) -> None:
    assert found(built(tmp_path, hall()), "R06") == {"": 3}  # no flow ever ran in this test


def test_r07_holes_are_mended_within_their_hours(tmp_path: Path) -> None:
    made = hall()
    for severity, at, fixed in (
        ("紧急", "2026-10-12 09:00:00", "2026-10-13 09:00:00"),
        ("紧急", "2026-10-12 09:00:00", "2026-10-13 09:00:01"),
        ("高危", "2026-10-12 09:00:00", "2026-10-15 09:00:00"),
        ("高危", "2026-10-31 09:00:00", None),
        ("中危", "2026-10-12 09:00:00", None),
        ("中危", "2026-08-12 09:00:00", None),
        ("中危", "2026-08-12 09:00:00", "2026-09-30 09:00:00"),
    ):
        made.add("vuln_scan", severity=severity, found_at=at, fixed_at=fixed)
    assert found(built(tmp_path, made), "R07") == {"": 3}


def test_r08_two_posts_a_department_confirmed_within_half_a_year(tmp_path: Path) -> None:
    made = hall().item("I2", owner_unit_id="D2").item("I3", owner_unit_id="D3")
    for unit, until, after in (("D1", None, None), ("D2", "2026-09-01", "D3"), ("D3", None, None)):
        made.add("org_unit", unit_id=unit, unit_name=unit, valid_to=until, successor_id=after)
    filed = {"filed_at": "2025-01-05 09:00:00", "ended_at": None, "person_key": "p"}
    made.add("dept_contact", unit_id="D1", role="分管领导", confirmed_at="2026-05-01 00:00:00", **filed)
    made.add("dept_contact", unit_id="D1", role="部门管理员", confirmed_at="2026-04-30 23:59:59", **filed)
    made.add("dept_contact", unit_id="D2", role="分管领导", confirmed_at="2026-09-01 09:00:00", **filed)  # filed under the former name
    made.add(
        "dept_contact", unit_id="D3", role="部门管理员", confirmed_at="2026-09-01 09:00:00", **filed | {"ended_at": "2026-10-31 09:00:00"}
    )
    assert found(built(tmp_path, made), "R08") == {"": 2, "vacant": 1, "stale": 1}


def test_r11_plans_and_their_age(tmp_path: Path) -> None:
    made = (
        hall(contingency_plan_id="P1")
        .item("I2", contingency_plan_id="P2")
        .item("I3", contingency_plan_id=None)
        .item("I4", contingency_plan_id="P9")
    )
    made.add("contingency_plan", plan_id="P1", unit_id="D1", reviewed_at="2025-11-01").add(
        "contingency_plan", plan_id="P2", unit_id="D1", reviewed_at="2025-10-31"
    )
    assert found(built(tmp_path, made), "R11") == {"": 3, "none": 2, "stale": 1}


def people(made: Hall) -> Hall:
    """Five handlers with their roles and filings, one fault each but the first."""
    filings = {
        "F1": ("p1", "办理人", "D1", None),
        "F2": ("p2", "办理人", "D1", "2026-10-31"),
        "F3": ("p3", "办理人", "D1", None),
        "F4": ("p4", "办理人", "D2", None),
    }
    for filing, (person, role, unit, until) in filings.items():
        made.add(
            "authz_filing", filing_id=filing, person_key=person, role=role, unit_id=unit, filed_at="2026-01-05 09:00:00", valid_to=until
        )
    for number, filing, role in (
        (1, "F1", "办理人"),
        (2, "F2", "办理人"),
        (3, "F3", "部门管理员"),
        (4, "F4", "办理人"),
        (5, None, "办理人"),
    ):
        account = {
            "person_key": f"p{number}",
            "account_type": "个人",
            "auth_source": "统一认证",
            "state": "启用",
            "created_at": "2026-01-01 00:00:00",
        }
        state = {
            "disabled_at": None,
            "last_login_at": "2026-10-30 09:00:00",
            "pwd_grade": "强",
            "pwd_changed_at": "2026-09-01 09:00:00",
            "mfa": True,
        }
        made.add("account", account_id=f"p{number}", **account, **state)
        made.add(
            "role_grant",
            account_id=f"p{number}",
            role=role,
            scope_unit="D1",
            granted_at="2026-01-06 09:00:00",
            revoked_at=None,
            filing_id=filing,
        )
    return made


def test_r12_a_role_needs_a_filing_for_that_role_and_unit(tmp_path: Path) -> None:
    made = built(tmp_path, people(hall()))
    assert found(made, "R12") == {"": 4, "expired": 1, "scope": 1, "unit": 1, "no_filing": 1}
    rate = made.measured.get("S3")
    assert rate is not None
    assert (rate.numerator, rate.denominator) == (2, 5)


def left(made: Hall) -> Hall:
    """One left on 9-15, was reported on 9-28 and disabled on 9-29; one left in October and still holds a role; one moved, keeping the new one."""
    people(made)
    grants = {row["account_id"]: row for row in made.rows["role_grant"]}
    event = {"unit_id": "D1"}
    made.add("hr_event", person_key="p1", kind="离职", effective_at="2026-09-15 00:00:00", reported_at="2026-09-28 10:00:00", **event)
    grants["p1"]["revoked_at"] = "2026-09-29 10:00:00"
    made.add("hr_event", person_key="p2", kind="离职", effective_at="2026-10-12 00:00:00", reported_at="2026-10-13 10:00:00", **event)
    made.add("hr_event", person_key="p3", kind="调岗", effective_at="2026-10-12 00:00:00", reported_at="2026-10-12 10:00:00", **event)
    grants["p3"]["revoked_at"] = "2026-10-13 09:00:00"
    made.add(
        "role_grant", account_id="p3", role="办理人", scope_unit="D3", granted_at="2026-10-13 09:00:00", revoked_at=None, filing_id=None
    )
    made.add("hr_event", person_key="p4", kind="入职", effective_at="2026-10-12 00:00:00", reported_at="2026-10-12 10:00:00", **event)
    return made


def test_r13_splits_what_the_department_and_what_information_resources_took(tmp_path: Path) -> None:
    made = built(tmp_path, left(hall()))
    assert found(made, "R13") == {"": 1, "disposed_late": 1}
    assert {f.unit for f in made.measured.figures if f.indicator == "R13" and f.unit} == {"D1"}
    reported, disposed = made.measured.get("S1"), made.measured.get("S2")
    assert reported is not None
    assert disposed is not None
    assert (reported.numerator, reported.denominator) == (1 + 0, 2)  # 10-12 → 10-13, 10-12 → 10-12
    assert (disposed.numerator, disposed.denominator) == (1, 1)  # 10-12 → 10-13


def test_the_handler_who_left_in_september_is_judged_in_september(tmp_path: Path) -> None:
    made = left(hall())
    for number in range(6):
        waiting = {"actor_key": "p1", "actor_unit_id": "D1", "arrived_at": "2026-09-10 09:00:00"}
        made.case(f"w{number}", ("提交", "2026-09-10 08:00:00"), ("受理", "2026-09-10 09:00:00"))
        made.add(
            "application_step",
            app_id=f"w{number}",
            step_no=9,
            step_name="审批",
            action=None,
            acted_at=None,
            result=None,
            due_at=None,
            **waiting,
        )
    url = f"sqlite:///{tmp_path}/platform.db"
    made.add("handover", person_key="p9", done_at=None, confidentiality_signed_at=None)
    hub = lay(tmp_path, made.rows, hall=url, platform=url, edition={"indicators": SHOWN})
    september = build(hub, "operation", "2026-09", now=NOW, out=tmp_path / "out")
    assert found(september, "R13") == {"": 0, "reported_late": 1}
    assert found(september, "R14") == {"": 7, "tasks": 6, "handover": 1}
    reported, disposed = september.measured.get("S1"), september.measured.get("S2")
    assert reported is not None
    assert disposed is not None
    assert (reported.value, disposed.value) == (9, 1)  # 9-15 → 9-28 is nine working days with the 20th worked and three days of holiday


def test_r14_a_handover_needs_both_signatures(tmp_path: Path) -> None:
    made = left(hall())
    made.add("handover", person_key="p2", done_at="2026-10-12 09:00:00", confidentiality_signed_at=None)
    made.add("handover", person_key="p3", done_at="2026-10-12 09:00:00", confidentiality_signed_at="2026-10-12 09:00:00")
    for row in made.rows["application_step"]:
        row["actor_key"] = None
    made.case("c0", ("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-12 09:00:00", {"actor_key": "p9"}))
    assert found(built(tmp_path, made), "R14") == {"": 1, "handover": 1}


def test_r15_guides_without_an_exception_are_not_online(tmp_path: Path) -> None:
    made = hall().item("G1", item_type="办事指南").item("G2", item_type="办事指南")
    made.add("exception_register", item_name="G1", approved_at="2026-01-05 09:00:00", valid_to=None)
    made.case("c0", ("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-12 09:00:00"), apply_channel="线下")
    assert found(built(tmp_path, made), "R15") == {"": 1, "offline": 1}


def test_r16_two_items_online_without_approval(tmp_path: Path) -> None:
    made = hall()  # older than the first request that is known
    asked = {"kind": "online", "applied_by_unit": "D1", "tech_confirmed_at": None}
    for item, guide, lead, decision in (
        ("ok", False, None, "同意"),
        ("sent back", False, None, "退回"),
        ("guide", True, "2026-09-30 09:00:00", None),
        ("none", False, None, None),
    ):
        made.item(item, item_type="办事指南" if guide else "网上办理", online_at="2026-10-08")
        if item != "none":
            decided = {"office_decided_at": "2026-10-01 09:00:00" if decision else None, "executed_at": "2026-10-08 09:00:00"}
            made.add(
                "item_request",
                item_id=item,
                applied_at="2026-09-28 09:00:00",
                lead_reviewed_at=lead,
                office_decision=decision,
                **asked | decided,
            )
    assert found(built(tmp_path, made), "R16") == {"": 2}


def test_r17_nothing_leaves_outside_an_agreement(tmp_path: Path) -> None:
    lines = (
        ("no_such", "2026-10-12T09:00:00+08:00", 5),
        ("no_such", "2026-10-12T09:00:00+08:00", 0),
        ("no_such", "2026-09-30T23:59:59+08:00", 5),
    )
    assert found(built(tmp_path, hall(), lines=lines), "R17") == {"": 1, "refused": 1}


def test_r18_changes_are_approved_first_and_versions_follow_each_other(tmp_path: Path) -> None:
    made = hall()
    for version, approved, effective in (
        (1, "2026-09-01", "2026-09-02"),
        (2, "2026-10-08", "2026-10-09"),
        (3, "2026-10-13", "2026-10-12"),
        (5, "2026-10-14", "2026-10-15"),
        (6, None, "2026-10-16"),
    ):
        made.add(
            "item_change",
            item_id="I1",
            version=version,
            approved_at=approved and f"{approved} 09:00:00",
            effective_at=f"{effective} 09:00:00",
        )
    assert found(built(tmp_path, made), "R18") == {"": 3, "unapproved": 2, "gap": 1}


def test_r19_retired_items_are_approved_closed_and_kept(tmp_path: Path) -> None:
    made = hall()
    decided = {"kind": "offline", "office_decision": "同意", "office_decided_at": "2026-10-10 09:00:00", "applied_by_unit": "D1"}
    for item, rows in (("fine", 1), ("lost", 2), ("late", 1)):
        made.item(item, offline_at="2026-10-12")
        day = "2026-10-13" if item == "late" else "2026-10-12"
        made.case(f"of {item}", ("提交", f"{day} 08:00:00"), item=item)
        made.add("item_request", item_id=item, retained_rows=rows, **decided)
    made.item("unasked", offline_at="2026-10-12").item("before", offline_at="2026-09-30")
    assert found(built(tmp_path, made), "R19") == {"": 3, "unapproved": 1, "after": 1, "lost": 1}


def test_r20_only_counts_what_was_published_without_a_review(tmp_path: Path) -> None:
    reviewed = {"secret_review_state": "已审查", "secret_review_at": "2024-12-31"}
    made = (
        hall(**reviewed)
        .item("I2", **reviewed | {"secret_review_state": "未审查"})
        .item("I3", **reviewed | {"secret_review_at": "2025-01-02"})
    )
    made.item("I4", secret_review_state=None, secret_review_at=None)
    told = built(tmp_path, made)
    assert found(told, "R20") == {"": 3}
    assert {f.unit for f in told.measured.figures if f.indicator == "R20"} == {""}  # never by department


def test_r21_great_exports_need_an_approval(tmp_path: Path) -> None:
    made = hall()
    for rows, approval, day in ((999, None, 12), (1000, None, 12), (5000, "", 12), (5000, "OA-1", 12), (5000, None, 32)):
        made.add(
            "export_log", unit_id="D1", ts=f"2026-10-{day} 09:00:00" if day < 32 else "2026-11-01 00:00:00", rows=rows, approval_id=approval
        )
    assert found(built(tmp_path, made), "R21") == {"": 2}


def login(made: Hall, at: str, account: str = "u1", **other: object) -> None:
    usual = {
        "result": "成功",
        "client": "PC",
        "auth_source": "统一认证",
        "ip_net": "10.0.0.0/24",
        "geo_code": "370211",
        "device_hash": account,
    }
    made.add("login_log", log_id=str(len(made.rows.get("login_log", []))).zfill(4), ts=at, account_id=account, **usual | other)


def test_r22_every_login_goes_through_the_unified_identity(tmp_path: Path) -> None:
    made = people(hall())
    made.rows["account"][0]["auth_source"] = "本地"
    login(made, "2026-10-12 09:00:00", auth_source="本地")
    login(made, "2026-10-12 09:00:00", auth_source="本地", result="失败")
    login(made, "2026-11-01 00:00:00", auth_source="本地")
    assert found(built(tmp_path, made), "R22") == {"": 1, "local": 1}


def test_r23_bursts_sprays_and_logins_of_those_who_left(tmp_path: Path) -> None:
    made = left(hall())
    for number in range(5):
        login(made, f"2026-10-12 09:{2 * number:02}:00", "burst", result="失败")  # five within eight minutes
        login(made, f"2026-10-12 09:{3 * number:02}:00", "slow", result="失败", ip_net="10.0.1.0/24")  # five within twelve
    for number in range(20):
        login(made, f"2026-10-12 10:{number:02}:00", f"s{number}", result="失败", ip_net="10.9.9.0/24")
    login(made, "2026-10-12 00:00:01", "p2")
    login(made, "2026-10-12 00:00:01", "p4")
    made.case(
        "night",
        ("提交", "2026-10-12 08:00:00"),
        ("受理", "2026-10-13 04:59:59", {"actor_key": "owl"}),
        ("办结", "2026-10-13 05:00:00", {"actor_key": "lark"}),
    )
    assert found(built(tmp_path, made), "R23") == {"": 3, "burst": 1, "spray": 1, "left": 1, "night": 1}


def test_r24_and_the_other_formulas_about_accounts(tmp_path: Path) -> None:
    made = people(hall())
    weak, initial, admin, disabled, idle = made.rows["account"]
    weak["pwd_grade"], initial["pwd_changed_at"] = "弱", None
    admin |= {"account_type": "管理员", "pwd_changed_at": "2026-08-02 23:59:59", "mfa": False}  # 90 days before 11-01 is 08-03
    disabled |= {"state": "停用", "pwd_grade": "弱"}
    idle["last_login_at"] = "2026-08-02 23:59:59"
    login(made, "2026-05-01 09:00:00")
    login(made, "2026-10-12 09:00:00", result="失败")
    login(made, "2026-10-12 09:00:00", result="锁定")
    told = built(tmp_path, made)
    assert found(told, "R24") == {"": 3, "weak": 1, "initial": 1, "old": 1}
    assert found(told, "S4") == {"": 1}
    assert told.measured.figures.value("S5") == (date(2026, 11, 1) - date(2026, 5, 1)).days
    assert told.measured.figures.value("S6") == 0
    assert found(told, "S7") == {"": 2, "locked": 1}


def test_r25_clues_of_shared_accounts(tmp_path: Path) -> None:
    made = people(hall())
    for number in range(4):
        login(made, f"2026-10-12 {9 + number:02}:00:00", "many", device_hash=f"d{number}")
        login(made, f"2026-10-{12 + number} 09:00:00", "days", device_hash=f"e{number}")
    login(made, "2026-10-12 09:00:00", "far")
    login(made, "2026-10-12 09:05:00", "far", geo_code="110100")
    login(made, "2026-10-13 09:00:00", "near")
    login(made, "2026-10-13 09:05:01", "near", geo_code="110100")
    for number in range(1, 6):
        login(made, "2026-10-14 09:00:00", f"p{number}", device_hash="kiosk")
    assert found(built(tmp_path, made), "R25") == {"": 3, "devices": 1, "places": 1, "device": 1}


def test_r26_clues_of_careless_approval(tmp_path: Path) -> None:
    made = hall()
    for actor, count, seconds in (("swift", 20, 4), ("few", 19, 4), ("calm", 20, 5)):
        for number in range(count):
            at = f"2026-10-12 09:{number:02}:00"
            seen = {"actor_key": actor, "opened_at": at, "result": "不通过" if number == 0 else "通过"}
            made.case(
                f"{actor}{number}",
                ("提交", "2026-10-12 08:00:00"),
                ("审批", f"2026-10-12 09:{number:02}:{seconds:02}", seen),
                applicant_key="someone",
            )
    made.case(
        "own",
        ("提交", "2026-10-12 08:00:00"),
        ("审核", "2026-10-13 09:00:00", {"actor_key": "me", "opened_at": "2026-10-13 08:00:00"}),
        applicant_key="me",
    )
    assert found(built(tmp_path, made), "R26") == {"": 2, "swift": 1, "own": 1}


def test_r27_incidents_and_their_mending(tmp_path: Path) -> None:
    made = hall()
    for at, due, closed in (
        ("2026-10-12", "2026-10-20", "2026-10-19"),
        ("2026-10-12", "2026-10-20", "2026-10-21"),
        ("2026-10-31", "2026-11-02", None),
        ("2026-08-12", "2026-08-20", "2026-09-01"),
    ):
        made.add(
            "incident",
            unit_id="D1",
            level="一般",
            occurred_at=f"{at} 09:00:00",
            due_at=f"{due} 09:00:00",
            closed_at=closed and f"{closed} 09:00:00",
        )
    assert found(built(tmp_path, made), "R27") == {"": 2, "occurred": 3}


def test_every_rule_of_the_book_is_there_with_words_article_target_and_who_acts() -> None:
    checks = {name: it for name, it in definitions().items() if name[0] == "R"}
    assert set(checks) == {f"R{number:02}" for number in range(1, 28)} - {"R04"}  # R04 is the report itself: see the releases
    assert all(it.acts and it.target and it.needs and it.source.startswith("管理办法第") for it in checks.values())


def test_law_and_standard_numbers_stand_in_one_dated_table_alone() -> None:
    assert "第二十一条" in cite("log_retention", date(2025, 12, 31))
    assert "第二十三条" in cite("log_retention", date(2026, 1, 1))
    assert cite("incident_report", date(2025, 10, 31)) == ""
    used = {key for it in definitions().values() for key in it.laws}
    assert used == set(table())
    for path in [
        *(ROOT / "reports").rglob("*.yaml"),
        *(ROOT / "catalog" / "messages").glob("*.yaml"),
        *(ROOT / "campus" / "reports").glob("*.yaml"),
    ]:
        if path.name != "laws.yaml":
            assert not any(law.title in path.read_text("utf-8") for laws in table().values() for law in laws), path.name


def test_persons_stand_in_a_snapshot_under_another_name(tmp_path: Path) -> None:
    url, made = f"sqlite:///{tmp_path}/platform.db", left(hall())
    made.case("c0", ("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-12 09:00:00"))
    lay(tmp_path, made.rows, hall=url, platform=url, edition={"indicators": SHOWN})
    for dataset, name in (("account", "person_key"), ("hr_event", "person_key")):
        path = tmp_path / "campus" / "datasets" / f"{dataset}.yaml"
        data = yaml.safe_load(path.read_text("utf-8"))
        next(field for field in data["fields"] if field["name"] == name)["sensitivity"] = "personal"
        path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    told = build(open_hub(load(tmp_path / "campus")), "operation", "2026-10", now=NOW, out=tmp_path / "out")
    assert found(told, "R13")[""] == 1
    keys = {
        name: set(pq.read_table(told.folder / "snapshot" / f"{name}.parquet")["person_key"].to_pylist()) for name in ("account", "hr_event")
    }
    assert keys["hr_event"] <= keys["account"]
    assert not keys["account"] & {f"p{number}" for number in range(1, 6)}


def test_a_check_without_its_register_is_missing_and_not_zero(tmp_path: Path) -> None:
    told = built(tmp_path, hall())
    assert {"R05", "R07", "R08", "R13", "R27"} <= told.measured.missing
    with pytest.raises(AssertionError):
        found(told, "R07")


def test_an_unknown_indicator_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    made, url = hall().case("c0", ("提交", "2026-10-12 08:00:00")), f"sqlite:///{tmp_path}/platform.db"
    with pytest.raises(CatalogError, match="R99"):
        build(lay(tmp_path, made.rows | {}, hall=url, platform=url, edition={"indicators": ["R99"]}), "operation", "2026-10", now=NOW)
