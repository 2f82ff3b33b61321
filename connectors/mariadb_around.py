"""How MariaDB tells what stands around a table: indexes, foreign keys, triggers; and which of its foreign keys do not hold."""

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, text

from connectors.around import Around, Inbound, Unique
from connectors.selection import Relation

UNIQUES = """
select index_name, column_name from information_schema.statistics
where table_schema = coalesce(:schema, database()) and table_name = :name and non_unique = 0
order by index_name, seq_in_index
"""
INBOUND = """
select c.constraint_name, k.table_schema, k.table_name, c.delete_rule, k.column_name, k.referenced_column_name
from information_schema.referential_constraints as c
join information_schema.key_column_usage as k
  on k.constraint_schema = c.constraint_schema and k.constraint_name = c.constraint_name and k.table_name = c.table_name
where c.unique_constraint_schema = coalesce(:schema, database()) and c.referenced_table_name = :name
  and c.delete_rule in ('CASCADE', 'SET NULL', 'SET DEFAULT')
order by 1, 2, 3, k.ordinal_position
"""
TRIGGERS = """
select trigger_name from information_schema.triggers
where event_object_schema = coalesce(:schema, database()) and event_object_table = :name
order by 1
"""
# every foreign key of the table or to it, a row for each pair of columns
FOREIGN = """
select constraint_name, table_schema, table_name, referenced_table_schema, referenced_table_name, column_name, referenced_column_name
from information_schema.key_column_usage
where referenced_table_name is not null
  and ((table_schema = coalesce(:schema, database()) and table_name = :name)
    or (referenced_table_schema = coalesce(:schema, database()) and referenced_table_name = :name))
order by 1, 2, 3, ordinal_position
"""


def around(connection: Connection, relation: Relation, quote: Callable[[str], str]) -> Around:
    """Describe what stands around a table."""
    names = {"schema": relation.schema, "name": relation.table}
    uniques = _grouped(connection.execute(text(UNIQUES), names), 1)
    inbound = _grouped(connection.execute(text(INBOUND), names), 4)
    return Around(
        tuple(Unique(name, tuple(row[1] for row in rows)) for (name,), rows in uniques),
        tuple(
            Inbound(name, f"{quote(schema)}.{quote(table)}", tuple(row[4] for row in rows), tuple(row[5] for row in rows), action)
            for (name, schema, table, action), rows in inbound
        ),
        tuple(connection.execute(text(TRIGGERS), names).scalars()),
        tuple(name for (name, *tables), _ in _grouped(connection.execute(text(FOREIGN), names), 5) if tables[:2] == tables[2:]),
    )


def violated(connection: Connection, relation: Relation, quote: Callable[[str], str]) -> list[str]:
    """Name the foreign keys of the table, and to it, that some row breaks."""
    found = []
    for (name, *tables), rows in _grouped(connection.execute(text(FOREIGN), {"schema": relation.schema, "name": relation.table}), 5):
        child, parent = (".".join(map(quote, part)) for part in (tables[:2], tables[2:]))
        same = " and ".join(f"c.{quote(row[5])} = p.{quote(row[6])}" for row in rows)
        given = " and ".join(f"c.{quote(row[5])} is not null" for row in rows)
        orphan = f"select 1 from {child} as c where {given} and not exists (select 1 from {parent} as p where {same}) limit 1"
        if connection.execute(text(orphan)).first():
            found.append(name)
    return found


def _grouped(rows: Iterable[Any], by: int) -> list[tuple[tuple[str, ...], list[Any]]]:  # Any: rows of a driver
    return [(key, list(group)) for key, group in groupby(rows, key=lambda row: tuple(row[:by]))]
