"""The hub's own tables beside a target: ledger, changes, quarantine, retained rows, and the staging tables of each run.

PostgreSQL: schema `campus_hub`; MariaDB: database `campus_hub_<database>`; SQLite: tables prefixed `campus_hub_` in the target's file.
A receiver that gives no schema (`hub_schema: false`) gets temporary tables with that prefix, which end with their connection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import BigInteger, Column, Connection, Identity, Index, Integer, MetaData, String, Table, Text, inspect, make_url, text
from sqlalchemy.dialects.mssql import VARCHAR
from sqlalchemy.dialects.mysql import LONGTEXT

from catalog.errors import CatalogError, UnavailableError
from catalog.field_type import FieldType
from catalog.system import System
from connectors.database import dialect_of
from connectors.dialect import Dialect
from connectors.mariadb_text import BINARY
from connectors.selection import Column as Staged
from connectors.selection import Relation
from connectors.sqlserver_text import UTF8 as COLLATION

UTF8 = VARCHAR(None, collation=COLLATION)
EXACT = Text().with_variant(LONGTEXT(collation=BINARY), "mysql", "mariadb").with_variant(UTF8, "mssql")
LINE = EXACT.with_variant(String(4000), "oracle")  # a key is compared, and a LOB cannot be
ID = BigInteger().with_variant(Integer(), "sqlite")


@dataclass(frozen=True, slots=True)
class Workspace:
    """Names and makes the hub's tables on one target."""

    dialect: Dialect
    schema: str | None
    prefix: str
    passing: bool = False  # temporary tables, for one connection

    @classmethod
    def of(cls, system: System) -> "Workspace":
        dialect = dialect_of(system.url or "")
        if not system.hub_schema:
            return cls(dialect, None, "campus_hub_", passing=True)
        return cls(dialect, *dialect.workspace(make_url(system.url or "")))

    def name(self, table: str) -> str:
        """Return the quoted name of a hub table."""
        parts = (self.schema, self.prefix + table) if self.schema else (self.prefix + table,)
        return ".".join(self.dialect.quote(part) for part in parts)

    def tables(self) -> MetaData:
        """Describe the lasting tables: ledger, change, quarantine, retained."""
        return _tables(self.schema, self.prefix, self.passing, self.dialect.engine == "oracle")

    def prepare(self, connection: Connection) -> None:
        """Make the schema and the lasting tables where they are missing."""
        if self.managed(connection):
            return
        if self.schema:
            kind = "schema" if self.dialect.name == "postgresql" else "database"
            try:
                connection.execute(text(f"create {kind} if not exists {self.dialect.quote(self.schema)}"))
            except UnavailableError as error:
                title = connection.get_execution_options()["campus_system"]
                raise CatalogError("system.no_schema", system=title, schema=self.schema, code=error.names["code"]) from None
        self.tables().create_all(connection, checkfirst=False)
        connection.info["campus_hub"] = self.passing
        connection.commit()

    def managed(self, connection: Connection) -> bool:
        """Say whether the hub has ever worked beside this target; where its tables pass, whether this connection has them."""
        if self.passing:
            return bool(connection.info.get("campus_hub"))
        return self.dialect.shape(connection, Relation(self.prefix + "ledger", self.schema)) is not None

    def stage(self, connection: Connection, run: str, columns: Sequence[Staged], *, key: Sequence[str], mapped: Sequence[str]) -> None:
        """Make a run's staging tables: `stage_…` for its rows, `bad_…` for rows that a rule refuses, `gone_…` for keys gone at the source.

        Mapped fields are staged wide, since an unmapped code arrives as '?' and the code.
        """
        self.drop(connection, run)
        d = self.dialect
        kind = "temporary " if self.passing else "unlogged " if d.name == "postgresql" else ""
        wide = FieldType("string")
        fields = [f"{d.quote(c.field)} {d.declare_staged(wide if c.field in mapped else c.type, key=c.field in key)}" for c in columns]
        bounded = {"oracle": "varchar2(4000)", "sqlserver": f"varchar(max) collate {COLLATION}"}  # what a key's line is compared with
        long, number = bounded.get(d.engine) or d.declare_staged(wide, key=False), d.declare(FieldType("integer"))
        for table, body in (
            (stage_name(run), [d.row_number(), *fields]),
            (bad_name(run), [f"hub_row {number} not null", f"rule {number} not null", "primary key (hub_row, rule)"]),
            (gone_name(run), [f"key_line {long} not null", f"key_hash {number} not null"]),
        ):
            connection.execute(text(f"create {kind}table {self.name(table)} ({', '.join(body)})"))
        gone = gone_name(run)
        connection.execute(text(f"create index {d.quote(f'{gone}_key')} on {self.name(gone)} (key_hash)"))
        connection.commit()

    def drop(self, connection: Connection, run: str) -> None:
        """Drop a run's staging tables, if there."""
        for table in (stage_name(run), bad_name(run), gone_name(run)):
            # on MariaDB dropping a lasting table commits
            passing = self.passing and self.dialect.name == "mariadb"
            drop = f"drop temporary table if exists {self.name(table)}" if passing else self.dialect.drop(self.name(table))
            connection.execute(text(drop))
        connection.commit()

    def staged_runs(self, connection: Connection) -> list[str]:
        """List the staging tables that stand here, by run."""
        names = inspect(connection).get_table_names(schema=self.schema)
        start = f"{self.prefix}stage_"
        return [name.removeprefix(start).upper().replace("_", "-") for name in names if name.startswith(start)]


@cache
def _tables(schema: str | None, prefix: str, passing: bool, of_oracle: bool) -> MetaData:
    """Describe them; Oracle takes '' for NULL, and numbers nothing unasked."""
    number = [Identity()] if of_oracle else []
    metadata = MetaData(schema=schema)
    prefixes = ["temporary"] if passing else []
    Table(
        prefix + "ledger",
        metadata,
        Column("flow", String(63), primary_key=True),
        Column("run", String(32), nullable=False),
        Column("fence", BigInteger, nullable=False),
        Column("cursor_at", EXACT),
        Column("flow_hash", String(64), nullable=False),
        Column("shape", EXACT, nullable=False),
        Column("source_count", BigInteger, nullable=False),
        Column("source_total", EXACT, nullable=False),
        Column("target_count", BigInteger, nullable=False),
        Column("target_total", EXACT, nullable=False),
        Column("receipt", EXACT, nullable=False),
        Column("undo", EXACT),  # what a rollback needs to know of the last publication that moved rows
        Column("published_at", String(32), nullable=False),
        prefixes=prefixes,
    )
    change = Table(
        prefix + "change",
        metadata,
        Column("seq", ID, *number, primary_key=True, autoincrement=True),
        Column("flow", String(63), nullable=False),
        Column("run", String(32), nullable=False),
        Column("op", String(1), nullable=False),  # I | U | D; M marked as gone, R back again; T: the whole table came with this run
        Column("key_line", LINE, nullable=of_oracle),
        Column("before_line", EXACT),
        Column("before_hash", BigInteger),  # the row's hash as it stood, and as this run left it: what a rollback is proved by
        Column("after_hash", BigInteger),
        Column("at", String(32), nullable=False),
        prefixes=prefixes,
        sqlite_autoincrement=True,  # the number of a change that was swept is never given again: readers remember it
    )
    Index(f"{prefix}change_flow", change.c.flow, change.c.run)
    Index(f"{prefix}change_seq", change.c.flow, change.c.seq)
    quarantine = Table(
        prefix + "quarantine",
        metadata,
        Column("id", ID, *number, primary_key=True, autoincrement=True),
        Column("flow", String(63), nullable=False),
        Column("run", String(32), nullable=False),
        Column("rule", String(128), nullable=False),
        Column("key_line", LINE),  # NULL where the row's own key cannot be read
        Column("key_hash", BigInteger),
        Column("row_line", EXACT, nullable=False),
        Column("place", String(512).with_variant(UTF8, "mssql"), nullable=of_oracle),
        Column("first_seen", String(32), nullable=False),
        prefixes=prefixes,
    )
    Index(f"{prefix}quarantine_key", quarantine.c.flow, quarantine.c.key_hash)
    retained = Table(
        prefix + "retained",
        metadata,
        Column("id", ID, *number, primary_key=True, autoincrement=True),
        Column("flow", String(63), nullable=False),
        Column("kind", String(4), nullable=False),  # mark | keep
        Column("key_line", LINE, nullable=False),
        Column("key_hash", BigInteger, nullable=False),
        Column("row_hash", BigInteger, nullable=False),
        Column("since", String(32), nullable=False),
        Column("run", String(32), nullable=False),
        Column("released", String(32)),  # the run that found the row at the source again; NULL while it is retained
        prefixes=prefixes,
    )
    Index(f"{prefix}retained_key", retained.c.flow, retained.c.key_hash)
    return metadata


def stage_name(run: str) -> str:
    """Name a run's staged rows."""
    return "stage_" + run.lower().replace("-", "_")


def bad_name(run: str) -> str:
    """Name the row numbers that a rule of the run refuses."""
    return "bad_" + run.lower().replace("-", "_")


def gone_name(run: str) -> str:
    """Name the keys in the run's scope that the source no longer has."""
    return "gone_" + run.lower().replace("-", "_")
