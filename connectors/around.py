"""What stands around a receiver's table and feels what is written to it: unique indexes, foreign keys that point in, triggers.

Nothing here is ever changed; it decides how rows are written, and what a person is asked before.
"""

from dataclasses import dataclass


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
