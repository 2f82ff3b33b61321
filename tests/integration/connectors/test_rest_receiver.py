"""A business system that takes rows over HTTP: what it refuses comes back, what it bends is red, what it cannot show is no proof."""

import json
from pathlib import Path
from typing import Any

import pytest
from crashing import dead, killed
from receivers import BATCHES, ROW_BY_ROW, Desk, Receiving

from app import show
from catalog.errors import CatalogError, UnavailableError, UnprovenError
from catalog.load import load
from catalog.system import System
from connectors.ping import answers, what
from connectors.rest_delivery import address, fill
from hub import quarantine
from hub.status import status
from hub.upkeep import upkeep

UNPROVABLE = {name: value for name, value in ROW_BY_ROW.items() if name != "read"}


@pytest.fixture
def it(tmp_path: Path, desk: Desk) -> Receiving:
    return Receiving(tmp_path / "world", desk.system(), {"rest": dict(ROW_BY_ROW)})


def refused(it: Receiving) -> list[tuple[Any, ...]]:
    return [(row.key, row.rule, row.place) for row in quarantine.rows(it.hub, "thing")]


@pytest.mark.parametrize("place", [ROW_BY_ROW, BATCHES])
@pytest.mark.parametrize("faults", [["429"], ["500", "503"], ["cut"], ["hangup"], ["slow"]])
def test_a_passing_fault_is_tried_again_and_doubles_nothing(desk: Desk, it: Receiving, place: dict[str, Any], faults: list[str]) -> None:
    it.system |= desk.system(answer_timeout="1s")
    it.flow["target"]["rest"] = place
    desk.fault(*faults)
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted, desk.has()) == ("proved", 6, it.expected()), receipt.error
    assert len({key for _, _, key, _ in desk.asked()}) == (6 if place is ROW_BY_ROW else 1)
    assert len(desk.asked()) == len({key for _, _, key, _ in desk.asked()}) + len(faults)


def test_a_receiver_that_stays_away_is_red_and_what_arrived_is_settled_later(desk: Desk, it: Receiving) -> None:
    desk.fault("200", "200", "hangup", "500", "500")
    desk.do("delete from fault where what = '200'")
    receipt = it.run()
    assert (receipt.status, "未改动" in str(receipt.error)) == ("unavailable", False)
    assert len(desk.has()) == 1
    it.at_source("delete from s_thing where no = 'n000'")
    again = it.run()
    assert (again.status, desk.has()) == ("proved", it.expected()), again.error


def test_a_wrong_key_is_told_without_it(it: Receiving) -> None:
    it.system["auth"] = {"kind": "header", "header": "X-Key", "value": "falsch"}
    receipt = it.run()
    assert (receipt.status, "401" in str(receipt.error), "falsch" in str(receipt.error)) == ("unavailable", True, False)


@pytest.mark.parametrize("place", [ROW_BY_ROW, BATCHES])
def test_a_refused_row_is_quarantined_with_its_reason_and_tried_again(desk: Desk, it: Receiving, place: dict[str, Any]) -> None:
    it.flow["target"]["rest"] = place
    assert it.run().status == "proved"
    desk.do("insert into refused values ('n001'), ('n002'), ('new')")
    it.at_source("update s_thing set name = '改' where no in ('n001', 'n003')")
    it.at_source("delete from s_thing where no = 'n002'")
    it.at_source("insert into s_thing (no, name, kind) values ('new', '新', '1')")
    before = desk.has()
    receipt = it.run()
    assert (receipt.status, receipt.exit_code) == ("proved_with_exceptions", 0), receipt.error
    assert (receipt.rows.quarantined, receipt.rows.updated, receipt.rows.deleted, receipt.rows.kept_stale) == (3, 1, 0, 2)
    assert [(finding["id"], finding["failed"]) for finding in receipt.findings] == [("receiver", 3)]
    code = "422" if place is ROW_BY_ROW else "200"
    assert sorted(refused(it)) == [((no,), "receiver", f"{code} 电话 格式不对") for no in ("n001", "n002", "new")]
    assert all("接收方接受该行" in row.reason for row in quarantine.rows(it.hub, "thing"))
    assert desk.has() == {**before, "n003": ("改", "2")}
    standing = it.run()  # the source did not change: the receiver may have changed its mind
    assert (standing.status, standing.rows.quarantined) == ("proved_with_exceptions", 3), standing.error
    desk.do("delete from refused")
    mended = it.run()
    assert (mended.status, mended.rows.inserted, mended.rows.updated, mended.rows.deleted) == ("proved", 1, 1, 1), mended.error
    assert (desk.has(), refused(it)) == (it.expected(), [])
    assert it.run().status == "unchanged"


@pytest.mark.parametrize("how", ["bent", "lost"])
def test_a_value_that_the_receiver_changes_or_loses_is_red_and_mended_later(desk: Desk, it: Receiving, how: str) -> None:
    desk.do(f"insert into {how} values ('n004')")
    receipt = it.run()
    assert (receipt.status, receipt.exit_code, "1 个主键" in str(receipt.error)) == ("unproven", 5, True)
    assert "名4" not in str(receipt.error)
    assert it.run().status == "unproven"
    desk.do(f"delete from {how}")
    mended = it.run()
    assert (mended.status, desk.has()) == ("proved", it.expected()), mended.error


@pytest.mark.parametrize(
    "body", ['{"no": "zz", "changed_at": "昨天"}', '{"no": "n001", "name": "名1", "kind": "2", "changed_at": "2026-01-01T00:00:00"}']
)
def test_a_row_that_cannot_be_read_or_stands_there_twice_is_never_green(desk: Desk, it: Receiving, body: str) -> None:
    assert it.run().status == "proved"
    desk.do("insert into besides values (?)", body)
    with pytest.raises(UnprovenError, match="1 行"):
        it.verify()
    assert [it.run().status for _ in range(2)] == ["unproven", "unproven"]
    it.at_source("update s_thing set name = '改' where no = 'n001'")
    receipt = it.run()
    assert (receipt.status, "昨天" in str(receipt.error)) == ("unproven", False)
    desk.do("delete from besides")
    assert (it.run().status, desk.has()) == ("proved", it.expected())


def test_rows_of_others_that_cannot_be_read_stand_where_the_flow_lets_them(desk: Desk, it: Receiving) -> None:
    it.flow["on_delete"] = "keep"
    assert it.run().status == "proved"
    desk.do('insert into besides values (\'{"no": "zz", "changed_at": "昨天"}\')')
    it.at_source("update s_thing set name = '改' where no = 'n001'")
    assert (it.run().status, it.verify().equal, desk.has()) == ("proved", True, it.expected())


def test_an_answer_that_says_of_each_row_something_else_is_no_word_for_all(desk: Desk, it: Receiving) -> None:
    one_answer = {name: value for name, value in BATCHES.items() if name not in ("results", "id", "ok", "read")}
    it.flow |= {"unprovable": "接口只写不读"}
    it.flow["target"]["rest"] = one_answer | {"insert": {"method": "POST", "path": "/each"}}
    desk.do("insert into refused values ('n003')")
    assert it.run().status == "unavailable"
    it.flow["target"]["rest"] |= {"results": "results", "ok": "taken", "id": {"no": "no"}}
    receipt = it.run()
    assert (receipt.status, receipt.rows.quarantined, len(desk.has())) == ("acknowledged", 1, 5), receipt.error


def test_a_ping_asks_a_receiver_and_sends_it_nothing(desk: Desk, it: Receiving) -> None:
    system = System.model_validate(it.system)
    assert (answers(system), what(system), desk.asked(), desk.has()) == (True, "rest:127.0.0.1", [], {})
    desk.process.kill()
    desk.process.wait()
    with pytest.raises(UnavailableError):
        answers(system)


def test_a_receiver_that_refuses_too_much_is_sent_no_more_and_asks_a_person(desk: Desk, it: Receiving) -> None:
    it.flow["brakes"] = {"max_quarantine": {"share": "10%", "rows": 2}}
    desk.do("insert into refused values ('n000'), ('n001'), ('n002'), ('n003'), ('n004'), ('n005')")
    held = it.run()
    assert (held.status, held.held and held.held["brake"], len(desk.asked())) == ("held", "refused", 3)
    assert "图书馆" in str(held.error)
    desk.do("delete from refused where no > 'n002'")
    approved = it.run(approval=dict(held.held or {}))
    assert (approved.status, approved.rows.quarantined, len(desk.has())) == ("proved_with_exceptions", 3, 3), approved.error


def test_a_receiver_that_shows_nothing_ends_acknowledged_not_proved(desk: Desk, it: Receiving, capsys: pytest.CaptureFixture[str]) -> None:
    it.flow["target"]["rest"] = UNPROVABLE
    with pytest.raises(CatalogError) as wrong:
        load(it.hub.catalog.folder)
    assert [(problem.key, problem.line is not None) for problem in wrong.value.problems] == [("check.unprovable", True)]
    it.flow["unprovable"] = "接口只写不读"
    receipt = it.run()
    assert (receipt.status, receipt.exit_code, receipt.to_json()["status"], desk.has()) == (
        "acknowledged",
        0,
        "acknowledged",
        it.expected(),
    )
    assert it.run().status == "acknowledged"  # nothing to send is no proof either
    assert [row.status for row in status(it.hub, now=it.now)] == ["acknowledged"]
    assert show.COLOURS[receipt.status] == "yellow"
    show.receipt(receipt, it.hub.catalog.zone)
    assert "对方已确认接收，无法核对" in capsys.readouterr().out
    with pytest.raises(UnprovenError, match="接口只写不读"):
        it.verify()


@pytest.mark.parametrize("point", ["handed over", "shadow committed"])
def test_what_a_crash_left_in_doubt_is_sent_again_even_if_the_source_went_back(desk: Desk, it: Receiving, point: str) -> None:
    it.flow |= {"unprovable": "接口只写不读"}
    it.flow["target"]["rest"] = UNPROVABLE
    assert it.run().status == "acknowledged"
    before = it.expected()
    it.at_source("update s_thing set name = '改' where no = 'n001'")
    it.at_source("delete from s_thing where no = 'n002'")
    it.at_source("insert into s_thing (no, name, kind, changed_at) values ('new', '新', '1', null)")
    killed(it, point)
    dead(it)
    assert desk.has() == it.expected()
    it.at_source("update s_thing set name = '名1' where no = 'n001'")
    it.at_source("insert into s_thing values ('n002', '名2', '1', '2026-01-01 00:00:00')")
    it.at_source("delete from s_thing where no = 'new'")
    again = it.run()
    assert (again.status, desk.has()) == ("acknowledged", before), again.error
    asked = len(desk.asked())
    assert it.run().status == "acknowledged"
    assert len(desk.asked()) == asked


def test_a_name_is_kept_for_the_same_state_alone(desk: Desk, it: Receiving) -> None:
    it.flow |= {"unprovable": "接口只写不读"}
    it.flow["target"]["rest"] = UNPROVABLE
    assert it.run().status == "acknowledged"
    for name in ("乙", "丙"):
        it.at_source("update s_thing set name = :name where no = 'n001'", name=name)
        desk.fault("hangup", "hangup", "hangup")
        assert it.run().status == "unavailable"
        assert desk.has()["n001"][0] == name
    names = [key for _, path, key, _ in desk.asked() if path == "/readers/n001"]
    desk.fault("hangup", "hangup", "hangup")
    assert it.run().status == "unavailable"
    assert {key for _, path, key, _ in desk.asked() if path == "/readers/n001"} == set(names)  # in the same state it is the same row
    it.at_source("update s_thing set name = '乙' where no = 'n001'")
    assert it.run().status == "acknowledged"
    assert desk.has() == it.expected()
    for file in it.hub.catalog.receivers.iterdir():
        file.unlink()
    it.at_source("update s_thing set name = '名1' where no = 'n001'")  # as it was when it was first sent
    assert it.run().status == "acknowledged"
    assert desk.has() == it.expected()


def test_a_row_that_an_unanswered_try_has_left_is_updated(desk: Desk, it: Receiving) -> None:
    it.flow |= {"unprovable": "接口只写不读"}
    it.flow["target"]["rest"] = UNPROVABLE | {
        "insert": {"method": "POST", "path": "/create"}, "update": {"method": "PUT", "path": "/readers/{no}"},
    }  # fmt: skip
    desk.do("insert into reader values ('n001', '{\"no\": \"n001\"}')")
    receipt = it.run()
    assert (receipt.status, desk.has()) == ("acknowledged", it.expected()), receipt.error


def test_a_batch_without_results_that_is_refused_is_sent_row_by_row(desk: Desk, it: Receiving) -> None:
    one_answer = {name: value for name, value in BATCHES.items() if name not in ("results", "id", "ok")}
    it.flow["target"]["rest"] = one_answer | {"insert": {"method": "POST", "path": "/all"}}
    desk.do("insert into refused values ('n003')")
    receipt = it.run()
    assert (receipt.status, receipt.rows.quarantined, receipt.rows.inserted) == ("proved_with_exceptions", 1, 5), receipt.error
    assert refused(it) == [(("n003",), "receiver", "422 one of them")]


def test_a_batch_whose_answer_leaves_a_row_out_counts_as_not_delivered(desk: Desk, it: Receiving) -> None:
    it.flow["target"]["rest"] = BATCHES | {"insert": {"method": "POST", "path": "/short"}}
    receipt = it.run()
    assert (receipt.status, "results" in str(receipt.error)) == ("unavailable", True)


def test_a_window_is_delivered_like_a_mirror(desk: Desk, it: Receiving) -> None:
    it.flow |= {"mode": "incremental"}
    it.flow["source"]["cursor"] = "changed_at"
    assert it.run().status == "proved"
    it.at_source("update s_thing set name = '改', changed_at = '2026-11-05 07:59:00' where no = 'n001'")
    desk.do("insert into refused values ('n001')")
    receipt = it.later(minutes=1).run()
    assert (receipt.status, receipt.rows.read, receipt.rows.quarantined) == ("proved_with_exceptions", 1, 1), receipt.error
    desk.do("delete from refused")
    mended = it.later(days=1).run()
    assert (mended.status, desk.has()) == ("proved", it.expected()), mended.error


def test_a_key_in_an_address_leads_nowhere_else(desk: Desk, it: Receiving) -> None:
    keys = ["a/b", "%2e%2e", "?x=1", "#", "青岛 𬀩", " ", "a b", "'", "\\", ";", "&"]
    for key in [*keys, "..", "."]:
        it.at_source("insert into s_thing (no, name, kind) values (:no, '键', '1')", no=key)
    receipt = it.run()
    assert (receipt.status, receipt.rows.quarantined) == ("proved_with_exceptions", 2), receipt.error
    assert desk.has().keys() == {*(f"n00{number}" for number in range(6)), *keys}
    assert {(rule, place) for _, rule, place in refused(it)} == {("receiver", "主键不能写入地址")}


def test_values_travel_as_the_template_says() -> None:
    row = {"no": "7", "age": 9223372036854775807, "ok": True, "note": None, "fee": "0.10"}
    template = {"id": "{no}", "deep": [{"age": "{age}"}, "{ok}", "{note}", "R-{no}/{note}{ok}"], "fee": "{fee}", "fixed": 1, "none": None}
    assert fill(template, row) == {
        "id": "7", "deep": [{"age": 9223372036854775807}, True, None, "R-7/true"], "fee": "0.10", "fixed": 1, "none": None,
    }  # fmt: skip
    assert address("/r/{no}/{fee}", row) == "/r/7/0.10"
    assert address("/r/{note}", row) is None
    assert address("/r/{dot}{dot}/x", {"dot": "."}) is None


def test_the_hubs_own_columns_can_travel(desk: Desk, it: Receiving) -> None:
    stamped = {"no": "{no}", "name": "{name}", "kind": "{kind}", "changed_at": "{changed_at}", "op": "{hub_op}", "batch": "{hub_batch_id}"}
    it.flow["target"]["rest"] = ROW_BY_ROW | {"insert": {"method": "PUT", "path": "/readers/{no}", "body": stamped}}
    receipt = it.run()
    assert receipt.status == "proved", receipt.error
    (body,) = desk.do("select body from reader where no = 'n001'")[0]
    assert (json.loads(body)["op"], json.loads(body)["batch"]) == ("I", receipt.run)


def test_a_rule_about_other_datasets_is_judged_where_they_are(it: Receiving) -> None:
    it.others["datasets/unit"] = {
        "name": "unit", "title": "单位", "owner": "x", "sharing": "none", "key": ["code"],
        "fields": [{"name": "code", "type": "string(4)", "title": "代码"}],
    }  # fmt: skip
    it.dataset["rules"] = [{"rule": "references", "field": "kind", "dataset": "unit", "on_fail": "quarantine"}]
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted) == ("proved", 6), receipt.error


def test_upkeep_sweeps_the_shadow(it: Receiving) -> None:
    assert it.run().status == "proved"
    it.at_source("update s_thing set name = '改' where no = 'n001'")
    assert it.run().status == "proved"
    assert upkeep(it.later(days=40).hub, now=it.now).changes == 2


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"delete": None}, "check.no_delete"),
        ({"insert": {"method": "PUT", "path": "/readers/{nummer}"}}, "unknown.field"),
        ({"insert": {"method": "PUT", "path": "/readers", "body": {"a": ["{salary}"]}}}, "unknown.field"),
        ({"batch": 10}, "check.batch_path"),
        ({"envelope": {"rows": "{row}"}}, "check.envelope"),
        ({"ok": "a.["}, "check.jmespath"),
        ({"columns": {"nummer": "x"}}, "unknown.field"),
        ({"columns": {"name": "kind"}}, "check.column_twice"),
        ({"id": {"no": "no"}}, "catalog.wrong_value"),
        ({"batch": 10, "insert": {"method": "POST", "path": "/many"}, "results": "results"}, "catalog.wrong_value"),
    ],
)
def test_a_delivery_that_cannot_work_is_refused_with_its_line(it: Receiving, change: dict[str, Any], key: str) -> None:
    it.flow["target"]["rest"] = ROW_BY_ROW | change
    with pytest.raises(CatalogError) as wrong:
        load(it.hub.catalog.folder)
    problem = next(problem for problem in wrong.value.problems if problem.key == key)
    assert (problem.file, problem.line is not None) == ("campus/flows/thing.yaml", True)


@pytest.mark.parametrize(
    ("flow", "key"),
    [
        ({"unprovable": "weil"}, "check.not_unprovable"),
        ({"on_delete": "mark"}, "check.receiver"),
        ({"target": {"system": "desk", "table": "reader"}}, "check.target_kind"),
        ({"target": {"system": "desk", "table": "reader", "rest": ROW_BY_ROW}}, "catalog.wrong_value"),
    ],
)
def test_a_flow_to_a_receiver_that_contradicts_itself_is_refused(it: Receiving, flow: dict[str, Any], key: str) -> None:
    it.flow |= flow
    with pytest.raises(CatalogError) as wrong:
        load(it.hub.catalog.folder)
    assert key in {problem.key for problem in wrong.value.problems}
