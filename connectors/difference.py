"""The difference between a stage and its target, told and published in set-based SQL: deletes, updates, inserts, in this order.

Everything here runs inside the caller's publishing transaction and commits nothing.
"""

from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from connectors import postgresql_key
from connectors.around import Inbound
from connectors.dialect import Dialect
from connectors.line import row_hash, split
from connectors.reading import Reading
from connectors.selection import Column, Relation, Selection
from connectors.stamp import BATCH, COLUMNS, OP
from connectors.workspace import Workspace, gone_name, stage_name

STAMPS = [column.source for column in COLUMNS]


@dataclass(frozen=True, slots=True)
class Difference:
    """A run's stage held against its target table. `columns` name the target's columns in `source`."""

    connection: Connection
    workspace: Workspace
    flow: str
    run: str
    relation: Relation
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    at: datetime
    stamp: str | None = None  # the wall time that hub_changed_at shows, where the table carries the hub's columns
    hashed: str = "md5"  # as in Reading, for both sides

    @property
    def dialect(self) -> Dialect:
        return self.workspace.dialect

    @property
    def table(self) -> str:
        """The quoted target table."""
        return ".".join(self.dialect.quote(part) for part in (self.relation.schema, self.relation.table) if part)

    @property
    def staged(self) -> str:
        """The quoted staging table."""
        return self.workspace.name(stage_name(self.run))

    def target(self, *only: str, alias: str = "r") -> Reading:
        """Read the target's rows that meet the predicates."""
        return Reading(self.connection, self.dialect, Selection(self.relation, self.columns, self.key, only=only), alias, self.hashed)

    def stage(self, *only: str, alias: str = "r") -> Reading:
        """Read the staged rows that meet the predicates."""
        columns = tuple(replace(c, source=c.field, native="", collation=None) for c in self.columns)
        relation = Relation(self.workspace.prefix + stage_name(self.run), self.workspace.schema)
        return Reading(self.connection, self.dialect, Selection(relation, columns, self.key, only=only), alias, self.hashed)

    def same_key(self, target: str = "t", staged: str = "s") -> str:
        """SQL for a target row and a staged row having one key."""
        by_field = {c.field: c for c in self.columns}
        q, pairs = self.dialect.quote, [by_field[name] for name in self.key]
        return " and ".join(self.dialect.equal(f"{target}.{q(c.source)}", f"{staged}.{q(c.field)}", c) for c in pairs)

    def differs(self, among: Collection[str] | None = None) -> str:
        """SQL for a target row and its staged row differing in some column, or in one of those named in the target."""
        q = self.dialect.quote
        others = [c for c in self.columns if c.field not in self.key and (among is None or c.source in among)]
        return " or ".join(self.dialect.differs(f"t.{q(c.source)}", f"s.{q(c.field)}", c) for c in others) or "1 = 0"

    def changed(self, differs: str) -> str:
        """SQL for a target row, alias `t`, whose staged row differs as said."""
        return f"exists (select 1 from {self.staged} as s where {self.same_key()} and ({differs}))"

    def in_stage(self, alias: str) -> str:
        """SQL for a target row being staged."""
        return f"exists (select 1 from {self.staged} as s where {self.same_key(alias)})"

    def hash_of(self, key: str | None) -> int | None:
        """Hash a key's line as `key_hash` does in SQL."""
        types = {c.field: c.type for c in self.columns}
        return None if key is None else row_hash([types[name] for name in self.key], split(key))

    def has_gone(self) -> bool:
        """Say whether any key in scope is gone at the source: looking for none in a large table costs as much as for many."""
        found = text(f"select case when exists (select 1 from {self.workspace.name(gone_name(self.run))}) then 1 else 0 end")
        return bool(self.connection.execute(found).scalar_one())

    def in_gone(self, alias: str) -> str:
        """SQL for a target row's key being in scope and gone at the source."""
        return self.listed(alias, gone_name(self.run), "1 = 1")

    def stale(self, alias: str) -> str:
        """SQL for a target row whose new version is in quarantine: the last good one stays."""
        return self.listed(alias, "quarantine", f"x.flow = '{self.flow}' and x.run = '{self.run}'")

    def kept(self, alias: str) -> str:
        """SQL for a target row that is retained."""
        return self.listed(alias, "retained", f"x.flow = '{self.flow}' and x.released is null")

    def spared(self, alias: str) -> str:
        """SQL for a target row that stays as it is: a stale one, or one that is retained."""
        return f"({self.stale(alias)} or {self.kept(alias)})"

    def has_exceptions(self) -> bool:
        """Say whether any row of the flow is quarantined by the run, or retained."""
        quarantine = f"select 1 from {self.workspace.name('quarantine')} where flow = :flow and run = :run"
        retained = f"select 1 from {self.workspace.name('retained')} where flow = :flow and released is null"
        found = text(f"select case when exists ({quarantine}) or exists ({retained}) then 1 else 0 end")
        return bool(self.connection.execute(found, {"flow": self.flow, "run": self.run}).scalar_one())

    def listed(self, alias: str, table: str, where: str) -> str:
        """SQL for a target row's key being listed in a table of the hub's, in an entry `x` as said."""
        target = self.target(alias=alias)
        same = f"x.key_hash = {target.key_hash()} and x.key_line = {target.key_line()}"
        return f"exists (select 1 from {self.workspace.name(table)} as x where {where} and {same})"

    def count(self, where: str) -> int:
        """Count target rows, alias `t`."""
        return int(self.connection.execute(text(f"select count(*) from {self.table} as t where {where}")).scalar_one())

    def count_staged(self, where: str) -> int:
        """Count staged rows, alias `s`, whose target row, alias `t`, is there as the predicate says."""
        joined = f"select count(*) from {self.staged} as s join {self.table} as t on {self.same_key()} where {where}"
        return int(self.connection.execute(text(joined)).scalar_one())

    def delete(self, where: str) -> int:
        """Delete target rows, alias `t`, their before-images kept."""
        target = self.target(alias="t")
        if self.key:
            self.log("D", target.key_line(), target.line(), f"from {self.table} as t where {where}", before=target.row_hash())
        return self.execute(self.dialect.delete(self.table, where))

    def forget(self, columns: Sequence[str]) -> None:
        """Empty columns that are pushed no longer, and what the hub kept of how rows were before."""
        q = self.dialect.quote
        values, some = ", ".join(f"{q(name)} = null" for name in columns), " or ".join(f"{q(name)} is not null" for name in columns)
        if columns:
            self.execute(f"update {self.table} as t set {values} where {some}")
        self.execute(f"delete from {self.workspace.name('change')} where flow = '{self.flow}'")

    def take_back(self, where: str) -> int:
        """Delete target rows, alias `t`, and keep nothing of them."""
        return self.execute(self.dialect.delete(self.table, where))

    def update(self, *, but: str = "1 = 0") -> int:
        """Bring changed target rows to their staged state, their before-images kept; not those that differ as `but` says."""
        differs = f"({self.differs()}) and not ({but})"
        if not self._remember_changed(differs):
            return 0
        self.mark("U", self.changed(differs))
        others = [c for c in self.columns if c.field not in self.key]
        return self.execute(self.dialect.update(self.table, self.staged, self.same_key(), others, differs))

    def replace(self, differs: str, own: Sequence[str]) -> int:
        """Like `update` for rows that differ as said, as delete and insert: their values may swap under a unique index.

        `own` are the receiver's own columns of the target: what they hold is carried over.
        """
        where, q, carried = self.changed(differs), self.dialect.quote, self.dialect.quote("campus_hub_own")
        if not self._remember_changed(differs):
            return 0
        columns, marks, binds = self._stamps("U")
        own = [name for name in own if not binds or name not in STAMPS]
        by_field = {c.field: c for c in self.columns}
        kept = ", ".join(f"t.{q(n)}" for n in [*(by_field[name].source for name in self.key), *own])
        self.execute(f"create temporary table {carried} as select {kept} from {self.table} as t where {where}")
        self.execute(self.dialect.delete(self.table, where))
        names = ", ".join(q(n) for n in [*(c.source for c in self.columns), *own])
        values = ", ".join([*(f"s.{q(c.field)}" for c in self.columns), *(f"o.{q(n)}" for n in own)])
        chosen = f"select {values}{marks} from {self.staged} as s join {carried} as o on {self.same_key('o')}"
        moved = self.execute(f"insert into {self.table} ({names}{columns}) {chosen}", **binds)
        self.execute(f"drop {'temporary ' if self.dialect.name == 'mariadb' else ''}table {carried}")
        return moved

    def settle(self, *, more: bool = False) -> None:
        """Make the loaded stage quick to join.

        PostgreSQL declares its key primary if it can, unless `more` rows follow: a key that repeats must not stop them.
        """
        key, d = self.target().selection.key_columns, self.dialect
        names = ", ".join(d.quote(column.field) for column in key)
        if more or not key or d.engine != "postgresql" or not postgresql_key.declare(self.connection, self.staged, names):
            d.settle(self.connection, self.staged, key)

    def fill(self, *, made: bool) -> int:
        """Insert all staged rows into an empty table, which this run `made` or found; one row of the change feed says so."""
        self.log("T", "''", "null", "")
        late = made and self.key and self.dialect.engine == "postgresql"
        with postgresql_key.away(self.connection, self.table, self.dialect.quote) if late else nullcontext():
            return self._insert("1 = 1")

    def insert(self) -> int:
        """Insert the staged rows that the target lacks; a row of the change feed for each."""
        if self.key and not self._remember_new():
            return 0
        return self._insert(self._absent())

    def _absent(self) -> str:
        return f"not exists (select 1 from {self.table} as t where {self.same_key()})" if self.key else "1 = 1"

    def _insert(self, where: str) -> int:
        q = self.dialect.quote
        names = ", ".join(q(c.source) for c in self.columns)
        values = ", ".join(f"s.{q(c.field)}" for c in self.columns)
        columns, marks, binds = self._stamps("I")
        # a receiver must not tell from the order in which rows lie which row of another receiver is the same one under another pseudonym
        ordered = f" order by {', '.join(f's.{q(name)}' for name in self.key)}" if self.stamp and self.key else ""
        statement = f"insert into {self.table} ({names}{columns}) select {values}{marks} from {self.staged} as s where {where}{ordered}"
        return self.execute(statement, **binds)

    def replace_multiset(self) -> tuple[int, int]:
        """Make a table without key the staged multiset of rows; return rows deleted and inserted."""
        d, q = self.dialect, self.dialect.quote
        uneven = q("campus_hub_uneven")
        target, stage = self.target(alias="t").row_hash(), self.stage(alias="s").row_hash()
        both = f"select {target} as h, 1 as n from {self.table} as t union all select {stage}, -1 from {self.staged} as s"
        self.execute(f"create temporary table {uneven} as select h from ({both}) as rows_of_both group by h having sum(n) <> 0")
        deleted = self.execute(d.delete(self.table, f"{target} in (select h from {uneven})"))
        names = ", ".join(q(c.source) for c in self.columns)
        values = ", ".join(f"s.{q(c.field)}" for c in self.columns)
        columns, marks, binds = self._stamps("I")
        chosen = f"select {values}{marks} from {self.staged} as s where {stage} in (select h from {uneven})"
        inserted = self.execute(f"insert into {self.table} ({names}{columns}) {chosen}", **binds)
        self.execute(f"drop {'temporary ' if d.name == 'mariadb' else ''}table {uneven}")
        return deleted, inserted

    def mark(self, op: str, where: str) -> int:
        """Stamp target rows, alias `t`, with what happened to them; nothing where the table carries no stamps."""
        binds = self._stamps(op)[2]
        values = ", ".join(f"{self.dialect.quote(column.source)} = {mark}" for column, mark in zip(COLUMNS, self._marks(op), strict=True))
        return self.execute(f"update {self.table} as t set {values} where {where}", **binds) if binds else 0

    def mark_gone(self, where: str) -> None:
        """Stamp the pushed rows, alias `t`, that are gone at the source; a row that the receiver put there itself is not ours to mark."""
        self.mark("D", f"{where} and {self.dialect.quote(BATCH)} is not null")

    def revive(self) -> int:
        """Stamp as updated the rows that were marked as gone and that the source has again, else unchanged; return their number."""
        same = f"exists (select 1 from {self.staged} as s where {self.same_key()} and not ({self.differs()}))"
        return self.mark("U", f"{self.dialect.quote(OP)} = 'D' and {same}")

    def _stamps(self, op: str) -> tuple[str, str, dict[str, str]]:
        """Return the stamps' columns and values as SQL lists to append, and the values' binds."""
        if self.stamp is None:
            return "", "", {}
        columns = "".join(f", {self.dialect.quote(column.source)}" for column in COLUMNS)
        return columns, "".join(f", {mark}" for mark in self._marks(op)), {"hub_at": self.stamp}

    def _marks(self, op: str) -> tuple[str, str, str]:
        return f"'{op}'", f"'{self.run}'", self.dialect.value(":hub_at", COLUMNS[-1])

    def felt(self, inbound: Inbound, going: str) -> int:
        """Count the rows of another table that would be deleted or emptied with target rows, alias `t`, that go."""
        q, pairs = self.dialect.quote, zip(inbound.columns, inbound.keys, strict=True)
        refers = " and ".join(f"c.{q(column)} = t.{q(key)}" for column, key in pairs)
        statement = f"select count(*) from {inbound.table} as c where exists (select 1 from {self.table} as t where {refers} and {going})"
        return int(self.connection.execute(text(statement)).scalar_one())

    def _remember_changed(self, differs: str) -> int:
        target, stage = self.target(alias="t"), self.stage(alias="s")
        tail = f"from {self.table} as t join {self.staged} as s on {self.same_key()} where {differs}"
        return self.log("U", target.key_line(), target.line(), tail, before=target.row_hash(), after=stage.row_hash())

    def _remember_new(self) -> int:
        stage = self.stage(alias="s")
        return self.log("I", stage.key_line(), "null", f"from {self.staged} as s where {self._absent()}", after=stage.row_hash())

    def log(self, op: str, key: str, image: str, tail: str, *, before: str = "null", after: str = "null") -> int:
        """Tell the change feed of rows, and keep how they were; return their number."""
        return self.execute(
            f"insert into {self.workspace.name('change')} (flow, run, op, key_line, before_line, before_hash, after_hash, at)"
            f" select '{self.flow}', '{self.run}', '{op}', {key}, {image}, {before}, {after}, :at {tail}",
            at=self.at.isoformat(),
        )

    def execute(self, statement: str, **binds: Any) -> int:  # Any: a driver takes any bound value
        """Run a statement of the publication; return how many rows it touched."""
        return int(self.connection.execute(text(statement), binds).rowcount)
