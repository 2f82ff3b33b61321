"""openGauss 3 and newer through psycopg 3: PostgreSQL's protocol, the SQL of PostgreSQL 9.2, catalogues of its own.

The user's password must be stored as md5 (password_encryption_type 0 or 1): psycopg does not know its sha256. Refuses a database in
which '' is NULL (compatibility A). Our tests run it against PostgreSQL, not openGauss.
"""

from sqlalchemy import Connection, text
from sqlalchemy.dialects import registry

from connectors.kingbase import Kingbase, KingbaseDialect
from connectors.selection import Column, NativeColumn, Relation, Shape

KERNEL = (9, 2, 4)
SHAPE_OF_TABLE = """
select a.attname,
       case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod) else format_type(a.atttypid, a.atttypmod) end,
       not a.attnotnull, cast(null as text), '',
       coalesce((select s.at from generate_subscripts(i.indkey, 1) as s(at) where i.indkey[s.at] = a.attnum), -1)
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_type t on t.oid = a.atttypid
left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
where c.relname = :table and n.nspname = coalesce(cast(:schema as text), current_schema()) and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""


class OpenGaussDialect(KingbaseDialect):
    """SQLAlchemy's dialect for PostgreSQL at the kernel's version."""

    supports_statement_cache = True

    def _get_server_version_info(self, connection: Connection) -> tuple[int, ...]:
        return KERNEL


registry.register("opengauss.psycopg", __name__, "OpenGaussDialect")


class OpenGauss(Kingbase):
    """As Kingbase, on an older kernel; `opengauss+psycopg://user@host:5432/database`."""

    engine = "opengauss"
    title = "openGauss"
    # 17 digits tell every double apart; what 15 tell as well is written with 15 (see canonical)
    settings = (
        "set client_encoding = 'UTF8'; set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set intervalstyle = 'postgres';"
        " set extra_float_digits = 2; set bytea_output = 'hex'; set standard_conforming_strings = on"
    )

    def canonical(self, expr: str, column: Column) -> str:
        text_of = super().canonical(expr, column)
        if column.type.kind != "float":
            return text_of
        number = f"cast({expr} as double precision)"
        common = f"{number} <> 'NaN' and abs({number}) between 1e-300 and 1e300"
        short = super().canonical(f"cast(cast({number} as numeric) as text)", column)
        same = f"case when {common} then cast(cast({number} as numeric) as double precision) = {number} else false end"
        return f"case when {same} then {short} else {text_of} end"

    def row_number(self) -> str:
        return "hub_row bigserial"

    def shape(self, connection: Connection, relation: Relation) -> Shape | None:
        if relation.query:
            return super().shape(connection, relation)
        rows = connection.execute(text(SHAPE_OF_TABLE), {"table": relation.table, "schema": relation.schema}).all()
        key = tuple(row[0] for row in sorted((row for row in rows if row[5] >= 0), key=lambda row: row[5]))
        return Shape({row[0]: NativeColumn(*row[:5]) for row in rows}, key) if rows else None
