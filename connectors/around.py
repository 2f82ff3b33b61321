"""What stands around a receiver's table and feels what is written to it: unique indexes, foreign keys that point in, triggers.

Nothing here is ever changed; it decides how rows are written, and what a person is asked before.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Unique:
    """A unique index or primary key; `columns` is empty where it holds expressions or only some rows."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inbound:
    """A foreign key of another table that deletes or empties its own rows when a row here goes: `columns` there refer to `keys` here."""

    name: str
    table: str  # quoted
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    action: str  # CASCADE | SET NULL | SET DEFAULT

    def __str__(self) -> str:
        return f"{self.name} ({self.table} {self.action})"


@dataclass(frozen=True, slots=True)
class Around:
    """The objects around one table."""

    uniques: tuple[Unique, ...] = ()
    inbound: tuple[Inbound, ...] = ()
    triggers: tuple[str, ...] = ()
    selves: tuple[str, ...] = ()  # foreign keys of the table to itself


@dataclass(frozen=True, slots=True)
class Questions:
    """Four queries of an engine's catalogue about one table.

    `uniques` tells name, whether of expressions or of some rows only, column; `inbound` name, schema, table, column, key, action; the
    others names.
    """

    uniques: str
    inbound: str
    triggers: str
    selves: str

    def ask(self, connection: Connection, place: Mapping[str, str | None], quote: Callable[[str], str]) -> Around:
        """Describe what stands around the table that `place` names."""
        uniques: dict[str, tuple[str, ...]] = {}
        for name, partial, column in connection.execute(text(self.uniques), place):
            uniques[name] = () if int(partial) else (*uniques.get(name, ()), column)
        inbound: dict[tuple[str, str, str], Inbound] = {}
        for name, schema, table, column, key, action in connection.execute(text(self.inbound), place):
            known = inbound.get((name, schema, table))
            columns, keys = (*known.columns, column) if known else (column,), (*known.keys, key) if known else (key,)
            inbound[name, schema, table] = Inbound(name, f"{quote(schema)}.{quote(table)}", columns, keys, action)
        triggers, selves = (tuple(connection.execute(text(query), place).scalars()) for query in (self.triggers, self.selves))
        return Around(tuple(Unique(*it) for it in uniques.items()), tuple(inbound.values()), triggers, selves)
