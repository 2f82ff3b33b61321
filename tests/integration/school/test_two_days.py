"""The sample school lives two days on real servers: every flow proved, every planted fault told by its number.

Hall and platform on PostgreSQL, personnel and the library on MariaDB, the other systems on SQLite.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from app.school import calls, empty_source, generate, restore_source, second_day
from app.school.planted import PLANTED
from catalog.campus import Catalog
from catalog.load import load
from catalog.order import order
from connectors.database import session
from hub import quarantine
from hub.open import Hub, open_hub
from hub.pipeline import run
from hub.receipt import Receipt
from hub.reconcile import reconcile
from hub.verify import verify
from reports import issues
from reports.build import Built, build
from reports.evidence import keys
from reports.release import names
from reports.release.final import official
from reports.release.privacy import scan

CAMPUS = Path(__file__).parents[3] / "campus"
NOW = datetime.fromisoformat("2026-11-05T08:00:00+08:00")
PARTS = (
    ("R08", "vacant"), ("R08", "stale"), ("R12", "no_filing"), ("R12", "expired"), ("R12", "scope"), ("R12", "unit"),
    ("R13", "reported_late"), ("R13", "disposed_late"), ("R14", "tasks"), ("R14", "handover"), ("R18", "unapproved"), ("R18", "gap"),
    ("R22", "local"), ("R23", "burst"), ("R23", "spray"), ("R23", "left"), ("R23", "night"), ("R24", "weak"), ("R24", "initial"),
    ("R25", "devices"), ("R26", "swift"), ("R26", "own"), ("R26", "all"),
)  # fmt: skip
UNLIMITED = """select count(*) from service_item where item_type = '网上办理' and promise_days is null and case_type <> '即办件'
               and online_at < date '2026-11-01' and coalesce(offline_at, date '2099-01-01') >= date '2026-11-01'"""
PLACES = {"HALL": "postgresql", "PLATFORM": "postgresql", "HR": "mariadb", "LIBRARY": "mariadb"}


@contextmanager
def clock(now: datetime) -> Iterator[datetime]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUB_NOW", now.isoformat())
        yield now


@dataclass(frozen=True, slots=True)
class School:
    """A campus with its hub, and what its flows told when each last ran."""

    hub: Hub
    receipts: dict[str, Receipt]

    @property
    def catalog(self) -> Catalog:
        return self.hub.catalog

    def run(self, *flows: str) -> dict[str, Receipt]:
        with clock(NOW):
            return {flow: run(self.hub, flow, now=NOW, by="test") for flow in flows}

    def reconcile(self, flow: str) -> Receipt:
        with clock(NOW + timedelta(days=3)) as now:
            return reconcile(self.hub, flow, now=now, by="test")

    def ask(self, system: str, query: str) -> list[Any]:  # Any: whatever the query selects
        with session(self.catalog.systems[system]) as connection:
            return [tuple(row) if len(row) > 1 else row[0] for row in connection.execute(text(query))]


def warnings(receipt: Receipt) -> dict[str, int]:
    return {finding["id"]: finding["failed"] for finding in receipt.findings if finding["failed"]}


@pytest.fixture(scope="module")
def urls(servers: Callable[[str], str]) -> Iterator[dict[str, str]]:
    """Make a database for each system that lies on a server; drop it in the end, with what the hub keeps beside it."""
    token = uuid4().hex[:8]
    made = {name: make_url(servers(kind)).set(database=f"school_{token}_{name.lower()}") for name, kind in PLACES.items()}
    for name, url in made.items():
        administer(servers(PLACES[name]), f"create database {url.database}")
    yield {name: url.render_as_string(hide_password=False) for name, url in made.items()}
    for name, url in made.items():
        administer(servers(PLACES[name]), f"drop database {url.database}")
        if PLACES[name] == "mariadb":
            administer(servers("mariadb"), f"drop database if exists campus_hub_{url.database}")


def administer(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="module")
def first_day(urls: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """A school generated and run once."""
    root = tmp_path_factory.mktemp("school")
    shutil.copytree(CAMPUS, root / "campus")
    (root / "var").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ACADEMIC", "FINANCE", "LOGISTICS", "HUB_STORE"):
            patch.delenv(f"{name}_URL", raising=False)
        for name, url in urls.items():
            patch.setenv(f"{name}_URL", url)
        catalog = load(root / "campus")
        generate(catalog)
        world = School(open_hub(catalog), {})
        world.receipts.update(world.run(*order(catalog)))
        yield world


@pytest.fixture(scope="module")
def next_day(first_day: School) -> School:
    """The same school after its second day was run."""
    second_day(first_day.catalog)
    return School(first_day.hub, first_day.run(*order(first_day.catalog)))


def test_every_flow_of_the_first_day_is_proved_and_quarantines_exactly_what_was_planted(first_day: School) -> None:
    told = {flow: (r.status, r.rows.quarantined) for flow, r in first_day.receipts.items()}
    planted = PLANTED.quarantined
    assert told == {f: ("proved_with_exceptions", planted[f]) if f in planted else ("proved", 0) for f in first_day.catalog.flows}
    assert {flow: len(list(quarantine.rows(first_day.hub, flow))) for flow in planted} == planted


def test_each_target_holds_what_its_source_holds(first_day: School) -> None:
    cases = first_day.ask("hall", "select count(*) from hall_case")[0]
    assert cases == 60_000
    assert first_day.ask("platform", "select count(*) from application") == [cases - PLANTED.quarantined["application_to_platform"]]
    assert first_day.ask("platform", "select count(*) from application_step") == first_day.ask("hall", "select count(*) from hall_task")
    assert first_day.ask("hall", "select count(*) from base_repair_progress") == first_day.ask("logistics", "select count(*) from wx_gd")
    assert all(verify(first_day.hub, flow).equal for flow in ("staff_to_library", "repair_order_to_logistics", "unit_month_on_platform"))


def test_orphans_that_are_let_through_are_told_as_warnings(first_day: School) -> None:
    assert warnings(first_day.receipts["staff_to_platform"]) == {"references:dept_code:org_unit": PLANTED.orphan_staff}
    steps = warnings(first_day.receipts["application_step_to_platform"])
    lost = "select count(*) from application_step as s where not exists (select 1 from application as a where a.app_id = s.app_id)"
    assert steps == {"references:app_id:application": first_day.ask("platform", lost)[0]}


def test_a_confidential_item_is_only_counted(first_day: School) -> None:
    hidden = first_day.ask("hall", "select count(*) from hall_item where secret_state = '涉密'")
    assert hidden == [PLANTED.confidential_items]
    assert first_day.ask("platform", "select count(*) from service_item") == [180]
    assert first_day.ask("platform", "select count(*) from service_item where secret_review_state = '涉密'") == [0]


def test_a_name_of_a_four_byte_character_arrives_as_it_is(first_day: School) -> None:
    query = f"select name from staff where staff_no = '{PLANTED.four_byte_teacher}'"
    assert first_day.ask("platform", query) == [PLANTED.four_byte_name]


def test_the_library_receives_the_columns_and_rows_of_its_agreement_and_only_surnames(first_day: School) -> None:
    columns = first_day.ask("library", "select column_name from information_schema.columns where table_name = 'zjk_reader'")
    assert set(columns) == {"staff_no", "name", "dept_code", "hub_op", "hub_batch_id", "hub_changed_at"}
    names = set(first_day.ask("library", "select name from zjk_reader"))
    assert names
    assert all(name[0] != "*" and set(name[1:]) == {"*"} for name in names)
    active = first_day.ask("platform", "select count(*) from staff where status = '在职'")
    assert first_day.ask("library", "select count(*) from zjk_reader") == active
    batch = "select rows_inserted, rows_updated, rows_deleted from hub_batch where flow = 'staff_to_library' and consumed_at is null"
    assert first_day.ask("library", batch) == [(active[0], 0, 0)]


def test_the_month_table_counts_every_case_once(first_day: School) -> None:
    counted = first_day.ask("platform", "select sum(submitted), sum(closed) from unit_month")[0]
    said = "select count(submitted_at), count(closed_at) from application where not is_test"
    assert tuple(map(int, counted)) == first_day.ask("platform", said)[0]


@pytest.fixture(scope="module")
def told(first_day: School) -> dict[str, Built]:
    """Both reports over the first day, the security report of the third quarter."""
    calls.history(first_day.hub)
    with clock(NOW) as now:
        return {
            "operation": build(first_day.hub, "operation", "2026-10", now=now),
            "security": build(first_day.hub, "security", "2026Q3", now=now),
        }


def test_the_security_report_finds_exactly_what_was_planted(told: dict[str, Built]) -> None:
    found, p = told["security"].measured, PLANTED
    assert not found.missing
    assert {name: found.count(name) for name in ("R03", "R05", "R07", "R13", "R15", "R16", "R17", "R20", "R21", "R22", "R27", "S4")} == {
        "R03": p.handlerless_steps, "R05": 1, "R07": p.late_holes, "R13": p.kept_roles, "R15": p.without_exception,
        "R16": p.unapproved_items, "R17": p.early_calls, "R20": p.unreviewed_items, "R21": p.unapproved_exports,
        "R22": p.local_logins, "R27": p.late_incidents, "S4": p.unused_accounts,
    }  # fmt: skip
    parts = {(f.indicator, f.part): round(f.value or 0) for f in found.figures if not f.unit and f.part}
    assert found.count("R23") == p.bursts + p.sprayed + p.logins_after_leaving
    assert found.count("R26") == p.swift_handlers + p.own_approvals
    assert {key: parts.get(key, 0) for key in PARTS} == {
        ("R08", "vacant"): p.vacant_posts, ("R08", "stale"): p.stale_posts, ("R12", "no_filing"): p.unfiled,
        ("R12", "expired"): p.expired_filings, ("R12", "scope"): p.other_role, ("R12", "unit"): p.other_unit,
        ("R13", "reported_late"): 1, ("R13", "disposed_late"): p.kept_roles, ("R14", "tasks"): p.open_tasks,
        ("R14", "handover"): p.without_handover, ("R18", "unapproved"): p.unapproved_changes, ("R18", "gap"): p.version_gaps,
        ("R22", "local"): p.local_accounts, ("R24", "weak"): p.weak_passwords, ("R24", "initial"): p.initial_passwords,
        ("R23", "burst"): p.bursts, ("R23", "spray"): p.sprayed, ("R23", "left"): p.logins_after_leaving,
        ("R23", "night"): p.night_handlers, ("R25", "devices"): p.shared_accounts, ("R26", "swift"): p.swift_handlers,
        ("R26", "own"): p.own_approvals, ("R26", "all"): p.all_passing,
    }  # fmt: skip


def test_the_handler_who_left_took_nine_days_to_report_and_one_to_lose_the_role(told: dict[str, Built]) -> None:
    figures = told["security"].measured.figures
    assert figures.get("S1", PLANTED.left_unit).value == 9  # the 20th is worked, the 25th to 27th are not
    assert figures.get("S2", PLANTED.left_unit).value == 1


def test_the_operation_report_finds_the_stuck_step_and_the_default_ratings(first_day: School, told: dict[str, Built]) -> None:
    found = told["operation"].measured
    stuck, *others = found.tables["stuck_steps"]
    assert (stuck["step_name"], stuck["unit"]) == (PLANTED.stuck_node, PLANTED.left_unit)
    assert PLANTED.stuck_steps <= stuck["cases"] <= PLANTED.stuck_steps + 2
    assert 2 * stuck["cases"] > sum(row["overdue"] for row in found.tables["step_units"])
    assert others[0]["cases"] < PLANTED.open_tasks
    assert found.figures.value("F1") == pytest.approx(0.18, abs=0.015)  # the rest are defaults
    assert found.bases["items_without_limit"] == first_day.ask("platform", UNLIMITED)[0]
    assert {row["now"] for row in found.tables["units"] if row["unit_id"] in ("116", "117")} == {"111", "107"}
    assert dict(found.tables["mended"][0]) == {"problems": 7, "mended": PLANTED.mended_problems, "late": PLANTED.late_problems}


def test_three_days_over_the_holiday_are_on_time(first_day: School, told: dict[str, Built]) -> None:
    accepted = f"accepted_at = timestamp '{PLANTED.holiday_accepted}'"
    mine = set(first_day.ask("platform", f"select app_id from application where {accepted}"))
    assert len(mine) == PLANTED.over_the_holiday
    closed = first_day.ask("platform", f"select count(*) from application where {accepted} and closed_at > timestamp '2026-10-03'")
    assert closed == [PLANTED.over_the_holiday]  # late by weekdays
    on_time = {it.key: it.counted for it in keys(first_day.hub, told["operation"].issue, "B2")}
    assert {on_time[app] for app in mine} == {True}


def test_what_leaves_holds_no_name_number_or_key_of_a_person(first_day: School, told: dict[str, Built]) -> None:
    for built in told.values():
        settings = first_day.catalog.editions[built.edition]
        people = names.on_platform(first_day.hub, official(first_day.hub, issues.find(first_day.hub.store, built.issue)))
        assert sum(map(len, people.by_length.values())) > 3000
        files = [path for path in built.files if path.suffix in (".docx", ".xlsx", ".html", ".pdf")]
        assert scan(files, people, students=settings.student_numbers).blocking == [], built.issue


def test_an_emptied_source_is_held_and_the_platform_keeps_its_rows(first_day: School) -> None:
    flow = PLANTED.emptied[2]
    empty_source(first_day.catalog)
    (receipt,) = first_day.run(flow).values()
    kept = first_day.ask("platform", "select count(*) from student")
    restore_source(first_day.catalog)
    assert (receipt.status, receipt.exit_code, kept) == ("held", 3, [12_000])
    (receipt,) = first_day.run(flow).values()
    assert (receipt.status, receipt.rows.inserted, receipt.rows.deleted) == ("proved", 0, 0)


def test_the_second_day_moves_exactly_the_rows_that_changed(next_day: School) -> None:
    moved = {flow: (r.rows.inserted, r.rows.updated, r.rows.deleted) for flow, r in next_day.receipts.items()}
    assert moved == {flow: PLANTED.changes.get(flow, (0, 0, 0)) for flow in next_day.catalog.flows}
    assert {r.exit_code for r in next_day.receipts.values()} == {0}


def test_a_bad_code_keeps_a_known_teacher_as_first_published_and_in_the_library(next_day: School) -> None:
    receipt = next_day.receipts["staff_to_platform"]
    assert (receipt.status, receipt.rows.quarantined, receipt.rows.kept_stale) == ("proved_with_exceptions", 1, 1)
    teacher = f"where staff_no = '{PLANTED.known_teacher}'"
    assert next_day.ask("hr", f"select XB, SZDW from t_jzg where GH = '{PLANTED.known_teacher}'") == [
        (PLANTED.bad_gender, PLANTED.moved_to)
    ]
    ((gender, unit),) = next_day.ask("platform", f"select gender, dept_code from staff {teacher}")
    assert gender in ("1", "2")
    assert unit != PLANTED.moved_to
    assert next_day.ask("library", f"select dept_code from zjk_reader {teacher}") == [unit]
    (refused,) = {refused.key for refused in quarantine.rows(next_day.hub, "staff_to_platform")}
    assert refused == (PLANTED.known_teacher,)


def test_what_the_hall_purges_of_a_retired_item_stays_on_the_platform(next_day: School) -> None:
    purged = f"where item_id = '{PLANTED.purged_item}'"
    assert next_day.ask("hall", f"select count(*) from hall_case {purged}") == [0]
    receipt = next_day.reconcile("application_to_platform")
    assert (receipt.exit_code, receipt.rows.retained) == (0, PLANTED.purged_cases)
    assert next_day.ask("platform", f"select count(*) from application {purged}") == [PLANTED.purged_cases]


def test_a_teacher_who_left_is_found_by_the_reconcile(next_day: School) -> None:
    receipt = next_day.reconcile("staff_to_platform")
    assert (receipt.exit_code, receipt.rows.deleted) == (0, PLANTED.gone_staff)
