"""A receiver's own things around the table: they live on, their rows are not taken along unasked, and what bends a value is named."""

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from values import PAIRS
from world import Database, World

from hub import quarantine
from hub.approval import approve
from hub.plan import plan
from hub.reconcile import reconcile

pytestmark = pytest.mark.parametrize(("source", "target"), PAIRS)
MOMENT = {"sqlite": "timestamp_text", "postgresql": "timestamp(6)", "mariadb": "datetime(6)"}
THINGS = {
    "sqlite": ["create view v_thing as select no, name from thing", "create index i_kind on thing (kind)"],
    "postgresql": [
        "create view v_thing as select no, name from thing", "create materialized view m_thing as select count(*) as n from thing",
        "create index i_kind on thing (kind)", "comment on column thing.name is '称呼'", "grant select (name), update (shelf) on thing to {reader}",
    ],
    "mariadb": [
        "create view v_thing as select no, name from thing", "create index i_kind on thing (kind)",
        "alter table thing modify name varchar(64) character set utf8mb4 collate utf8mb4_nopad_bin comment '称呼'",
        "grant select (name), update (shelf) on thing to {reader}",
    ],
}  # fmt: skip
SEEN = {
    "sqlite": ["select type, name, sql from sqlite_master where name in ('v_thing', 'i_kind', 'u_name') order by name"],
    "postgresql": [
        "select indexname, indexdef from pg_indexes where tablename = 'thing' order by 1",
        "select col_description(cast('thing' as regclass), 2), cast('m_thing' as regclass) is not null",
        "select grantee, column_name, privilege_type from information_schema.column_privileges where table_name = 'thing'"
        " and grantee <> 'postgres' order by 1, 2",
    ],
    "mariadb": [
        "select index_name, column_name, non_unique from information_schema.statistics where table_schema = database() and table_name = 'thing'"
        " order by 1",
        "select column_comment from information_schema.columns where table_schema = database() and column_name = 'name' and table_name = 'thing'",
        "select grantee, column_name, privilege_type from information_schema.column_privileges where table_schema = database() order by 2",
    ],
}  # fmt: skip


OWNED = """
select distinct d.datname from pg_shdepend s join pg_database d on d.oid = s.dbid join pg_roles r on r.oid = s.refobjid
where s.refclassid = cast('pg_authid' as regclass) and r.rolname = :role
"""


@pytest.fixture
def reader(target: str, servers: Any) -> Iterator[str]:
    """A role of the receiver's, on servers that have roles; dropped after the test."""
    name = f"hubtest_{uuid.uuid4().hex[:12]}"
    if target == "sqlite":
        yield name
        return
    admin = create_engine(servers(target), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create role {name}"))
        yield name
        if target == "postgresql":
            for database in connection.execute(text(OWNED), {"role": name}).scalars().all():
                own = create_engine(admin.url.set(database=database), isolation_level="AUTOCOMMIT")
                with own.connect() as inside:
                    inside.execute(text(f"drop owned by {name}"))
                own.dispose()
        connection.execute(text(f"drop role {name}"))
    admin.dispose()


def test_all_that_a_receiver_put_around_its_table_is_there_after_ten_runs(
    tmp_path: Path, database: Database, source: str, target: str, reader: str
) -> None:
    it = World(tmp_path, database(source), database(target), rows=40)
    it.run()
    it.at_target("alter table thing add column shelf varchar(40)")
    it.at_target("update thing set shelf = no")
    it.at_target("create unique index u_name on thing (name)")
    for statement in THINGS[target]:
        it.at_target(statement.format(reader=reader))
    before = [it.at_target(query) for query in SEEN[target]]
    for day in range(10):
        it.at_source(f"update s_thing set name = case no when 'n001' then 'x{day}' else 'y{day}' end where no in ('n001', 'n002')")
        it.at_source("update s_thing set kind = name where no in ('n003', 'n004')")
        it.at_source("update s_thing set name = case name when '名5' then '名6' else '名5' end where no in ('n005', 'n006')")
        it.at_source(f"delete from s_thing where no = 'n{39 - day:03}'")
        it.at_source(f"insert into s_thing values ('z{day}', 'z{day}', '1', null)")
        receipt = it.run()
        assert (receipt.status, receipt.rows.deleted, receipt.rows.inserted) == ("proved", 1, 1), receipt.error
    assert [it.at_target(query) for query in SEEN[target]] == before
    assert it.at_target("select count(*) from v_thing") == [(40,)]
    assert it.at_target("select count(*) from thing where shelf = no") == [(30,)]
    assert it.at_target("select count(*) from thing where shelf is null") == [(10,)]


def test_a_reader_never_sees_an_empty_a_partial_or_a_missing_table(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = World(tmp_path, database(source), database(target), rows=0)
    states = ["甲", "乙", "丙", "丁"]
    rows = ["insert into s_thing values " + ", ".join(f"('{half}{n:03}', '{{0}}', '1', null)" for n in range(100)) for half in "abcd"]

    def become(at: int) -> None:
        it.at_source("delete from s_thing")
        for half in (0, at % 3 + 1):
            it.at_source(rows[half].format(states[at]))

    become(0)
    it.run()
    seen: list[tuple[int, int, str]] = []
    done, faults = threading.Event(), list[Exception]()

    def read() -> None:
        engine = create_engine(it.target, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                while not done.is_set():
                    seen.append(tuple(connection.execute(text("select count(*), count(distinct name), min(name) from thing")).one()))
        except Exception as fault:
            faults.append(fault)
        engine.dispose()

    watching = threading.Thread(target=read)
    watching.start()
    for at in (1, 2, 3):
        become(at)
        receipt = it.run()
        assert (receipt.status, receipt.rows.updated, receipt.rows.deleted, receipt.rows.inserted) == ("proved", 100, 100, 100), (
            receipt.error
        )
    done.set()
    watching.join()
    assert faults == []
    assert {row[:2] for row in seen} == {(200, 1)}
    assert {row[2] for row in seen} >= set(states[:3])


def test_rows_of_the_receivers_own_tables_are_not_taken_along_unasked(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = World(tmp_path, database(source), database(target), rows=20)
    it.run()
    exact = " character set utf8mb4 collate utf8mb4_nopad_bin" if target == "mariadb" else ""
    for table, action in (("loan", "cascade"), ("seat", "set null")):
        named = f"constraint fk_{table} foreign key (thing_no) references thing (no) on delete {action}"
        it.at_target(f"create table {table} (id integer primary key, thing_no varchar(20){exact}, {named})")
        it.at_target(f"insert into {table} values (1, 'n001'), (2, 'n002')")
    told = plan(it.hub, "thing").warnings["plan.cascade"]["objects"]
    assert all(name in told for name in ("loan", "seat", "CASCADE", "SET NULL"))
    it.at_source("delete from s_thing where no = 'n010'")
    it.at_source("update s_thing set name = '改' where no = 'n001'")
    free = it.run()
    assert (free.status, free.rows.deleted, free.rows.updated) == ("proved", 1, 1), free.error
    it.at_source("update s_thing set no = 'k001' where no = 'n001'")
    held = it.run()
    assert (held.status, held.exit_code) == ("held", 3), held.error
    assert held.held is not None
    assert (held.held["brake"], held.held["seen"]) == ("cascade", 2)
    assert all(name in (held.error or "") for name in ("loan", "seat")), held.error
    assert it.at_target("select count(thing_no) from seat") == [(2,)]
    approved = approve(it.hub, held.run, now=it.now, by="主任")
    assert (approved.status, approved.rows.deleted, approved.rows.inserted) == ("proved", 1, 1), approved.error
    assert it.at_target("select thing_no from loan") == [("n002",)]
    assert it.at_target("select thing_no from seat order by id") == [(None,), ("n002",)]
    assert it.verify().equal


def test_a_row_that_a_foreign_key_of_the_receiver_refuses_is_told_by_its_name(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = World(tmp_path, database(source), database(target), rows=3)
    exact = " character set utf8mb4 collate utf8mb4_nopad_bin" if target == "mariadb" else ""
    it.at_target(f"create table category (code varchar(4){exact} primary key)")
    it.at_target("insert into category values ('1'), ('2')")
    named = "constraint fk_category foreign key (kind) references category (code)"
    columns = f"no varchar(20) primary key, name varchar(64), kind varchar(4){exact}, changed_at {MOMENT[target]}"
    it.at_target(f"create table thing ({columns}, {named})")
    assert it.run().status == "proved"
    it.at_source("update s_thing set kind = '9' where no = 'n001'")
    refused = it.run()
    assert (refused.status, refused.exit_code) == ("rejected", 3)
    assert ("category" if target == "sqlite" else "fk_category") in (refused.error or ""), refused.error
    assert it.at_target("select kind from thing where no = 'n001'") == [("2",)]
    it.at_target("insert into category values ('9')")
    assert it.run().status == "proved"
    it.at_target("delete from thing")
    it.at_target("delete from category")
    assert it.run().status == "rejected"


def test_a_table_that_refers_to_itself_is_published_whatever_the_order_of_its_rows(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = World(tmp_path, database(source), database(target), rows=20)
    exact = " character set utf8mb4 collate utf8mb4_nopad_bin" if target == "mariadb" else ""
    named = "constraint fk_self foreign key (name) references thing (no)"
    columns = f"no varchar(20){exact} primary key, name varchar(20){exact}, kind varchar(4), changed_at {MOMENT[target]}"
    it.at_target(f"create table thing ({columns}, {named})")
    it.at_source("update s_thing set name = case when no < 'n019' then 'n019' end")
    first = it.run()
    assert (first.status, first.rows.inserted) == ("proved", 20), first.error
    it.at_source("insert into s_thing values ('a00', 'a01', '1', null), ('a01', null, '1', null)")
    it.at_source("update s_thing set name = 'a00' where name = 'n019'")
    it.at_source("delete from s_thing where no in ('n019', 'n018')")
    moved = it.run()
    assert (moved.status, moved.rows.updated, moved.rows.deleted, moved.rows.inserted) == ("proved", 18, 2, 2), moved.error
    assert it.verify().equal


def test_tables_that_refer_to_each_other_are_refused_by_name_and_follow_once_the_receiver_lets_them(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = World(tmp_path, database(source), database(target), rows=3)
    exact = " character set utf8mb4 collate utf8mb4_nopad_bin" if target == "mariadb" else ""
    columns = f"no varchar(20){exact} primary key, name varchar(64){exact}, kind varchar(4), changed_at {MOMENT[target]}"
    if target == "sqlite":  # which adds no constraint later, and asks for the other table only when a row comes
        for table, other in (("thing", "other"), ("other", "thing")):
            it.at_target(f"create table {table} ({columns}, constraint fk_{table} foreign key (name) references {other} (no))")
    else:
        for table in ("thing", "other"):
            it.at_target(f"create table {table} ({columns})")
        for table, other in (("thing", "other"), ("other", "thing")):
            it.at_target(f"alter table {table} add constraint fk_{table} foreign key (name) references {other} (no)")
    it.at_source("update s_thing set name = no")
    it.others["flows/other"] = it.flow | {"name": "other", "target": {"system": "dst", "table": "other"}}
    for flow, told in (("thing", "other" if target == "sqlite" else "fk_thing"), ("other", "thing" if target == "sqlite" else "fk_other")):
        refused = it.run(flow=flow)
        assert refused.status == "rejected"
        assert told in (refused.error or ""), refused.error
    if target == "sqlite":
        return
    it.at_target(f"alter table thing drop {'foreign key' if target == 'mariadb' else 'constraint'} fk_thing")
    assert [it.run(flow=flow).status for flow in ("thing", "other")] == ["proved", "proved"]
    it.at_target("alter table thing add constraint fk_thing foreign key (name) references other (no)")
    assert it.verify().equal


TRIGGERS = {
    "sqlite": (
        "create trigger t_{name} {when} update on thing begin {body}; end",
        "insert into audit values (new.no)", "update thing set name = new.name || '!' where no = new.no",
    ),
    "postgresql": (
        "create function f_{name}() returns trigger language plpgsql as $$ begin {body}; return new; end $$;"
        " create trigger t_{name} {when} update on thing for each row execute function f_{name}()",
        "insert into audit values (new.no)", "new.name := new.name || '!'",
    ),
    "mariadb": (
        "create trigger t_{name} {when} update on thing for each row {body}",
        "insert into audit values (new.no)", "set new.name = concat(new.name, '!')",
    ),
}  # fmt: skip


def test_a_trigger_fires_as_always_and_one_that_bends_what_is_written_is_named(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = World(tmp_path, database(source), database(target), rows=5)
    it.run()
    form, audit, bend = TRIGGERS[target]
    it.at_target("create table audit (no varchar(20))")
    it.at_target(form.format(name="audit", when="after", body=audit).replace(":=", "\\:="))
    it.at_source("update s_thing set name = '改' where no = 'n001'")
    assert it.run().status == "proved"
    assert it.at_target("select no from audit") == [("n001",)]
    it.at_target(form.format(name="bend", when="after" if target == "sqlite" else "before", body=bend).replace(":=", "\\:="))
    assert "t_bend" in plan(it.hub, "thing").warnings["plan.trigger"]["objects"]
    it.at_source("update s_thing set name = '又改' where no = 'n001'")
    bent = it.run()
    assert (bent.status, bent.exit_code) == ("unproven", 5)
    assert "t_bend" in (bent.error or ""), bent.error
    assert it.at_target("select name from thing where no = 'n001'") == [("改",)]


COLLATED = {
    "sqlite": ([], "varchar(20) collate nocase"),
    "postgresql": (["create collation loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false)"], "varchar(20) collate loose"),
    "mariadb": ([], "varchar(20) character set utf8mb4 collate utf8mb4_general_ci"),
}  # fmt: skip


def test_values_are_compared_in_binary_whatever_the_receivers_collation_and_keys_it_takes_for_one_wait(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = World(tmp_path, database(source), database(target), rows=0, key=False)
    it.dataset["key"] = ["no"]
    it.flow |= {"mode": "incremental", "source": {"system": "src", "table": "s_thing", "cursor": "changed_at"}}
    it.flow["brakes"] = {"max_quarantine": "100%"}
    before, kind = COLLATED[target]
    for statement in before:
        it.at_target(statement)
    it.at_target(f"create table thing (no {kind} primary key, name {kind}, kind varchar(4), changed_at {MOMENT[target]})")
    it.at_source(
        "insert into s_thing values ('abc', 'Name', '1', null), ('ABC', 'x', '1', null), ('k', 'Name', '1', '2026-01-01 00:00:00')"
    )
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted, receipt.rows.quarantined) == ("proved_with_exceptions", 1, 2), receipt.error
    assert quarantine.counts(it.hub, "thing") == {"target_key": 2}
    it.at_source("delete from s_thing where no = 'ABC'" if source != "mariadb" else "delete from s_thing where binary no = 'ABC'")
    it.at_source("update s_thing set name = 'NAME', changed_at = '2026-11-05 08:01:00' where no = 'k'")
    receipt = it.later(minutes=5).run()
    assert (receipt.status, receipt.rows.inserted, receipt.rows.updated) == ("proved", 1, 1), receipt.error
    it.at_source("update s_thing set name = 'nAME' where no = 'abc'")
    assert it.run().rows.updated == 1
    assert sorted(it.at_target("select no, name from thing")) == [("abc", "nAME"), ("k", "NAME")]
    assert it.later(hours=1).run().status == "proved"
    it.at_source("insert into s_thing values ('K', 'late', '1', '2026-11-05 09:06:00')")
    it.at_source("delete from s_thing where no = 'k'" if source != "mariadb" else "delete from s_thing where binary no = 'k'")
    receipt = it.later(minutes=5).run()  # the window does not see that 'k' is gone: its cursor lies before it
    assert (receipt.status, receipt.rows.quarantined) == ("proved_with_exceptions", 1), receipt.error
    assert set(it.verify().differing) == {"k"}
    mended = reconcile(it.hub, "thing", now=it.now, by="tester")
    assert (mended.exit_code, mended.rows.deleted) == (0, 1), mended.error
    settled = it.run()
    assert (settled.status, sorted(it.at_target("select no from thing"))) == ("proved", [("K",), ("abc",)]), settled.error
    assert it.verify().equal


def test_a_table_that_was_never_managed_is_held_and_adopted_when_a_person_approves(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = World(tmp_path, database(source), database(target), rows=3)
    it.at_target(
        f"create table thing (no varchar(20) primary key, name varchar(64), kind varchar(4), changed_at {MOMENT[target]}, own integer)"
    )
    it.at_target("insert into thing values ('own', '别人的', '1', null, 1), ('n001', '旧', '1', null, 7)")
    assert "plan.foreign" in plan(it.hub, "thing").warnings
    held = it.run()
    assert held.held is not None
    assert (held.exit_code, held.held["brake"], held.held["seen"]) == (3, "foreign_table", 2)
    assert it.at_target("select no, name from thing order by no") == [("n001", "旧"), ("own", "别人的")]
    adopted = approve(it.hub, held.run, now=it.now, by="主任")
    moved = adopted.rows.updated, adopted.rows.deleted, adopted.rows.inserted
    assert (adopted.status, moved) == ("proved", (1, 1, 2)), adopted.error
    assert it.at_target("select name, own from thing where no = 'n001'") == [("名1", 7)]
    assert it.run().status == "unchanged"
