"""What becomes of an agreement in time: suspended, revoked and taken back, about to end, not fetched, told to both sides once."""

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest
from pushed import Push, outcomes
from robot import Robot
from world import Database

from catalog.errors import CatalogError, DeniedError
from hub.approval import approve
from hub.pipeline import extract, judge, publish
from hub.status import status
from hub.store import runs
from hub.verify import verify
from hub.watch import watch

PATH = "/v1/datasets/thing/rows"


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def push(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> Push:
    return Push(tmp_path, f"sqlite:///{tmp_path / 'source.db'}", database(request.param), rows=20)


@pytest.fixture
def local(tmp_path: Path, database: Database) -> Push:
    return Push(tmp_path, f"sqlite:///{tmp_path / 'source.db'}", database("sqlite"), rows=20)


@pytest.fixture
def robot() -> Iterator[Robot]:
    it = Robot()
    yield it
    it.server.shutdown()
    it.server.server_close()
    it.thread.join()


def told(local: Push, robot: Robot) -> Push:
    """Let both sides of the world's agreement be told by the robot."""
    local.others["campus"] = {"name": "test", "title": "测试学院", "platform": "dst", "channels": {"wecom": robot.url}}
    local.others["consumers/library"]["notify"] = ["wecom"]
    local.agreement["approved"] = local.agreement["approved"] | {"notify": ["dingtalk"]}  # a channel that nobody set up
    return local


def at(local: Push, day: str) -> Push:
    local.now = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return local


def test_withdrawing_takes_back_every_row_and_image_and_is_proved_and_logged(push: Push) -> None:
    push.flow["on_delete"] = "mark"
    push.run()
    push.at_source("update s_thing set name = '改名' where no = 'n000'")
    push.at_source("delete from s_thing where no = 'n002'")
    push.run()
    push.at_target("insert into thing (no, name) values ('own', '馆方自己的行')")
    push.agreement |= {"state": "revoked", "withdraw": True}
    taken = push.run()
    assert (taken.status, taken.mode, taken.rows.deleted, taken.exit_code) == ("proved", "withdraw", 10, 0)
    assert push.rows("no", "name") == [("own", "馆方自己的行")]
    assert runs.receipt(push.hub.store, taken.run) == taken
    assert [push.at_target(f"select count(*) from {push.beside(name)}") for name in ("change", "quarantine", "retained")] == [[(0,)]] * 3
    assert push.batches()[-1] == (taken.run, 0, 0, 10)
    assert (outcomes(push)[-1]["outcome"], outcomes(push)[-1]["rows"]) == ("withdrawn", 10)
    with pytest.raises(DeniedError):
        push.run()
    push.agreement |= {"state": "active", "withdraw": False}  # approved anew: everything comes again
    again = push.run()
    assert (again.status, again.rows.inserted) == ("proved", 9)
    assert verify(push.hub, "thing").equal
    assert push.rows("no", where="hub_op is null") == [("own",)]


def test_a_withdrawal_takes_back_a_whole_table_that_only_the_hub_writes(local: Push) -> None:
    local.run()
    local.agreement |= {"state": "revoked", "withdraw": True}
    found = watch(local.hub, now=local.now, by="tester")
    assert [(it.flow, it.rows.deleted) for it in found.withdrawn] == [("thing", 10)]
    assert local.rows("no") == []
    assert watch(local.hub, now=local.now, by="tester").withdrawn == []


def test_revoked_between_reading_and_publishing_nothing_is_published(local: Push) -> None:
    hub = local.hub
    run = extract(hub, "thing", now=local.now, by="tester")
    judge(hub, run, now=local.now)
    local.agreement["state"] = "suspended"
    assert local.hub  # writes the folder
    with pytest.raises(DeniedError):
        publish(hub, run, now=local.now)
    receipt = runs.receipt(hub.store, run)
    assert receipt is not None
    assert (receipt.status, receipt.exit_code) == ("refused", 3)
    assert outcomes(local)[-1]["outcome"] == "403 api.agreement_suspended"
    assert outcomes(local)[-1]["request"] == run
    assert local.at_target("select count(*) from sqlite_master where name like 'campus_hub_stage%'") == [(0,)]


@pytest.mark.parametrize(
    ("day", "days"), [("2027-07-31", None), ("2027-08-01", 30), ("2027-08-10", 21), ("2027-08-24", 7), ("2027-08-30", 1), ("2027-08-31", 0), ("2027-09-01", None)]
)  # fmt: skip
def test_an_agreement_about_to_end_is_told_in_days_of_the_school(local: Push, robot: Robot, day: str, days: int | None) -> None:
    found = watch(at(told(local, robot), day).hub, now=local.now, by="tester")
    assert [it.days for it in found.ending] == ([] if days is None else [days])
    assert len(robot.heard) == (days is not None)


def test_each_limit_is_told_once_and_an_exception_that_ends_counts(local: Push, robot: Robot) -> None:
    told(local, robot).agreement |= {"mask": {}, "unmasked": {"name": {"reason": "测试", "until": "2027-01-31"}}}
    for day in ("2027-01-05", "2027-01-06", "2027-01-23", "2027-01-24", "2027-01-25", "2027-01-30", "2027-01-31"):
        watch(at(local, day).hub, now=local.now, by="tester")
    assert robot.heard == [
        f"协议 library_thing（物 → 图书馆系统）将于 2027-01-31 到期，还有 {days} 天。需要续签的，请联系人事处、信息资源部。"
        for days in (26, 7, 1)
    ]


def test_a_notice_that_fails_is_quiet_and_tried_again(local: Push, robot: Robot, caplog: pytest.LogCaptureFixture) -> None:
    at(told(local, robot), "2027-08-30")
    for answer in ((500, {}), (200, {"errcode": 93000}), (200, []), (200, {"errcode": 0}), (200, {"errcode": 0})):
        robot.answer = answer
        watch(local.hub, now=local.now, by="tester")
    assert len(robot.heard) == 4
    assert "secret" not in caplog.text
    local.others["campus"]["channels"]["wecom"] = "http://127.0.0.1:9/send?key=secret"
    at(local, "2027-08-31")
    local.agreement["valid"] = ["2026-09-01", "2027-09-01"]
    assert len(watch(local.hub, now=local.now, by="tester").ending) == 1
    assert "secret" not in caplog.text


def test_a_batch_that_its_receiver_leaves_waiting_is_told_and_stands_in_the_status(push: Push, robot: Robot) -> None:
    told(push, robot).run()
    assert status(push.hub, now=push.now)[0].unfetched is None
    watch(push.later(hours=23).hub, now=push.now, by="tester")
    assert robot.heard == []
    for _ in range(2):
        watch(push.later(hours=1.5).hub, now=push.now, by="tester")
    assert robot.heard == ["已推送 24 小时，图书馆系统未取数"]
    assert status(push.hub, now=push.now)[0].unfetched == "已推送 26 小时，图书馆系统未取数"
    push.at_target("update hub_batch set consumed_at = finished_at")  # the receiver's own word
    watch(push.hub, now=push.now, by="tester")
    assert status(push.hub, now=push.now)[0].unfetched is None
    push.at_source("update s_thing set name = '改名' where no = 'n000'")
    push.run()  # the next batch waits anew
    push.agreement["fetch_within"] = "2h"
    watch(push.later(hours=3).hub, now=push.now, by="tester")
    assert robot.heard[1:] == ["已推送 3 小时，图书馆系统未取数"]


def test_withdraw_is_a_word_about_a_revoked_agreement(local: Push) -> None:
    local.agreement["withdraw"] = True
    with pytest.raises(CatalogError, match="withdraw: true only with state: revoked"):
        local.run()


def test_a_test_consumer_is_pushed_invented_rows_alone(push: Push) -> None:
    push.others["consumers/library"]["environment"] = "test"
    push.dataset["rules"] = [{"rule": "row_count_between", "min": 5000, "on_fail": "block"}]
    receipt = push.run()
    assert (receipt.status, receipt.source_system) == ("proved", "invented")
    rows = push.rows("no", "name")
    assert len(rows) > 30
    assert not {row[0] for row in rows} & {row[0] for row in push.at_source("select no from s_thing")}
    assert {row[1] for row in rows} == {"示*******", None}
    assert push.later(days=1).run().status == "unchanged"


class Post(socketserver.StreamRequestHandler):
    """A mail server on this machine that takes one letter."""

    letters: ClassVar[list[str]] = []

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while words := self.rfile.readline().decode().split():
            if words[0].upper() == "DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.letters.append(b"".join(lines).decode())
            self.wfile.write(b"221 bye\r\n" if words[0].upper() == "QUIT" else b"250 ok\r\n")
            if words[0].upper() == "QUIT":
                return


def test_a_notice_by_mail_goes_to_the_person_named(local: Push) -> None:
    Post.letters.clear()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Post) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        mail = f"smtp://127.0.0.1:{server.server_address[1]}?from=hub@example.edu.cn&to=office@example.edu.cn"
        local.others["campus"] = {"name": "test", "title": "测试学院", "platform": "dst", "channels": {"mail": mail}}
        local.others["consumers/library"]["notify"] = ["mail"]
        local.agreement["approved"] = local.agreement["approved"] | {"notify": ["mail:rsc@example.edu.cn"]}
        watch(at(local, "2027-08-30").hub, now=local.now, by="tester")
        server.shutdown()
        thread.join()
    letters = [email.message_from_string(letter, policy=email.policy.default) for letter in Post.letters]
    assert [letter["To"] for letter in letters] == ["office@example.edu.cn", "rsc@example.edu.cn"]
    assert all("还有 1 天" in letter.get_content() and letter["Subject"].startswith("协议 library_thing") for letter in letters)


def test_a_consumer_that_goes_into_production_keeps_no_invented_row(local: Push) -> None:
    local.flow |= {"mode": "incremental", "source": {"system": "src", "table": "s_thing", "cursor": "changed_at"}}
    local.others["consumers/library"]["environment"] = "test"
    local.run()
    assert len(local.rows("no")) > 30
    local.others["consumers/library"]["environment"] = "production"
    held = local.later(days=1).run()
    assert held.status == "held"
    assert approve(local.hub, held.run, now=local.now, by="tester").status == "proved"
    assert [row[0] for row in local.rows("no")] == [f"n{number:03}" for number in range(0, 20, 2)]
