"""Runs in a process of their own that die, or stand still, where or when a test says: as by kill -9, as by a machine that sleeps.

A forkserver has imported the house once, so that each of them costs little.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from sqlalchemy import update
from world import World

from hub.store import leases
from hub.store.tables import leases as table

# where a run can be stopped: the function to watch, and whether just before or just after it has done its work
BEFORE_PUBLISHING = {
    "lease taken": ("hub.pipeline:extracting.extract", "before"),
    "stage made": ("connectors.workspace:Workspace.stage", "after"),
    "rows staged": ("hub.extraction:Extraction._load", "after"),
    "stage proved": ("hub.pipeline:runs.advance", "before"),
    "extracted": ("hub.pipeline:judge", "before"),
    "judging": ("hub.judge:weigh", "after"),
    "judged": ("hub.pipeline:publish", "before"),
}
PUBLISHING = {
    "entry locked": ("hub.ledger:locked", "after"),
    "rows deleted": ("connectors.difference:Difference.delete", "after"),
    "difference written": ("hub.publish:_Publication.apply", "after"),
    "proved": ("hub.publish:_Publication.prove", "after"),
    "ledger written": ("hub.ledger:write", "after"),
    "confirmed": ("hub.store.leases:confirm", "after"),
}
RECEIVING = {
    "handed over": ("hub.receiver:hand_over", "after"),
    "proved there": ("hub.receiver:prove", "after"),
    "shadow committed": ("hub.receiver:settle", "before"),
    "published": ("hub.pipeline:drops.archive", "before"),
}
COMMITTED = {
    "committed": ("connectors.workspace:Workspace.drop", "last"),
    "stage dropped": ("hub.store.runs:finish", "before"),
}
POINTS = BEFORE_PUBLISHING | PUBLISHING | COMMITTED
ROLLING_BACK = {
    "images staged": ("hub.rollback:_Undoing.stage", "after"),
    "checked": ("hub.rollback:_Undoing.check", "after"),
    "half undone": ("connectors.difference:Difference.delete", "after"),
    "undone": ("hub.rollback:_Undoing.prove", "after"),
    "rewound": ("hub.ledger:write", "after"),
    "paused": ("hub.store.decisions:pause", "after"),
    "rollback committed": ("connectors.workspace:Workspace.drop", "last"),
}
SUPERSEDED, FAILED = 7, 9

spawned = multiprocessing.get_context("forkserver")
spawned.set_forkserver_preload(["hub.pipeline", "hub.rollback", "great_expectations", "pymysql", "psycopg"])


def started(it: World, point: str = "", *, act: str = "run", how: int = signal.SIGKILL, after: float | None = None) -> BaseProcess:
    """Start the flow's run (or rollback) in another process, which sends itself a signal at the point, or after some seconds."""
    assert it.hub  # writes the campus
    process = spawned.Process(target=_live, args=(str(it.folder / "campus"), it.now.isoformat(), point, act, int(how), after))
    process.start()
    return process


def killed(it: World, point: str = "", *, act: str = "run", after: float | None = None) -> None:
    """Run and be killed at the point, or after some seconds if it takes so long."""
    process = started(it, point, act=act, after=after)
    process.join(120)
    ended = (-signal.SIGKILL,) if after is None else (-signal.SIGKILL, 0)
    assert process.exitcode in ended, (point, process.exitcode)


def stopped(it: World, point: str, *, act: str = "run") -> BaseProcess:
    """Run until the point and stand still there, connections and locks in hand."""
    process = started(it, point, act=act, how=signal.SIGSTOP)
    for _ in range(6000):
        assert process.is_alive(), (point, process.exitcode)
        with suppress(FileNotFoundError):  # it ended between the two looks
            if Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2].startswith("T"):
                return process
        time.sleep(0.01)
    raise AssertionError(f"never came to {point}")


def woken(process: BaseProcess) -> int | None:
    """Let a stopped process go on, and return how it ended."""
    os.kill(process.pid or 0, signal.SIGCONT)
    process.join(120)
    return process.exitcode


def silent(it: World, seconds: float) -> None:
    """Let so many seconds pass since the flow's lease was last heard of."""
    with it.hub.store.begin() as connection:
        connection.execute(update(table).values(beat_at=time.time() - seconds))


def dead(it: World) -> None:
    """Let the thirty seconds pass after which a dead run's lease is free."""
    silent(it, leases.SILENCE + 0.5)


def _live(campus: str, now: str, point: str, act: str, how: int, after: float | None) -> None:
    os.environ["HUB_NOW"] = now
    from catalog import clock
    from catalog.errors import BusyError
    from catalog.load import load
    from hub import pipeline
    from hub.open import open_hub
    from hub.rollback import rollback

    def die() -> None:
        os.kill(os.getpid(), how)

    hub = open_hub(load(Path(campus)))
    if point:
        _watch(*(POINTS | ROLLING_BACK | RECEIVING)[point], die)
    if after is not None:
        timer = threading.Timer(after, die)
        timer.daemon = True
        timer.start()
    made = (
        rollback(hub, "thing", now=clock.now(), by="tester")
        if act == "rollback"
        else pipeline.run(hub, "thing", now=clock.now(), by="tester")
    )
    busy = BusyError("run.superseded", flow="thing").say()
    os._exit(0 if made.exit_code == 0 else SUPERSEDED if made.error == busy else FAILED)


def _watch(place: str, when: str, die: Callable[[], None]) -> None:
    import importlib

    name, _, path = place.partition(":")
    *owners, last = path.split(".")
    owner: Any = importlib.import_module(name)
    for part in owners:
        owner = getattr(owner, part)
    real, seen = getattr(owner, last), []

    def watched(*arguments: Any, **named: Any) -> Any:
        seen.append(last)
        # a stage is dropped before it is made, too: its last dropping follows the commit
        if when == "before" or (when == "last" and len(seen) > 1):
            die()
        result = real(*arguments, **named)
        if when == "after":
            die()
        return result

    setattr(owner, last, watched)
