"""Airflow's four processes and the hub API on one machine: `python -m dags.processes up`, then `down`.

Our own supervisor, because `airflow standalone` cannot be stopped cleanly: each process writes to a file in var/log, is known by
its process id and birth in var/run, gets SIGTERM, a time of grace, then SIGKILL with all its children. Refuses to touch any other.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil
from rich.console import Console

from catalog.messages import say
from dags.environment import AIRFLOW, USER, passwords, prepare, settings, var

AIRFLOW_PORT = int(os.environ.get("AIRFLOW_PORT", "8080"))
HUB_PORT = int(os.environ.get("HUB_PORT", "8000"))
PATIENCE = 120.0  # seconds until all are healthy, on a small and busy machine
GRACE = 30.0  # seconds from SIGTERM to SIGKILL
HEALTH = f"http://127.0.0.1:{AIRFLOW_PORT}/api/v2/monitor/health"
READY = f"http://127.0.0.1:{HUB_PORT}/readyz"
COMMANDS: Mapping[str, Sequence[str]] = {
    "api-server": (str(AIRFLOW), "api-server"),
    "scheduler": (str(AIRFLOW), "scheduler"),
    "dag-processor": (str(AIRFLOW), "dag-processor"),
    "triggerer": (str(AIRFLOW), "triggerer"),
    "hub-api": (str(AIRFLOW.with_name("campus-hub")), "serve", "--port", str(HUB_PORT)),
}


def note(name: str) -> Path:
    """Return the file that remembers a process."""
    return var() / "run" / f"{name}.json"


def alive(name: str) -> psutil.Process | None:
    """Return the process we started under this name, if it still lives. Another one that got its number is not it."""
    try:
        kept = json.loads(note(name).read_text("utf-8"))
        process = psutil.Process(kept["pid"])
        return process if process.create_time() == kept["born"] and process.status() != psutil.STATUS_ZOMBIE else None
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None


def start(name: str, environment: Mapping[str, str]) -> None:
    """Start one process of its own session, its output in var/log."""
    log = var() / "log" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as output:
        started = subprocess.Popen(
            COMMANDS[name], env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    note(name).parent.mkdir(parents=True, exist_ok=True)
    note(name).write_text(json.dumps({"pid": started.pid, "born": psutil.Process(started.pid).create_time()}), "utf-8")


def healthy() -> bool:
    """Say whether Airflow's four processes report health and the hub API is ready."""
    try:
        with urllib.request.urlopen(HEALTH, timeout=5) as airflow, urllib.request.urlopen(READY, timeout=5):
            report = json.load(airflow)
    except OSError:  # nobody listens yet, or it answers that it is not ready
        return False
    return all(report[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "triggerer", "dag_processor"))


def taken(port: int) -> bool:
    """Say whether somebody listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def up(console: Console) -> int:
    """Start what does not run yet and wait until all of it is healthy."""
    missing = [name for name in COMMANDS if alive(name) is None]
    for port, names in ((AIRFLOW_PORT, ("api-server",)), (HUB_PORT, ("hub-api",))):
        if set(names) & set(missing) and taken(port):
            console.print(say("processes.port", port=port))
            return 1
    if missing:
        environment = settings(AIRFLOW_PORT)
        with console.status(say("processes.starting")):
            prepare(environment)
            for name in missing:
                start(name, environment)
            deadline = time.monotonic() + PATIENCE
            while not healthy():
                dead = [name for name in COMMANDS if alive(name) is None]
                if dead or time.monotonic() > deadline:
                    console.print(say("processes.failed", names=", ".join(dead or COMMANDS), folder=var() / "log"))
                    down(console)
                    return 1
                time.sleep(0.5)
    console.print(say("processes.up", airflow=f"http://127.0.0.1:{AIRFLOW_PORT}", hub=f"http://127.0.0.1:{HUB_PORT}/docs"))
    console.print(say("processes.user", user=USER, file=passwords()))
    return 0


def down(console: Console) -> int:
    """Stop what `up` started, gently first, and leave no child behind."""
    leaders = [process for name in COMMANDS if (process := alive(name))]
    family = [*leaders, *(child for leader in leaders for child in leader.children(recursive=True))]
    for leader in leaders:
        leader.terminate()
    _, stubborn = psutil.wait_procs(family, timeout=GRACE)
    for process in stubborn:
        process.kill()
    psutil.wait_procs(stubborn, timeout=GRACE)
    shutil.rmtree(var() / "run", ignore_errors=True)
    console.print(say("processes.down", stopped=len(leaders), killed=len(stubborn)))
    return 0


def main() -> int:
    """Bring the house up or take it down."""
    parser = argparse.ArgumentParser(prog="python -m dags.processes", description=__doc__)
    parser.add_argument("direction", choices=["up", "down"])
    return {"up": up, "down": down}[parser.parse_args().direction](Console())


if __name__ == "__main__":
    sys.exit(main())
