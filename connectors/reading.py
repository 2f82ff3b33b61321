"""A reading: a selection over one open connection. Everything the comparison needs of a side, computed where the rows lie."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection, text

from catalog.errors import UnprovenError
from catalog.field_type import FieldType
from connectors import mariadb_guard, mariadb_lines, postgresql_native, sha256
from connectors.block import spans
from connectors.clause import TEXT, WHOLE, Clause
from connectors.database import telling
from connectors.dialect import REFUSED, UNHASHED, Binds, Dialect
from connectors.digest import Digest
from connectors.guard import Guard, Guards, passed
from connectors.line import canonical, join, row_hash, split
from connectors.reject import Reject
from connectors.selection import Column, Selection

Spread = Literal["hash", "block"]
INTEGER = FieldType("integer")
SALT = Column("hub_salt", FieldType("string", 32), "")
HASH = Column("hub_hash", INTEGER, "", "bigint")


@dataclass(frozen=True, slots=True)
class Reading:
    """One side of a comparison: rows of `selection`, read through `connection`."""

    connection: Connection
    dialect: Dialect
    selection: Selection
    alias: str = "r"
    hashed: str = "md5"  # how rows are hashed: what connectors.lane.hash_of_both names

    @property
    def native(self) -> bool:
        """Say whether rows are hashed as PostgreSQL alone can: for comparisons between servers of one signature."""
        return self.hashed not in ("md5", "sha256")

    @property
    def engine(self) -> str:
        """The engine's name."""
        return self.dialect.name

    @property
    def clause(self) -> Clause:
        """Which rows these are."""
        return Clause(self.dialect, self.selection, self.alias)

    def _restricted(self, test: str) -> "Reading":
        return replace(self, selection=self.selection.restricted(test))

    def digest(self) -> Digest:
        """Count the rows and sum their hashes. UnprovenError if a row has no hash (a value beyond the server's packet)."""
        return self.tally({})[0]

    def tally(self, guards: Guards) -> tuple[Digest, int]:
        """Digest the rows that all guards let pass, and count those that some guard keeps out of the lane, in one scan."""
        summed = self.dialect.tally(self.row_hash(), passed(guards))
        found, refused = Digest(), 0
        for tail, binds in self.clause.tails():
            digest, out = _counted(*self.connection.execute(text(f"select count(*), {summed} {tail}"), binds).one())
            found, refused = found + digest, refused + out
        return found, refused

    def buckets(self, number: int, by: Spread = "hash", only: Sequence[int] | None = None) -> dict[int, Digest]:
        """Digest the rows by bucket of their key, of all buckets or of those named. UnprovenError if a row has no hash."""
        found: dict[int, Digest] = {}
        summed, bucket = self.dialect.tally(self.row_hash(), ""), self._bucket(number, by)
        asked = self if only is None else self._restricted(self._among(only, number, by))
        for tail, binds in asked.clause.tails():
            statement = f"select {bucket} as b, count(*), {summed} {tail} group by 1"  # a column may be called b
            own = self.dialect.engine == "postgresql"  # servers derived from it lack some of the settings
            with postgresql_native.planning(self.connection, postgresql_native.SPREAD) if own else nullcontext():
                for b, count, total in self.connection.execute(text(statement), binds):
                    found[int(b)] = found.get(int(b), Digest()) + _counted(count, total)[0]
        return found

    def hashes(self, number: int, buckets: Sequence[int] | None = None, by: Spread = "hash") -> Iterator[tuple[str, int]]:
        """Yield key line and row hash of each row, of all buckets or of those named."""
        key, value = Column("hub_key", TEXT, ""), HASH
        parts = (self.key_line(), self.row_hash())
        asked = self if buckets is None else self._restricted(self._among(buckets, number, by))
        for tail, binds in asked.clause.tails():
            outer = f"from (select {parts[0]} as k, {parts[1]} as h {tail}) as hashes"
            for chunk in self._stream((("k", key), ("h", value)), outer, binds):
                for line in chunk.decode().split("\n")[:-1]:
                    k, h = split(line)
                    yield k or "", int(h or 0)

    def images(self, number: int, buckets: Sequence[int]) -> dict[int, str]:
        """Return, of each of these blocks, a line for each row: key line, tab, row hash. A `native` reading of a whole relation."""
        ((tail, binds),) = self.clause.tails()
        parts = f"{self.key_line()} as k, {self.row_hash()} as h, {self._bucket(number, 'block')} as b"
        within = ", ".join(map(str, buckets))
        lines = "string_agg(k || E'\\t' || h, E'\\n')"
        statement = text(f"select b, {lines} from (select {parts} {tail}) as hashes where b in ({within}) group by b")
        with postgresql_native.planning(self.connection, postgresql_native.IMAGED):
            return {int(b): str(image) for b, image in self.connection.execute(statement, binds)}

    def lines(self, *, plain: bool = False) -> Iterator[bytes]:
        """Stream the rows as chunks of whole lines, in the order of the columns; `plain` as in Dialect.lines."""
        for tail, binds in self.clause.tails():
            yield from self._stream(self.values(), tail, binds, plain=plain)

    def tallied(self, guards: Guards, *, plain: bool) -> Iterator[bytes]:
        """Stream the rows that all guards let pass as `lines` does, while a MariaDB digests them in the same scan (`told`)."""
        tail, binds = self.clause.tail()
        with telling(self.connection):
            hashed = mariadb_lines.counted(self.row_hash(), passed(guards))
            yield from mariadb_lines.tallied(self.connection, self.values(), hashed, tail, binds, plain=plain)

    def told(self) -> tuple[Digest, int]:
        """Return the tally of what `tallied` streamed to its end."""
        return _counted(*mariadb_lines.tally(self.connection))

    def ordered(self, told: Sequence[str], *, plain: bool = False) -> Iterator[bytes]:
        """Stream the fields `told` of the rows as `lines` does, in binary order of the key, which need not be among them."""
        values = {column.field: (value, column) for value, column in self.values()}
        own = self.dialect.engine == "postgresql"  # servers derived from it lack some of the settings
        with postgresql_native.planning(self.connection, postgresql_native.ORDERED) if own else nullcontext():
            yield from self._stream([values[name] for name in told], *self.keyset(after=None, limit=None), plain=plain)

    def binary(self) -> Iterator[tuple[int, bytes]]:
        """Stream the rows of a PostgreSQL as its binary COPY writes them, in the types of a stage, with their number in each chunk."""
        (tail, binds), *others = self.clause.tails()
        assert not others, "a binary COPY is one statement"
        with telling(self.connection):
            values = [postgresql_native.typed(*value, self.dialect.canonical) for value in self.values()]
            yield from postgresql_native.read(self.connection, values, tail, binds)

    def page(self, *, after: Sequence[str | None] | None, limit: int) -> Iterator[str]:
        """Yield up to `limit` lines in binary order of the key, from the first key after `after`: no row is skipped or told twice."""
        tail, binds = self.keyset(after=after, limit=limit)
        for chunk in self._stream(self.values(), tail, binds):
            yield from chunk.decode().split("\n")[:-1]

    def shuffled(self, salt: str) -> Iterator[bytes]:
        """Stream the rows as `lines` does, in the order of `keyset` with a salt."""
        yield from self._stream(self.values(), *self.keyset(after=None, limit=None, salt=salt))

    def keyset(self, *, after: Sequence[str | None] | None, limit: int | None, salt: str | None = None) -> tuple[str, Binds]:
        """SQL from FROM on, and its binds, for the rows in binary order of the key, from the first key after `after`.

        With a salt, in the order of the hashes of salt and key, which tells nothing of the keys: `after` begins with such a hash.
        """
        key = self.selection.key_columns
        tail, binds = self.clause.tail()
        ordered = [self.dialect.compared(f"{self.alias}.{self.dialect.quote(c.source)}", c) for c in key]
        columns = [HASH, *key] if salt is not None else list(key)
        if salt is not None:
            binds[name := f"p{len(binds)}"] = salt
            pieces = [(self.dialect.canonical(f":{name}", SALT), SALT), *((self._expr(c), c) for c in key)]
            ordered = [self.dialect.hash(self.dialect.row_text(pieces)), *ordered]
        if after is not None:
            bounds = [self.clause.bind(value, c, binds) for value, c in zip(after, columns, strict=True)]
            later = [
                "(" + " and ".join([*(f"{ordered[i]} = {bounds[i]}" for i in range(at)), f"{ordered[at]} > {bounds[at]}"]) + ")"
                for at in range(len(columns))
            ]
            first = f"{ordered[0]} >= {bounds[0]} and " if len(columns) > 1 else ""  # by which an index is searched
            tail, _ = self._restricted(f"{first}({' or '.join(later)})").clause.tail()
        tail += f" order by {', '.join(ordered) or '1'}" + (f" limit {limit}" if limit is not None else "")
        return tail, binds

    def of_keys(self, keys: Sequence[tuple[str | None, ...]]) -> Iterator[tuple[str | None, ...]]:
        """Yield the canonical values of the rows that have one of the keys."""
        chosen = replace(self, selection=replace(self.selection, keys=tuple(keys)))
        for chunk in chosen.lines():
            yield from map(split, chunk.decode().split("\n")[:-1])

    def count(self) -> int:
        """Count the rows."""
        return sum(self.connection.execute(text(f"select count(*) {tail}"), binds).scalar_one() for tail, binds in self.clause.tails())

    def any(self) -> bool:
        """Say whether there is a row at all."""
        return any(self.connection.execute(text(f"select 1 {tail} limit 1"), binds).first() for tail, binds in self.clause.tails())

    def highest(self, field: str) -> str | None:
        """Return the highest value of a field in canonical text, or None."""
        column = next(c for c in self.selection.columns if c.field == field)
        expr = self.dialect.compared(f"{self.alias}.{self.dialect.quote(column.source)}", column)
        tail, binds = self.clause.tail()
        found = self.dialect.canonical("m", replace(column, native=""))
        value: str | None = self.connection.execute(
            text(f"select {found} from (select max({expr}) as m {tail}) as highest"), binds
        ).scalar()
        return value

    def unmapped(self, field: str, *, most: int) -> Iterator[tuple[str, int]]:
        """Yield the source codes of a field that its mapping lacks, with their rows, the most frequent first."""
        column = next(c for c in self.selection.columns if c.field == field)
        raw = self.dialect.canonical(f"{self.alias}.{self.dialect.quote(column.source)}", replace(column, type=TEXT))
        for tail, binds in self._restricted(f"m_{field}.code is null").clause.tails():
            query = f"select v, count(*) as n from (select {raw} as v {tail}) as codes where v is not null group by v"
            found = self.connection.execute(text(f"{query} order by n desc, v limit {most}"), binds)
            yield from ((str(code), int(rows)) for code, rows in found)

    def row_hash(self) -> str:
        """SQL for a row's hash."""
        return self._hash(self.values())

    def _hash(self, values: Sequence[tuple[str, Column]]) -> str:
        if self.native:
            return postgresql_native.row_hash(values, self.dialect.canonical)
        if self.hashed == "sha256":
            return sha256.row_hash(self.engine, values)
        return self.dialect.hash(self.dialect.row_text(values))

    def _bucket(self, number: int, by: Spread) -> str:
        """SQL for the bucket of the row's key. Neighbours of one integer key share a block; whatever else is spread by its hash."""
        key = [(self._expr(c), c) for c in self.selection.key_columns]
        if by == "block" and len(key) == 1 and key[0][1].type.kind == "integer":
            return self.dialect.block(key[0][0], number)
        return self.dialect.bucket(self._hash(key or self.values()), number)

    def _among(self, buckets: Sequence[int], number: int, by: Spread) -> str:
        """SQL for the row lying in one of some buckets; blocks of plain numbers are said as spans of the key too, for its index."""
        inside = f"{self._bucket(number, by)} in ({', '.join(map(str, buckets))})"
        column, *others = self.selection.key_columns or (None,)
        if by == "hash" or others or column is None or column.type.kind != "integer" or not column.native.startswith(WHOLE):
            return inside
        key, (tail, binds) = self._expr(column), self.clause.tail()
        low, high = self.connection.execute(text(f"select min({key}), max({key}) {tail}"), binds).one()
        found = spans(buckets, number, low, high) if isinstance(low, int) and isinstance(high, int) else None
        if found is None:
            return inside
        near = [f"{key} between {begin} and {end}" for begin, end in found] + ([f"{key} is null"] if 0 in buckets else [])
        return f"({' or '.join(near) or '1 = 0'}) and {inside}"

    def key_line(self) -> str:
        """SQL for the row's key as a line; a row of a table without key is named by its hash."""
        if not self.selection.key:
            return self.dialect.canonical(self.row_hash(), HASH)
        return self.dialect.line([(self._expr(c), c) for c in self.selection.key_columns])

    def key_hash(self) -> str:
        """SQL for the hash of the row's key: what the hub's own tables are searched by."""
        return self.dialect.hash(self._key_text())

    def guards(self, target: str) -> Guards:
        """Return what each field's value must meet to enter its type on the engine `target`."""
        found = dict[str, Guard]()
        for column in self.selection.columns:
            expr = f"{self.alias}.{self.dialect.quote(column.source)}"
            if column.field in self.selection.codes:
                continue
            tests = [self.dialect.fits(expr, column, domain(self.dialect.name, target))]
            if target == "oracle" and column.type.kind in ("string", "json"):
                tests.append(f"{self.dialect.canonical(expr, column)} <> ''")  # which it would take for NULL
            if column.field in self.selection.key and column.type.kind == "string" and column.type.length:
                tests.append(f"{self.dialect.characters(expr, column)} <= {column.type.length}")
            if present := tuple(test for test in tests if test):
                mine = self.dialect.name == "mariadb" and target == "postgresql"
                found[column.field] = Guard(expr, present, mine and mariadb_guard.is_loud(present, expr, column))
        return found

    def rejects(self, guards: Guards) -> Iterator[Reject]:
        """Yield the rows that some guard keeps out of the lane, each failing field once."""
        columns = self.selection.columns
        raw = [(self.dialect.shown(f"{self.alias}.{self.dialect.quote(c.source)}", c), Column(c.field, TEXT, "", "text")) for c in columns]
        flags = [(f"case when {guard} then 0 else 1 end", Column(field, INTEGER, "", "int")) for field, guard in guards.items()]
        refused = replace(self, selection=self.selection.restricted(f"not ({passed(guards)})"))
        for tail, binds in refused.clause.tails():
            for chunk in self._stream(raw + flags, tail, binds):
                for line in chunk.decode().split("\n")[:-1]:
                    values = split(line)
                    row = dict(zip((c.field for c in columns), values, strict=False))
                    failed = [field for field, flag in zip(guards, values[len(columns) :], strict=True) if flag == "1"]
                    readable = bool(self.selection.key) and not set(self.selection.key) & set(failed)
                    key = (
                        join(_canonical_key(row[c.field], c) for c in self.selection.key_columns)
                        if readable and self.selection.key
                        else None
                    )
                    types = {c.field: c.type for c in columns}
                    for field in failed:
                        yield Reject("", field, _reason(types[field], row[field] or ""), join(values[: len(columns)]), key)

    def values(self) -> list[tuple[str, Column]]:
        """SQL for each value as it is to be read, code tables applied."""
        return [(self._expr(c), replace(c, native="") if c.field in self.selection.codes else c) for c in self.selection.columns]

    def line(self) -> str:
        """SQL for the row as a line."""
        return self.dialect.line(self.values())

    def _expr(self, column: Column) -> str:
        expr = f"{self.alias}.{self.dialect.quote(column.source)}"
        if column.field not in self.selection.codes:
            return expr
        text = self.dialect.canonical(expr, replace(column, type=TEXT))
        unmapped = self.dialect.concat(["'?'", text])
        return f"case when {expr} is null then null else coalesce(m_{column.field}.code, {unmapped}) end"

    def _stream(self, columns: Sequence[tuple[str, Column]], tail: str, binds: Binds, *, plain: bool = False) -> Iterator[bytes]:
        with telling(self.connection):
            yield from self.dialect.lines(self.connection, columns, tail, binds, plain=plain)

    def _key_text(self) -> str:
        key = set(self.selection.key)
        ordered = {c.field: (expr, c) for expr, c in self.values() if not key or c.field in key}
        return self.dialect.row_text([ordered[name] for name in self.selection.key] if key else list(ordered.values()))


def mixed(salt: str, types: Sequence[FieldType], key: Sequence[str | None]) -> int:
    """Return the hash of salt and key that `Reading.keyset` orders by."""
    return row_hash([SALT.type, *types], [salt, *key])


def _counted(rows: int, total: str | int) -> tuple[Digest, int]:
    """Read what `Dialect.tally` counted: the digest, and how many rows a guard refused. UnprovenError for a row without hash."""
    refused, rest = divmod(int(total), REFUSED)
    unhashed, total = divmod(rest, UNHASHED)
    if unhashed:
        raise UnprovenError("proof.unhashed", rows=unhashed)
    return Digest(rows - refused, total), refused


def _canonical_key(value: str | None, column: Column) -> str | None:
    try:
        return canonical(column.type.kind, value)
    except (ValueError, ArithmeticError):
        return value


def domain(source: str, target: str) -> str:
    """Name the engine whose values a target's fit among: Oracle's and SQL Server's are those of a server of the other kind."""
    return target if target not in ("oracle", "sqlserver") else "postgresql" if source == "mariadb" else "mariadb"


def _reason(wanted: FieldType, shown: str) -> str:
    if wanted.kind not in ("string", "json"):
        return "reject.type"
    if wanted.length and len(shown) > wanted.length:
        return "reject.length"
    if not shown and wanted.kind == "string":
        return "reject.empty"
    if "\0" in shown and "\\x" not in shown:
        return "reject.nul"
    return "reject.type" if wanted.kind == "json" else "reject.bytes"
