"""The DAG of an edition, run by Airflow: it waits for its datasets, then makes the draft, and the office hears of it once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hall import Hall, lay
from robot import Robot

from catalog.load import load
from hub.open import Hub, open_hub
from hub.pipeline import run

BEFORE, CUT = datetime(2026, 10, 31, tzinfo=UTC), datetime(2026, 11, 3, 16, tzinfo=UTC)  # 2026-11-04 0:00 in the school's zone
TEST = """
import os
from dags.environment import prepare, settings, var
os.environ.update(settings())
if not (var() / "airflow" / "airflow.db").exists():
    prepare(os.environ)
from dags.editions import edition_dag
from dags.campus import campus
dag = edition_dag(campus(), campus().editions["operation"])
print("states", *(f"{it.task_id}={it.state}" for it in sorted(dag.test().get_task_instances(), key=lambda it: it.task_id)))
"""


@pytest.fixture
def robot() -> Iterator[Robot]:
    it = Robot()
    yield it
    it.server.shutdown()
    it.server.server_close()
    it.thread.join()


@pytest.fixture
def hub(tmp_path: Path, robot: Robot) -> Hub:
    """Two cases, one of a number that the rules do not take; October's report is told to the robot."""
    made = Hall().item("I1")
    for case in ("c1", "x1"):
        made.case(case, ("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-12 09:00:00"))
    hall, platform = (f"sqlite:///{tmp_path}/{name}.db" for name in ("hall", "platform"))
    lay(tmp_path, made.rows, hall=hall, platform=platform, edition={"notify": ["wecom"]}, daily=True)
    rule = {"rule": "matches", "field": "app_id", "pattern": "c.*", "on_fail": "quarantine"}
    for name, more in (("campus", {"channels": {"wecom": robot.url}}), ("datasets/application", {"rules": [rule]})):
        path = tmp_path / "campus" / f"{name}.yaml"
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text("utf-8")) | more, allow_unicode=True), "utf-8")
    return open_hub(load(tmp_path / "campus"))


def fly(hub: Hub, at: datetime) -> None:
    for flow in hub.catalog.flows:
        assert run(hub, flow, now=at, by="tester").exit_code == 0


def clock(folder: Path) -> str:
    """Run the edition's DAG at half past six of 4 November and return what became of its tasks."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "AIRFLOW"))}
    now = {**clean, "HUB_NOW": "2026-11-04T06:30:00+08:00"}
    ran = subprocess.run([sys.executable, "-c", TEST], cwd=folder, env=now, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return next(line for line in ran.stdout.splitlines() if line.startswith("states "))


def test_a_draft_is_made_when_all_was_published_after_the_cut_off_and_the_office_hears_of_it_once(
    hub: Hub, tmp_path: Path, robot: Robot
) -> None:
    fly(hub, BEFORE)
    assert clock(tmp_path) == "states build=skipped tell=skipped wait=skipped"
    assert robot.heard == []

    fly(hub, CUT)
    (tmp_path / "hall.db").write_bytes(b"no database")
    assert run(hub, "application", now=CUT, by="tester").status == "unavailable"
    assert clock(tmp_path) == "states build=success tell=success wait=success"
    told = "10月运行报告送审稿（第1稿）已生成，3 项待核：application最近一次未核对一致；1行数据被隔离、未计入；3项指标无数据来源。"
    assert robot.heard == [told]
    assert (tmp_path / "var" / "reports" / "operation-2026-10" / "draft-1" / "operation-2026-10.docx").is_file()

    assert clock(tmp_path) == "states build=skipped tell=skipped wait=skipped"
    assert robot.heard == [told]
