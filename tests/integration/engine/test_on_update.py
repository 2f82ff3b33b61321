"""MariaDB's columns that set themselves ON UPDATE: in a flow's column the source's value stands, the receiver's own go on as always."""

from pathlib import Path

import pytest
from world import Database, World

TABLE = """
create table thing (no varchar(20) primary key, name varchar(64), kind varchar(4),
    changed_at datetime(6) default current_timestamp(6) on update current_timestamp(6),
    touched datetime(6) null on update current_timestamp(6))
"""


@pytest.mark.parametrize("source", ["sqlite", "postgresql", "mariadb"])
def test_a_moment_that_the_receiver_would_set_by_itself_is_the_sources(tmp_path: Path, database: Database, source: str) -> None:
    it = World(tmp_path, database(source), database("mariadb"), rows=5)
    it.at_target(TABLE)
    assert (it.run().status, it.run().status) == ("proved", "unchanged")
    it.at_source("update s_thing set name = '改' where no = 'n001'")
    it.at_source("insert into s_thing values ('n9', '新', '1', null)")
    receipt = it.run()
    assert (receipt.status, receipt.rows.updated, receipt.rows.inserted) == ("proved", 1, 1), receipt.error
    assert it.at_target("select no from thing where changed_at > '2026-01-02' or touched is not null") == [("n001",)]
    assert it.at_target("select changed_at is null from thing where no = 'n9'") == [(1,)]
    it.at_target("update thing set name = '手工' where no = 'n002'")
    assert not it.verify().equal
    assert (it.run().rows.healed, it.verify().equal) == (1, True)
