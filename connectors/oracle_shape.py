"""How Oracle describes a relation: its columns and key, or the types of a query's result, by names as it folds them."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from connectors.selection import NativeColumn, Relation, Shape

PLAIN = re.compile(r"[a-z][a-z0-9_$#]*")
SHAPE_OF_TABLE = """
select c.column_name, lower(c.data_type), c.data_precision, c.data_scale, c.char_length, c.nullable, c.virtual_column, c.identity_column
from all_tab_cols c
where c.owner = coalesce(:owner, sys_context('USERENV', 'CURRENT_SCHEMA')) and c.table_name = :name and c.hidden_column = 'NO'
order by c.column_id
"""
KEY = """
select u.column_name
from all_constraints k join all_cons_columns u on u.owner = k.owner and u.constraint_name = k.constraint_name
where k.owner = coalesce(:owner, sys_context('USERENV', 'CURRENT_SCHEMA')) and k.table_name = :name and k.constraint_type = 'P'
order by u.position
"""
# the types of a query's result, by the driver's names
NATIVE: Mapping[str, str] = {
    "DB_TYPE_VARCHAR": "varchar2", "DB_TYPE_NVARCHAR": "nvarchar2", "DB_TYPE_CHAR": "char", "DB_TYPE_NCHAR": "nchar",
    "DB_TYPE_CLOB": "clob", "DB_TYPE_NCLOB": "nclob", "DB_TYPE_NUMBER": "number", "DB_TYPE_BINARY_FLOAT": "binary_float",
    "DB_TYPE_BINARY_DOUBLE": "binary_double", "DB_TYPE_DATE": "date", "DB_TYPE_TIMESTAMP": "timestamp(9)",
    "DB_TYPE_TIMESTAMP_TZ": "timestamp(9) with time zone", "DB_TYPE_TIMESTAMP_LTZ": "timestamp(9) with local time zone",
    "DB_TYPE_INTERVAL_DS": "interval day(9) to second(9)", "DB_TYPE_RAW": "raw", "DB_TYPE_BLOB": "blob",
}  # fmt: skip


def shape(connection: Connection, relation: Relation) -> Shape | None:
    """Describe a relation, or None where it does not exist."""
    if relation.query:
        result = connection.execute(text(f"select * from ({relation.query}) as r where 1 = 0"))
        described: Any = result.cursor.description if result.cursor else ()  # Any: python-oracledb's own columns
        return Shape({it[0]: NativeColumn(it[0], NATIVE.get(it[1].name, ""), True) for it in described})
    place = place_of(relation)
    columns = {}
    for name, kind, precision, scale, length, nullable, virtual, identity in connection.execute(text(SHAPE_OF_TABLE), place):
        extra = "generated" if "YES" in (virtual, identity) else ""
        native = described_type(kind, _whole(precision), _whole(scale), _whole(length))
        columns[name] = NativeColumn(name, native, nullable == "Y", None, extra)
    return Shape(columns, tuple(connection.execute(text(KEY), place).scalars())) if columns else None


def folded(name: str) -> str:
    """Return a name as Oracle keeps it: one written in small letters only is one that nobody quoted, and stands in capitals."""
    return name.upper() if PLAIN.fullmatch(name) else name


def described_type(kind: str, precision: int | None, scale: int | None, length: int | None) -> str:
    """Write a column's type as it would be declared."""
    if kind == "number" and precision is not None:
        return f"number({precision},{scale or 0})"
    if kind == "number" and scale == 0:
        return "number(38,0)"  # INTEGER
    if kind in ("varchar2", "nvarchar2", "char", "nchar"):
        return f"{kind}({length})"
    return kind


def _whole(value: Any) -> int | None:  # Any: a NUMBER, which comes as text
    return None if value is None else int(value)


def place_of(relation: Relation) -> Mapping[str, str | None]:
    """Return the binds by which Oracle's own tables are asked for a relation."""
    return {"owner": folded(relation.schema) if relation.schema else None, "name": folded(relation.table)}
