"""Values of many megabytes between every pair of engines: equal to the byte, or red with the setting that is in their way."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servers import Server, private_mariadb
from sqlalchemy import create_engine, text
from values import PAIRS
from world import Database, World

PIECE = b"\x00\xff\\\t\n'5C\x00N"  # what some lane escapes
TYPES = {"sqlite": "blob", "postgresql": "bytea", "mysql": "longblob"}


@pytest.fixture(scope="module")
def roomy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """A MariaDB whose packets take large values, started when first asked for."""
    started: list[Server] = []

    def server() -> str:
        if not started:
            found = private_mariadb(tmp_path_factory.mktemp("roomy"), "--max-allowed-packet=512M")
            assert found is not None
            started.append(found)
        return started[0].url

    yield server
    for each in started:
        each.stop()


def world(tmp_path: Path, source: str, target: str, *, pieces: int) -> World:
    it = World(tmp_path, source, target, rows=0)
    engine = create_engine(source)
    it.dataset["fields"] = [it.dataset["fields"][0], {"name": "content", "type": "bytes", "title": "内容"}]
    with engine.begin() as connection:
        connection.execute(text(f"alter table s_thing add column content {TYPES[engine.dialect.name]}"))
        connection.execute(text("insert into s_thing (no, content) values ('small', :content)"), {"content": PIECE})
        # MariaDB's own function makes the large one: a statement may be no longer than a packet
        repeated = f"repeat(:content, {pieces})" if engine.dialect.name == "mysql" else ":content"
        whole = PIECE if engine.dialect.name == "mysql" else PIECE * pieces
        connection.execute(text(f"insert into s_thing (no, content) values ('large', {repeated})"), {"content": whole})
    engine.dispose()
    return it


def fresh(server: str, name: str) -> str:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"create database {name}"))
    engine.dispose()
    return server.replace("/mysql", f"/{name}")


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_fifty_megabytes_arrive_to_the_byte(tmp_path: Path, database: Database, roomy: Callable[[], str], source: str, target: str) -> None:
    urls = [
        fresh(roomy(), f"{end}_{source}_{target}") if kind == "mariadb" else database(kind) for end, kind in (("a", source), ("z", target))
    ]
    it = world(tmp_path, *urls, pieces=5_000_000)
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted) == ("proved", 2), receipt.error
    length = "length" if target == "sqlite" else "octet_length"
    assert it.at_target(f"select {length}(content) from thing order by no") == [(50_000_000,), (10,)]
    ((ends,),) = it.at_target("select content from thing where no = 'large'")
    assert bytes(ends) == PIECE * 5_000_000


@pytest.mark.parametrize("target", ["sqlite", "postgresql", "mariadb"])
def test_a_value_beyond_a_servers_packet_is_red_and_names_the_setting(tmp_path: Path, database: Database, target: str) -> None:
    it = world(tmp_path, database("mariadb"), database(target), pieces=900_000)
    receipt = it.run()
    assert (receipt.status, receipt.exit_code) == ("rejected", 3), receipt.error
    assert "max_allowed_packet" in (receipt.error or ""), receipt.error
    shown = {
        "sqlite": "sqlite_master where name",
        "postgresql": "information_schema.tables where table_name",
        "mariadb": "information_schema.tables where table_schema = database() and table_name",
    }
    assert it.at_target(f"select count(*) from {shown[target]} = 'thing'") == [(0,)]


@pytest.mark.parametrize("source", ["sqlite", "postgresql"])
def test_a_value_larger_than_a_servers_packet_enters_it_all_the_same(tmp_path: Path, database: Database, source: str) -> None:
    it = world(tmp_path, database(source), database("mariadb"), pieces=2_000_000)
    receipt = it.run()
    assert (receipt.status, receipt.rows.inserted) == ("proved", 2), receipt.error
    assert it.at_target("select octet_length(content) from thing where no = 'large'") == [(20_000_000,)]
