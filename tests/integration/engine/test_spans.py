"""A person's span of the cursor (--since, --until) moves what lies in it, and leaves no gap that a later run would pass over."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from world import Database, World

from catalog.errors import CatalogError

DAY = datetime(2026, 11, 5, tzinfo=UTC)


def world(tmp_path: Path, database: Database) -> World:
    it = World(tmp_path, database("sqlite"), database("sqlite"), rows=3)
    it.flow |= {"mode": "incremental", "source": {"system": "src", "table": "s_thing", "cursor": "changed_at"}}
    return it


def change(it: World, row: str, at: str) -> None:
    it.at_source(f"update s_thing set name = '新', changed_at = '{at}' where no = '{row}'")


def test_a_span_beyond_what_was_read_leaves_no_gap(tmp_path: Path, database: Database) -> None:
    it = world(tmp_path, database)
    it.run()
    it.later(days=3)
    change(it, "n000", "2026-11-06 09:00:00")
    change(it, "n001", "2026-11-08 07:00:00")
    later = it.run(since=DAY + timedelta(days=2), until=DAY + timedelta(days=3))
    assert (later.status, later.rows.updated) == ("proved", 1)
    assert it.run().rows.updated == 1
    assert it.verify().equal


def test_an_end_in_the_future_does_not_pass_over_what_is_still_to_come(tmp_path: Path, database: Database) -> None:
    it = world(tmp_path, database)
    it.run()
    it.run(since=DAY - timedelta(days=1), until=DAY + timedelta(days=900))
    it.later(days=1)
    change(it, "n002", "2026-11-05 18:00:00")
    assert it.run().rows.updated == 1
    assert it.verify().equal


def test_a_first_run_over_a_span_is_followed_by_the_whole(tmp_path: Path, database: Database) -> None:
    it = world(tmp_path, database)
    change(it, "n002", "2026-11-05 07:00:00")
    first = it.run(since=DAY - timedelta(hours=2))
    assert first.rows.inserted == 1, first.error
    assert it.run().rows.inserted == 2
    assert it.verify().equal


def test_a_span_that_cannot_be_meant_is_refused(tmp_path: Path, database: Database) -> None:
    it = world(tmp_path, database)
    with pytest.raises(CatalogError, match="--since"):
        it.run(since=DAY, until=DAY - timedelta(days=1))
    it.flow |= {"mode": "mirror", "source": {"system": "src", "table": "s_thing"}}
    with pytest.raises(CatalogError, match="游标"):
        it.run(since=DAY)
