"""A granted table as it can be read: its columns as the platform has them, the agreement's rows, none marked as gone.

What the platform lacks of what decides about rows closes the whole table.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import Connection, text

from catalog.dataset import Field
from catalog.errors import CampusError, UnavailableError
from connectors.database import dialect_of, kept_session, pinned_session
from connectors.reading import Reading
from connectors.selection import Column, Group, Relation
from connectors.workspace import Workspace
from hub import ledger
from hub.sharing import Grant, needed, select

PAGE_SECONDS = 30.0  # a statement of a page
WHOLE_SECONDS = 1800.0  # a statement of an export
EXPORTS = 2  # snapshots of the platform that are read at a time
FRESH = 30.0  # seconds that a table's columns are taken to be as they were
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """A table's columns by field, and whether the hub keeps its own tables beside it."""

    columns: Mapping[str, Column]
    managed: bool


@dataclass(frozen=True, slots=True)
class Granted:
    """What a grant lets be read over one open connection."""

    grant: Grant
    connection: Connection
    place: Place

    def reading(self, fields: Sequence[Field], asked: Group | None = None, *, marked: bool = False) -> Reading:
        """Read the key and the fields of the granted rows; rows marked as gone only where asked for. UnavailableError without a column."""
        grant, columns, key = self.grant, self.place.columns, self.grant.dataset.key
        names = [field.name for field in fields]
        tested = (test.field for test in asked.conditions()) if asked else ()
        if not columns.keys() >= {*key, *names, *tested, *needed(grant.agreement, grant.dataset)}:
            raise _missing(grant)
        relation = Relation(grant.published.table, grant.published.system.db_schema)
        selection = replace(select(grant.agreement, grant.dataset, columns, relation=relation, fields=names), asked=asked)
        reading = Reading(self.connection, dialect_of(grant.published.system.url or ""), selection)
        hides = grant.published.flow.on_delete == "mark" and key and self.place.managed and not marked
        return replace(reading, selection=selection.restricted(f"not exists ({self._marked(reading)})")) if hides else reading

    def _marked(self, reading: Reading) -> str:
        same = f"x.key_hash = {reading.key_hash()} and x.key_line = {reading.key_line()}"
        table = self.workspace.name("retained")
        of = f"flow = '{self.grant.published.flow.name}' and kind = 'mark' and released is null"
        return f"select 1 from {table} as x where {of} and {same}"

    @property
    def workspace(self) -> Workspace:
        """The hub's tables beside the table."""
        return Workspace.of(self.grant.published.system)

    def position(self) -> str:
        """SQL for the number of the last change that the hub made to the table: what an ETag and a change token stand for."""
        if not self.place.managed:
            return "0"
        return f"(select coalesce(max(seq), 0) from {self.workspace.name('change')} where flow = '{self.grant.published.flow.name}')"

    def version(self, position: int) -> str | None:
        """Name the published state that `position` was read of: by its last change, else by the last run; None where no run is known."""
        if position and self.grant.dataset.key:  # of a table without key no single changes are kept
            return f"c{position}"
        entry = ledger.read(self.connection, self.workspace, self.grant.published.flow.name) if self.place.managed else None
        return f"r{entry.run}" if entry else None

    def number(self, expression: str) -> int:
        """Return a number that the database computes."""
        return int(self.connection.execute(text(f"select {expression}")).scalar_one())


def now_read(grant: Grant, read: Callable[[Granted], T]) -> T:
    """Read over a kept connection, each statement for itself. Once more where the table's columns are not as they were."""
    try:
        with kept_session(grant.published.system, statement_timeout=PAGE_SECONDS) as connection:
            return read(Granted(grant, connection, _place(connection, grant)))
    except CampusError:
        if _places.pop(_name(grant), None) is None:
            raise
    with kept_session(grant.published.system, statement_timeout=PAGE_SECONDS) as connection:
        return read(Granted(grant, connection, _place(connection, grant)))


@contextmanager
def at_one_moment(grant: Grant, *, brief: bool = False) -> Iterator[Granted]:
    """Read several statements at one moment: brief ones, or a whole table over one of the few connections for that."""
    _places.pop(_name(grant), None)
    system = grant.published.system
    seconds, keep = (PAGE_SECONDS, system.limits.connections) if brief else (WHOLE_SECONDS, EXPORTS)
    with pinned_session(system, statement_timeout=seconds, keep=keep) as connection:
        yield Granted(grant, connection, _place(connection, grant))


_places: dict[tuple[str, str, str], tuple[float, Place]] = {}


def _name(grant: Grant) -> tuple[str, str, str]:
    return (grant.published.system.url or "", grant.published.table, grant.dataset.name)


def _place(connection: Connection, grant: Grant) -> Place:
    known = _places.get(_name(grant))
    if known and known[0] > time.monotonic() - FRESH and known[1].columns.keys() == {field.name for field in grant.dataset.fields}:
        return known[1]
    place = _look(connection, grant)
    _places[_name(grant)] = (time.monotonic(), place)
    return place


def _look(connection: Connection, grant: Grant) -> Place:
    system = grant.published.system
    shape = dialect_of(system.url or "").shape(connection, Relation(grant.published.table, system.db_schema))
    if shape is None:
        raise _missing(grant)
    columns = {
        field.name: Column(field.name, field.type, native.name, native.type, native.collation)
        for field in grant.dataset.fields
        if (native := shape.named(field.name))
    }
    return Place(columns, Workspace.of(system).managed(connection))


def _missing(grant: Grant) -> UnavailableError:
    return UnavailableError("source.table_missing", system=grant.published.system.title, relation=grant.published.table)
