"""The gate from its narrow side: what a filter, a page, a receipt or a broken platform might let slip."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from served import FIELDS, ROWS, Served
from sqlalchemy import event
from starlette.testclient import TestClient
from world import Database

from app.service import create_app
from catalog.field_type import parse
from hub.masking import masker
from hub.pipeline import run
from hub.store import access, keys

EVERY_ENGINE = ["sqlite", "postgresql", "mariadb"]
PATH = "/v1/datasets/thing/rows"


@pytest.fixture(params=EVERY_ENGINE)
def served(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> Served:
    return Served(tmp_path, database(request.param))


@pytest.fixture
def local(tmp_path: Path, database: Database) -> Served:
    return Served(tmp_path, database("sqlite"))


def problem(answer: Any, status: int, code: str) -> str:
    """Hold an answer to the form of a problem and return its title."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert (answer.json()["status"], answer.json()["code"]) == (status, code)
    return str(answer.json()["title"])


def numbers(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["no"] for row in answer.json()["rows"]]


def test_a_value_leaves_exactly_and_a_masked_time_keeps_its_form(served: Served) -> None:
    served.agreement |= {"columns": ["no", "pay", "seen_at"], "mask": {"seen_at": "year"}}
    assert served.rows().json()["rows"] == [
        {"no": "0001", "pay": "8000.5", "seen_at": "2026-01-01T00:00:00"},
        {"no": "0002", "pay": "7000", "seen_at": None},
        {"no": "0005", "pay": "5000.05", "seen_at": None},
    ]
    assert numbers(served.rows(filter="pay.ge.7000.00")) == ["0001", "0002"]
    assert numbers(served.rows(filter=["pay.gt.5000.05", "no.ne.0002"])) == ["0001"]


def test_a_confidential_row_never_leaves_whatever_is_granted(served: Served) -> None:
    served.agreement |= {"columns": ["no", "level", "pay"], "where": [], "mask": {}}
    assert numbers(served.rows()) == ["0001", "0002", "0003", "0005"]
    assert numbers(served.rows(filter="level.eq.密")) == []
    assert numbers(served.rows(filter="no.eq.0004")) == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("dept.eq.D1", ["0001"]), ("dept.eq.d1", []), ("dept.in.D1,D3", ["0001", "0005"]), ("seen_at.is_null.true", ["0002", "0005"]),
        ("seen_at.lt.2026-10-01T08:00:00.3", ["0001"]), ("no.gt.0001", ["0002", "0005"]), ("no.le.0002", ["0001", "0002"]), ("dept.eq.", []),
    ],
)  # fmt: skip
def test_a_filter_means_the_same_on_every_engine(served: Served, asked: str, expected: list[str]) -> None:
    assert numbers(served.rows(filter=asked)) == expected
    assert served.log()[-1]["conditions"] == [" ".join(asked.split(".")[:2])]


@pytest.mark.parametrize(
    "asked", ["name.eq.欧阳明", "born.lt.1990-05-07", "pay.gt.8000", "status.eq.离职", "level.is_null.false", "x.eq.1"]
)
def test_a_filter_on_what_is_masked_or_not_granted_would_tell_it(local: Served, asked: str) -> None:
    title = problem(local.rows(filter=asked), 403, "api.filter_denied")
    assert "可用字段：no, dept, seen_at" in title
    assert asked.split(".", 2)[2] not in title
    assert local.log()[-1]["outcome"] == "403 api.filter_denied"


@pytest.mark.parametrize("asked", ["pay.eq.1e999999999", "pay.gt.-1e999999999", "pay.eq.NaN", "pay.eq.1_000", "pay.lt.", "age.eq.1e9999999", "age.eq.99999999999999999999"])  # fmt: skip
def test_a_number_of_a_gigabyte_of_digits_is_no_filter_value(served: Served, asked: str) -> None:
    served.world.dataset["fields"] = [*FIELDS, {"name": "age", "type": "integer", "title": "年龄"}]
    served.world.at_target("alter table thing add column age bigint")
    served.agreement |= {"columns": ["no", "pay", "age"], "mask": {}}
    title = problem(served.rows(filter=asked), 422, "api.filter_value")
    assert asked.split(".", 2)[2] == "" or asked.split(".", 2)[2] not in title


def test_a_boolean_is_asked_for_as_it_is_answered(served: Served) -> None:
    served.world.dataset["fields"] = [*FIELDS, {"name": "paid", "type": "boolean", "title": "已付"}]
    served.world.at_target("alter table thing add column paid boolean")
    served.world.at_target("update thing set paid = (no = '0001')")
    served.agreement |= {"columns": ["no", "paid"], "mask": {}}
    assert served.rows(filter="paid.eq.true").json()["rows"] == [{"no": "0001", "paid": True}]
    assert numbers(served.rows(filter="paid.eq.false")) == ["0002", "0005"]
    problem(served.rows(filter="paid.eq.yes"), 422, "api.filter_value")


def test_the_last_day_of_an_agreement_is_the_schools_day(local: Served) -> None:
    local.agreement["valid"] = ["2026-11-05", "2026-11-05"]
    assert local.rows().status_code == 200
    local.world.later(hours=15, minutes=59)  # 23:59 in the school
    assert local.rows().status_code == 200
    local.world.later(minutes=2)  # the next day in the school, still the fifth in UTC
    problem(local.rows(), 403, "api.agreement_expired")


@pytest.mark.parametrize(
    ("address", "status"), [("10.8.3.7", 200), ("10.8.4.7", 403), ("::ffff:10.8.3.7", 200), ("::1", 403), ("unix", 403)]
)
def test_a_caller_without_an_address_of_the_list_is_refused(local: Served, address: str, status: int) -> None:
    local.consumer["addresses"] = ["10.8.3.0/24"]
    assert local.client(address=address).get(PATH).status_code == status
    assert local.log()[-1]["address"] == address


def test_a_platform_without_a_needed_column_or_the_table_is_a_logged_503(served: Served) -> None:
    served.world.at_target("alter table thing rename column status to state")  # of the agreement's condition
    problem(served.rows(fields="no"), 503, "api.unavailable")
    served.world.at_target("alter table thing rename column state to status")
    served.world.at_target("alter table thing rename column level to secrecy")  # of the confidential rows
    problem(served.rows(fields="no"), 503, "api.unavailable")
    served.world.at_target("drop table thing")
    problem(served.rows(), 503, "api.unavailable")
    assert [line["outcome"] for line in served.log()] == ["503 api.unavailable"] * 3


def test_a_platform_that_is_away_is_a_logged_503_without_its_password(local: Served) -> None:
    local.world.target = "postgresql+psycopg://nobody:{}@127.0.0.1:9/nothing".format("secret-word")
    answer = local.rows()
    problem(answer, 503, "api.unavailable")
    assert "secret-word" not in answer.text
    assert local.log()[-1]["outcome"] == "503 api.unavailable"


def test_a_locked_store_answers_503_and_nothing_leaves(local: Served) -> None:
    client = local.client()
    store = client.app.state.service.journal.store
    event.listen(store, "connect", lambda connection, _: connection.execute("pragma busy_timeout = 0"))
    blocker = sqlite3.connect(store.url.database)
    blocker.execute("begin exclusive")
    answer = client.get(PATH)
    blocker.close()
    problem(answer, 503, "access.unwritten")
    assert client.get(PATH).status_code == 200


def walk(served: Served, limit: int, between: Callable[[], None] | None = None) -> list[str]:
    """Read all pages and return the keys; `between` acts after the first page."""
    client, seen, after = served.client(), [], None
    while True:
        answer = client.get(PATH, params={"limit": limit, "fields": "no"} | ({"after": after} if after else {}))
        seen += numbers(answer)
        after = answer.json()["next"]
        if after is None:
            return seen
        if between:
            between()
            between = None


STRANGE = [
    "a",
    "A",
    "b",
    "B",
    "Z",
    "é",
    "e",
    "ü",
    "𠮷",
    "一",
    "~",
    "01",
    "1",
    "10",
    "2",
    "a ",
    "ａ",
    "'",
    '"',
    "%",
    "\\",
    "_",
    "a\tb",
    "𠮶",
]


@pytest.mark.parametrize("limit", [1, 5, 24])
def test_pages_follow_the_binary_order_of_the_key_on_every_engine(tmp_path: Path, database: Database, limit: int) -> None:
    rows = [(no, "名", "D1", "在职", None, "1", "1990-01-01", None) for no in STRANGE]
    for engine in EVERY_ENGINE:
        served = Served(tmp_path / engine, database(engine), rows=rows)
        assert walk(served, limit) == sorted(STRANGE, key=str.encode), engine


def test_rows_written_between_two_pages_are_neither_skipped_nor_repeated(served: Served) -> None:
    for number in range(10, 40, 2):
        served.add((f"{number:04}", "名", "D1", "在职", None, "1", "1990-01-01", None))

    def write() -> None:
        served.add(("0000", "先", "D1", "在职", None, "1", "1990-01-01", None))  # before what was read
        served.add(("0035", "后", "D1", "在职", None, "1", "1990-01-01", None))  # still ahead
        served.world.at_target("delete from thing where no in ('0001', '0002', '0030')")

    ahead = {f"{number:04}" for number in range(10, 40, 2)} - {"0030"} | {"0035", "0005"}
    assert walk(served, 2, write) == sorted({"0001", "0002"} | ahead)


def test_a_composite_key_pages_over_ties_of_its_first_part(served: Served) -> None:
    served.world.dataset["key"] = ["dept", "no"]
    for number in range(20):
        served.add((f"x{number:02}", "名", "D1", "在职", None, "1", "1990-01-01", None))
    for limit in (1, 7):
        assert walk(served, limit) == ["0001", *(f"x{n:02}" for n in range(20)), "0002", "0005"]


def test_the_order_of_the_rows_tells_nothing_of_a_key_that_the_consumer_does_not_see(tmp_path: Path, database: Database) -> None:
    names = [f"D{number:02}" for number, _ in enumerate(STRANGE)]
    rows = [(no, "名", dept, "在职", None, "1", "1990-01-01", None) for no, dept in zip(sorted(STRANGE), names, strict=True)]
    for engine in EVERY_ENGINE:
        served = Served(tmp_path / engine, database(engine), rows=rows)
        for granted in ({"columns": ["dept"], "mask": {}}, {"columns": ["no", "dept"], "mask": {"no": "last1"}}):
            served.agreement |= granted
            told = [departments(served), departments(served), exported(served), exported(served)]
            assert all(sorted(order) == names for order in told), engine
            assert len({tuple(order) for order in [names, *told]}) == 5, engine
        problem(served.rows(fields="pay"), 403, "api.column_denied")


def departments(served: Served) -> list[str]:
    """Read all pages from the first on."""
    client, seen, after = served.client(), [], None
    while True:
        answer = client.get(PATH, params={"limit": 5} | ({"after": after} if after else {})).json()
        seen += [row["dept"] for row in answer["rows"]]
        after = answer["next"]
        if after is None:
            return seen


def exported(served: Served) -> list[str]:
    return [json.loads(line)["dept"] for line in served.get("/v1/datasets/thing/export").text.splitlines()]


def test_a_cursor_ends_when_the_key_becomes_hidden(local: Served) -> None:
    client = local.client()
    after = client.get(PATH, params={"limit": 1}).json()["next"]
    local.agreement["mask"] = {"no": "last1", "name": "surname", "born": "year"}
    assert local.hub  # the agreement was changed
    problem(client.get(PATH, params={"after": after}), 422, "api.cursor")


def test_a_cursor_of_a_key_that_the_dataset_no_longer_has_is_refused(local: Served) -> None:
    client = local.client()
    after = client.get(PATH, params={"limit": 1}).json()["next"]
    local.world.dataset["key"] = ["dept", "no"]
    assert local.hub  # the catalog was changed
    problem(client.get(PATH, params={"after": after}), 422, "api.cursor")


def test_runs_and_receipts_are_told_of_the_callers_own_flows_only(tmp_path: Path, database: Database) -> None:
    it = Served(tmp_path, database("sqlite"), synced=True)
    away = dict(it.agreement, name="card_thing", consumer="card", channels=["push"], mask={}, columns=["no", "dept"])
    it.others = {
        "consumers/card": dict(it.consumer, name="card", systems=["src"]), "agreements/card_thing": away,
        "flows/to_card": {"name": "to_card", "dataset": "thing", "mode": "mirror", "on_delete": "delete", "under": "card_thing",
                          "source": {"system": "dst", "table": "thing"}, "target": {"system": "src", "table": "for_card"}},
    }  # fmt: skip
    brought = run(it.hub, "thing", now=it.world.now, by="王主任")
    pushed = run(it.hub, "to_card", now=it.world.now, by="王主任")
    assert (brought.status, pushed.status) == ("proved", "proved")
    assert [told["run"] for told in it.get("/v1/runs").json()["runs"]] == [brought.run]
    told = it.get(f"/v1/runs/{brought.run}/receipt")
    assert told.json()["source"]["digest"] == told.json()["target"]["digest"]
    assert brought.source
    assert told.json()["source"]["digest"] != brought.source.digest  # by which a hidden value could be guessed
    assert "王主任" not in told.text
    title = problem(it.get(f"/v1/runs/{pushed.run}/receipt"), 404, "api.run")
    assert title.replace(pushed.run, "R1") == problem(it.get("/v1/runs/R1/receipt"), 404, "api.run")
    problem(it.get("/v1/runs/%00/receipt"), 404, "api.run")
    card = it.client(key=keys.issue(it.store, "card", now=it.world.now, by="tester"))
    assert [told["run"] for told in card.get("/v1/runs").json()["runs"]] == [pushed.run]
    it.agreement["state"] = "suspended"
    assert it.get("/v1/runs").json() == {"runs": []}
    problem(it.get(f"/v1/runs/{brought.run}/receipt"), 404, "api.run")
    it.agreement["state"], it.consumer["environment"] = "active", "test"
    assert it.get("/v1/runs").json() == {"runs": []}


def test_a_store_on_postgresql_keeps_the_log_and_refuses_what_it_cannot_hold(local: Served, database: Database) -> None:
    local.others = {"campus": {"name": "test", "title": "测试学院", "platform": "dst", "store": database("postgresql")}}
    hub = local.hub
    key = keys.issue(hub.store, "library", now=local.world.now, by="tester")
    client = TestClient(create_app(hub, look=0.0), raise_server_exceptions=False, headers={"Authorization": f"Bearer {key}"})
    for path in ("/v1/runs/%00/receipt", "/v1/datasets/%00", "/v1/datasets/thing%00/rows"):
        assert client.get(path).status_code == 404
    assert numbers(client.get(PATH)) == ["0001", "0002", "0005"]
    assert access.verify(hub.store) == []
    outcomes = [line["outcome"] for line in access.lines(hub.store)]
    client.app.state.service.journal.close()
    hub.store.dispose()
    assert outcomes == ["ok", "404 api.dataset", "404 api.dataset", "404 api.run"]


NAMES = [field["name"] for field in FIELDS]
TYPES = {field["name"]: parse(field["type"]) for field in FIELDS}
MASKS = {"name": ["surname", "null"], "born": ["year", "null"], "no": ["last2"], "dept": ["null"]}
agreements = st.builds(
    lambda columns, statuses, masks: {
        "columns": sorted(columns, key=NAMES.index),
        "where": [{"field": "status", "in": sorted(statuses)}] if statuses else [],
        "mask": {name: how for name, how in masks.items() if name in columns},
    },
    st.sets(st.sampled_from(NAMES), min_size=1),
    st.sets(st.sampled_from(["在职", "离职", "退休"])),
    st.fixed_dictionaries({}, optional={name: st.sampled_from(ways) for name, ways in MASKS.items()}),
)
requests = st.fixed_dictionaries(
    {"limit": st.sampled_from([1, 2, 100])},
    optional={
        "fields": st.lists(st.sampled_from([*NAMES, "nosuch"]), min_size=1, max_size=3, unique=True).map(",".join),
        "filter": st.lists(
            st.builds(
                lambda name, operator, value: f"{name}.{operator}.{value}",
                st.sampled_from(NAMES),
                st.sampled_from(["eq", "ne", "lt", "ge", "in", "is_null"]),
                st.sampled_from(["0001", "D1", "在职", "密", "7000", "1990-05-06", "true", "欧阳明"]),
            ),
            max_size=2,
        ),
    },
)


def granted(agreement: dict[str, Any], name: str, row: dict[str, Any]) -> Any:
    """Say what the agreement lets anyone see of a value."""
    how, value = agreement["mask"].get(name), row[name]
    if how or value is None:
        return masker(how, TYPES[name])(value) if value is not None and how else None
    if name == "pay":
        return f"{float(value):.2f}".rstrip("0").rstrip(".")
    return value.replace(" ", "T").rstrip("0") if name == "seen_at" and "." in value else value.replace(" ", "T")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(agreement=agreements, asked=requests)
def test_nothing_outside_any_agreement_leaves_on_any_request(local: Served, agreement: dict[str, Any], asked: dict[str, Any]) -> None:
    local.agreement |= agreement
    allowed = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
    allowed = [row for row in allowed if row["level"] != "密"]
    if agreement["where"]:
        allowed = [row for row in allowed if row["status"] in agreement["where"][0]["in"]]
    visible = {name: {granted(agreement, name, row) for row in allowed} for name in agreement["columns"]}
    answer = local.rows(**asked)
    assert answer.status_code in (200, 403, 422), answer.text
    told = answer.json().get("rows", [])
    wanted = asked["fields"].split(",") if "fields" in asked else agreement["columns"]
    for row in told:
        assert set(row) == set(wanted) <= set(agreement["columns"])
        assert all(value in visible[name] for name, value in row.items())
    if not set(wanted) <= set(agreement["columns"]):
        assert answer.status_code == 403
    for text in asked.get("filter", ()):
        name = text.partition(".")[0]
        if name not in agreement["columns"] or name in agreement["mask"]:
            assert answer.status_code == 403 or (answer.status_code == 422 and not told)
    if answer.status_code == 200 and "filter" not in asked:
        assert len(told) == min(asked["limit"], len(allowed))
