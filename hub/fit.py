"""Whether types fit: what a source column can become, and what a receiver's own column can hold.

A flow whose types do not fit is refused by name before anything is read; a value that does not fit is set aside.
"""

from collections.abc import Iterable
from typing import Any, get_args

from sqlalchemy import text

from catalog.errors import CatalogError
from catalog.field_type import FieldType, Kind
from connectors.dialect import Dialect
from connectors.difference import Difference
from connectors.selection import Column, Selection
from connectors.workspace import bad_name
from hub.route import Route


def check_source(route: Route, dialect: Dialect, selection: Selection) -> None:
    """Refuse a flow whose source column cannot be read as its field's type. CatalogError names what it can be read as."""
    for column in selection.columns:
        if column.native and column.field not in route.maps and not dialect.reads(column.type, column.native):
            kinds = ", ".join(kind for kind in get_args(Kind) if dialect.reads(_sample(kind), column.native))
            raise _misfit("fit.source", column, relation=route.relation_name, kinds=kinds or "-")


def check_target(route: Route, dialect: Dialect, landing: Iterable[Column]) -> None:
    """Refuse a flow onto a receiver's column that could not give the field's values back. CatalogError names a type that could."""
    for column in landing:
        if not dialect.holds(column.type, column.native):
            raise _misfit("fit.target", column, table=route.flow.target.table, wanted=dialect.declare(column.type))


def set_aside(difference: Difference, landing: Iterable[Column], *, after: int) -> list[str]:
    """List the staged rows with a value that the receiver's own column is too narrow for, as refused by rules numbered from `after`.

    Returns the rules' names.
    """
    d, rules = difference.dialect, list[str]()
    for column in landing:
        x = f"s.{d.quote(column.field)}"
        test = d.takes(x, column)
        if test is None:
            continue
        # read first: inside an INSERT MariaDB takes a character that the column lacks for an error
        unheld = text(f"select s.hub_row from {difference.staged} as s where {x} is not null and not coalesce({test}, false)")
        if rows := list(difference.connection.execute(unheld).scalars()):
            bad = text(
                f"insert into {difference.workspace.name(bad_name(difference.run))} (hub_row, rule) values (:row, {after + len(rules)})"
            )
            difference.connection.execute(bad, [{"row": row} for row in rows])
            rules.append(f"target_column:{column.field}")
    return rules


def narrow(dialect: Dialect, landing: Iterable[Column]) -> dict[str, str]:
    """Name the receiver's own columns that cannot hold every value of their field: field → native type."""
    return {column.field: column.native for column in landing if dialect.takes("x", column)}


def _misfit(key: str, column: Column, **names: Any) -> CatalogError:  # Any: names that fill the message
    names |= {"column": column.source, "native": column.native, "field": column.field, "type": column.type}
    return CatalogError(key, **names)


def _sample(kind: Kind) -> FieldType:
    return FieldType(kind, precision=65, scale=0) if kind == "decimal" else FieldType(kind)
