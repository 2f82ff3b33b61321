"""What each engine's file owns: canonical text, row hash, difference, DDL, loading, its clock and its errors.

SQL is text with quoted identifiers and `:name` binds (sqlalchemy.text); a colon that is no bind is escaped by `literal_colons`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import URL, Connection, Engine, NullPool
from sqlalchemy.engine.interfaces import DBAPIConnection

from catalog.errors import CampusError, CatalogError
from catalog.field_type import FieldType
from connectors.around import Around
from connectors.line import OPEN, is_hashed
from connectors.selection import Column, Relation, Shape

# what a tally adds for a row without hash, and for one that a guard refuses: no sum of hashes comes near
UNHASHED, REFUSED = 10**40, 10**50
WAIT = 20.0  # seconds for a kept connection to be free
BAR, COLON = "'|'", "':'"
Binds = dict[str, Any]  # Any: a driver takes any bound value


class Dialect(Protocol):
    """One engine's ways, behind which the rest of connectors/ is engine-free."""

    name: str  # whose SQL it speaks
    engine: str  # which it is

    def open(self, url: URL, *, statement_timeout: float | None, limited: bool = False, alone: bool = False) -> Engine:
        """Return an engine that opens connections on use.

        `limited` makes the timeout hold on an engine that knows none itself; with `alone` each statement is a transaction of its own.
        """
        ...

    def prepare(self, connection: DBAPIConnection) -> None: ...
    def quote(self, name: str) -> str: ...
    def concat(self, parts: Sequence[str]) -> str: ...
    def canonical(self, expr: str, column: Column) -> str:
        """SQL for the canonical text of a value (see connectors.line)."""
        ...

    def fits(self, expr: str, column: Column, target: str) -> str | None:
        """SQL that is true where a value can enter the column's type on the engine `target`; None where it always can."""
        ...

    def shown(self, expr: str, column: Column) -> str:
        """SQL for a text of whatever the column holds, for a person to mend: bytes without character as `\\xff`."""
        ...

    def reads(self, wanted: FieldType, native: str) -> bool:
        """Say whether a column of the native type can be read as `wanted` at all."""
        ...

    def holds(self, wanted: FieldType, native: str) -> bool:
        """Say whether a receiver's column of the native type can hold values of `wanted` and give them back unchanged."""
        ...

    def takes(self, expr: str, column: Column) -> str | None:
        """SQL that is true where a staged value enters a receiver's column and comes back the same; None where it always does."""
        ...

    def row_text(self, columns: Sequence[tuple[str, Column]]) -> str:
        """SQL for the self-delimiting text that a row's hash is taken of."""
        ...

    def characters(self, expr: str, column: Column) -> str:
        """SQL for how many characters a text has."""
        ...

    def bucket(self, hashed: str, number: int) -> str:
        """SQL for the bucket, of that many, of a hash."""
        ...

    def hash(self, text: str) -> str:
        """SQL for the 60-bit hash of a row's text."""
        ...

    def tally(self, hashed: str, passed: str) -> str:
        """SQL for the sum of row hashes, UNHASHED and REFUSED for rows without one. It says `hashed` once: engines compute each mention."""
        ...

    def total(self, hashed: str) -> str:
        """SQL for the exact sum of row hashes, as a number or its text."""
        ...

    def line(self, columns: Sequence[tuple[str, Column]]) -> str:
        """SQL for the row as one line."""
        ...

    def block(self, expr: str, number: int) -> str:
        """SQL for the bucket, of that many, of an integer key: neighbours share one."""
        ...

    def value(self, bind: str, column: Column) -> str:
        """SQL that turns a bound canonical text into the column's type, so that an index can serve."""
        ...

    def compared(self, expr: str, column: Column) -> str:
        """SQL by which values of the column are ordered against `value`."""
        ...

    def like(self, expr: str, bind: str, column: Column) -> str:
        """SQL that is true where the column's text is like the bound `pattern`, in binary."""
        ...

    def pattern(self, text: str) -> str:
        """The pattern of a condition's `like` as the engine takes it."""
        ...

    def equal(self, left: str, right: str, column: Column) -> str:
        """SQL for `left` and `right` being the same value, in binary, NULL never; `left` may use its index."""
        ...

    def alike(self, expr: str, column: Column) -> str | None:
        """SQL for a staged value as the column's own collation compares it; None where it compares in binary."""
        ...

    def differs(self, left: str, right: str, column: Column) -> str:
        """SQL for the two values being different, NULLs being equal, in binary."""
        ...

    def mapping(self, pairs: Mapping[str, str], alias: str) -> str:
        """SQL for a derived table `alias` (source, code) of literals."""
        ...

    def declare(self, wanted: FieldType, *, key: bool = False) -> str:
        """The column type of a table that the hub makes; a key's index serves binary order."""
        ...

    def declare_staged(self, wanted: FieldType, *, key: bool) -> str:
        """The column type of a staged field: at least as wide, so that rules judge and not the load."""
        ...

    def crowded(self, wanted: Sequence[FieldType]) -> bool:
        """Say whether a row of these types is too long for the engine, so that its texts must be of the unbounded type."""
        ...

    def row_number(self) -> str:
        """DDL of the staging table's own row number, `hub_row`."""
        ...

    def workspace(self, url: URL) -> tuple[str | None, str]:
        """The hub's schema beside the target (None where engines have none) and the prefix of its tables."""
        ...

    def shape(self, connection: Connection, relation: Relation) -> Shape | None: ...
    def around(self, connection: Connection, relation: Relation) -> Around:
        """Describe what stands around a receiver's table."""
        ...

    def pin(self, connection: Connection, *relations: Relation) -> None:
        """Begin the one read moment of a source, and keep the relations from being emptied under it."""
        ...

    def transactional(self, connection: Connection, relation: Relation) -> bool:
        """Say whether the table takes part in transactions: else it can be read at no one moment, nor published as a whole."""
        ...

    def clock(self, connection: Connection) -> datetime:
        """The engine's time in UTC."""
        ...

    def lines(
        self, connection: Connection, columns: Sequence[tuple[str, Column]], tail: str, binds: Binds, *, plain: bool = False
    ) -> Iterator[bytes]:
        """Stream `select columns tail` as chunks of whole lines; `plain`: as the engine writes values, if a typed load reads them alike."""
        ...

    def load(self, connection: Connection, table: str, columns: Sequence[Column], chunks: Iterator[bytes]) -> None:
        """Load chunks of whole lines into a table of the hub's own making."""
        ...

    def settle(self, connection: Connection, table: str, key: Sequence[Column]) -> None:
        """Make a freshly loaded staging table quick to join: an index or statistics."""
        ...

    def begin_publish(self, connection: Connection, table: str) -> None:
        """Set the isolation and locks of the publishing transaction."""
        ...

    def loosen(self, connection: Connection) -> None:
        """Let rows that refer to one another come in any order in this transaction, as far as the engine can."""
        ...

    def violated(self, connection: Connection, relation: Relation) -> list[str]:
        """Name the foreign keys that would be broken at the commit, where the engine does not name them itself."""
        ...

    def update(self, table: str, staged: str, on: str, columns: Sequence[Column], differs: str) -> str:
        """SQL that updates the target `t` from the stage `s`."""
        ...

    def delete(self, table: str, where: str) -> str:
        """SQL that deletes rows of the target aliased `t`."""
        ...

    def drop(self, table: str) -> str:
        """SQL that drops a table of the hub's own, if it is there."""
        ...

    def translate(self, error: Exception, system: str) -> CampusError:
        """Name a driver's error by its code alone: its text may carry cell values."""
        ...


def refuse_long(name: str, length: int, most: int) -> None:
    """Refuse a name longer than the engine takes. CatalogError names it: cut in silence, two names would be one."""
    if length > most:
        raise CatalogError("name.too_long", name=name, most=most)


def closing(alone: bool) -> dict[str, Any]:  # Any: options of create_engine
    """Options of an engine whose connections are closed when they are given back; `alone` commits each statement."""
    return {"poolclass": NullPool} | ({"isolation_level": "AUTOCOMMIT"} if alone else {})


def literal_colons(text: str) -> str:
    r"""Escape what sqlalchemy.text would take for a bind in SQL that holds none: `':MI'` → `'\:MI'`."""
    return re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", text)


def row_text(dialect: "SqlText", columns: Sequence[tuple[str, Column]]) -> str:
    """Compose the row text in SQL as `connectors.line.piece` does in Python."""
    return dialect.concat(pieces(dialect, columns))


def pieces(dialect: "SqlText", columns: Sequence[tuple[str, Column]]) -> list[str]:
    """Write what each value adds to the row text."""
    return [_piece(dialect, expr, column) for expr, column in columns]


def _piece(dialect: "SqlText", expr: str, column: Column) -> str:
    raw = dialect.raw(expr, column)
    if is_hashed(column.type):
        parts = [dialect.fingerprint(raw), BAR]
    else:
        parts = [dialect.octets(raw), COLON, raw] if column.type.kind in OPEN else [raw, BAR]
    return _given(expr, dialect.concat(parts), "'~|'")


def _given(expr: str, text: str, absent: str) -> str:
    """SQL for the text of a value that is there. Not COALESCE: a text that the server dropped must not pass for NULL."""
    return f"case when {expr} is null then {absent} else {text} end"


def line(dialect: "SqlText", columns: Sequence[tuple[str, Column]]) -> str:
    """Compose a line in SQL as `connectors.line.join` does in Python."""
    return compose(dialect, columns, dialect.canonical)


def compose(dialect: "SqlText", columns: Sequence[tuple[str, Column]], write: Callable[[str, Column], str]) -> str:
    """Compose a line whose values are written by `write`."""
    parts: list[str] = []
    for expr, column in columns:
        text = write(expr, column)
        parts += [dialect.tab, _given(expr, dialect.escape(text) if column.type.kind in OPEN else text, dialect.null)]
    return dialect.concat(parts[1:])


class SqlText(Protocol):
    """What `row_text` and `line` need of an engine whose own SQL writes them."""

    @property
    def tab(self) -> str: ...
    @property
    def null(self) -> str: ...
    def concat(self, parts: Sequence[str]) -> str: ...
    def octets(self, expr: str) -> str: ...
    def fingerprint(self, expr: str) -> str: ...
    def raw(self, expr: str, column: Column) -> str: ...
    def escape(self, text: str) -> str: ...
    def canonical(self, expr: str, column: Column) -> str: ...
