"""A receiver that gives the hub no schema of its own: nothing of the hub stays there, and everything is proved all the same."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from values import ENGINES
from world import Database, World

from catalog.errors import CampusError, CatalogError
from hub import pipeline, quarantine
from hub.approval import approve
from hub.plan import plan
from hub.reconcile import reconcile
from hub.rollback import rollback

pytestmark = pytest.mark.parametrize(("source", "target"), [(source, target) for source in ENGINES for target in ("postgresql", "mariadb")])
TABLE = "create table thing (no varchar(20) primary key, name varchar(64), kind varchar(4), changed_at {moment})"
LEFT = {
    "postgresql": "select count(*) from pg_namespace where nspname = 'campus_hub'",
    "mariadb": "select count(*) from information_schema.tables where table_schema like concat('campus_hub_', database())"
    " or (table_schema = database() and table_name <> 'thing')",
}


@pytest.fixture
def guest(target: str, database: Database, servers: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """A database with the receiver's table, as its owner and as a user who may write that table and no more."""
    owner, name = database(target), f"hubtest_{uuid.uuid4().hex[:12]}"
    place = make_url(owner)
    login = f"'{name}'@'%'" if target == "mariadb" else name
    grants = {
        "postgresql": [f"create role {name} login", f"grant select, insert, update, delete on thing to {name}"],
        "mariadb": [
            f"create user {login}", f"grant create temporary tables on {place.database}.* to {login}",
            f"grant select, insert, update, delete on {place.database}.thing to {login}",
        ],
    }  # fmt: skip
    admin = create_engine(owner, isolation_level="AUTOCOMMIT")
    moment = "datetime(6)" if target == "mariadb" else "timestamp"
    with admin.connect() as connection:
        for statement in [TABLE.format(moment=moment), *grants[target]]:
            connection.execute(text(statement))
        yield owner, place.set(username=name).render_as_string(hide_password=False)
        if target == "postgresql":
            connection.execute(text(f"drop owned by {name}"))
        connection.execute(text(f"drop {'user' if target == 'mariadb' else 'role'} {login}"))
    admin.dispose()


def world(tmp_path: Path, database: Database, source: str, guest: tuple[str, str], **flow: object) -> World:
    it = World(tmp_path, database(source), guest[1], rows=30)
    it.target_system = {"hub_schema": False}
    it.flow |= {"mode": "incremental", "source": {"system": "src", "table": "s_thing", "cursor": "changed_at"}, **flow}
    return it


def test_a_receiver_without_a_schema_for_the_hub_is_kept_equal_and_left_clean(
    tmp_path: Path, database: Database, guest: tuple[str, str], source: str, target: str
) -> None:
    it = world(tmp_path, database, source, guest)
    it.dataset["rules"] = [{"rule": "matches", "field": "kind", "pattern": "^[0-9]$", "on_fail": "quarantine"}]
    assert "plan.guest" in plan(it.hub, "thing").warnings
    first = it.run()
    assert (first.status, first.rows.inserted) == ("proved", 30), first.error
    it.at_source("update s_thing set name = '改', changed_at = '2026-11-05 08:01:00' where no in ('n001', 'n002')")
    it.at_source("update s_thing set kind = 'x', name = '坏', changed_at = '2026-11-05 08:01:00' where no = 'n003'")
    it.at_source("delete from s_thing where no = 'n029'")
    moved = it.later(minutes=5).run()
    assert (moved.status, moved.rows.read, moved.rows.updated) == ("proved_with_exceptions", 3, 2), moved.error
    assert (moved.rows.kept_stale, moved.window) == (1, ("2026-11-05 07:50:00", "2026-11-05 08:05:00"))
    assert quarantine.counts(it.hub, "thing") == {"matches:kind": 1}
    assert it.verify().differing == {"n029": "extra"}
    mended = reconcile(it.hub, "thing", now=it.now, by="tester")
    assert (mended.exit_code, mended.rows.deleted) == (0, 1), mended.error
    it.at_source("update s_thing set kind = '1' where no = 'n003'")
    healed = it.later(minutes=5).run()
    assert (healed.status, healed.rows.updated) == ("proved", 1), healed.error
    assert it.verify().equal
    with pytest.raises(CampusError) as refused:
        rollback(it.hub, "thing", now=it.now, by="tester")
    assert "no rollback" in refused.value.say("en")
    it.target = guest[0]
    assert it.at_target(LEFT[target]) == [(0,)]


def test_brakes_steps_and_retained_rows_are_the_same_for_a_guest(
    tmp_path: Path, database: Database, guest: tuple[str, str], source: str, target: str
) -> None:
    it = world(tmp_path, database, source, guest, mode="mirror", on_delete="keep")
    hub = it.hub
    run = pipeline.extract(hub, "thing", now=it.now, by="tester")
    pipeline.judge(hub, run, now=it.now)
    assert it.at_target("select count(*) from thing") == [(0,)]
    assert pipeline.publish(hub, run, now=it.now).rows.inserted == 30
    assert it.run().status == "unchanged"
    it.at_source("delete from s_thing where no < 'n010'")
    assert it.run().rows.retained == 10
    assert it.verify().equal
    it.at_source("delete from s_thing")
    held = it.run()
    assert held.held is not None
    assert (held.exit_code, held.held["brake"]) == (3, "empty_source")
    approved = approve(it.hub, held.run, now=it.now, by="主任")
    assert (approved.status, approved.rows.retained) == ("proved", 20), approved.error
    assert it.at_target("select count(*) from thing") == [(30,)]
    assert it.verify().equal


def test_what_a_guest_cannot_have_is_refused_before_anything_is_read(
    tmp_path: Path, database: Database, guest: tuple[str, str], source: str, target: str
) -> None:
    it = world(tmp_path, database, source, guest)
    it.target_system = {}
    undeclared = it.run()
    assert undeclared.status == "rejected"
    assert "hub_schema: false" in (undeclared.error or ""), undeclared.error
    it.target_system = {"hub_schema": False}
    it.flow["on_delete"] = "mark"
    with pytest.raises(CatalogError, match="hub_schema"):
        _ = it.hub
    it.flow |= {"on_delete": "delete", "target": {"system": "dst", "table": "absent"}}
    absent = it.run()
    assert absent.status == "rejected"
    assert all(word in (absent.error or "") for word in ("absent", "plan")), absent.error
