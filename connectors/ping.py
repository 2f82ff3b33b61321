"""Whether a system is there, by its kind; nothing is read of its data, nothing written."""

from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text

from catalog.system import System
from connectors.database import NOT_RUN, database_name, dialect_of, session, there
from connectors.rest_client import Client


def what(system: System) -> str:
    """Name what a system is for people: never its user, password or key."""
    match system.kind:
        case "files":
            return f"files:{Path(system.folder or '').name}"
        case "rest":
            return f"rest:{urlsplit(system.url or '').hostname}"
    return database_name(system)


def is_run(system: System) -> bool:
    """Say whether our tests run a server of the system's kind: what they do not is used with care."""
    return system.kind != "sql" or dialect_of(system.url or "").engine not in NOT_RUN


def answers(system: System) -> bool:
    """Ask a system. UnavailableError where it does not answer."""
    match system.kind:
        case "files":
            return Path(system.folder or "").is_dir()
        case "rest":
            with Client(system) as client:
                return client.answers()
    there(system)
    with session(system) as connection:
        return bool(connection.execute(text("select 1")).scalar_one() == 1)
