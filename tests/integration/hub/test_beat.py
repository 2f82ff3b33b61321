"""A lease's beat: it outlives a store that is away for a moment, and ends quietly when the flow has a newer holder."""

import multiprocessing
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from world import Database

from catalog.errors import BusyError
from hub.store import access, leases
from hub.store.access import Line
from hub.store.open import open_store
from hub.store.tables import leases as table

NOW = datetime(2026, 11, 5, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, database: Database) -> str:
    return database(request.param)


@pytest.fixture
def store(url: str) -> Iterator[Engine]:
    engine = open_store(url)
    yield engine
    engine.dispose()


def beaten(store: Engine) -> float:
    with store.connect() as connection:
        return float(connection.execute(select(table.c.beat_at)).scalar_one())


def until_beaten(store: Engine, after: float) -> bool:
    for _ in range(200):
        if beaten(store) > after:
            return True
        threading.Event().wait(0.02)
    return False


def rename(store: Engine, old: str, new: str) -> None:
    with store.begin() as connection:
        connection.execute(text(f"alter table {old} rename to {new}"))


def test_the_beat_goes_on_after_a_store_that_was_away(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT", 0.02)
    with leases.holding(store, "f", "R1", leases.acquire(store, "f")):
        assert until_beaten(store, beaten(store))
        rename(store, "leases", "leases_away")
        threading.Event().wait(0.1)  # some beats fail meanwhile
        rename(store, "leases_away", "leases")
        assert until_beaten(store, beaten(store))


def test_a_superseded_step_beats_no_more_and_cannot_begin_another(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT", 0.02)
    old = leases.acquire(store, "f")
    with leases.holding(store, "f", "R1", old):
        monkeypatch.setattr(leases, "SILENCE", -1.0)
        new = leases.acquire(store, "f")
        since = beaten(store)
        for thread in threading.enumerate():
            if thread.name == "lease-f":
                thread.join(5)
                assert not thread.is_alive()
        assert beaten(store) == since
    assert new == old + 1
    with pytest.raises(BusyError), leases.holding(store, "f", "R1", old):
        pass
    with leases.holding(store, "f", "R2", new):
        pass


def test_of_many_who_ask_at_once_one_gets_the_flow(store: Engine) -> None:
    got: list[int] = []
    busy: list[str] = []
    start = threading.Barrier(4)

    def ask() -> None:
        start.wait()
        try:
            got.append(leases.acquire(store, "f"))
        except BusyError as error:
            busy.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [1]
    assert len(busy) == 3
    assert all(leases.holder() in told for told in busy)


def write(url: str, who: str) -> None:
    store = open_store(url)
    for number in range(10):
        access.write(store, Line(who=who, channel="api", outcome="ok", request=str(number)), now=NOW)
    store.dispose()


def test_the_access_chain_holds_under_four_processes(url: str, store: Engine, tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write, args=(url, f"c{number}")) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0] * 4
    told = access.lines(store)
    assert [line["seq"] for line in reversed(told)] == list(range(1, 41))
    assert access.verify(store) == []
