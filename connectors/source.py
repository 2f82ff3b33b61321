"""A source at one moment: a database in one snapshot, or a drop folder or REST service read into a SQLite file like any other."""

import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from catalog import clock
from catalog.dataset import Dataset
from catalog.errors import CatalogError, UnavailableError
from catalog.flow import From
from catalog.system import System
from connectors import postgresql_native
from connectors.database import connect, dialect_of, session, there
from connectors.dialect import Dialect
from connectors.files import DropFile, read_drop
from connectors.line import split
from connectors.reading import Reading
from connectors.reject import Reject
from connectors.rest import RestSource
from connectors.selection import Relation, Selection, Shape


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a source held at `as_of` (UTC). `rejects` are rows of files or records of a service that fit no typed table.

    A `service` that was asked only for what changed since some moment is `partial`: a row that is not here may still be there.
    """

    connection: Connection
    dialect: Dialect
    as_of: datetime
    relation: Relation
    rejects: tuple[Reject, ...] = ()
    service: RestSource | None = None
    partial: bool = False
    files: tuple[DropFile, ...] = ()

    def shape(self) -> Shape | None:
        """Describe the relation, or None where it does not exist."""
        return self.dialect.shape(self.connection, self.relation)

    def reading(self, selection: Selection) -> Reading:
        """Read a selection of this moment."""
        return Reading(self.connection, self.dialect, selection)

    @contextmanager
    def beside(self) -> Iterator[Connection | None]:
        """Hold a second connection that reads at the same moment; None where the engine cannot, or the system gives no second."""
        with ExitStack() as held:
            other = None
            if self.dialect.engine == "postgresql":
                with suppress(UnavailableError):
                    other = held.enter_context(postgresql_native.beside(self.connection))
            yield other

    def look_up(self, keys: Sequence[str]) -> Sequence[Reject]:
        """Make the rows with these keys (lines) readable where a service was asked only for a part; return those that fit no table."""
        if not self.partial or self.service is None:
            return ()
        driver: Any = self.connection.connection.driver_connection  # Any: sqlite3's own connection
        return self.service.look_up([split(key) for key in keys], driver)


@contextmanager
def snapshot(
    system: System,
    source: From,
    dataset: Dataset,
    *,
    queries: Path,
    since: Callable[[datetime], str | None] | None = None,
    taken: Collection[str] = (),
) -> Iterator[Snapshot]:
    """Hold a source at one read moment. `queries` is the folder of a flow's .sql files, `taken` hashes of files not to be read again.

    `since` tells, for a read moment, from which cursor on (canonical text) a service need be asked; None means all its rows.
    Raises UnavailableError where the system does not answer or a drop folder has no file to read.
    """
    if system.kind == "rest":
        with _served(system, source, dataset, since) as found:
            yield found
        return
    if system.kind == "files":
        with tempfile.TemporaryDirectory(prefix="campus-hub-") as folder:
            database = Path(folder) / "drop.db"
            moment = clock.now()
            drop = read_drop(Path(system.folder or ""), source, dataset, database, now=moment, taken=taken)
            local = system.model_copy(update={"kind": "sql", "url": f"sqlite:///{database}"})
            with session(local) as connection:
                yield Snapshot(connection, dialect_of("sqlite://"), moment, Relation("rows"), tuple(drop.rejects), files=drop.files)
        return
    relation = Relation(table=source.table or "", schema=system.db_schema)
    if source.query:
        relation = Relation(query=_query(queries / source.query))
    there(system)
    with connect(system).connect() as connection:  # its own, even where the target is in the same database
        dialect = dialect_of(system.url or "")
        dialect.pin(connection, relation)
        yield Snapshot(connection, dialect, clock.fixed() or dialect.clock(connection), relation)


@contextmanager
def _served(system: System, source: From, dataset: Dataset, since: Callable[[datetime], str | None] | None) -> Iterator[Snapshot]:
    with tempfile.TemporaryDirectory(prefix="campus-hub-") as folder:
        service = RestSource(system, source, dataset, Path(folder) / "rest.db")
        moment = clock.now()
        low = since(moment) if since and source.rest and source.rest.since else None
        service.fetch(low)
        local = system.model_copy(update={"kind": "sql", "url": f"sqlite:///{service.into}"})
        with session(local) as connection:
            yield Snapshot(connection, dialect_of("sqlite://"), moment, Relation("rows"), service.rejects, service, low is not None)


def _query(path: Path) -> str:
    """Read a flow's query: one statement, its comments and last semicolon left out of the way."""
    try:
        text = path.read_text("utf-8-sig").strip().rstrip(";")
    except (OSError, UnicodeDecodeError):
        raise CatalogError("source.query_missing", file=path.name) from None
    return f"{text}\n".replace("\\:", ":").replace(":", "\\:")
