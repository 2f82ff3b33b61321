"""The whole house on the sample school, from an empty var/ to a report and an answer of the API: `python -m dags.demo`.

It types what a person would type, shows it, and checks what comes back; the first thing that is not as it should be ends it with 1.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import requests
from rich.console import Console
from sqlalchemy import text

from catalog.messages import say
from catalog.position import VARIABLE
from connectors.database import session
from dags import processes
from dags.campus import campus
from dags.environment import prepare, settings, var
from hub.open import open_hub
from hub.receipt import Receipt
from hub.store import runs

EDITIONS, FORMS = ("operation", "security"), ("docx", "pdf", "xlsx", "html")
ROOT = Path(__file__).parents[1]
SAMPLE = "sample_school"
EMPTIED = "student_to_platform"
PUSHED = "staff_to_library"
CONSUMER, DATASET, DENIED = "library", "staff", "salary"
STEP = f"[cyan]{'─' * 4} "


class DemoError(Exception):
    """Something is not as it should be."""


def expect(holds: object, key: str, **names: object) -> None:
    """Go on only if this holds."""
    if not holds:
        raise DemoError(say(key, **names))


def typed(console: Console, *words: str, code: int = 0, quiet: bool = False) -> str:
    """Type a command as a person would, show it with its answer, and return the answer."""
    command = [str(Path(sys.executable).with_name(words[0])), *words[1:]]
    console.print(f"[bold]$ {' '.join(words)}", highlight=False, soft_wrap=True)
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if not quiet or ran.returncode != code:
        console.out(ran.stdout.rstrip(), highlight=False)
    expect(ran.returncode == code, "demo.exit", code=ran.returncode, wanted=code)
    return ran.stdout


def receipts() -> dict[str, Receipt]:
    """Return the newest receipt of every flow."""
    store = open_hub(campus()).store
    return {flow: receipt for flow in campus().flows if (receipt := runs.latest(store, flow))}


def undo() -> None:
    """Remove what an earlier demonstration made: its databases, and in var/ its reports and logs. Whatever else lies there stays."""
    urls = [campus().campus.store, *(system.url or "" for system in campus().systems.values())]
    for url in (url for url in urls if url.startswith("sqlite:///")):
        for beside in ("", "-wal", "-shm", "-journal"):  # what SQLite keeps next to a database
            Path(url.removeprefix("sqlite:///") + beside).unlink(missing_ok=True)
    for folder in ("airflow", "log", "reports"):
        shutil.rmtree(var() / folder, ignore_errors=True)


def school(console: Console) -> None:
    """Start from nothing, on the sample school and no other: what its systems' variables say may be real, and does not count here."""
    expect(campus().campus.name == SAMPLE, "demo.elsewhere", campus=campus().campus.title)
    expect(not any(processes.alive(name) for name in processes.COMMANDS), "demo.running")
    undo()
    prepare(settings())


def first_day(console: Console) -> None:
    """Make the school and run every flow through its DAG: each proved, the planted rows in quarantine and no other."""
    planted = json.loads(typed(console, "campus-hub", "demo", "--json"))["quarantined"]
    typed(console, "python", "-m", "dags.once")
    told = receipts()
    expect(set(told) == set(campus().flows), "demo.receipts")
    for flow, receipt in told.items():
        expect(receipt.exit_code == 0, "demo.unproved", flow=flow, status=receipt.status)
        found, wanted = receipt.rows.quarantined, planted.get(flow, 0)
        expect(found == wanted, "demo.quarantined", flow=flow, found=found, planted=wanted)


def held(console: Console) -> None:
    """Empty a source: its run is held, and refused; the platform keeps what it has."""
    before = receipts()[EMPTIED]
    typed(console, "campus-hub", "demo", "--empty-source")
    typed(console, "python", "-m", "dags.once", EMPTIED, code=3)
    run = receipts()[EMPTIED]
    expect(run.status == "held" and run.run != before.run, "demo.not_held", flow=EMPTIED)
    typed(console, "campus-hub", "receipt", run.run, code=3)
    typed(console, "campus-hub", "refuse", run.run)
    typed(console, "campus-hub", "demo", "--restore-source")
    typed(console, "campus-hub", "verify", EMPTIED)


def second_day(console: Console) -> None:
    """Change, delete and add rows in the hall: exactly those rows move."""
    changed = json.loads(typed(console, "campus-hub", "demo", "--second-day", "--json"))
    typed(console, "python", "-m", "dags.once")
    for flow, receipt in receipts().items():
        rows = receipt.rows
        expect([rows.inserted, rows.updated, rows.deleted] == changed.get(flow, [0, 0, 0]), "demo.moved", flow=flow)


def push(console: Console) -> None:
    """Look into the library's intermediate database as its vendor would: a batch, its stamped and masked rows; say that it was fetched."""
    receipt = receipts()[PUSHED]
    typed(console, "campus-hub", "receipt", receipt.run)
    typed(console, "campus-hub", "agreement", "sheet", "library_staff", "--out", str(var() / "interface"))
    with session(campus().systems[CONSUMER]) as library:
        batches = library.execute(text("select run, flow, rows_inserted, rows_updated, rows_deleted from hub_batch order by run")).all()
        batch = next(row.run for row in batches if row.flow == PUSHED)
        rows = library.execute(text("select * from zjk_reader where hub_batch_id = :run limit 3"), {"run": batch}).mappings().all()
        console.print("select … from hub_batch →", [tuple(row) for row in batches])
        console.print(f"select * from zjk_reader where hub_batch_id = '{batch}' limit 3 →", [dict(row) for row in rows])
        expect(rows and all(set(row["name"][1:]) == {"*"} and row["hub_op"] == "I" for row in rows), "demo.pushed")
        library.execute(text("update hub_batch set consumed_at = finished_at"))
        library.commit()
    typed(console, "campus-hub", "agreement", "watch")


def report(console: Console) -> None:
    """Build last month's operation report and last quarter's security report, on one freeze, in every form."""
    typed(console, "campus-hub", "report", "build", *EDITIONS)
    for edition, form in product(EDITIONS, FORMS):
        expect(list((var() / "reports").rglob(f"{edition}-*.{form}")), "demo.report", edition=edition, form=form)
    expect(len(list((var() / "reports").rglob("manifest.json"))) == len(EDITIONS), "demo.report", edition="", form="manifest.json")


@contextmanager
def serving(port: int) -> Iterator[str]:
    """Start the hub API, wait until it is ready, and stop it in the end."""
    url = f"http://127.0.0.1:{port}"
    with (var() / "log" / "demo-api.log").open("w", encoding="utf-8") as log:
        served = subprocess.Popen(["campus-hub", "serve", "--port", str(port)], stdout=log, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 60
        while not _ready(url):
            expect(time.monotonic() < deadline and served.poll() is None, "demo.api")
            time.sleep(0.2)
        yield url
    finally:
        served.terminate()
        served.wait(timeout=30)


def _ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/readyz", timeout=5).ok
    except requests.RequestException:
        return False


def api(console: Console) -> None:
    """Fetch a page, the whole and the changes as the library would, and a column that is denied; the auditor reads who got what."""
    key = json.loads(typed(console, "campus-hub", "key", "issue", CONSUMER, "--json", quiet=True))["key"]
    headers = {"Authorization": f"Bearer {key}"}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with serving(port) as url:
        rows = f"/v1/datasets/{DATASET}/rows"
        answer = requests.get(f"{url}{rows}", params={"limit": "3"}, headers=headers, timeout=30)
        console.print(f"GET {rows}?limit=3 → {answer.status_code}", answer.json())
        expect(answer.status_code == requests.codes.ok and len(answer.json()["rows"]) == 3, "demo.rows")
        whole = requests.get(f"{url}/v1/datasets/{DATASET}/export", headers=headers, timeout=60)
        console.print(f"GET /v1/datasets/{DATASET}/export → {whole.status_code}, {len(whole.text.splitlines())} {say('demo.lines')}")
        since = {"since": whole.headers["Hub-Since"]}
        changes = requests.get(f"{url}/v1/datasets/{DATASET}/changes", params=since, headers=headers, timeout=30)
        console.print(f"GET /v1/datasets/{DATASET}/changes?since=… → {changes.status_code}", changes.json()["changes"])
        expect(changes.status_code == requests.codes.ok and not changes.json()["changes"], "demo.rows")
        denied = requests.get(f"{url}{rows}", params={"fields": DENIED}, headers=headers, timeout=30)
        console.print(f"GET {rows}?fields={DENIED} → {denied.status_code}", denied.json())
        expect(denied.status_code == requests.codes.forbidden, "demo.denied", field=DENIED)
    typed(console, "campus-hub", "access", "who", "--dataset", DATASET, "--field", "name")
    typed(console, "campus-hub", "access", "verify")


def alone() -> None:
    """Leave out of the environment whatever the campus would take from it: a variable may name a real database."""
    os.environ["HUB_CAMPUS"] = str(ROOT / "campus")
    os.environ["HUB_NOW"] = "2026-11-05T08:00:00+08:00"
    for file in (ROOT / "campus").rglob("*.yaml"):
        for name in VARIABLE.findall(file.read_text("utf-8")):
            os.environ.pop(name[0], None)


STEPS = {"school": school, "first_day": first_day, "held": held, "second_day": second_day, "push": push, "report": report, "api": api}


def main() -> int:
    """Take the steps in order; tell where everything lies."""
    alone()
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    console = Console(width=None if sys.stdout.isatty() else 140)
    began = time.monotonic()
    try:
        for name, step in STEPS.items():
            console.print(f"\n{STEP}{say(f'demo.step.{name}')}")
            step(console)
    except DemoError as error:
        console.print(f"[red]{error}")
        return 1
    console.print(f"\n{STEP}{say('demo.done', seconds=round(time.monotonic() - began))}")
    console.print(say("demo.where", var=var()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
