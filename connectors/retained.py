"""The retained rows of a flow: gone at the source, and on purpose still in the target, marked or as they were."""

from dataclasses import dataclass, replace

from sqlalchemy import text

from connectors.difference import Difference
from connectors.digest import Digest
from connectors.stamp import BATCH

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Retained:
    """What a run, whose difference this is, does to its flow's retained rows."""

    difference: Difference

    @property
    def table(self) -> str:
        """The quoted table that lists them."""
        return self.difference.workspace.name("retained")

    def add(self, where: str, kind: str) -> int:
        """List target rows, alias `t`. To readers a mark is a change."""
        d = self.difference
        target = replace(d.target(alias="t"), hashed="md5")  # the list outlives a server's version
        if kind == "mark":
            d.log("M", target.key_line(), target.line(), f"from {d.table} as t where {where}")
        return d.execute(
            f"insert into {self.table} (flow, kind, key_line, key_hash, row_hash, since, run)"
            f" select '{d.flow}', '{kind}', {target.key_line()}, {target.key_hash()}, {target.row_hash()}, :at, '{d.run}'"
            f" from {d.table} as t where {where}",
            at=d.at.isoformat(),
        )

    def forget(self) -> None:
        """Forget which rows are retained, as of this run."""
        d = self.difference
        d.execute(f"update {self.table} set released = '{d.run}' where flow = '{d.flow}' and released is null")

    def release(self) -> int:
        """Unlist the rows that the source has again."""
        d = self.difference
        staged = f"select distinct {d.stage(alias='s').key_hash()} as h from {d.staged} as s"
        # read first: MariaDB walks the whole stage for every row of a DELETE with a subquery
        mine = f"x.flow = '{d.flow}' and x.released is null"
        query = f"select x.id from {self.table} as x join ({staged}) as k on k.h = x.key_hash where {mine}"
        ids = list(d.connection.execute(text(query)).scalars())
        for start in range(0, len(ids), CHUNK):
            these = f"id in ({', '.join(map(str, ids[start : start + CHUNK]))})"
            d.log("R", "key_line", "null", f"from {self.table} where {these} and kind = 'mark'")
            d.execute(f"update {self.table} set released = '{d.run}' where {these}")
        return len(ids)

    def restore(self, undone: str) -> None:
        """Tell readers that the rows that the run `undone` marked are back, and that those it had found again are marked as before."""
        d, mine = self.difference, f"flow = '{self.difference.flow}' and kind = 'mark'"
        d.log("R", "key_line", "null", f"from {self.table} where {mine} and run = '{undone}'")
        target = d.target(alias="t")
        again = d.listed("t", "retained", f"x.flow = '{d.flow}' and x.kind = 'mark' and x.released = '{undone}'")
        d.log("M", target.key_line(), target.line(), f"from {d.table} as t where {again}")

    def stamp(self, op: str, which: str) -> int:
        """Stamp the pushed rows whose entry here meets a predicate over its own columns; return their number."""
        d = self.difference
        listed = d.listed("t", "retained", f"x.flow = '{d.flow}' and x.{which}")
        return d.mark(op, f"{d.dialect.quote(BATCH)} is not null and {listed}")

    def digest(self) -> Digest:
        """Return the digest that the rows had when they were listed."""
        d = self.difference
        summed = f"select count(*), {d.dialect.total('row_hash')} from {self.table} where flow = '{d.flow}' and released is null"
        count, total = d.connection.execute(text(summed)).one()
        return Digest(count, int(total))

    def changed(self) -> bool:
        """Say whether this run retained rows, or found retained ones at the source again."""
        d = self.difference
        query = f"select count(*) from {self.table} where flow = :flow and (run = :run or released = :run)"
        return bool(d.connection.execute(text(query), {"flow": d.flow, "run": d.run}).scalar_one())
