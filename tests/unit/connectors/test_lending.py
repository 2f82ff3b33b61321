"""Kept connections: never more than a system allows, and none left open by a pool that had to make room."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

from sqlalchemy import Connection, create_engine, event

from catalog.system import System
from connectors import database
from connectors.lending import Lending


def opened(path: Path) -> tuple[Lending, list[str]]:
    engine, told = create_engine(f"sqlite:///{path}/a.db"), list[str]()
    event.listen(engine, "close", lambda *_: told.append("closed"))
    event.listen(engine, "close_detached", lambda *_: told.append("closed"))
    return Lending(engine, 2, "台"), told


def test_a_connection_that_comes_back_to_a_closed_pool_is_closed(tmp_path: Path) -> None:
    lending, told = opened(tmp_path)
    with lending.borrowed() as first:
        lending.close()
        assert not told
    assert told == ["closed"]
    assert first.closed


def test_a_free_connection_is_lent_again(tmp_path: Path) -> None:
    lending, told = opened(tmp_path)
    with lending.borrowed() as first:
        pass
    with lending.borrowed() as second:
        assert second is first
    lending.close()
    assert told == ["closed"]


def test_threads_that_begin_together_share_one_pool(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "a.db").touch()
    monkeypatch.setattr(database, "_pools", {})
    made, real = list[Lending](), database.Lending
    monkeypatch.setattr(database, "Lending", lambda *given: time.sleep(0.1) or made.append(real(*given)) or made[-1])
    system = System(name="p", title="台", kind="sql", url=f"sqlite:///{tmp_path}/a.db", owner="信息资源部")
    together = Barrier(8)

    def ask(_: int) -> Connection:
        together.wait()
        with database.kept_session(system, statement_timeout=5.0) as connection:
            return connection

    with ThreadPoolExecutor(8) as threads:
        lent = list(threads.map(ask, range(8)))
    assert len(made) == 1
    database.let_go()
    assert all(connection.closed for connection in lent)
