"""The quarantined rows of a flow beside its target: refused by a rule once they were staged, or never fitting a typed stage."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from connectors.difference import Difference
from connectors.digest import Digest
from connectors.reject import Reject
from connectors.workspace import bad_name

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Quarantined:
    """What a run, whose difference this is, does to its flow's quarantine."""

    difference: Difference

    @property
    def table(self) -> str:
        """The quoted table that lists them."""
        return self.difference.workspace.name("quarantine")

    @property
    def bad(self) -> str:
        """The quoted table of the staged rows that some rule refuses."""
        return self.difference.workspace.name(bad_name(self.difference.run))

    def leaving(self) -> Digest:
        """Digest the staged rows that some rule refuses."""
        return self.difference.stage(f"hub_row in (select hub_row from {self.bad})").digest()

    def move(self, rules: Sequence[str]) -> int:
        """Move refused staged rows here, a line for each rule; return how many rows were moved."""
        d, stage = self.difference, self.difference.stage(alias="s")
        known = " and ".join(f"s.{d.dialect.quote(n)} is not null" for n in d.key)
        key = f"case when {known} then {stage.key_line()} end" if known else "null"
        hashed = f"case when {known} then {stage.key_hash()} end" if known else "null"
        for number, rule in enumerate(rules):
            d.execute(
                f"insert into {self.table} (flow, run, rule, key_line, key_hash, row_line, place, first_seen)"
                f" select '{d.flow}', '{d.run}', :rule, {key}, {hashed}, {stage.line()}, '', :at"
                f" from {d.staged} as s join {self.bad} as b on b.hub_row = s.hub_row where b.rule = {number}",
                rule=rule,
                at=d.at.isoformat(),
            )
        return d.execute(f"delete from {d.staged} where hub_row in (select hub_row from {self.bad})")

    def add(self, rejects: Iterable[Reject]) -> None:
        """List source rows that never fitted a typed stage."""
        d = self.difference
        rows = [
            {
                "flow": d.flow, "run": d.run, "rule": f"{r.reason}:{r.field or ''}", "key_line": r.key,
                "key_hash": d.hash_of(r.key), "row_line": r.row.replace("\0", "\\0"), "place": r.place, "at": d.at.isoformat(),
            }
            for r in rejects
        ]  # fmt: skip
        statement = text(
            f"insert into {self.table} (flow, run, rule, key_line, key_hash, row_line, place, first_seen)"
            " values (:flow, :run, :rule, :key_line, :key_hash, :row_line, :place, :at)"
        )
        for start in range(0, len(rows), CHUNK):
            d.connection.execute(statement, rows[start : start + CHUNK])

    def forget(self) -> None:
        """Drop what an earlier attempt of this run, or a run of a lost store by the same name, had listed."""
        self.difference.execute(f"delete from {self.table} where flow = '{self.difference.flow}' and run = '{self.difference.run}'")

    def settle(self, *, whole: bool, undo: str) -> None:
        """Let this run's rows replace the flow's earlier ones, keeping when a row was first seen.

        A window's run looked up every quarantined key again, so it replaces all rows whose key is known. The rows of the
        run `undo` stay: they stand again if the last publication is undone.
        """
        d = self.difference
        old = f"flow = '{d.flow}' and run <> '{d.run}'"
        older = f"o.flow = '{d.flow}' and o.run <> '{d.run}' and o.key_line = n.key_line and o.rule = n.rule"
        again = f"select min(o.first_seen) from {self.table} as o where {older}"
        new = f"select n.id, ({again}) as since from {self.table} as n where n.flow = '{d.flow}' and n.run = '{d.run}'"
        known = d.connection.execute(text(f"select id, since from ({new}) as seen where since is not null")).all()
        for start in range(0, len(known), CHUNK):
            rows = [{"id": row[0], "since": row[1]} for row in known[start : start + CHUNK]]
            d.connection.execute(text(f"update {self.table} set first_seen = :since where id = :id"), rows)
        d.execute(f"delete from {self.table} where {old} and run <> '{undo}'" + ("" if whole else " and key_line is not null"))

    def stale_since(self) -> str | None:
        """Tell when the oldest of the last good versions that stay was first refused a newer one; after `settle`."""
        d = self.difference
        hashes = f"select {d.target().key_hash()} from {d.table} as r where {d.stale('r')}"
        query = f"select min(first_seen) from {self.table} where flow = :flow and run = :run and key_hash in ({hashes})"
        found: str | None = d.connection.execute(text(query), {"flow": d.flow, "run": d.run}).scalar()
        return found
