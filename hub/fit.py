"""Whether types fit: what a source column can become, and what a receiver's own column can hold.

A flow whose types do not fit is refused by name before anything is read; a value that does not fit is set aside.
"""

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from sqlalchemy import text

from catalog.errors import CatalogError
from catalog.field_type import FieldType, Kind
from connectors.around import Around
from connectors.dialect import Dialect
from connectors.difference import Difference
from connectors.selection import Column, Selection
from connectors.workspace import bad_name
from hub.route import Route

ROWS = 10_000  # a statement


def check_source(route: Route, dialect: Dialect, selection: Selection) -> None:
    """Refuse a flow whose source column cannot be read as its field's type. CatalogError names what it can be read as."""
    for column in selection.columns:
        if column.native and column.field not in route.maps and not dialect.reads(column.type, column.native):
            kinds = ", ".join(kind for kind in get_args(Kind) if dialect.reads(_sample(kind), column.native))
            raise _misfit("fit.source", column, relation=route.relation_name, kinds=kinds or "-")


def check_target(route: Route, dialect: Dialect, landing: Iterable[Column]) -> None:
    """Refuse a flow onto a receiver's column that takes no value, or could not give it back. CatalogError names a type that could."""
    for column in landing:
        if column.generated:
            raise _misfit("fit.generated", column, table=route.flow.target.table)
        if not dialect.holds(column.type, column.native):
            raise _misfit("fit.target", column, table=route.flow.target.table, wanted=dialect.declare(column.type))


def set_aside(difference: Difference, around: Around, *, whole: bool, after: int) -> list[str]:
    """List the staged rows that the receiver's own table cannot take, as refused by rules numbered from `after`; return the rules' names.

    Those are values that a column is too narrow for or that it may not lack, and keys that its collation takes for one.
    """
    rules = list[str]()
    for name, rows in [*_unheld(difference), ("target_key", _alike(difference, around, whole=whole))]:
        if rows:
            table, number = difference.workspace.name(bad_name(difference.run)), after + len(rules)
            chosen = sorted(rows)
            for start in range(0, len(chosen), ROWS):
                values = ", ".join(f"({row}, {number})" for row in chosen[start : start + ROWS])
                difference.connection.execute(text(f"insert into {table} (hub_row, rule) values {values}"))
            rules.append(name)
    return rules


def _unheld(difference: Difference) -> Iterator[tuple[str, set[int]]]:
    d = difference.dialect
    for column in difference.columns:
        x = f"s.{d.quote(column.field)}"
        test = d.takes(x, column)
        tests = [f"{x} is not null and not coalesce({test}, false)"] if test else []
        tests += [] if column.nullable else [f"{x} is null"]
        if tests:
            # read first: inside an INSERT MariaDB takes a character that the column lacks for an error
            unheld = text(f"select s.hub_row from {difference.staged} as s where {' or '.join(tests)}")
            yield f"target_column:{column.field}", set(difference.connection.execute(unheld).scalars())


def _alike(difference: Difference, around: Around, *, whole: bool) -> set[int]:
    """Find the staged rows whose keys are one key to a unique index of the receiver: all of them, none is chosen."""
    d, key = difference.dialect, [column for column in difference.columns if column.field in difference.key]
    seen = [d.alike(f"s.{d.quote(column.field)}", column) or f"s.{d.quote(column.field)}" for column in key]
    unique = any(index.columns and {column.source for column in key} >= set(index.columns) for index in around.uniques)
    if not unique or not any(d.alike("x", column) for column in key):
        return set()
    numbered = ", ".join(f"{expr} as k{number}" for number, expr in enumerate(seen))
    twice = f"select {numbered} from {difference.staged} as s group by {', '.join(seen)} having count(*) > 1"
    same = " and ".join(f"{expr} = x.k{number}" for number, expr in enumerate(seen))
    found = set(
        difference.connection.execute(text(f"select s.hub_row from {difference.staged} as s join ({twice}) as x on {same}")).scalars()
    )
    if not whole:  # a whole run deletes first what the source no longer has
        same = " and ".join(f"{expr} = t.{d.quote(column.source)}" for expr, column in zip(seen, key, strict=True))
        stays = f"not {difference.in_stage('t')} and not {difference.in_gone('t')}"
        held = f"select s.hub_row from {difference.staged} as s join {difference.table} as t on {same} where {stays}"
        found |= set(difference.connection.execute(text(held)).scalars())
    return found


def narrow(dialect: Dialect, landing: Iterable[Column]) -> dict[str, str]:
    """Name the receiver's own columns that cannot hold every value of their field: field → native type."""
    filled = {column.field: "not null" for column in landing if not column.nullable}
    return filled | {column.field: column.native for column in landing if dialect.takes("x", column)}


def _misfit(key: str, column: Column, **names: Any) -> CatalogError:  # Any: names that fill the message
    names |= {"column": column.source, "native": column.native, "field": column.field, "type": column.type}
    return CatalogError(key, **names)


def _sample(kind: Kind) -> FieldType:
    return FieldType(kind, precision=65, scale=0) if kind == "decimal" else FieldType(kind)
