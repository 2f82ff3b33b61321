"""Into the intermediate database: what a receiver finds there, on every engine, and what it never finds."""

from pathlib import Path
from typing import Any

import pytest
from pushed import Push, outcomes
from sqlalchemy import create_engine, inspect, text
from world import Database

from catalog.errors import DeniedError
from catalog.field_type import parse
from connectors.line import row_hash
from connectors.stamp import COLUMNS
from hub.batches import ddl
from hub.masking import KEY
from hub.pipeline import run
from hub.reconcile import reconcile
from hub.rollback import rollback
from hub.route import resolve
from hub.verify import verify

STAMPS = [column.source for column in COLUMNS]


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def push(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> Push:
    return Push(tmp_path, f"sqlite:///{tmp_path / 'source.db'}", database(request.param))


@pytest.fixture
def local(tmp_path: Path, database: Database) -> Push:
    return Push(tmp_path, f"sqlite:///{tmp_path / 'source.db'}", database("sqlite"), rows=20)


def test_rows_arrive_masked_and_stamped_and_a_batch_tells_that_it_is_complete(push: Push) -> None:
    first = push.run()
    assert (first.status, first.rows.inserted) == ("proved", 100)
    assert push.rows("no", "name", *STAMPS[:2])[:2] == [("n000", "名*", "I", first.run), ("n002", "名*", "I", first.run)]
    assert {str(row[0])[:19] for row in push.rows(STAMPS[2])} == {"2026-11-05 08:00:00"}
    push.at_source("update s_thing set name = '改名' where no = 'n004'")  # its mask shows another surname
    push.at_source("update s_thing set name = '名x' where no = 'n006'")  # its mask shows the same
    push.at_source("delete from s_thing where no = 'n008'")
    push.at_source("update s_thing set kind = '2' where no = 'n010'")  # leaves the agreement's rows
    push.at_source("insert into s_thing values ('n999', '新人', '1', null)")
    second = push.later(days=1).run()
    assert (second.status, second.rows.inserted, second.rows.updated, second.rows.deleted) == ("proved", 1, 1, 2)
    assert push.rows("no", "name", "hub_op", where=f"hub_batch_id = '{second.run}'") == [("n004", "改*", "U"), ("n999", "新*", "I")]
    assert push.rows("no", where="no in ('n008', 'n010')") == []
    assert push.batches() == [(first.run, 100, 0, 0), (second.run, 1, 1, 2)]
    assert push.at_target("select digest from hub_batch")[1][0] == second.target.digest if second.target else False
    assert push.later(days=1).run().status == "unchanged"
    assert len(push.batches()) == 2
    assert verify(push.hub, "thing").equal


def test_a_row_gone_is_marked_and_comes_back_as_updated(push: Push) -> None:
    push.flow["on_delete"] = "mark"
    push.run()
    push.at_source("update s_thing set kind = '2' where no in ('n000', 'n002')")
    marked = push.later(days=1).run()
    assert (marked.status, marked.rows.retained, marked.rows.deleted) == ("proved", 2, 0)
    assert push.rows("no", where="hub_op = 'D'") == [("n000",), ("n002",)]
    assert push.batches()[-1] == (marked.run, 0, 0, 2)
    push.at_source("update s_thing set kind = '1' where no = 'n000'")
    push.at_source("update s_thing set kind = '1', name = '回来' where no = 'n002'")
    back = push.later(days=1).run()
    assert (back.status, back.rows.updated, back.rows.revived) == ("proved", 1, 1)
    assert push.rows("no", "name", "hub_op", where=f"hub_batch_id = '{back.run}'") == [("n000", "名*", "U"), ("n002", "回*", "U")]
    assert push.batches()[-1] == (back.run, 0, 2, 0)


def test_values_that_swap_under_a_receivers_own_index_are_stamped_as_updated(push: Push) -> None:
    push.agreement |= {"columns": ["no", "changed_at"], "mask": {}}
    push.at_source("update s_thing set changed_at = '2026-01-0' || (1 + substr(no, 4, 1) / 2) || ' 00:00:00' where no < 'n008'")
    push.at_source("delete from s_thing where no >= 'n008'")
    push.run()
    push.at_target("create unique index own on thing (changed_at)")
    push.at_source(
        "update s_thing set changed_at = case no when 'n000' then '2026-01-02 00:00:00' else '2026-01-01 00:00:00' end where no in ('n000', 'n002')"
    )
    swapped = push.later(days=1).run()
    assert (swapped.status, swapped.rows.updated, swapped.rows.inserted) == ("proved", 2, 0)
    assert push.rows("no", "hub_op", where=f"hub_batch_id = '{swapped.run}'") == [("n000", "U"), ("n002", "U")]


def test_a_receivers_own_table_without_stamps_is_filled_and_never_altered(push: Push) -> None:
    moment = "datetime(6)" if push.target.startswith("mysql") else "timestamp"
    push.at_target(f"create table thing (no varchar(20) primary key, name varchar(64), changed_at {moment} null, own varchar(8))")
    first = push.run()
    assert first.status == "proved"
    engine = create_engine(push.target)
    assert [column["name"] for column in inspect(engine).get_columns("thing")] == ["no", "name", "changed_at", "own"]
    engine.dispose()
    assert push.batches() == [(first.run, 100, 0, 0)]


def test_the_printed_ddl_makes_the_receivers_tables(push: Push) -> None:
    engine = create_engine(push.target)
    with engine.begin() as connection:
        for statement in ddl(resolve(push.hub.catalog, "thing")).split(";")[:2]:
            connection.execute(text(statement))
    engine.dispose()
    first = push.run()
    assert (first.status, len(push.rows("no")), push.batches()) == ("proved", 100, [(first.run, 100, 0, 0)])


def test_a_pseudonymous_key_is_pushed_proved_and_reconciled(push: Push, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "k" * 40)
    push.agreement["mask"] = {"no": "pseudonym", "name": "null"}
    assert push.run().status == "proved"
    seen = {row[0] for row in push.rows("no")}
    assert len(seen) == 100
    assert not any(value.startswith("n") and len(value) == 4 for value in seen)
    push.at_target("update thing set changed_at = null where no = (select least_no from (select min(no) as least_no from thing) as x)")
    push.at_source("delete from s_thing where no = 'n000'")
    mended = reconcile(push.hub, "thing", now=push.later(days=1).now, by="tester")
    assert (mended.status, mended.rows.deleted, len(push.rows("no"))) == ("proved", 1, 99)
    monkeypatch.setenv(KEY, "l" * 40)  # a new key changes every pseudonym
    anew = push.later(days=1).run()
    assert (anew.status, anew.rows.deleted, anew.rows.inserted) == ("proved", 99, 99)
    assert not seen & {row[0] for row in push.rows("no")}


def test_what_leaves_is_in_the_access_log_before_and_after(local: Push) -> None:
    receipt = local.run()
    begun, sent = outcomes(local)
    assert (begun["outcome"], begun["rows"], sent["outcome"], sent["rows"]) == ("begun", None, "sent proved", 10)
    for line in (begun, sent):
        assert (line["who"], line["agreement"], line["request"]) == ("library", "library_thing", receipt.run)
        assert (line["columns"], line["conditions"]) == (["no", "name", "changed_at"], ["kind in"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "suspended"}, "suspended"), ({"state": "revoked"}, "revoked"), ({"valid": ["2026-01-01", "2026-11-04"]}, "expired"),
        ({"valid": ["2026-11-06", "2027-01-01"]}, "early"),
        ({"mask": {}, "unmasked": {"name": {"reason": "测试", "until": "2026-11-04"}}}, "unmasked"),
    ],
)  # fmt: skip
def test_a_push_that_its_agreement_no_longer_allows_reads_nothing_and_is_logged(local: Push, change: dict[str, Any], reason: str) -> None:
    local.run()
    local.at_source("update s_thing set name = '改名'")
    local.agreement |= change
    with pytest.raises(DeniedError) as denied:
        local.run()
    assert denied.value.key == f"api.agreement_{reason}"
    assert not local.rows("name", where="name like '改%'")
    assert outcomes(local)[-1]["outcome"] == f"403 api.agreement_{reason}"


def test_a_row_that_fits_no_type_leaves_its_values_behind(push: Push) -> None:
    push.at_source("insert into s_thing values ('n998', '秘密人', '1', 'not a time')")
    push.flow["brakes"] = {"max_quarantine": "50%"}
    receipt = push.run()
    assert (receipt.status, receipt.rows.quarantined) == ("proved_with_exceptions", 1)
    assert push.at_target(f"select key_line, row_line from {push.beside('quarantine')}") == [("n998", "")]


def test_rules_about_masked_values_and_about_the_whole_table_judge_no_push(local: Push) -> None:
    local.dataset["rules"] = [
        {"rule": "matches", "field": "name", "pattern": "^名[0-9]+$", "on_fail": "block"},
        {"rule": "row_count_between", "min": 15, "max": 20, "on_fail": "block"},
    ]
    assert local.run().status == "proved"


def test_a_push_rolled_back_is_a_batch_of_its_own_and_asks_the_gate(local: Push) -> None:
    local.flow["on_delete"] = "mark"
    local.run()
    local.at_source("update s_thing set name = '改名' where no = 'n000'")
    local.at_source("delete from s_thing where no = 'n002'")
    local.at_source("insert into s_thing values ('n999', '新人', '1', null)")
    local.later(days=1).run()
    undone = rollback(local.hub, "thing", now=local.later(hours=1).now, by="tester")
    assert (undone.status, undone.exit_code) == ("rolled_back", 0)
    moved = local.rows("no", "name", "hub_op", where=f"hub_batch_id = '{undone.run}'")
    assert moved == [("n000", "名*", "U"), ("n002", "名*", "U")]
    assert local.batches()[-1] == (undone.run, 0, 2, 1)
    local.agreement["state"] = "suspended"
    with pytest.raises(DeniedError):
        rollback(local.hub, "thing", now=local.now, by="tester")


LEAVING = {"mode": "incremental", "source": {"system": "src", "table": "s_thing", "cursor": "changed_at"}}


def test_a_row_that_leaves_the_agreement_in_a_window_is_gone_at_the_receiver(push: Push) -> None:
    push.flow |= LEAVING
    push.dataset["confidential"] = [{"field": "name", "eq": "涉密"}]
    push.run()
    push.at_source("update s_thing set kind = '2', changed_at = '2026-11-05 09:00:00' where no = 'n000'")
    push.at_source("update s_thing set name = '涉密', changed_at = '2026-11-05 09:00:00' where no = 'n002'")
    push.at_source("update s_thing set name = '改名', changed_at = '2026-11-05 09:00:00' where no = 'n004'")
    push.at_source("insert into s_thing values ('n997', '别人', '2', '2026-11-05 09:00:00')")
    receipt = push.later(days=1).run()
    assert (receipt.status, receipt.rows.updated, receipt.rows.deleted) == ("proved", 1, 2)
    assert push.rows("no", where="no in ('n000', 'n002', 'n004', 'n997')") == [("n004",)]
    assert verify(push.hub, "thing").equal


def test_what_an_agreement_grants_no_longer_is_emptied_and_masked_and_forgotten(push: Push) -> None:
    push.agreement |= {"columns": ["no", "name", "kind"], "mask": {}, "unmasked": {"name": {"reason": "测试", "until": "2027-08-31"}}}
    push.run()
    push.at_source("update s_thing set name = '旧名' where no = 'n000'")
    push.later(hours=1).run()
    push.agreement |= {"columns": ["no", "name"], "mask": {"name": "surname"}, "unmasked": {}}
    changed = push.later(days=1).run()
    assert (changed.status, changed.rows.updated) == ("proved", 100)
    assert push.rows("name", where="name not like '%*'") == []
    assert push.rows("no", where="kind is not null") == []
    assert push.at_target(f"select count(*) from {push.beside('change')}") == [(0,)]


@pytest.mark.parametrize("change", [{"where": []}, {"mask": {"name": "null"}}])
def test_a_window_never_goes_on_under_another_agreement(local: Push, change: dict[str, Any]) -> None:
    local.flow |= LEAVING
    local.run()
    local.agreement |= change
    stopped = local.later(days=1).run()
    assert (stopped.status, stopped.exit_code) == ("rejected", 3)
    assert local.run(full=True).status == "proved"
    assert local.later(days=1).run().exit_code == 0


def test_a_missing_value_keeps_a_row_back_where_its_secrecy_is_in_doubt(push: Push) -> None:
    push.dataset["confidential"] = [{"field": "kind", "ne": "1"}]
    push.agreement |= {"where": [], "columns": ["no"], "mask": {}}
    push.at_source("update s_thing set kind = null where no = 'n000'")
    push.run()
    assert len(push.rows("no")) == 99
    assert push.rows("no", where="no = 'n000'") == []


def test_conditions_mean_the_same_in_a_source_of_another_character_set(tmp_path: Path, database: Database) -> None:
    push = Push(tmp_path, database("mariadb"), database("sqlite"), rows=20)
    push.at_source("alter table s_thing convert to character set gbk")
    push.agreement |= {"where": [{"field": "name", "in": ["名2", "名4", "名6"]}]}
    push.dataset["confidential"] = [{"field": "name", "eq": "名4"}]
    assert push.run().status == "proved"
    assert push.rows("no") == [("n002",), ("n006",)]


def test_a_number_kept_as_a_number_meets_a_condition_on_its_text(tmp_path: Path, database: Database) -> None:
    push = Push(tmp_path, f"sqlite:///{tmp_path / 'source.db'}", database("sqlite"), rows=20)
    push.at_source("drop table s_thing")
    push.at_source("create table s_thing (no varchar(20) primary key, name varchar(64), kind, changed_at timestamp)")
    push.at_source("insert into s_thing values ('a', 'x', 1, null), ('b', 'x', '1', null), ('c', 'x', 2, null), ('d', 'x', '2', null)")
    push.agreement |= {"where": []}
    push.dataset["confidential"] = [{"field": "kind", "eq": "1"}]
    assert push.run().status == "proved"
    assert push.rows("no") == [("c",), ("d",)]


def test_the_receiver_learns_no_digest_of_what_a_mask_hides(push: Push) -> None:
    """Of one new row the growth of an open digest would be the row's own hash: a name would be found by trying names."""
    push.agreement |= {"columns": ["no", "name"], "where": []}
    ledger = f"select source_total from {push.beside('ledger')}"
    push.run()
    ((before,),) = push.at_target(ledger)
    push.at_source("insert into s_thing values ('n999', '欧阳明', '1', null)")
    push.later(days=1).run()
    ((after,),) = push.at_target(ledger)
    assert int(after) - int(before) != row_hash([parse("string(20)"), parse("string(64)")], ("n999", "欧阳明"))
    assert push.later(days=1).run().status == "unchanged"


def test_a_row_that_the_platform_keeps_as_marked_reaches_no_receiver(tmp_path: Path, database: Database) -> None:
    push = Push(tmp_path, f"sqlite:///{tmp_path / 'source.db'}", database("postgresql"), rows=20)
    library = database("mariadb")
    push.flow |= {"under": None, "on_delete": "mark"}
    push.others["consumers/library"]["systems"] = ["lib"]
    push.others |= {
        "systems/lib": {"name": "lib", "title": "图书馆", "kind": "sql", "url": library, "owner": "图书馆"},
        "flows/to_library": {
            "name": "to_library", "dataset": "thing", "mode": "mirror", "on_delete": "delete", "under": "library_thing",
            "source": {"system": "dst", "table": "thing"}, "target": {"system": "lib", "table": "received"},
        },
    }  # fmt: skip
    push.run()
    first = run(push.hub, "to_library", now=push.now, by="tester")
    push.at_source("delete from s_thing where no = 'n000'")
    assert push.later(days=1).run().rows.retained == 1
    second = run(push.hub, "to_library", now=push.now, by="tester")
    assert (first.rows.inserted, second.status, second.rows.deleted) == (10, "proved", 1)
    assert verify(push.hub, "to_library").equal
