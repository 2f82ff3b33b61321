"""What happens to a row that the source no longer has, or has elsewhere: followed, kept, found by a reconcile, or held for a person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from values import PAIRS
from world import Database, World

from connectors.database import dialect_of, session
from connectors.digest import Digest
from connectors.reading import Reading
from connectors.selection import Column, Relation, Selection
from hub.approval import approve
from hub.compare import compare
from hub.reconcile import reconcile
from hub.route import resolve

pytestmark = pytest.mark.parametrize(("source", "target"), PAIRS)


def world(tmp_path: Path, source: str, target: str, *, rows: int = 50, **flow: str) -> World:
    it = World(tmp_path, source, target, rows=rows)
    it.flow |= {"mode": "incremental", "source": {"system": "src", "table": "s_thing", "cursor": "changed_at"}, **flow}
    return it


def keys(it: World) -> set[str]:
    return {row[0] for row in it.at_target("select no from thing")}


def test_a_row_that_leaves_the_window_and_a_key_that_changes_are_followed(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = world(tmp_path, database(source), database(target))
    it.at_source("update s_thing set changed_at = '2026-11-05 07:55:00' where no < 'n004'")
    assert it.run().status == "proved"
    it.at_source("update s_thing set name = '退', changed_at = '2020-01-01 00:00:00' where no = 'n000'")
    it.at_source("update s_thing set no = 'k001', changed_at = '2026-11-05 08:01:00' where no = 'n001'")
    it.at_source("delete from s_thing where no = 'n002'")
    it.at_source("update s_thing set no = 'k040', changed_at = '2026-11-05 08:01:00' where no = 'n040'")
    it.later(minutes=2)
    receipt = it.run()
    moved = receipt.rows.updated, receipt.rows.deleted, receipt.rows.inserted
    assert (receipt.status, moved) == ("proved", (1, 2, 2)), receipt.error
    assert it.at_target("select name from thing where no = 'n000'") == [("退",)]
    assert keys(it) >= {"k001", "k040"}
    assert it.verify().differing == {"n040": "extra"}  # its old cursor lies outside every window now
    mended = reconcile(it.hub, "thing", now=it.now, by="tester")
    assert (mended.status, mended.rows.read, mended.rows.deleted) == ("proved", 0, 1), mended.error
    assert it.verify().equal
    assert len(keys(it)) == 49


@pytest.mark.parametrize("kept", ["mark", "keep"])
def test_retained_rows_stay_when_a_window_or_a_reconcile_misses_them(
    tmp_path: Path, database: Database, source: str, target: str, kept: str
) -> None:
    it = world(tmp_path, database(source), database(target), on_delete=kept)
    it.dataset["retain"] = True
    it.at_source("update s_thing set changed_at = '2026-11-05 07:55:00' where no < 'n002'")
    it.run()
    it.at_source("delete from s_thing where no in ('n000', 'n010', 'n011')")
    in_window = it.run()
    assert (in_window.status, in_window.rows.retained, in_window.rows.deleted) == ("proved", 1, 0), in_window.error
    outside = reconcile(it.hub, "thing", now=it.now, by="tester")
    assert (outside.status, outside.rows.retained, outside.rows.deleted) == ("proved", 2, 0), outside.error
    assert it.verify().equal
    assert len(keys(it)) == 50
    it.at_source("insert into s_thing values ('n010', '回来', '1', '2026-11-05 08:01:00')")
    assert it.later(minutes=2).run().rows.updated == 1
    assert it.verify().equal
    it.at_target("delete from thing where no = 'n011'")
    assert it.later(minutes=2).run().status == "unproven"  # a retained row that vanished is never passed over


def test_an_emptied_source_is_held_by_windows_and_reconciles_too_and_a_vanished_one_is_named(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = world(tmp_path, database(source), database(target))
    it.run()
    it.at_source("delete from s_thing")
    for held in (it.run(), reconcile(it.hub, "thing", now=it.now, by="tester")):
        assert (held.status, held.exit_code) == ("held", 3), held.error
        assert held.held is not None
        assert (held.held["brake"], held.held["total"]) == ("empty_source", 50)
    assert len(keys(it)) == 50
    it.at_source("alter table s_thing rename to s_gone")
    vanished = it.run()
    assert (vanished.status, vanished.exit_code) == ("unavailable", 4)
    assert "s_thing" in (vanished.error or "")
    assert len(keys(it)) == 50
    it.at_source("alter table s_gone rename to s_thing")
    held = it.run()
    approved = approve(it.hub, held.run, now=it.now, by="主任")
    assert (approved.status, approved.rows.deleted) == ("proved", 50), approved.error
    assert keys(it) == set()


@dataclass
class Counted:
    """A side of a comparison that counts the rows that leave their database."""

    reading: Reading
    travelled: list[str] = field(default_factory=list)

    @property
    def engine(self) -> str:
        return self.reading.engine

    def digest(self) -> Digest:
        return self.reading.digest()

    def buckets(self, number: int) -> dict[int, Digest]:
        return self.reading.buckets(number)

    def hashes(self, number: int, buckets: Sequence[int] | None = None) -> Iterator[tuple[str, int]]:
        for key, hashed in self.reading.hashes(number, buckets):
            self.travelled.append(key)
            yield key, hashed


def test_a_reconcile_reads_only_the_buckets_and_rows_that_differ(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = world(tmp_path, database(source), database(target), rows=5000)
    assert it.run().rows.inserted == 5000
    it.at_source("update s_thing set name = '很迟' where no = 'n100'")
    it.at_source("delete from s_thing where no = 'n2200'")
    it.at_target("delete from thing where no = 'n4300'")
    route, columns = resolve(it.hub.catalog, "thing"), it.dataset["fields"]
    with session(route.source) as left, session(route.target) as right:
        sides = []
        for connection, system, table in ((left, route.source, "s_thing"), (right, route.target, "thing")):
            dialect = dialect_of(system.url or "")
            shape = dialect.shape(connection, Relation(table))
            assert shape is not None
            native = [shape.columns[f["name"]] for f in columns]
            read = tuple(Column(c.name, route.dataset.field(c.name).type, c.name, c.type, c.collation) for c in native)
            sides.append(Counted(Reading(connection, dialect, Selection(Relation(table), read, ("no",)))))
        found = compare(*sides)
    assert found.differing == {"n100": "different", "n2200": "extra", "n4300": "missing"}
    assert all(0 < len(side.travelled) < 400 for side in sides)  # three buckets of 64 rows each, of 5000 rows
    mended = reconcile(it.hub, "thing", now=it.now, by="tester")
    assert (mended.status, mended.rows.read) == ("proved", 2), mended.error
    assert (mended.rows.updated, mended.rows.deleted, mended.rows.inserted) == (1, 1, 1)
