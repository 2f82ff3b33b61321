"""The sample school's hall, read from its database or from its interface: the same rows, the same digests, on two days."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from app.school.invent import school
from app.school.office import open_office
from app.school.planted import CLOCK
from app.school.write import write
from catalog.load import load
from connectors.database import session
from hub.open import Hub, open_hub
from hub.pipeline import run
from hub.receipt import Receipt

SERVER = Path(__file__).parents[2] / "rest_school.py"
FLOWS = ("service_item_to_platform", "application_to_platform", "rating_to_platform")
NOW = datetime.fromisoformat("2026-11-05T08:00:00+08:00")


@pytest.fixture
def interface(tmp_path: Path) -> Iterator[str]:
    running = subprocess.Popen([sys.executable, str(SERVER), str(tmp_path / "var" / "hall.db")], stdout=subprocess.PIPE, text=True)
    assert running.stdout
    yield f"http://127.0.0.1:{int(running.stdout.readline())}"
    running.kill()
    running.communicate()


def over_rest(sample: Path, folder: Path, interface: str) -> Path:
    """Copy the campus; in the copy the flows read the same tables through the interface, field by field the same names."""
    copy = Path(shutil.copytree(sample, folder / "campus"))
    system = {"name": "hall_api", "title": "大厅接口", "kind": "rest", "url": interface, "owner": "信息资源部"}
    (copy / "systems" / "hall_api.yaml").write_text(yaml.safe_dump(system, allow_unicode=True), "utf-8")
    for name in FLOWS:
        path = copy / "flows" / f"{name}.yaml"
        flow = yaml.safe_load(path.read_text("utf-8"))
        table = flow["source"].pop("table")
        paging = {"kind": "cursor", "next": "data.next"}
        flow["source"] |= {
            "system": "hall_api",
            "rest": {"path": f"/{table}", "records": "data.items", "total": "data.total", "paging": paging},
        }
        path.write_text(yaml.safe_dump(flow, allow_unicode=True), "utf-8")
    return copy


def told(receipt: Receipt) -> object:
    sides = [(side.count, side.digest) for side in (receipt.source, receipt.target) if side]
    return receipt.status, receipt.rows, sides, [(finding["id"], finding["failed"]) for finding in receipt.findings]


def test_both_ways_end_with_the_same_rows(sample: Path, tmp_path: Path, interface: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_NOW", NOW.isoformat())
    monkeypatch.setattr("app.school.invent.CASES", 2000)  # the whole school takes half a minute
    monkeypatch.setattr("app.school.voices.LOGINS", 6000)
    made = load(sample)
    write(made, school(open_office(made.calendars["china"], CLOCK), 2026))
    hubs: list[Hub] = [open_hub(made), open_hub(load(over_rest(sample, tmp_path / "rest", interface)))]
    for day in ("first", "second"):
        for flow in FLOWS:
            by_table, by_rest = (run(hub, flow, now=NOW, by="tester") for hub in hubs)
            assert (by_table.exit_code, told(by_rest)) == (0, told(by_table)), (day, flow, by_table.error, by_rest.error)
            moved = by_table.rows.inserted + by_table.rows.updated + by_table.rows.retained
            assert moved > 0, (day, flow)
        with session(made.systems["hall"]) as hall:
            hall.execute(text("update hall_case set back_times = 7, update_time = '2026-11-05 07:59:00' where rowid % 100 = 0"))
            hall.execute(text("update hall_item set name = name || '（新）' where rowid % 10 = 0"))
            hall.execute(text("update hall_rating set stars = 1, rate_time = '2026-11-05 07:58:00' where rowid % 50 = 0"))
            hall.commit()
