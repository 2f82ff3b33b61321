"""What a receiver that is no database shows of the rows it has: read by our own readers into a SQLite file with one typed table `rows`."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from catalog import clock
from catalog.dataset import Dataset
from catalog.flow import From, To
from catalog.system import System
from connectors.database import dialect_of, session
from connectors.files import read_drop
from connectors.intake import Intake, quoted
from connectors.reading import Reading
from connectors.reject import Reject
from connectors.rest import RestSource
from connectors.selection import Column, Relation, Selection
from connectors.sqlite import SQLite


def shows(to: To) -> bool:
    """Say whether the receiver shows what it has: a file does, an interface only with a read endpoint."""
    return to.file is not None or (to.rest is not None and to.rest.read is not None)


def read(system: System, to: To, dataset: Dataset, into: Path, folder: Path | None = None) -> int:
    """Read all rows that stand at the receiver into the database `into`; of files, those of `folder`, or of the system's own.

    Returns how many more stand there that cannot be read. Raises what reading such a source raises. A file that is not there holds no row.
    """
    rejects: Sequence[Reject] = ()
    if to.rest and to.rest.read:
        source = From(system=system.name, rest=to.rest.read, columns=to.rest.columns)
        service = RestSource(system, source, dataset, into)
        service.fetch(None)
        rejects = service.rejects
    elif to.file:
        encoding = "gb18030" if to.file.encoding == "gb18030" else "utf-8"
        source = From.model_validate(
            {"system": system.name, "files": to.file.name, "encoding": encoding, "delimiter": to.file.delimiter, "columns": to.file.columns}
        )
        at = folder or Path(system.folder or "")
        if (at / to.file.name).is_file():
            rejects = read_drop(at, source, dataset, into, now=clock.now()).rejects
        else:
            with Intake(source, dataset).open(into):
                pass
    _complete(into, Intake(source, dataset))
    return len({reject.place for reject in rejects})


def _complete(into: Path, intake: Intake) -> None:
    """Bring back the columns that no row had a value for: a receiver may leave such members out."""
    with closing(sqlite3.connect(into)) as database:
        there = {row[1] for row in database.execute("pragma table_info(rows)")}
        for field, name in intake.fields.items():
            if name not in there:
                database.execute(f"alter table rows add column {quoted(name)} {SQLite().declare(intake.types[field])}")
        database.commit()


@contextmanager
def reading(into: Path, system: System, columns: Sequence[Column], names: dict[str, str], key: tuple[str, ...]) -> Iterator[Reading]:
    """Open what `read` has read, in the given fields; `names` are theirs at the receiver."""
    local = system.model_copy(update={"kind": "sql", "url": f"sqlite:///{into}"})
    here = tuple(Column(c.field, c.type, names.get(c.field, c.field)) for c in columns)
    with session(local) as connection:
        yield Reading(connection, dialect_of("sqlite://"), Selection(Relation("rows"), here, key))
