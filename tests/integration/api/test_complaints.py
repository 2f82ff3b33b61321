"""A receiver's complaint: through the one gate, once, told to the owner, closed when the row is published otherwise or by a person."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from robot import Robot
from served import Served
from world import Database

from app.service import create_app
from catalog.errors import CatalogError
from hub import complaints, corrections
from hub.masking import consumer_key, pseudonym
from hub.store import access, keys
from hub.store import corrections as store

PATH = "/v1/datasets/thing/corrections"
WRONG: dict[str, Any] = {"key": {"no": "0001"}, "field": "dept", "note": "已调往 D9"}


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def synced(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> Served:
    it = Served(tmp_path, database(request.param), source=f"sqlite:///{tmp_path / 'source.db'}", synced=True)
    assert it.hub
    assert it.world.run().status == "proved"
    return it


@pytest.fixture
def local(tmp_path: Path, database: Database) -> Served:
    return Served(tmp_path, database("sqlite"))


@pytest.fixture
def robot() -> Iterator[Robot]:
    it = Robot()
    yield it
    it.server.shutdown()
    it.server.server_close()
    it.thread.join()


def post(served: Served, body: Any, **client: Any) -> Any:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return served.client(**client).post(PATH, content=sent)


def refused(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert not [value for value in ("0001", "0003", "欧阳明", "D9") if value in answer.text]
    return answer.status_code, answer.json()["code"]


def test_a_complaint_becomes_one_correction_and_the_run_that_publishes_the_row_otherwise_closes_it(synced: Served) -> None:
    first = post(synced, WRONG)
    assert (first.status_code, first.json()["state"], first.json()["fields"]) == (201, "open", ["dept"])
    again = post(synced, WRONG | {"note": "再说一遍"})
    assert (again.status_code, again.json()) == (200, first.json())
    (it,) = store.listed(synced.store)
    assert (it.origin, it.owner, it.consumer, it.agreement, it.note) == ("complaint", "信息资源部", "library", "library_thing", "已调往 D9")
    assert corrections.key(synced.hub, it) == ("0001",)
    synced.world.at_source("update s_staff set seen_at = '2026-11-05 09:00:00' where no = '0001'")
    synced.world.later(days=1).run()
    assert store.get(synced.store, it.correction).state == "open", "another field was published otherwise"
    synced.world.at_source("update s_staff set dept = 'D9' where no = '0001'")
    mended = synced.world.later(days=1).run()
    told = synced.get(PATH).json()["corrections"]
    assert [(c["correction"], c["state"], c["run"]) for c in told] == [(it.correction, "closed", mended.run)]
    closed = store.get(synced.store, it.correction)
    assert (closed.same, closed.key_line, closed.note, closed.content) == (None,) * 4
    assert post(synced, WRONG).status_code == 201, "once it is closed the same may be said again"


@pytest.mark.parametrize("synced", ["sqlite"], indirect=True)
def test_a_row_that_is_published_no_more_closes_its_complaint(synced: Served) -> None:
    post(synced, {"key": {"no": "0002"}, "note": "此人不存在"})
    synced.world.at_source("delete from s_staff where no = '0002'")
    gone = synced.world.later(days=1).run()
    assert [(it.state, it.closed_run) for it in store.listed(synced.store)] == [("closed", gone.run)]


REFUSED: list[tuple[Any, int, str]] = [
    ({"key": {"no": "0003"}, "note": "x"}, 404, "api.correction_row"),  # not among the agreement's rows
    ({"key": {"no": "0004"}, "note": "x"}, 404, "api.correction_row"),  # confidential
    ({"key": {"no": "9999"}, "note": "x"}, 404, "api.correction_row"),  # not there: the same answer
    (WRONG | {"field": "pay"}, 403, "api.column_denied"),
    (WRONG | {"field": "nothing"}, 403, "api.column_denied"),
    (WRONG | {"key": {"name": "欧阳明"}}, 422, "api.correction_key"),
    (WRONG | {"key": {"no": "0001", "dept": "D1"}}, 422, "api.correction_key"),
    (WRONG | {"key": {"no": "0001\0"}}, 422, "api.filter_value"),
    (WRONG | {"note": ""}, 422, "api.parameter"),
    (WRONG | {"note": "x" * 501}, 422, "api.parameter"),
    (WRONG | {"note": "x\0"}, 422, "api.parameter"),
    (WRONG | {"more": 1}, 422, "api.parameter"),
    (b"{", 422, "api.parameter"),
    (b'{"key": {"no": "\\ud800"}, "note": "x"}', 422, "api.parameter"),
    (WRONG | {"note": "x" * 20_000}, 413, "api.body_long"),
]


def test_what_the_gate_does_not_let_be_seen_cannot_be_complained_of(local: Served) -> None:
    for body, status, code in REFUSED:
        assert refused(post(local, body)) == (status, code)
        assert local.log()[-1]["outcome"] == f"{status} {code}"
    assert store.listed(local.store) == []


def test_a_foreign_caller_is_refused_like_for_a_dataset_that_is_not_there(local: Served) -> None:
    local.others = {"consumers/canteen": {"name": "canteen", "title": "食堂", "department": "后勤处"}}
    foreign = keys.issue(local.store, "canteen", now=local.world.now, by="t")
    assert refused(post(local, WRONG, key=foreign)) == (404, "api.dataset")
    assert refused(post(local, WRONG, key="chk_wrong")) == (401, "api.key")
    assert refused(post(local, WRONG, key="")) == (401, "api.key")
    local.agreement["state"] = "suspended"
    assert refused(post(local, WRONG)) == (403, "api.agreement_suspended")
    assert store.listed(local.store) == []


def test_a_masked_key_or_an_invented_row_cannot_be_complained_of(local: Served) -> None:
    local.agreement["mask"] = {"no": "last2", "name": "surname", "born": "year"}
    assert refused(post(local, WRONG)) == (403, "api.filter_denied")
    local.agreement["mask"] = {"name": "surname", "born": "year"}
    local.consumer["environment"] = "test"
    assert refused(post(local, WRONG)) == (403, "api.correction_test")
    assert store.listed(local.store) == []


@pytest.mark.parametrize("synced", ["sqlite"], indirect=True)
@pytest.mark.parametrize("key", [["no"], ["no", "dept"]])
def test_a_row_is_named_by_the_pseudonym_that_the_receiver_sees(synced: Served, monkeypatch: pytest.MonkeyPatch, key: list[str]) -> None:
    monkeypatch.setenv("HUB_PSEUDONYM_KEY", "k" * 32)
    synced.world.dataset["key"] = key
    synced.agreement["mask"] = {"no": "pseudonym", "name": "surname", "born": "year"}
    seen = {row["dept"]: row["no"] for row in synced.rows().json()["rows"]}
    named = {name: {"no": seen["D2"], "dept": "D2"}[name] for name in key}
    first = post(synced, {"key": named, "field": "name", "note": "姓名有误"})
    assert (first.status_code, refused(post(synced, WRONG | {"key": named | {"no": "0002"}}))) == (201, (404, "api.correction_row"))
    (it,) = store.listed(synced.store)
    assert corrections.key(synced.hub, it) == ("0002", "D2")[: len(key)]
    assert refused(post(synced, {"key": named | {"no": pseudonym("0003", consumer_key("library"))}, "note": "x"}))[0] == 404  # not granted
    synced.world.at_source("update s_staff set name = '王方' where no = '0002'")
    mended = synced.world.later(days=1).run()
    assert [(c["state"], c["run"]) for c in synced.get(PATH).json()["corrections"]] == [("closed", mended.run)]


def test_a_receiver_sees_its_own_complaints_alone_and_never_too_many(local: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complaints, "MOST_OPEN", 1)
    assert post(local, WRONG).status_code == 201
    assert refused(post(local, WRONG | {"field": "name"})) == (422, "api.corrections_many")
    assert post(local, WRONG).status_code == 200
    local.others = {
        "consumers/canteen": {"name": "canteen", "title": "食堂", "department": "后勤处"},
        "agreements/canteen_thing": local.agreement
        | {"name": "canteen_thing", "consumer": "canteen", "columns": ["no", "dept"], "mask": {}},
    }
    other = keys.issue(local.store, "canteen", now=local.world.now, by="t")
    assert local.client(key=other).get(PATH).json() == {"corrections": []}
    assert post(local, WRONG, key=other).status_code == 201
    assert len(local.client(key=other).get(PATH).json()["corrections"]) == 1


def test_the_log_names_the_field_and_no_value_and_without_the_log_nothing_is_said(local: Served) -> None:
    assert post(local, WRONG).status_code == 201
    line = local.log()[-1]
    assert (line["outcome"], line["columns"], line["conditions"], line["rows"]) == ("201", ["dept"], ["no eq"], None)
    assert "0001" not in json.dumps(line)
    assert access.verify(local.store) == []


def test_the_owner_is_told_without_a_key_and_a_person_closes_with_a_reason(local: Served, robot: Robot) -> None:
    local.world.dataset["notify"] = ["wecom"]
    local.others = {"campus": {"name": "test", "title": "测试学院", "platform": "dst", "channels": {"wecom": robot.url}}}
    post(local, WRONG)
    post(local, WRONG)
    assert robot.heard == ["信息资源部：图书馆认为 物 的一行数据有误（dept）。查看：campus-hub corrections show 1"]
    closed = corrections.decide(local.hub, 1, reason="经核对无误", now=local.world.now, by="张")
    assert (closed.state, closed.closed_by, closed.closed_reason, closed.closed_run) == ("closed", "张", "经核对无误", None)
    with pytest.raises(CatalogError, match="已办结"):
        corrections.decide(local.hub, 1, reason="再次", now=local.world.now, by="张")
    assert [(it["state"], it["run"]) for it in local.get(PATH).json()["corrections"]] == [("closed", None)]


def test_the_document_tells_of_both_routes(local: Served) -> None:
    told = create_app(local.hub).openapi()["paths"]["/v1/datasets/{name}/corrections"]
    assert set(told) == {"get", "post"}
    assert {"200", "201", "401", "403", "404", "413", "422", "429", "503"} <= set(told["post"]["responses"])
