"""A small campus through Airflow: in one process, and under the supervisor with its real scheduler and its REST interface."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

CAMPUS = {
    "campus.yaml": "name: small_school\ntitle: 小学校\nplatform: platform\n",
    "systems/club_files.yaml": "name: club_files\ntitle: 社团名册\nkind: files\nfolder: var/clubs\nowner: 校团委\n",
    "systems/platform.yaml": "name: platform\ntitle: 平台\nkind: sql\nurl: sqlite:///var/platform.db\nowner: 信息资源部\n",
    "systems/hall.yaml": "name: hall\ntitle: 大厅\nkind: sql\nurl: sqlite:///var/hall.db\nowner: 信息资源部\n",
    "datasets/club.yaml": (
        "name: club\ntitle: 社团\nowner: 校团委\nsharing: unconditional\nkey: [club_no]\nfields:\n"
        "  - {name: club_no, type: string(8), title: 编号}\n  - {name: name, type: string(64), title: 名称}\n"
    ),
    "flows/club_to_platform.yaml": (
        "name: club_to_platform\ndataset: club\nsource: {system: club_files, files: clubs.csv}\n"
        "target: {system: platform, table: club}\nmode: mirror\n"
    ),
    "flows/club_to_hall.yaml": (
        "name: club_to_hall\ndataset: club\nsource: {system: platform, table: club}\n"
        "target: {system: hall, table: club}\nmode: mirror\nschedule: {after: [club]}\nunder: hall_club\n"
    ),
    "consumers/hall.yaml": "name: hall\ntitle: 大厅\ndepartment: 信息资源部\nsystems: [hall]\n",
    "agreements/hall_club.yaml": (
        "name: hall_club\ndataset: club\nconsumer: hall\npurpose: 社团查询\ncolumns: [club_no, name]\nvalid: [2026-01-01, 2099-12-31]\n"
        "approved: {provider: 校团委, manager: 信息资源部, document: OA-1, on: 2026-01-01}\nchannels: [push]\nstate: active\n"
    ),
}
CLUBS = "club_no,name\nC001,文学社\nC002,机器人协会\n"


@pytest.fixture
def school(tmp_path: Path) -> Path:
    for name, text in CAMPUS.items():
        file = tmp_path / "campus" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    (tmp_path / "var" / "clubs").mkdir(parents=True)
    return tmp_path


def bring(school: Path, clubs: str) -> None:
    (school / "var" / "clubs" / "clubs.csv").write_text(clubs, "utf-8")


def typed(school: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "AIRFLOW"))}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=school, env={**clean, **environment}, capture_output=True, text=True, check=False
    )


def in_the_hall(school: Path) -> list[tuple[str]]:
    with sqlite3.connect(school / "var" / "hall.db") as hall:
        return hall.execute("select club_no from club order by 1").fetchall()


def test_flows_run_through_their_dags_in_after_order_and_a_held_one_says_so(school: Path):
    bring(school, CLUBS)
    first = typed(school, "dags.once")
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.index("club_to_platform") < first.stdout.index("club_to_hall")
    assert in_the_hall(school) == [("C001",), ("C002",)]

    bring(school, "club_no,name\n")
    held = typed(school, "dags.once", "club_to_platform")
    assert held.returncode == 3
    assert "held" in held.stdout
    assert in_the_hall(school) == [("C001",), ("C002",)]


def test_a_task_killed_in_the_middle_is_healed_by_running_again(school: Path):
    bring(school, CLUBS)
    assert typed(school, "dags.once", "club_to_platform").returncode == 0
    bring(school, CLUBS.replace("机器人协会", "机器人社") + "C003,山野徒步社\n")
    running = subprocess.Popen(
        [sys.executable, "-m", "dags.once", "club_to_platform"], cwd=school, start_new_session=True,
        env={name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "AIRFLOW"))},
    )  # fmt: skip
    until(lambda: "extracted" in states(school) or running.poll() is not None)  # judging begins with slow imports
    os.killpg(running.pid, signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert in_the(school, "platform") == [("C001", "文学社"), ("C002", "机器人协会")]
    with sqlite3.connect(school / "var" / "hub.db") as store:
        store.execute("update leases set beat_at = 0")  # the dead holder's thirty seconds have passed
    again = typed(school, "dags.once", "club_to_platform")
    assert again.returncode == 0, again.stdout + again.stderr
    assert in_the(school, "platform") == [("C001", "文学社"), ("C002", "机器人社"), ("C003", "山野徒步社")]


def states(school: Path) -> list[str]:
    with sqlite3.connect(school / "var" / "hub.db") as store:
        return [state for (state,) in store.execute("select state from runs")]


def in_the(school: Path, system: str) -> list[tuple[str, str]]:
    with sqlite3.connect(school / "var" / f"{system}.db") as database:
        return database.execute("select club_no, name from club order by 1").fetchall()


def test_an_unknown_flow_is_refused_before_anything_runs(school: Path):
    bring(school, CLUBS)
    refused = typed(school, "dags.once", "club_to_nowhere")
    assert refused.returncode == 2
    assert "club_to_nowhere" in refused.stderr


class Airflow:
    """Airflow's REST interface, as its admin sees it."""

    def __init__(self, school: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        password = json.loads((school / "var" / "airflow" / "passwords.json").read_text("utf-8"))["admin"]
        answer = requests.post(f"{self.url}/auth/token", json={"username": "admin", "password": password}, timeout=10)
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def get(self, path: str) -> Any:
        return requests.get(f"{self.url}/api/v2/{path}", headers=self.headers, timeout=10).json()

    def trigger(self, dag: str) -> None:
        requests.post(
            f"{self.url}/api/v2/dags/{dag}/dagRuns", json={"logical_date": None}, headers=self.headers, timeout=10
        ).raise_for_status()


def until(what: Callable[[], object], seconds: float = 90) -> None:
    """Wait for another process; its clock is not ours to set."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.5)


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def ports(school: Path) -> Iterator[dict[str, str]]:
    ports = {"AIRFLOW_PORT": free_port(), "HUB_PORT": free_port()}
    yield ports
    typed(school, "dags.processes", "down", **ports)


def test_the_supervisor_starts_four_processes_and_the_api_and_leaves_none_behind(school: Path, ports: dict[str, str]):
    bring(school, CLUBS)
    up = typed(school, "dags.processes", "up", **ports)
    assert up.returncode == 0, up.stdout + up.stderr
    started = [psutil.Process(json.loads(note.read_text("utf-8"))["pid"]) for note in (school / "var" / "run").glob("*.json")]
    family = [*started, *(child for process in started for child in process.children(recursive=True))]
    assert len(started) == 5
    assert (school / "var" / "airflow" / "secrets.json").stat().st_mode & 0o077 == 0

    airflow = Airflow(school, int(ports["AIRFLOW_PORT"]))
    until(lambda: airflow.get("dags")["total_entries"] >= 3)
    assert airflow.get("importErrors")["import_errors"] == []
    assert {"club_files", "platform", "hall"} <= {pool["name"] for pool in airflow.get("pools")["pools"]}
    airflow.trigger("club_to_platform")
    until(lambda: [run["state"] for run in airflow.get("dags/club_to_hall/dagRuns")["dag_runs"]] == ["success"])
    assert in_the_hall(school) == [("C001",), ("C002",)]

    assert typed(school, "dags.processes", "down", **ports).returncode == 0
    assert not [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
