"""Drift: what changed in the shape of source or target since the last publication, and what the flow's contract says of it."""

from sqlalchemy import Connection, text

from catalog.field_type import FieldType
from connectors.selection import Column, Selection
from connectors.stamp import COLUMNS
from hub.brakes import Approval, HeldError
from hub.ledger import Entry
from hub.route import Route


def described(selection: Selection) -> dict[str, str]:
    """Describe what is read: field → native type."""
    return {column.field: column.native for column in selection.columns}


def check_source(route: Route, entry: Entry | None, selection: Selection, approval: Approval) -> None:
    """Hold a `stop` flow whose source columns have another type than at the last publication."""
    if entry is None or route.flow.drift == "evolve":
        return
    before, now = entry.shape.get("source", {}), described(selection)
    changes = ", ".join(f"{field}: {before[field]} → {native}" for field, native in now.items() if before.get(field, native) != native)
    if changes and not approval.lets("drift", changes):
        raise HeldError("drift", seen=changes, changes=changes)


def landing(route: Route, target: Connection, entry: Entry | None, approval: Approval) -> tuple[Column, ...] | None:
    """Return the target's columns, or None where the table is still to be made.

    Holds a first run onto a table that somebody else filled. A field that the target lacks holds a `stop` flow; `evolve` adds it, nullable.
    """
    dialect = route.workspace.dialect
    shape = dialect.shape(target, route.destination)
    if shape is None:
        return None
    table = ".".join(dialect.quote(part) for part in (route.destination.schema, route.destination.table) if part)
    if entry is None and not route.begun:
        rows = int(target.execute(text(f"select count(*) from {table}")).scalar_one())
        if rows and not approval.lets("foreign_table", rows):
            raise HeldError("foreign_table", seen=rows, table=route.flow.target.table)
    missing = [name for name in route.fields if shape.named(name) is None]
    if not missing:
        return route.landing(shape)
    changes = ", ".join(f"+{name}" for name in missing)
    if route.flow.drift != "evolve" and not approval.lets("drift", changes):
        raise HeldError("drift", seen=changes, changes=changes)
    for name in missing:
        native = dialect.declare(route.dataset.field(name).type)
        target.execute(text(f"alter table {table} add column {dialect.quote(name)} {native}"))
    target.commit()
    return route.landing(dialect.shape(target, route.destination) or shape)


def ddl(route: Route) -> str:
    """Write the target table as the hub makes it: its columns, the hub's own where it is a receiver's, and a primary key; nothing more."""
    dialect = route.workspace.dialect
    table = ".".join(dialect.quote(part) for part in (route.destination.schema, route.destination.table) if part)
    types = {name: route.dataset.field(name).type for name in route.fields}
    if dialect.crowded(list(types.values())):
        types |= {name: FieldType("string") for name, wanted in types.items() if wanted.kind == "string" and name not in route.dataset.key}
    key = route.dataset.key
    lines = [f"{dialect.quote(n)} {dialect.declare(t, key=n in key)}{' not null' if n in key else ''}" for n, t in types.items()]
    lines += [f"{dialect.quote(c.source)} {dialect.declare(c.type)}" for c in COLUMNS if route.agreement]
    if route.dataset.key:
        lines.append(f"primary key ({', '.join(map(dialect.quote, route.dataset.key))})")
    return f"create table {table} (\n  " + ",\n  ".join(lines) + "\n)"
