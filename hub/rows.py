"""Read a granted page of rows: the agreement's columns, rows and masks, in key order, whatever engine the platform is."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog.condition import Condition
from catalog.dataset import Field
from catalog.errors import UnavailableError
from connectors.database import dialect_of, session
from connectors.line import split
from connectors.reading import Reading
from connectors.selection import Column, Relation
from connectors.workspace import Workspace
from hub.sharing import Grant, needed, select

MOST = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as JSON values by field, and the key of the last one where more may follow."""

    rows: list[dict[str, Any]]  # Any: JSON values
    last: tuple[str | None, ...] | None


def page(grant: Grant, fields: Sequence[Field], conditions: Sequence[Condition], *, after: Sequence[str | None] | None, limit: int) -> Page:
    """Read up to `limit` rows after a key. UnavailableError where the platform does not answer or has no such table."""
    system = grant.published.system
    dialect, workspace = dialect_of(system.url or ""), Workspace.of(system)
    relation = Relation(grant.published.table, system.db_schema)
    with session(system) as connection:
        shape = dialect.shape(connection, relation)
        if shape is None:
            raise UnavailableError("source.table_missing", system=system.title, relation=relation.table)
        columns = {
            field.name: Column(field.name, field.type, native.name, native.type, native.collation)
            for field in grant.dataset.fields
            if (native := shape.named(field.name))
        }
        key, names = grant.dataset.key, [field.name for field in fields]
        asked = {*key, *names, *(condition.field for condition in conditions), *needed(grant.agreement, grant.dataset)}
        if not columns.keys() >= asked:
            raise UnavailableError("source.table_missing", system=system.title, relation=relation.table)
        selection = select(grant.agreement, grant.dataset, columns, relation=relation, fields=names, also=conditions)
        reading = Reading(connection, dialect, selection)
        if grant.published.flow.on_delete == "mark" and key and workspace.managed(connection):
            same = f"x.key_hash = {reading.key_hash()} and x.key_line = {reading.key_line()}"
            of = f"flow = '{grant.published.flow.name}' and kind = 'mark' and released is null"
            marked = f"select 1 from {workspace.name('retained')} as x where {of} and {same}"
            reading = replace(reading, selection=selection.restricted(f"not exists ({marked})"))
        lines = list(reading.page(after=after, limit=limit + 1))
    found = [dict(zip((column.field for column in selection.columns), split(line), strict=True)) for line in lines]
    rows = [{field.name: _shown(grant, field, row[field.name]) for field in fields} for row in found[:limit]]
    last = tuple(found[limit - 1][name] for name in key) if len(found) > limit else None
    return Page(rows, last)


def _shown(grant: Grant, field: Field, text: str | None) -> Any:  # Any: JSON values
    """Write a canonical value as JSON, masked or exactly: decimals stay text, instants carry their zone."""
    if mask := grant.maskers.get(field.name):
        text = mask(text)
    if text is None:
        return None
    match field.type.kind:
        case "integer":
            return int(text)
        case "float":
            return float(text) if text not in ("NaN", "Infinity", "-Infinity") else text
        case "boolean":
            return text == "1"
        case "bytes":
            return base64.b64encode(bytes.fromhex(text[2:])).decode()
        case "timestamp":
            return text.replace(" ", "T")
        case "timestamptz":
            return text.replace(" ", "T") + "Z"
    return text
