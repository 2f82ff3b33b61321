"""A receiver that applies changes to its copy has the agreement's rows, whatever is published meanwhile; else it is told to begin anew."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from served import Served
from starlette.testclient import TestClient
from world import Database

from hub.approval import approve
from hub.store import keys

PATH = "/v1/datasets/thing/changes"


class Receiver:
    """An application with a copy of what it may have."""

    def __init__(self, served: Served, *, limit: int = 100) -> None:
        self.client, self.limit = served.client(), limit
        self.copy: dict[str, dict[str, Any]] = {}
        self.heard: list[tuple[str, str]] = []
        self.load()

    def load(self) -> None:
        pages = list(all_pages(self.client))
        self.copy = {row["no"]: row for page in pages for row in page["rows"]}
        self.since = pages[0]["since"]

    def step(self) -> bool:
        answer = self.client.get(PATH, params={"since": self.since, "limit": self.limit})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        for change in told["changes"]:
            no = change["key"]["no"]
            self.heard.append((change["op"], no))
            assert (no in self.copy) == (change["op"] != "insert"), (change, "a change of what the receiver does not have")
            if change["op"] == "delete":
                del self.copy[no]
            else:
                assert change["row"] != self.copy.get(no), "told twice"
                self.copy[no] = change["row"]
        self.since = told["since"]
        return bool(told["more"])

    def follow(self) -> list[tuple[str, str]]:
        self.heard = []
        while self.step():
            pass
        return self.heard


def all_pages(client: TestClient) -> Iterator[dict[str, Any]]:
    after = None
    while True:
        answer = client.get("/v1/datasets/thing/rows", params={"limit": 1000} | ({"after": after} if after else {}))
        assert answer.status_code == 200, answer.text
        yield answer.json()
        after = answer.json()["next"]
        if after is None:
            return


def rows_now(served: Served) -> dict[str, dict[str, Any]]:
    return {row["no"]: row for page in all_pages(served.client()) for row in page["rows"]}


@pytest.fixture(autouse=True)
def one_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_CURSOR_KEY", "a secret that all replicas share")


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def synced(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> Served:
    return made(tmp_path, database(request.param))


@pytest.fixture
def local(tmp_path: Path, database: Database) -> Served:
    return made(tmp_path, database("sqlite"))


def made(folder: Path, platform: str, **flow: Any) -> Served:
    served = Served(folder, platform, synced=True)
    served.world.flow |= {"brakes": {"max_deletes": "100%"}} | flow
    publish(served)
    return served


def publish(served: Served) -> None:
    assert served.hub  # writes the campus folder
    receipt = served.world.run()
    assert receipt.exit_code == 0, receipt.error


def test_inserts_updates_and_deletes_are_told_as_the_agreement_shows_them(synced: Served) -> None:
    receiver = Receiver(synced)
    at = synced.world.at_source
    synced.add(("0006", "新人", "D2", "在职", None, "1", "2000-02-02", None))
    at("update s_staff set dept = 'D9' where no = '0001'")
    at("update s_staff set pay = 1 where no = '0002'")  # a column that is not granted
    at("update s_staff set name = '欧阳光' where no = '0001'")  # its mask shows the same
    at("delete from s_staff where no = '0005'")
    at("update s_staff set dept = 'D4' where no = '0003'")  # a row outside the agreement
    publish(synced)
    assert sorted(receiver.follow()) == [("delete", "0005"), ("insert", "0006"), ("update", "0001")]
    assert receiver.copy == rows_now(synced)
    assert receiver.follow() == []


def test_a_row_enters_and_leaves_with_the_agreements_condition(synced: Served) -> None:
    receiver = Receiver(synced)
    synced.world.at_source("update s_staff set status = case no when '0001' then '离职' else '在职' end where no in ('0001', '0003')")
    synced.world.at_source("update s_staff set level = '密' where no = '0002'")  # becomes confidential
    publish(synced)
    assert sorted(receiver.follow()) == [("delete", "0001"), ("delete", "0002"), ("insert", "0003")]
    assert receiver.copy == rows_now(synced)


def test_a_row_marked_as_gone_is_a_delete_and_comes_back_as_an_insert(tmp_path: Path, database: Database) -> None:
    synced = made(tmp_path, database("postgresql"), on_delete="mark")
    receiver = Receiver(synced)
    synced.world.at_source("delete from s_staff where no = '0001'")
    publish(synced)
    assert receiver.follow() == [("delete", "0001")]
    synced.add(("0001", "欧阳明", "D7", "在职", None, "8000.50", "1990-05-06", None))
    publish(synced)
    assert receiver.follow() == [("insert", "0001")]
    assert receiver.copy == rows_now(synced)


def test_a_round_is_the_same_in_pages_of_one_while_publications_go_on(synced: Served) -> None:
    for number in range(10, 30):
        synced.add((f"k{number}", "名", "D1", "在职", None, "1", "1990-01-01", None))
    publish(synced)
    receiver = Receiver(synced, limit=3)
    at = synced.world.at_source
    for number, change in enumerate((
        "update s_staff set dept = 'E1' where no < 'k15'",
        "delete from s_staff where no in ('k12', 'k20', 'k27')",
        "update s_staff set dept = 'D1' where no = 'k11'",
        "update s_staff set status = '离职' where no = 'k25'",
        "update s_staff set status = '在职', dept = 'Z' where no = 'k25'",
    )):  # fmt: skip
        at(change)
        publish(synced)
        receiver.step()
        if number == 2:
            synced.add(("k12", "回", "D5", "在职", None, "1", "1990-01-01", None))
    while receiver.step():
        pass
    receiver.follow()
    assert receiver.copy == rows_now(synced)


def test_a_change_and_its_undoing_are_no_change(local: Served) -> None:
    receiver = Receiver(local)
    for dept in ("X", "D1"):
        local.world.at_source(f"update s_staff set dept = '{dept}' where no = '0001'")
        publish(local)
    local.add(("0009", "过客", "D1", "在职", None, "1", "1990-01-01", None))
    publish(local)
    local.world.at_source("delete from s_staff where no = '0009'")
    publish(local)
    assert receiver.follow() == []


def test_readers_and_publications_at_the_same_time_end_equal(tmp_path: Path, database: Database) -> None:
    synced = made(tmp_path, database("postgresql"))
    receiver = Receiver(synced, limit=2)
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            receiver.step()

    with ThreadPoolExecutor() as pool:
        reading = pool.submit(read)
        for number in range(6):
            synced.add((f"c{number}", "名", "D1", "在职", None, "1", "1990-01-01", None))
            synced.world.at_source(f"update s_staff set dept = 'V{number}' where no in ('0001', 'c{number - 1}')")
            synced.world.at_source(f"delete from s_staff where no = 'c{number - 3}'")
            publish(synced)
        stop.set()
    reading.result()
    receiver.follow()
    assert receiver.copy == rows_now(synced)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.sampled_from("abcde"), st.sampled_from(["在职", "离职"])),
        st.tuples(st.just("delete"), st.sampled_from("abcde"), st.just("")),
        st.tuples(st.just("dept"), st.sampled_from("abcde"), st.sampled_from(["D1", "D2"])),
        st.tuples(st.just("status"), st.sampled_from("abcde"), st.sampled_from(["在职", "离职"])),
        st.tuples(st.just("publish"), st.just(""), st.just("")),
        st.tuples(st.just("read"), st.just(""), st.just("")),
    ),
    min_size=3,
    max_size=14,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_after_any_sequence_of_changes_the_copy_is_equal(local: Served, steps: list[tuple[str, str, str]]) -> None:
    receiver = Receiver(local, limit=1)
    for act, no, value in steps:
        match act:
            case "insert":
                local.world.at_source("delete from s_staff where no = :no", no=no)
                local.add((no, "名", "D1", value, None, "1", "1990-01-01", None))
            case "delete":
                local.world.at_source("delete from s_staff where no = :no", no=no)
            case "publish":
                publish(local)
            case "read":
                receiver.step()
            case column:
                local.world.at_source(f"update s_staff set {column} = :value where no = :no", value=value, no=no)
    publish(local)
    receiver.follow()
    receiver.follow()
    assert receiver.copy == rows_now(local)


def gone(answer: Any) -> bool:
    assert "/v1/datasets/thing/export" in answer.headers.get("link", "/v1/datasets/thing/export")
    return bool(answer.status_code == 410 and answer.json()["code"] == "api.gone" and "link" in answer.headers)


def test_what_can_no_longer_be_told_is_gone_with_a_pointer(local: Served) -> None:
    receiver = Receiver(local)
    ask = {"since": receiver.since}
    local.world.later(days=28)
    assert local.get(PATH, **ask).status_code == 200
    local.world.later(days=2)
    assert gone(local.get(PATH, **ask))
    receiver.load()
    local.world.at_source("delete from s_staff")
    local.world.flow["brakes"] = {"max_deletes": "100%"}
    assert local.hub  # writes the campus folder
    held = local.world.run()
    assert held.status == "held"
    approve(local.hub, held.run, by="tester", now=local.world.now)
    local.add(("n1", "名", "D1", "在职", None, "1", "1990-01-01", None))
    publish(local)
    answer = local.get(PATH, since=receiver.since)
    assert gone(answer) or answer.status_code == 200


def test_a_token_holds_under_its_terms_and_for_its_reader_only(local: Served) -> None:
    receiver = Receiver(local)
    other = dict(local.agreement, name="other_thing", consumer="other")
    local.others = {"consumers/other": dict(local.consumer, name="other"), "agreements/other_thing": other}
    stranger = local.client(key=keys.issue(local.store, "other", now=local.world.now, by="tester"))
    assert stranger.get(PATH, params={"since": receiver.since}).json()["code"] == "api.since"
    for bad in ("", "x", receiver.since[:-2] + "AA", receiver.since * 50, "é"):
        assert receiver.client.get(PATH, params={"since": bad}).json()["code"] == "api.since"
    assert gone(receiver.client.get(PATH, params={"since": receiver.since, "fields": "no"}))
    local.agreement["where"] = []
    assert local.hub
    assert gone(receiver.client.get(PATH, params={"since": receiver.since}))
    assert receiver.client.get(PATH).json()["code"] == "api.parameter"


def test_without_the_key_no_deletion_could_be_named(local: Served) -> None:
    since = Receiver(local).since
    local.agreement |= {"columns": ["name", "dept"], "mask": {"name": "surname"}}
    assert local.get("/v1/datasets/thing/rows").json()["since"] is None
    answer = local.get(PATH, since=since)
    assert answer.status_code in (403, 410)
