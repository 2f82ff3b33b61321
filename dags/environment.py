"""Airflow on one machine: its settings, secrets and first steps, all in var/ beside the campus. A server brings its own.

Refuses to hold a default secret: what Airflow needs is made on first use and readable by its owner alone.
"""

import base64
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from dags.campus import folder

USER = "admin"
AIRFLOW = Path(sys.executable).with_name("airflow")


def var() -> Path:
    """Return the folder of everything that runs here: var/ beside the campus folder."""
    return folder().parent / "var"


def keep(path: Path, made: Mapping[str, str]) -> dict[str, str]:
    """Return what the secrets file says; write `made` into it first when there is none yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(dict(made), file)
    kept: dict[str, str] = json.loads(path.read_text("utf-8"))
    return kept


def passwords() -> Path:
    """Return the file that holds the password of Airflow's user."""
    path = var() / "airflow" / "passwords.json"
    keep(path, {USER: secrets.token_urlsafe(12)})
    return path


def settings(port: int = 8080) -> dict[str, str]:
    """Return the environment of every Airflow process. stack.md's facts: no examples, few workers, a short idle sleep."""
    home = var() / "airflow"
    url = f"http://127.0.0.1:{port}"
    kept = keep(
        home / "secrets.json",
        {
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(64),
            "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(32),
            "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        },
    )
    defaults = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(Path(__file__).parent),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords()),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    }
    return {**defaults, **kept, **os.environ, "HUB_CAMPUS": str(folder())}


def prepare(environment: Mapping[str, str]) -> None:
    """Migrate Airflow's own database and set the pools up. CalledProcessError when Airflow refuses; its output is in var/log."""
    log = var() / "log" / "migrate.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        for command in ([str(AIRFLOW), "db", "migrate"], [sys.executable, "-m", "dags.pools"]):
            subprocess.run(command, env=environment, stdout=output, stderr=subprocess.STDOUT, check=True)
