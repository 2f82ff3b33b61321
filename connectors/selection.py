"""What to read: a relation of a system, its columns by field, and which of its rows. Says nothing of any engine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from catalog.condition import Condition
from catalog.field_type import FieldType


@dataclass(frozen=True, slots=True)
class Relation:
    """A table (in a schema or none), or a query's SQL."""

    table: str = ""
    schema: str | None = None
    query: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A field, its type, and the relation's column that holds it with its native type and collation."""

    field: str
    type: FieldType
    source: str
    native: str = ""
    collation: str | None = None
    nullable: bool = True
    generated: bool = False  # filled by its server, which takes no value for it


@dataclass(frozen=True, slots=True)
class Window:
    """Rows whose cursor lies in [low, high] (canonical text, None is open), and those without a cursor value."""

    cursor: Column
    low: str | None
    high: str | None
    open_low: bool = False  # low itself is outside: an append log without key must not read a row twice
    nulls: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all hold, or any."""

    any: bool
    parts: "tuple[Condition | Group, ...]"

    def conditions(self) -> Iterator[Condition]:
        """Yield the conditions at every depth."""
        for part in self.parts:
            if isinstance(part, Group):
                yield from part.conditions()
            else:
                yield part


@dataclass(frozen=True, slots=True)
class Selection:
    """Columns and rows of a relation. All the restrictions hold together.

    `but_not` leaves out the rows that meet all its conditions (the dataset's confidential ones); `keys` are rows' keys in
    canonical text; `asked` is what a reader narrows it to; `codes` maps a field's source codes to standard ones;
    `only` are SQL predicates over the alias `r` that the hub itself wrote.
    """

    relation: Relation
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    where: tuple[Condition, ...] = ()
    but_not: tuple[Condition, ...] = ()
    window: Window | None = None
    keys: tuple[tuple[str | None, ...], ...] | None = None
    asked: Group | None = None
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    condition_columns: Mapping[str, Column] = field(default_factory=dict)
    only: tuple[str, ...] = ()

    @property
    def types(self) -> tuple[FieldType, ...]:
        """The types of the columns, in their order."""
        return tuple(column.type for column in self.columns)

    @property
    def key_columns(self) -> tuple[Column, ...]:
        """The columns of the key, in the key's order."""
        by_field = {column.field: column for column in self.columns}
        return tuple(by_field[name] for name in self.key)

    def restricted(self, *only: str) -> "Selection":
        """Return the selection with further predicates over `r`."""
        return replace(self, only=self.only + tuple(test for test in only if test))


@dataclass(frozen=True, slots=True)
class NativeColumn:
    """A column as a system describes it: native type in lower case, collation where text has one."""

    name: str
    type: str
    nullable: bool
    collation: str | None = None
    extra: str = ""  # the engine's own remark: generated, on update …


@dataclass(frozen=True, slots=True)
class Shape:
    """A relation's columns by name, and its primary key."""

    columns: Mapping[str, NativeColumn]
    key: tuple[str, ...] = ()

    def named(self, name: str) -> NativeColumn | None:
        """Find a column by its exact name, or by its name in another case if just one has it."""
        if name in self.columns:
            return self.columns[name]
        found = [column for other, column in self.columns.items() if other.lower() == name.lower()]
        return found[0] if len(found) == 1 else None
