"""Rows that a PostgreSQL would hide from the hub by a policy: what cannot be seen cannot be proved, so such a run is refused."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url
from values import ENGINES
from world import Database, World, execute

POLICY = "alter table {table} enable row level security; create policy shown on {table} to {role} using (no <> 'n001')"
GRANTS = (
    "grant all on schema public to {role}; grant all on all tables in schema public to {role}; grant create on database {name} to {role}"
)


@pytest.fixture
def role(servers: object) -> Iterator[str]:
    """A user of a PostgreSQL server who owns nothing and bypasses nothing; it goes after the databases that know it."""
    admin, name = servers("postgresql"), f"hubtest_{uuid.uuid4().hex[:12]}"
    execute(admin, f"create role {name} login")
    yield name
    execute(admin, f"drop role {name}")


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("other", ENGINES)
def test_a_policy_that_hides_rows_refuses_the_run(tmp_path: Path, role: str, database: Database, side: str, other: str) -> None:
    urls = {"source": database(other), "target": database(other)} | {side: database("postgresql")}
    it = World(tmp_path, urls["source"], urls["target"], rows=3)
    table, address = ("s_thing", it.source) if side == "source" else ("thing", it.target)
    if side == "target":
        it.at_target("create table thing (no varchar(20) primary key, name varchar(64), kind varchar(4), changed_at timestamp)")
        it.at_target("insert into thing (no, name) values ('n001', '旧')")
    name = make_url(address).database
    for statement in GRANTS.format(role=role, name=name).split(";"):
        execute(address, statement)
    setattr(it, side, make_url(address).set(username=role).render_as_string(hide_password=False))
    for statement in POLICY.format(table=table, role=role).split(";"):
        execute(address, statement)
    receipt = it.run()
    assert (receipt.status, receipt.exit_code) == ("rejected", 3)
    assert "BYPASSRLS" in (receipt.error or "")
    execute(address, f"alter role {role} bypassrls")
    seen = it.run()
    assert (seen.held or {}).get("seen") == 1 if side == "target" else seen.rows.inserted == 3, seen.error
