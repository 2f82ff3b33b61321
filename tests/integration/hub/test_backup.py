"""What the hub remembers is put aside and comes back on another engine, whole or not at all."""

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from world import Database, World

from catalog.errors import CatalogError, RejectedError
from hub.backup import backup, restore
from hub.open import Hub
from hub.store import access, decisions, keys, runs
from hub.store.access import Line
from hub.store.open import open_store

LINE = Line(who="library", channel="api", outcome="200", request="r1", dataset="thing", columns=("no",), rows=3)


@pytest.fixture
def it(tmp_path: Path, database: Database) -> World:
    """A hub with a proved run, one under way, a key, a pause and two lines of the access log."""
    it = World(tmp_path, database("sqlite"), database("sqlite"))
    it.run()
    hub = it.hub
    runs.start(hub.store, "thing", now=it.now, zone=hub.catalog.zone, by="tester", fence=9, flow_hash="", campus_hash="")
    decisions.pause(hub.store, "thing", by="tester", now=it.now, reason="升级")
    for _ in range(2):
        access.write(hub.store, LINE, now=it.now)
    (tmp_path / "var" / "reports" / "operation-2026-10").mkdir(parents=True)
    (tmp_path / "var" / "reports" / "operation-2026-10" / "manifest.json").write_text("{}", "utf-8")
    return it


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_comes_back_whole_on_another_engine(it: World, database: Database, tmp_path: Path, kind: str) -> None:
    hub = it.hub
    key = keys.issue(hub.store, "library", now=it.now, by="tester", days=30)
    counted = backup(hub, tmp_path / "hub.zip", now=it.now)
    assert (counted["runs"], counted["access"], counted["keys"]) == (2, 2, 1)
    (tmp_path / "var" / "reports" / "operation-2026-10" / "manifest.json").unlink()
    other = Hub(hub.catalog, open_store(database(kind)))
    assert restore(other, tmp_path / "hub.zip") == counted
    assert [it.to_json() for it in runs.receipts(other.store)] == [it.to_json() for it in runs.receipts(hub.store)]
    assert access.verify(other.store) == []
    found = keys.find(other.store, key, now=it.now)
    assert found is not None
    assert found.consumer == "library"
    assert decisions.paused(other.store, "thing", now=it.now) == "升级"
    assert (tmp_path / "var" / "reports" / "operation-2026-10" / "manifest.json").read_text("utf-8") == "{}"
    with pytest.raises(RejectedError, match="HUB_STORE_URL"):
        restore(other, tmp_path / "hub.zip")
    other.store.dispose()


def test_what_receivers_have_comes_back_as_of_one_moment(it: World, database: Database, tmp_path: Path) -> None:
    hub = it.hub
    hub.catalog.receivers.mkdir(parents=True)
    shadow, note = hub.catalog.receivers / "to_card.db", hub.catalog.receivers / "to_card.sending"
    note.write_text("k1", "utf-8")
    with closing(sqlite3.connect(shadow)) as writer:
        writer.execute("pragma journal_mode = wal")
        writer.execute("create table thing (no text)")
        writer.execute("insert into thing values ('k1')")
        writer.commit()  # it lies beside the file, in its log
        writer.execute("insert into thing values ('k2')")
        backup(hub, tmp_path / "hub.zip", now=it.now)
    shadow.unlink()
    note.unlink()
    restore(Hub(hub.catalog, open_store(database("sqlite"))), tmp_path / "hub.zip")
    with closing(sqlite3.connect(shadow)) as found:
        assert (found.execute("select no from thing").fetchall(), note.read_text("utf-8")) == ([("k1",)], "k1")


def test_what_was_altered_does_not_come_back(it: World, database: Database, tmp_path: Path) -> None:
    hub = it.hub
    other = Hub(hub.catalog, open_store(database("sqlite")))
    backup(hub, tmp_path / "hub.zip", now=it.now)
    whole = (tmp_path / "hub.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "hub.zip") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(b"tester", b"nobody") if name == "store/runs.ndjson" else content)
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])
    for name in ("other.zip", "half.zip", "missing.zip"):
        with pytest.raises(CatalogError, match=name):
            restore(other, tmp_path / name)
    with hub.store.begin() as connection:
        connection.execute(text("update access set rows = 1 where seq = 1"))
    backup(hub, tmp_path / "hub.zip", now=it.now)
    with pytest.raises(CatalogError, match="访问日志"):
        restore(other, tmp_path / "hub.zip")
    assert list(runs.receipts(other.store)) == []
    assert json.loads(parts["manifest.json"])["rows"]["runs"] == 2
