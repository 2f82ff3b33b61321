"""What a PostgreSQL receiver defers to the commit happens before the proof: afterwards nothing could be told any more."""

from pathlib import Path

import pytest
from values import ENGINES
from world import Database, World

from hub.rollback import rollback

BENDING = (
    "create function bend() returns trigger language plpgsql as"
    " $$ begin update thing set name = '弯' where no = new.no; return null; end $$",
    "create constraint trigger t_bend after update on thing deferrable initially deferred"
    " for each row when (pg_trigger_depth() = 0) execute function bend()",
)


@pytest.fixture(params=ENGINES)
def it(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> World:
    """A published flow from each engine onto a PostgreSQL, a row of which has changed at the source."""
    world = World(tmp_path, database(request.param), database("postgresql"), rows=5)
    world.run()
    world.at_source("update s_thing set name = '改' where no = 'n001'")
    return world


def bent(it: World) -> list[object]:
    for statement in BENDING:
        it.at_target(statement)
    return it.at_target("select * from thing order by no")


def test_a_trigger_that_bends_what_was_written_at_the_commit_is_named(it: World) -> None:
    before = bent(it)
    receipt = it.run()
    assert receipt.status == "unproven"
    assert "t_bend" in (receipt.error or ""), receipt.error
    assert it.at_target("select * from thing order by no") == before


def test_a_rollback_that_would_be_bent_at_the_commit_undoes_nothing(it: World) -> None:
    assert it.run().rows.updated == 1
    before = bent(it)
    assert rollback(it.hub, "thing", now=it.now, by="tester").status == "unproven"
    assert it.at_target("select * from thing order by no") == before
