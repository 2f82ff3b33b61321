"""When a report is due, and what the office is told of its draft."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from hall import Hall, lay

from hub.notices import tell
from hub.open import Hub
from hub.pipeline import run
from reports.announcement import announce
from reports.build import build
from reports.due import due, last

CUT = datetime(2026, 11, 3, 16, tzinfo=UTC)  # 2026-11-04 0:00 in the school's zone, three days after October


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    hall = Hall().item("I1").case("c1", ("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-12 09:00:00"))
    scheduled = lay(tmp_path, hall.rows, hall=f"sqlite:///{tmp_path}/hall.db", platform=f"sqlite:///{tmp_path}/platform.db", daily=True)
    fly(scheduled, datetime(2026, 10, 31, tzinfo=UTC))
    return scheduled


def fly(hub: Hub, at: datetime, *, but: str = "") -> None:
    for flow in hub.catalog.flows:
        assert flow == but or run(hub, flow, now=at, by="tester").exit_code == 0


@pytest.mark.parametrize(
    ("every", "today", "code", "merge"),
    [
        ("month", date(2026, 11, 4), "2026-10", []),
        ("month", date(2026, 11, 1), "2026-10", []),
        ("month", date(2026, 1, 1), "2025-12", []),
        ("month", date(2026, 2, 28), "2026-02", [(1, 2)]),  # January alone is no period: its months are not over
        ("month", date(2026, 3, 1), "2026-02", [(1, 2)]),
        ("quarter", date(2026, 10, 1), "2026Q3", []),
        ("quarter", date(2026, 12, 31), "2026Q3", []),
        ("quarter", date(2026, 1, 15), "2025Q4", []),
    ],
)
def test_the_last_period_is_the_one_that_ended(hub: Hub, every: str, today: date, code: str, merge: list[tuple[int, int]]) -> None:
    edition = hub.catalog.editions["operation"].model_copy(update={"every": every, "merge": tuple(merge)})
    assert last(edition, hub.catalog, today).code == code


def test_a_report_waits_for_its_cut_off_and_for_every_dataset_whichever_is_later(hub: Hub) -> None:
    edition = hub.catalog.editions["operation"]
    early = due(hub, edition, now=datetime(2026, 11, 3, 15, 59, 59, tzinfo=UTC))
    assert (early.over, early.now) == (False, False)
    waiting = due(hub, edition, now=CUT)
    assert (waiting.over, waiting.awaited, waiting.now) == (True, ["service_item", "application", "application_step"], False)
    fly(hub, CUT, but="application_step")
    assert due(hub, edition, now=CUT).awaited == ["application_step"]
    fly(hub, CUT)
    assert due(hub, edition, now=CUT).now


def test_a_report_is_made_once_and_the_office_is_told_what_to_check(hub: Hub, tmp_path: Path) -> None:
    fly(hub, CUT)
    edition = hub.catalog.editions["operation"]
    told = announce(hub, build(hub, "operation", "2026-10", now=CUT, out=tmp_path / "out"))
    assert told == "10月运行报告送审稿（第1稿）已生成，1 项待核：3项指标无数据来源。"
    assert (due(hub, edition, now=CUT).made, due(hub, edition, now=CUT).now) == (True, False)


class Office(BaseHTTPRequestHandler):
    """A chat robot that keeps what it was told, or is out of order."""

    told: ClassVar[list[dict[str, object]]] = []
    broken: ClassVar[bool] = False

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(500 if self.broken else 200)
        self.end_headers()
        self.wfile.write(b'{"errcode": 0}')
        if not self.broken:
            self.told.append(body)

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def office() -> Iterator[str]:
    Office.told, Office.broken = [], False
    with ThreadingHTTPServer(("127.0.0.1", 0), Office) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/robot"
        server.shutdown()


def test_the_office_hears_of_a_draft_once_and_a_broken_channel_holds_nothing_up(hub: Hub, office: str) -> None:
    campus = hub.catalog.campus.model_copy(update={"channels": {"wecom": office}})
    reachable = replace(hub, catalog=replace(hub.catalog, campus=campus))
    text = "10月运行报告送审稿（第1稿）已生成，没有待核的项目。"
    Office.broken = True
    assert tell(reachable, text, ["wecom", "mail"], text, now=CUT) == []
    Office.broken = False
    assert tell(reachable, text, ["wecom", "mail"], text, now=CUT) == ["wecom"]
    assert tell(reachable, text, ["wecom", "mail"], text, now=CUT) == []
    assert Office.told == [{"msgtype": "text", "text": {"content": text}}]


def test_a_dataset_that_is_not_proved_is_named_to_the_office(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "hall.db").write_bytes(b"no database")
    assert run(hub, "application", now=CUT, by="tester").status == "unavailable"
    told = announce(hub, build(hub, "operation", "2026-10", now=CUT, out=tmp_path / "out"))
    assert "3 项待核：application最近一次未核对一致；application_step、service_item的核对早于统计截止；" in told
