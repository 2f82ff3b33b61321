"""The intake of a source that is fetched rather than queried: a SQLite file with one typed table `rows`, read like any other source.

A value that does not fit is a Reject with place, field and reason, and costs no other row.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path

from catalog.dataset import Dataset
from catalog.errors import CatalogError
from catalog.field_type import FieldType
from catalog.flow import From
from connectors.cell import BadCellError, Stored, read
from connectors.line import canonical, join
from connectors.reject import Reject
from connectors.row import Broken, Cell
from connectors.sqlite import SQLite

Values = tuple[Stored, ...]


class Intake:
    """The columns to take in, by field: their name at the source and the type they are kept in; and what was rejected so far.

    A coded column stays the text that the source's codes are.
    """

    def __init__(self, source: From, dataset: Dataset) -> None:
        self.fields = {field.name: source.columns.get(field.name, field.name) for field in dataset.fields}
        self.types = {field.name: FieldType("string") if field.name in source.codes else field.type for field in dataset.fields}
        self.key = () if set(dataset.key) & set(source.codes) else dataset.key
        self.secret = bool(dataset.confidential)
        self.rejects: list[Reject] = []
        if len({name.lower() for name in self.fields.values()}) < len(self.fields):
            raise CatalogError("files.column_twice", dataset=dataset.name)

    def open(self, path: Path) -> AbstractContextManager[sqlite3.Connection]:
        """Make the database with its empty table. A crash leaves nothing that anyone would read."""
        database = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode = off", "synchronous = off"):
            database.execute(f"pragma {pragma}")
        columns = (f"{quoted(self.fields[name])} {SQLite().declare(wanted)}" for name, wanted in self.types.items())
        database.execute(f"create table rows ({', '.join(columns)})")
        return closing(database)

    def write(self, database: sqlite3.Connection, rows: Iterable[Values | None]) -> None:
        """Write rows; None stands for a rejected one."""
        insert = f"insert into rows values ({', '.join('?' * len(self.fields))})"
        database.executemany(insert, [row for row in rows if row is not None])

    def values(self, place: str, cells: Mapping[str, Cell]) -> Values | None:
        """Read a row's cells by field; None where it is rejected."""
        values: dict[str, Stored] = {}
        faults: dict[str, str] = {}
        for field, wanted in self.types.items():
            try:
                values[field] = read(cells[field], wanted)
            except BadCellError as bad:
                faults[field] = bad.reason
        if not faults:
            return tuple(values.values())
        for field, reason in faults.items():
            self.reject(place, field, reason, [raw(cell) for cell in cells.values()], self.key_line(values))
        return None

    def stored(self, field: str, text: str | None) -> Stored:
        """Return what the table holds for a field's canonical text."""
        return read(text, self.types[field])

    def key_line(self, values: Mapping[str, Stored]) -> str | None:
        """Return a row's key as a line, or None where it cannot be read."""
        if not self.key or not values.keys() >= set(self.key):
            return None
        return join(canonical(self.types[name].kind, values[name]) for name in self.key)

    def reject(self, place: str, field: str | None, reason: str, values: Sequence[str | None], key: str | None) -> None:
        """Set a row aside. What cannot be read cannot be known not to be confidential: then its place is all that is kept."""
        if self.secret:
            self.rejects.append(Reject(place, field, reason, ""))
        else:
            self.rejects.append(Reject(place, field, reason, join(values).replace("\0", "\\0"), key))


def raw(cell: Cell) -> str | None:
    """Write a cell as it stands."""
    return None if cell is None or isinstance(cell, Broken) else str(cell)


def quoted(name: str) -> str:
    """Quote a column's name for SQLite."""
    return '"' + name.replace('"', '""') + '"'
