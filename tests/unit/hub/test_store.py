"""Leases, keys, the access chain and hours of rest."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, StaticPool, create_engine, inspect

from catalog.errors import BusyError
from hub.courtesy import covers
from hub.store import access, keys, leases
from hub.store.access import Line
from hub.store.open import open_store
from hub.store.tables import metadata

NOW = datetime(2026, 11, 5, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    return open_store(f"sqlite:///{tmp_path}/hub.db")


def test_a_flow_is_held_by_one_and_the_other_hears_by_whom(store: Engine) -> None:
    assert leases.acquire(store, "f") == 1
    with pytest.raises(BusyError) as error:
        leases.acquire(store, "f")
    assert leases.holder() in str(error.value)


def test_a_silent_holder_is_superseded_and_cannot_go_on(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    old = leases.acquire(store, "f")
    monkeypatch.setattr(leases, "SILENCE", -1.0)
    assert leases.acquire(store, "f") == old + 1
    with pytest.raises(BusyError), leases.holding(store, "f", "R1", old):
        pass


def test_a_waiting_run_gives_way_to_a_new_one(store: Engine) -> None:
    fence = leases.acquire(store, "f")
    with leases.holding(store, "f", "R1", fence):
        pass
    assert leases.acquire(store, "f") == fence + 1


def test_a_key_is_found_until_it_is_revoked_or_expires(store: Engine) -> None:
    key = keys.issue(store, "library", now=NOW, by="t", days=10)
    assert keys.find(store, key, now=NOW) == keys.Found("library", NOW + timedelta(days=10))
    assert keys.find(store, key[:-1] + "x", now=NOW) is None
    assert keys.find(store, key, now=NOW + timedelta(days=10)) is None
    assert keys.revoke(store, "library", now=NOW) == 1
    assert keys.find(store, key, now=NOW) is None


def test_the_access_chain_holds_under_many_writers(store: Engine) -> None:
    def write(who: str) -> None:
        for number in range(10):
            access.write(store, Line(who=who, channel="api", outcome="ok", request=str(number)), now=NOW)

    threads = [threading.Thread(target=write, args=(f"c{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(access.lines(store)) == 40
    assert access.verify(store) == []


def test_hours_of_rest_cover_their_days_only() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert covers("Mon-Fri 08:00-09:30", datetime(2026, 11, 5, 9, 29, tzinfo=zone))
    assert not covers("Mon-Fri 08:00-09:30", datetime(2026, 11, 5, 9, 30, tzinfo=zone))
    assert not covers("Mon-Fri 08:00-09:30", datetime(2026, 11, 7, 9, 0, tzinfo=zone))
    assert covers("Sat-Mon 00:00-23:59", datetime(2026, 11, 8, 9, 0, tzinfo=zone))


def test_migrating_an_empty_store_makes_just_the_tables_that_the_code_knows(store: Engine) -> None:
    def shape(engine: Engine) -> dict[str, object]:
        look = inspect(engine)
        return {
            name: (
                [(c["name"], str(c["type"]), c["nullable"], c["primary_key"]) for c in look.get_columns(name)],
                sorted(str((i["name"], i["column_names"])) for i in look.get_indexes(name)),
                look.get_foreign_keys(name),
                [u["column_names"] for u in look.get_unique_constraints(name)],
            )
            for name in look.get_table_names()
            if name != "alembic_version"
        }

    wanted = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(wanted)
    assert shape(store) == shape(wanted)
