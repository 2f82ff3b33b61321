"""Upkeep: staging left behind, old changes, runs whose process died. Published tables and quarantine are never touched."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from catalog.errors import CampusError
from connectors.database import session
from connectors.workspace import Workspace
from hub.open import Hub
from hub.route import resolve
from hub.store import runs

CHANGES = timedelta(days=30)
ABANDONED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Swept:
    """What upkeep removed, and the systems it could not reach."""

    stages: int
    changes: int
    unreachable: tuple[str, ...]


def upkeep(hub: Hub, *, now: datetime) -> Swept:
    """Sweep the hub's own tables on every target: stages of ended runs, change rows past their days."""
    stages = changes = 0
    unreachable = []
    routes = [resolve(hub.catalog, name) for name in sorted(hub.catalog.flows)]
    for system in {route.target.url: route.target for route in routes}.values():
        name = system.name
        workspace = Workspace.of(system)
        try:
            with session(system) as connection:
                if not workspace.managed(connection):
                    continue
                for run in workspace.staged_runs(connection):
                    if _ended(hub, run, now):
                        workspace.drop(connection, run)
                        stages += 1
                limit = {"limit": (now - CHANGES).isoformat()}
                changes += connection.execute(text(f"delete from {workspace.name('change')} where at < :limit"), limit).rowcount
                connection.commit()
        except CampusError:
            unreachable.append(name)
    return Swept(stages, changes, tuple(unreachable))


def _ended(hub: Hub, run: str, now: datetime) -> bool:
    try:
        row = runs.get(hub.store, run)
    except CampusError:
        return True
    return row["state"] == "done" or datetime.fromisoformat(row["started_at"]) < now - ABANDONED
