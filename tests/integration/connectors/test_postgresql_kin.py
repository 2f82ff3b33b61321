"""Kingbase and openGauss, whose protocol is PostgreSQL's: run against PostgreSQL in their ways, which is all that can be proved here."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conformance import TargetConformance
from sqlalchemy import event, make_url, text
from world import Database, World

from app.show import care
from catalog.errors import RejectedError
from catalog.field_type import parse
from catalog.system import System
from connectors.database import dialect_of, session
from connectors.kingbase import Kingbase
from connectors.lane import choose, hash_of_both
from connectors.reading import Reading
from connectors.selection import Column, Relation, Selection
from hub.status import ask
from hub.verify import verify

KIN = ["kingbase", "opengauss"]


@pytest.fixture
def kin(database: Database) -> Callable[[str], str]:
    """Make a fresh database that calls itself by the name of an engine."""
    return lambda engine: database("postgresql").replace("postgresql+psycopg", f"{engine}+psycopg")


class TestOpenGauss(TargetConformance):  # what it says is what Kingbase says, on an older kernel
    @pytest.fixture
    def engine(self) -> str:
        return "opengauss"

    @pytest.fixture
    def database(self, kin: Callable[[str], str]) -> Callable[[str], str]:
        return kin


@pytest.mark.parametrize("engine", KIN)
def test_a_flow_runs_out_of_it_and_into_it(engine: str, tmp_path: Path, database: Database, kin: Callable[[str], str]) -> None:
    for number, (source, target) in enumerate(((kin(engine), database("mariadb")), (database("postgresql"), kin(engine)))):
        folder = tmp_path / str(number)
        folder.mkdir()
        world = World(folder, source, target, rows=40)
        first = world.run()
        assert (first.status, first.error, len(world.at_target("select no from thing"))) == ("proved", None, 40)
        world.at_source("update s_thing set name = '杨𬀩 ' where no = 'n003'")
        world.at_source("delete from s_thing where no = 'n004'")
        changed = world.later(days=1).run()
        assert (changed.status, changed.rows.updated, changed.rows.deleted) == ("proved", 1, 1)
        assert verify(world.hub, "thing").equal
        world.at_target("update thing set name = 'x' where no = 'n007'")
        assert not verify(world.hub, "thing").equal


def test_no_hash_and_no_binary_copy_of_postgresqls_own_is_shared_with_it(database: Database, kin: Callable[[str], str]) -> None:
    def system(url: str) -> System:
        return System.model_validate({"name": "s", "title": "系统", "kind": "sql", "url": url, "owner": "x"})

    theirs, ours = kin("kingbase"), database("postgresql")
    with session(system(theirs)) as there, session(system(ours)) as here:
        assert hash_of_both(there, here) == "md5" != hash_of_both(here, here)
        reading = Reading(there, dialect_of(theirs), Selection(Relation("t"), (), ()))
        assert choose(reading, dialect_of(ours), looked_at=False) == "plain"


def test_a_server_that_takes_an_empty_text_for_null_is_refused(kin: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a server is Kingbase in its Oracle mode: its values come back otherwise."""
    system = System.model_validate({"name": "s", "title": "金仓人事", "kind": "sql", "url": kin("kingbase"), "owner": "x"})
    right = Kingbase.canonical

    def wrong(self: Kingbase, expr: str, column: Column) -> str:
        return f"nullif({right(self, expr, column)}, '')"

    monkeypatch.setattr(Kingbase, "canonical", wrong)
    engine = dialect_of(system.url or "").open
    with pytest.raises(RejectedError, match="自检未通过"), engine(make_url(system.url or ""), statement_timeout=None).connect():
        pass
    monkeypatch.setattr(Kingbase, "canonical", right)
    statements: list[str] = []
    again = engine(make_url(system.url or ""), statement_timeout=None)
    event.listen(again, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for _ in range(2):
        with again.connect() as connection:
            assert connection.execute(text("select 1")).scalar() == 1
    assert len([it for it in statements if "c0" in it]) == 1, "it is examined once"


def test_ping_says_in_yellow_that_an_engine_was_not_run(tmp_path: Path, database: Database, kin: Callable[[str], str]) -> None:
    world = World(tmp_path, kin("kingbase"), database("postgresql"), rows=1)
    assert [(it.system, it.answers, it.message) for it in ask(world.hub)] == [("dst", True, None), ("src", True, "未经实机测试")]
    assert care("未经实机测试").style == "yellow"


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"])
def test_a_row_with_an_empty_text_is_told_on_its_way_to_oracle_and_null_is_not(engine: str, database: Database) -> None:
    system = System.model_validate({"name": "s", "title": "系统", "kind": "sql", "url": database(engine), "owner": "x"})
    with session(system) as connection:
        connection.execute(text("create table thing (id varchar(12) primary key, note varchar(40))"))
        connection.execute(text("insert into thing values ('a', ''), ('b', null), ('c', ' '), ('d', 'x')"))
        dialect = dialect_of(system.url or "")
        shape = dialect.shape(connection, Relation("thing"))
        assert shape
        columns = tuple(Column(it.name, parse("string(40)"), it.name, it.type, it.collation) for it in shape.columns.values())
        reading = Reading(connection, dialect, Selection(Relation("thing"), columns, ("id",)))
        assert [(it.key, it.field, it.reason) for it in reading.rejects(reading.guards("oracle"))] == [("a", "note", "reject.empty")]
        digest, refused = reading.tally(reading.guards("oracle"))
        assert (digest.count, refused) == (3, 1)
