"""What a flow must respect around a receiver's table, and what a person is told of it before the first run."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from catalog.errors import RejectedError
from connectors.around import Around
from connectors.dialect import Dialect
from connectors.difference import Difference
from connectors.selection import Column, Relation, Shape

NEVER = "1 = 0"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The objects around the target table, and `own`: the receiver's columns that no flow writes."""

    around: Around
    own: tuple[str, ...] = ()

    def warnings(self, table: str) -> Mapping[str, Mapping[str, str]]:
        """Say what may hold or refuse a run: message key → names."""
        told = {"plan.cascade": self.around.inbound, "plan.trigger": self.around.triggers}
        return {key: {"table": table, "objects": ", ".join(map(str, objects))} for key, objects in told.items() if objects}

    def write(self, difference: Difference) -> tuple[int, int]:
        """Update what changed and insert what is new, so that values may swap under a unique index; return both counts.

        New rows come first where changed ones may refer to them.
        """
        early = difference.insert() if self.around.selves else 0
        swapping = self._swapping(difference)
        updated = difference.update(but=swapping)
        if swapping != NEVER:
            updated += difference.replace(swapping, self.own)
        return updated, early + difference.insert()

    def hold(self, difference: Difference) -> None:
        """RejectedError with the names of foreign keys that do not hold, where the engine would not tell them itself."""
        if broken := difference.dialect.violated(difference.connection, difference.relation):
            title = difference.connection.get_execution_options()["campus_system"]
            raise RejectedError("target.constraint", system=title, constraint=", ".join(broken))

    def felt(self, difference: Difference, gone: str) -> tuple[int, str]:
        """Count the receiver's own rows that would be deleted or emptied with target rows, alias `t`, that are gone or written anew."""
        swapping = self._swapping(difference)
        going = gone if swapping == NEVER else f"({gone} or {difference.changed(swapping)})"
        felt = {str(it): difference.felt(it, going) for it in self.around.inbound}
        return sum(felt.values()), ", ".join(f"{name}: {rows}" for name, rows in felt.items() if rows)

    def _swapping(self, difference: Difference) -> str:
        """SQL for a changed row whose new values might meet another row's under a unique index of the receiver."""
        key = {c.source for c in difference.columns if c.field in difference.key}
        told = {c.source for c in difference.columns}
        met = [unique for unique in self.around.uniques if not unique.columns or not key >= set(unique.columns)]
        return " or ".join(difference.differs(unique.columns if told >= set(unique.columns) else None) for unique in met) or NEVER


def surrounded(dialect: Dialect, target: Connection, relation: Relation, columns: tuple[Column, ...], shape: Shape) -> Surroundings:
    """Look around the target table."""
    written = {column.source for column in columns}
    own = tuple(name for name, native in shape.columns.items() if name not in written and "generated" not in native.extra)
    return Surroundings(dialect.around(target, relation), own)
