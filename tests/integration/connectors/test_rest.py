"""A REST service as a source: every way of paging and of saying who we are, and no fault of it ends in a green part."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conformance import FIELDS, ROWS, SourceConformance
from world import World

from catalog.errors import CatalogError, UnavailableError
from catalog.flow import From
from catalog.load import load
from catalog.system import System
from connectors.ping import answers, what
from hub.reconcile import reconcile

HALL = Path(__file__).parents[2] / "rest_hall.py"
PAGINGS: dict[str, dict[str, Any]] = {
    "page": {"kind": "page", "rows": 2},
    "offset": {"kind": "offset", "limit": "size", "rows": 3},
    "cursor": {"kind": "cursor", "next": "data.next"},
    "link": {"kind": "link"},
    "all": {"kind": "none"},
}
AUTHS: dict[str, dict[str, Any]] = {
    "header": {"kind": "header", "header": "X-Key", "value": "geheim"},
    "basic": {"kind": "basic", "user": "hub", "password": "geheim"},
    "oauth2": {"kind": "oauth2", "token_url": "/token", "client": "hub", "secret": "geheim"},
    "hmac": {"kind": "hmac", "key": "hub", "secret": "geheim"},
}


class Served:
    """A running hall and its file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "hall.db"
        native = {"integer": "integer", "boolean": "integer"}
        columns = ", ".join(f"{name} {native.get(kind, 'text')}" for name, kind in FIELDS.items())
        self.do(
            f"create table thing (place integer, {columns}, unit text)", "create table fault (what text)", "create table asked (path text)"
        )
        with sqlite3.connect(self.file) as database:
            marks = ", ".join("?" * (len(FIELDS) + 2))
            rows = [(place, *_stored(row), f"U{place}") for place, row in enumerate(ROWS)]
            database.executemany(f"insert into thing values ({marks})", rows)
        self.process = subprocess.Popen([sys.executable, str(HALL), str(self.file)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def do(self, *statements: str) -> None:
        with sqlite3.connect(self.file) as database:
            for statement in statements:
                database.execute(statement)

    def fault(self, *what: str) -> None:
        with sqlite3.connect(self.file) as database:
            database.executemany("insert into fault values (?)", [(it,) for it in what])

    def asked(self) -> list[str]:
        with sqlite3.connect(self.file) as database:
            return [path for (path,) in database.execute("select path from asked order by rowid")]

    def system(self, who: str = "open", **more: Any) -> dict[str, Any]:
        auth = dict(AUTHS[who]) if who in AUTHS else None
        if auth and "token_url" in auth:
            auth["token_url"] = self.url + auth["token_url"]
        rest = {"answer_timeout": "5s", "tries": 3} | more
        return {"name": "src", "title": "大厅接口", "kind": "rest", "url": f"{self.url}/{who}", "owner": "x", "rest": rest} | (
            {"auth": auth} if auth else {}
        )


def _stored(row: tuple[str | None, ...]) -> list[object]:
    return [int(value) if value and kind in ("integer", "boolean") else value for value, kind in zip(row, FIELDS.values(), strict=True)]


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    served.process.kill()
    served.process.communicate()


def endpoint(kind: str, **more: Any) -> dict[str, Any]:
    return {"path": f"/{kind}", "records": "data.items", "paging": PAGINGS[kind]} | more


class TestRest(SourceConformance):
    source = From.model_validate({"system": "src", "rest": endpoint("cursor", total="data.total")})

    @pytest.fixture
    def system(self, hall: Served) -> System:
        return System.model_validate(hall.system())


@pytest.fixture
def it(tmp_path: Path, hall: Served) -> World:
    found = World(tmp_path / "world", f"sqlite:///{tmp_path}/unused.db", f"sqlite:///{tmp_path}/target.db", rows=0)
    found.others["systems/src"] = hall.system()
    found.dataset |= {"key": ["id"], "fields": [{"name": name, "type": kind, "title": name} for name, kind in FIELDS.items()]}
    found.flow["source"] = {"system": "src", "rest": endpoint("page", total="data.total")}
    return found


@pytest.mark.parametrize(("kind", "who"), [*((kind, "open") for kind in PAGINGS), *(("link", who) for who in AUTHS)])
def test_every_paging_and_every_identity_brings_all_rows(hall: Served, it: World, kind: str, who: str) -> None:
    it.others["systems/src"] = hall.system(who)
    it.flow["source"] = {"system": "src", "rest": endpoint(kind)}
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted) == ("proved", len(ROWS)), receipt.error
    assert it.run().status == "unchanged"
    assert it.verify().equal
    assert [row[0] for row in it.at_target("select amount from thing where id = 'c'")] == [9223372036854775807]


@pytest.mark.parametrize("total", [{}, {"total": "data.total"}])
@pytest.mark.parametrize("name", ["data.nxet", "date.next", "nxet"])
def test_a_first_page_without_the_member_that_tells_of_the_next_is_not_taken_for_the_last(
    it: World, name: str, total: dict[str, str]
) -> None:
    it.flow["source"] = {"system": "src", "rest": endpoint("cursor", paging={"kind": "cursor", "next": name}, **total)}
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted) == ("unavailable", 0)
    assert name in (receipt.error or "")


@pytest.mark.parametrize("paging", [{"kind": "page", "rows": 500}, {"kind": "offset", "limit": "size", "rows": 500}])
def test_a_service_that_gives_less_than_was_asked_for_is_read_to_its_end(it: World, paging: dict[str, Any]) -> None:
    it.flow["source"] = {"system": "src", "rest": endpoint(paging["kind"], paging=paging)}
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted) == ("proved", len(ROWS)), receipt.error


@pytest.mark.parametrize(
    "paging", [{"kind": "page", "page": "number", "size": "rows"}, {"kind": "offset", "offset": "begin", "limit": "rows"}]
)
def test_names_that_the_service_does_not_know_never_end_in_its_first_page(it: World, paging: dict[str, Any]) -> None:
    it.flow["source"] = {"system": "src", "rest": endpoint(paging["kind"], paging=paging)}
    assert it.run().status == "unproven"


@pytest.mark.parametrize("path", ["/strict", "/last"])
def test_a_page_beyond_the_last_may_be_unknown_or_the_last_again_where_the_total_says_so(it: World, path: str) -> None:
    it.flow["source"] = {"system": "src", "rest": endpoint("page", path=path, total="data.total")}
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted) == ("proved", len(ROWS)), receipt.error


@pytest.mark.parametrize("item", ["/nowhere/{id}", "/all?id={id}"])
def test_an_address_of_single_rows_that_answers_otherwise_deletes_nothing(hall: Served, it: World, item: str) -> None:
    it.flow |= {"mode": "incremental", "reconcile": "weekly"}
    it.flow["source"] = {"system": "src", "cursor": "moment", "rest": endpoint("cursor", since="changed_since", item=item)}
    hall.do("update thing set moment = '2026-11-05 07:59:00' where id in ('c', '杨𬀩')")
    assert it.run().status == "proved"
    hall.do("update thing set moment = '2025-01-01 00:00:00' where id = '杨𬀩'")  # left the window: looked up
    receipt = it.later(minutes=15).run()
    assert (receipt.status, item in str(receipt.error)) == ("unavailable", True)
    assert it.at_target("select count(*) from thing") == [(len(ROWS),)]


@pytest.mark.parametrize("item", ["/item/{id}", "/nowhere/{id}"])
def test_a_window_without_rows_proves_no_address_and_deletes_nothing_by_itself(hall: Served, it: World, item: str) -> None:
    it.flow |= {"mode": "incremental", "reconcile": "weekly"}
    it.flow["source"] = {"system": "src", "cursor": "moment", "rest": endpoint("cursor", since="changed_since", item=item)}
    hall.do("update thing set moment = '2025-01-01 00:00:00'", "update thing set moment = '2026-11-05 07:59:00' where id = 'c'")
    assert it.run().status == "proved"
    hall.do("delete from thing where id = 'c'")  # the only row of the window
    assert it.later(minutes=15).run().status == "held"
    assert it.at_target("select count(*) from thing") == [(len(ROWS),)]


def test_an_answer_that_says_in_its_body_that_it_failed_is_no_empty_page(hall: Served, it: World) -> None:
    hall.do("update thing set unit = 'busy' where id = 'a'")
    it.flow["source"]["rest"]["records"] = "data.items[?unit.code == 'busy'] == `[]` && data.items"
    assert (it.run().status, it.at_target("select count(*) from sqlite_master where name = 'thing'")) == ("unavailable", [(0,)])
    hall.do("update thing set unit = 'U0' where id = 'a'")
    assert it.run().status == "proved"


@pytest.mark.parametrize("faults", [["429"], ["500", "503"], ["cut"], ["html", "500"], ["slow"]])
def test_a_passing_fault_costs_its_page_alone(hall: Served, it: World, faults: list[str]) -> None:
    it.others["systems/src"] = hall.system(answer_timeout="1s")
    it.flow["source"] = {"system": "src", "rest": endpoint("cursor")}
    hall.fault("200", *faults)
    assert it.run().status == "proved"
    first = [path for path in hall.asked() if path.endswith("/cursor")]
    assert len(first) == 1  # the first page was not read again


@pytest.mark.parametrize(
    ("faults", "code"),
    [(["200", "500", "500", "500"], "500"), (["200", "cut", "cut", "cut"], ""), (["200", "html", "html", "html"], "JSON")],
)
def test_a_stop_in_the_middle_of_paging_publishes_nothing(hall: Served, it: World, faults: list[str], code: str) -> None:
    assert it.run().status == "proved"
    hall.do("delete from thing where id = 'a'")
    hall.fault(*faults)
    receipt = it.run()
    assert (receipt.status, code in str(receipt.error)) == ("unavailable", True)
    assert "geheim" not in str(receipt.error)
    assert it.at_target("select count(*) from thing") == [(len(ROWS),)]


@pytest.mark.parametrize("fault", ["delete", "insert"])
@pytest.mark.parametrize("kind", ["page", "offset"])
def test_pages_that_shift_once_are_read_again(hall: Served, it: World, kind: str, fault: str) -> None:
    it.flow["source"] = {"system": "src", "rest": endpoint(kind)}
    hall.fault(fault)
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted) == ("proved", len(ROWS) + (1 if fault == "insert" else -1)), receipt.error
    assert it.verify().equal


def test_a_service_that_keeps_shifting_is_not_provable(hall: Served, it: World) -> None:
    hall.fault(*["insert"] * 20)
    receipt = it.run()
    assert receipt.status == "unproven"
    assert it.at_target("select count(*) from sqlite_master where name = 'thing'") == [(0,)]


def test_a_total_that_does_not_add_up_is_no_success(hall: Served, it: World) -> None:
    it.flow["source"] = {"system": "src", "rest": endpoint("all", path="/page", total="data.total")}  # one page of several, taken for all
    assert it.run().status == "unproven"


def test_a_window_asks_for_what_changed_and_looks_single_rows_up(hall: Served, it: World) -> None:
    it.flow |= {"mode": "incremental", "reconcile": "weekly"}
    it.flow["source"] = {
        "system": "src", "cursor": "moment",
        "rest": endpoint("cursor", since="changed_since", item="/item/{id}"),
    }  # fmt: skip
    hall.do(
        "update thing set moment = '2026-11-05 07:59:00' where id in ('c', '杨𬀩')",
        "update thing set moment = '2026-03-01 00:00:00' where id = 'b'",
    )
    assert it.run().status == "proved"
    hall.do(
        "update thing set note = '新', moment = '2026-11-05 08:10:00' where id = 'a'",
        "delete from thing where id = 'c'",  # its cursor lies in the window: looked up, gone
        "update thing set moment = '2025-01-01 00:00:00', note = '移出' where id = '杨𬀩'",  # left the window: looked up, there
        "update thing set note = '很迟', moment = '2024-01-01 00:00:00' where id = 'b'",
    )
    receipt = it.later(minutes=15).run()
    assert (receipt.status, receipt.rows.updated, receipt.rows.deleted) == ("proved", 2, 1), receipt.error
    window = [path for path in hall.asked() if "changed_since" in path]
    assert window
    assert all("changed_since=2026-11-05T07" in path for path in window)
    assert [path for path in hall.asked() if "/item/" in path]
    assert it.verify().differing == {"b": "different"}
    assert reconcile(it.hub, "thing", now=it.now, by="tester").rows.updated == 1
    assert it.verify().equal


def test_a_token_that_is_refused_before_its_time_is_fetched_again(hall: Served, it: World) -> None:
    it.others["systems/src"] = hall.system("oauth2")
    hall.fault("200", "expire")
    assert it.run().status == "proved"


def test_members_are_found_inside_and_a_missing_one_holds_the_flow(hall: Served, it: World) -> None:
    it.dataset["fields"].append({"name": "unit", "type": "string(20)", "title": "单位"})
    it.flow["source"]["columns"] = {"unit": "unit.code"}
    assert it.run().status == "proved"
    assert it.at_target("select unit from thing where id = 'a'") == [("U0",)]
    it.flow["source"]["columns"] = {"unit": "unit.number"}
    receipt = it.run()
    assert (receipt.status, "unit.number" in str(receipt.error)) == ("held", True)


def test_a_record_that_fits_no_field_is_quarantined_with_its_place(hall: Served, it: World) -> None:
    hall.do("update thing set day = '2026-02-30' where id = 'c'")
    receipt = it.run()
    assert (receipt.status, receipt.rows.quarantined, receipt.rows.inserted) == ("proved_with_exceptions", 1, len(ROWS) - 1), receipt.error
    hall.do("update thing set day = '2026-02-28' where id = 'c'")
    assert it.run().status == "proved"


@pytest.mark.parametrize(("who", "key"), [("header", "X"), ("basic", "user")])
def test_a_wrong_key_is_told_without_it(hall: Served, it: World, who: str, key: str) -> None:
    system = hall.system(who)
    system["auth"] |= {"value": "falsch"} if who == "header" else {"password": "falsch"}
    it.others["systems/src"] = system
    receipt = it.run()
    assert receipt.status == "unavailable"
    assert "401" in str(receipt.error)
    assert "falsch" not in str(receipt.error)


def test_an_answer_larger_than_allowed_is_refused(hall: Served, it: World) -> None:
    it.others["systems/src"] = hall.system(largest_answer=100)
    assert (it.run().status, "size" in str(it.run().error)) == ("unavailable", True)


def test_an_answer_without_records_is_told_by_their_place_not_its_text(hall: Served, it: World) -> None:
    hall.fault("no_list")
    receipt = it.run()
    assert (receipt.status, "data.items" in str(receipt.error), "geheim" in str(receipt.error)) == ("unavailable", True, False)


def test_a_service_answers_a_ping_or_says_that_it_is_away(hall: Served) -> None:
    system = System.model_validate(hall.system())
    assert (answers(system), what(system)) == (True, "rest:127.0.0.1")
    hall.process.kill()
    hall.process.wait()
    with pytest.raises(UnavailableError):
        answers(system)


@pytest.mark.parametrize(
    "change",
    [
        {"since": "changed_since"},
        {"since": "changed_since", "item": "/item/{number}"},
        {"records": "data.["},
        {"total": "data..total"},
    ],
)
def test_a_flow_that_could_not_be_trusted_is_refused_with_its_line(it: World, change: dict[str, Any]) -> None:
    it.flow["source"] |= {"cursor": "moment"}
    it.flow["source"]["rest"] |= change
    with pytest.raises(CatalogError) as wrong:
        load_of(it)
    assert [problem.line is not None for problem in wrong.value.problems] == [True]


def load_of(it: World) -> object:
    return load(it.hub.catalog.folder)
