"""Hands: how many of a publication's changes only undo what others did in the target, as far as row count and cursor can tell.

It informs the receiver's owner; no proof rests on it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from connectors.difference import Difference
from connectors.selection import Column, Window
from hub.ledger import Entry


@dataclass(frozen=True, slots=True)
class Hands:
    """What speaks for other hands before a publication writes.

    `changed` rows differ from the stage though both bear one cursor value; `lost` rows are absent though an earlier run had
    covered their cursor; `known` is how many rows of the target the ledger knows of, if it does.
    """

    changed: int = 0
    lost: int = 0
    known: int | None = None

    def told(self, inserted: int, deleted: int, there: Callable[[], int]) -> tuple[int, int]:
        """Say how many of the inserts and deletes heal: as many as the row count allows, since late rows come the same way.

        `there` counts the rows of the target before, which is asked only where it can tell something.
        """
        lost = min(self.lost, inserted)
        if self.known is None or not (lost or deleted):
            return 0, 0
        short = self.known - there()
        added = max(min(deleted, lost - short), 0)
        return max(min(short + added, lost), 0), added


def look(difference: Difference, entry: Entry | None, cursor: str | None) -> Hands:
    """Look for other hands in a target since its last publication; `cursor` is the flow's cursor field."""
    known = entry.shape.get("rows") if entry else None
    if entry is None or known is None:
        return Hands()
    column = next((c for c in difference.columns if c.field == cursor), None)
    if column is None or entry.cursor is None or not difference.key:
        return Hands(known=known)
    return Hands(_changed(difference, column), _lost(difference, column, entry.cursor), known)


def _changed(d: Difference, cursor: Column) -> int:
    q = d.dialect.quote
    same = d.dialect.equal(f"t.{q(cursor.source)}", f"s.{q(cursor.field)}", cursor)
    # in a case, or the planner joins by the cursor's index: thousands of rows that were changed at once share one moment
    return d.count_staged(f"({d.differs()}) and case when {same} then 1 end = 1")


def _lost(d: Difference, cursor: Column, reached: str) -> int:
    staged = d.stage(f"not exists (select 1 from {d.table} as t where {d.same_key(staged='r')})")
    window = Window(replace(cursor, source=cursor.field, native="", collation=None), None, reached, nulls=False)
    return replace(staged, selection=replace(staged.selection, window=window)).count()
