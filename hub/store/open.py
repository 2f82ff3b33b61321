"""Open the store: a SQLite file by default, PostgreSQL by URL, migrated by Alembic to its newest form."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from catalog.errors import UnavailableError

MIGRATION_LOCK = 20260607  # any fixed number: two processes must not migrate at once


def open_store(url: str) -> Engine:
    """Return the store's engine. UnavailableError, without the URL's password, where it does not answer."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        Path(place.database or "").parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(place, poolclass=NullPool, connect_args={"timeout": 30})
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    else:
        engine = create_engine(place, pool_pre_ping=True)
    event.listen(engine, "handle_error", _tell)
    try:
        _migrate(engine)
    except SQLAlchemyError as error:
        raise UnavailableError("store.unavailable", code=type(error).__name__) from None
    return engine


def _tell(context: ExceptionContext) -> None:
    """Let whatever the store's driver raises leave as UnavailableError, by its kind alone; a number that is taken is no fault."""
    fault = context.sqlalchemy_exception
    if not context.is_pre_ping and isinstance(fault, DBAPIError) and not isinstance(fault, IntegrityError):
        raise UnavailableError("store.unavailable", code=type(context.original_exception).__name__) from None


def reading(store: Engine) -> Engine:
    """Return the store for reading alone: on SQLite it waits for no writer and keeps none waiting."""
    return store.execution_options(hub_reading=True)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("begin" if connection.get_execution_options().get("hub_reading") else "begin immediate")


def _prepare(connection: Any, _: object) -> None:  # Any: sqlite3's own connection
    connection.isolation_level = None
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(files("hub.store") / "migrations"))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        heads = ScriptDirectory.from_config(config).get_heads()
        if tuple(MigrationContext.configure(connection).get_current_heads()) != tuple(heads):
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
