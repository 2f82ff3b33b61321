"""KingbaseES V8R6 and newer through psycopg 3: PostgreSQL's protocol and, in its PostgreSQL mode, its SQL.

Refuses a database in which '' is NULL (its Oracle mode): two values would become one. Our tests run it against PostgreSQL, not Kingbase.
"""

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from connectors import examination
from connectors.postgresql import PostgreSQL
from connectors.selection import Column

KERNEL = (12, 0)  # the PostgreSQL that V8R6 grew from: its version() has another form
EXACT = "case when position('.' in {t}) > 0 then rtrim(rtrim({t}, '0'), '.') else {t} end"


class KingbaseDialect(PGDialect_psycopg):
    """SQLAlchemy's dialect for PostgreSQL, which asks no version of a server that tells another one."""

    supports_statement_cache = True

    def _get_server_version_info(self, connection: Connection) -> tuple[int, ...]:
        return KERNEL


registry.register("kingbase.psycopg", __name__, "KingbaseDialect")


class Kingbase(PostgreSQL):
    """As PostgreSQL, without what came after its kernel; `kingbase+psycopg://user@host:54321/database`."""

    engine = "kingbase"
    title = "KingbaseES"

    def open(self, url: URL, *, statement_timeout: float | None, limited: bool = False, alone: bool = False) -> Engine:
        engine = super().open(url, statement_timeout=statement_timeout, limited=limited, alone=alone)
        examination.listen(engine, self, self.title, self.value)
        return engine

    def canonical(self, expr: str, column: Column) -> str:
        if column.type.kind != "decimal":
            return super().canonical(expr, column)
        return trimmed(expr)


def trimmed(expr: str) -> str:
    """SQL for a number without its trailing zeros, where there is no trim_scale."""
    return EXACT.format(t=f"cast(cast(cast({expr} as text) as numeric) as text)")
