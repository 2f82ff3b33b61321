"""Every DAG loads, keeps to three tasks and to the catalog, and costs the scheduler little. Airflow runs in processes of its own."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from catalog.campus import Catalog
from catalog.flow import After, Flow
from catalog.load import load

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(ROOT / "campus")


@cache
def shown() -> dict[str, Any]:
    """Read the sample school's DAGs."""
    return show(ROOT / "campus")


def show(campus: Path) -> dict[str, Any]:
    """Read a campus's DAGs as Airflow would."""
    environment = {**os.environ, "HUB_CAMPUS": str(campus), "AIRFLOW_HOME": str(ROOT / "var" / "airflow-test")}
    command = [sys.executable, Path(__file__).with_name("show_dags.py")]
    ran = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def flow_dags() -> dict[str, Any]:
    return {name: dag for name, dag in shown()["dags"].items() if "flow" in dag["tags"]}


def test_every_flow_has_one_dag_of_exactly_three_tasks(catalog: Catalog):
    assert set(flow_dags()) == set(catalog.flows)
    assert {tuple(dag["tasks"]) for dag in flow_dags().values()} == {("extract", "judge", "publish")}


def test_a_dag_tells_owner_and_meaning_of_its_flow(catalog: Catalog):
    for name, flow in catalog.flows.items():
        dag = flow_dags()[name]
        assert dag["owner"] == flow.owner
        assert catalog.datasets[flow.dataset].owner in dag["doc"]
        assert {flow.dataset, flow.source.system, flow.target.system} <= set(dag["tags"])


def test_a_schedule_keeps_the_schools_hours_or_waits_for_what_it_runs_after(catalog: Catalog):
    def expected(flow: Flow) -> tuple[str | None, list[str]]:
        match flow.schedule:
            case After(after=datasets):
                return None, sorted(f"{dataset}@{flow.source.system}" for dataset in datasets)
            case cron:
                return cron, []

    for name, flow in catalog.flows.items():
        dag = flow_dags()[name]
        assert (dag["cron"], dag["after"]) == expected(flow)
        assert dag["cron"] is None or catalog.campus.timezone in dag["zone"]


def test_whatever_a_flow_runs_after_is_published_by_another_flow():
    brought = {outlet for dag in flow_dags().values() for outlet in dag["outlets"]}
    assert {asset for dag in flow_dags().values() for asset in dag["after"]} <= brought


def test_a_task_waits_in_the_pool_of_the_system_it_talks_to(catalog: Catalog):
    for name, flow in catalog.flows.items():
        assert flow_dags()[name]["pools"] == {"extract": flow.source.system, "judge": flow.target.system, "publish": flow.target.system}


def test_a_flow_runs_once_at_a_time_and_never_makes_up_for_missed_days():
    assert {(dag["runs"], dag["catchup"]) for dag in shown()["dags"].values()} == {(1, False)}


def test_a_report_wakes_at_its_cut_off_and_whenever_all_that_it_counts_was_published(catalog: Catalog):
    reports = {name: dag for name, dag in shown()["dags"].items() if "report" in dag["tags"]}
    assert {name: dag["cron"] for name, dag in reports.items()} == {
        "report_operation": "30 6 4 * *",
        "report_security": "30 6 4 1,4,7,10 *",
    }
    brought = {outlet for dag in flow_dags().values() for outlet in dag["outlets"]}
    for dag in reports.values():
        assert dag["tasks"] == ["wait", "build", "tell"]
        assert {"application@platform", "application_step@platform", "rating@platform"} <= set(dag["after"]) <= brought


def test_tasks_are_retried_with_back_off():
    assert {tuple(retries) for dag in flow_dags().values() for retries in dag["retries"].values()} == {(3, True)}


def test_a_flow_that_asks_for_it_is_reconciled_on_a_clock_of_its_own(catalog: Catalog):
    clocks = {name for name, dag in shown()["dags"].items() if "reconcile" in dag["tags"]}
    assert clocks == {f"reconcile_{name}" for name, flow in catalog.flows.items() if flow.reconcile}


def test_in_one_process_a_flow_stands_behind_those_it_runs_after(catalog: Catalog):
    order = shown()["order"]
    assert sorted(order) == sorted(catalog.flows)
    for name, dag in flow_dags().items():
        before = [other for other, brings in flow_dags().items() if set(brings["outlets"]) & set(dag["after"])]
        assert all(order.index(other) < order.index(name) for other in before)


def test_only_what_was_unavailable_is_tried_again():
    probe = """
from catalog.errors import BusyError, RejectedError, UnavailableError, UnprovenError
from dags.retry import RETRY
for error in (UnavailableError("x"), BusyError("x"), RejectedError("x"), UnprovenError("x"), ValueError()):
    print(RETRY["retry_policy"].evaluate(error, 1, 3).action.value)
"""
    environment = {**os.environ, "HUB_CAMPUS": str(ROOT / "campus")}
    ran = subprocess.run([sys.executable, "-c", probe], env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["retry", "retry", "fail", "fail", "fail"]


def test_a_flow_may_bear_any_name(tmp_path: Path):
    names = ("campus", "dag", "flow", "now", "task", "wanted", "published")
    system = "name: platform\ntitle: 平台\nkind: sql\nurl: sqlite:///var/platform.db\nowner: 信息资源部\n"
    dataset = "name: thing\ntitle: 物\nowner: 信息资源部\nsharing: none\nkey: [id]\nfields: [{name: id, type: string(8), title: 编号}]\n"
    flow = "name: {0}\ndataset: thing\nsource: {{system: platform, table: a}}\ntarget: {{system: platform, table: {0}}}\nmode: mirror\nreconcile: daily\n"
    files = {"campus": "name: s\ntitle: 学校\nplatform: platform\n", "systems/platform": system, "datasets/thing": dataset}
    for name, text in {**files, **{f"flows/{name}": flow.format(name) for name in names}}.items():
        (tmp_path / "campus" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "campus" / f"{name}.yaml").write_text(text, "utf-8")
    shown = show(tmp_path / "campus")["dags"]
    assert {name for name, dag in shown.items() if "flow" in dag["tags"]} == set(names)
    assert {name for name, dag in shown.items() if "reconcile" in dag["tags"]} == {f"reconcile_{name}" for name in names}


def test_a_campus_of_two_hundred_flows_loads_and_pulls_in_no_heavy_module():
    command = [sys.executable, ROOT / "benchmarks" / "dags.py", "--flows", "200", "--json"]
    measured = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)
    assert (measured["dags"], measured["tasks"]) == (200, 600)
    assert measured["heavy"] == []
