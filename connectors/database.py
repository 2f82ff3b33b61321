"""Open a system's database by its engine, and tell its errors by code alone: a driver's text may carry cell values."""

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pymysql
from sqlalchemy import Connection, Engine, ExceptionContext, StaticPool, create_engine, event, make_url

from catalog.errors import CatalogError, UnavailableError
from catalog.system import System
from connectors.dialect import Dialect
from connectors.kingbase import Kingbase
from connectors.lending import Lending
from connectors.mariadb import MariaDB
from connectors.opengauss import OpenGauss
from connectors.oracle import Oracle
from connectors.postgresql import PostgreSQL
from connectors.sqlite import SQLite, sqlite_error
from connectors.sqlserver import SQLServer

DIALECTS: dict[str, Dialect] = {
    "sqlite": SQLite(), "postgresql": PostgreSQL(), "mysql": MariaDB(), "mariadb": MariaDB(), "kingbase": Kingbase(),
    "opengauss": OpenGauss(), "oracle": Oracle(), "mssql": SQLServer(),
}  # fmt: skip
# engines of which our tests have no server: their SQL is compiled and compared, and every server examines itself
NOT_RUN = ("kingbase", "opengauss", "oracle", "sqlserver")
OPTIONAL = ("oracledb", "pymssql")  # drivers that an extra brings
SHARED: ContextVar[Mapping[str, Connection]] = ContextVar("shared", default={})  # noqa: B039  never changed in place
POOLS = 4  # systems whose connections are kept at a time
_pools: dict[tuple[str, str, float, int, bool], Lending] = {}
_lock = threading.Lock()
FAULTS = (psycopg.Error, pymysql.Error, sqlite_error)


def faults() -> tuple[type[Exception], ...]:
    """Return what the drivers that are in use raise."""
    return (*FAULTS, *(sys.modules[name].Error for name in OPTIONAL if name in sys.modules))


def connect(system: System) -> Engine:
    """Return an engine for a `kind: sql` system; connections are opened on use and not kept.

    Whatever its driver raises leaves as UnavailableError, RejectedError or UnprovenError, with the system's title.
    """
    timeout = system.limits.statement_timeout
    return _connect(system.url or "", system.title, timeout.total_seconds() if timeout else None)


@cache
def _connect(url: str, title: str, timeout: float | None) -> Engine:
    return _told(dialect_of(url).open(make_url(url), statement_timeout=timeout), title)


def _told(engine: Engine, title: str) -> Engine:
    named, dialect = engine.execution_options(campus_system=title), dialect_of(engine.url.render_as_string())

    def tell(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, faults()):
            raise dialect.translate(context.original_exception, title) from None

    event.listen(named, "handle_error", tell)
    return named


@contextmanager
def kept_session(system: System, *, statement_timeout: float) -> Iterator[Connection]:
    """Borrow one of a system's kept connections, as many as its limits allow; each statement is a transaction of its own."""
    with _kept(system, statement_timeout, system.limits.connections, alone=True).borrowed() as connection:
        yield connection


@contextmanager
def pinned_session(system: System, *, statement_timeout: float, keep: int) -> Iterator[Connection]:
    """Borrow one of `keep` kept connections whose transaction reads at one moment."""
    with _kept(system, statement_timeout, keep, alone=False).borrowed() as connection:
        dialect_of(system.url or "").pin(connection)
        yield connection


def _kept(system: System, timeout: float, keep: int, *, alone: bool) -> Lending:
    own, url = system.limits.statement_timeout, system.url or ""
    seconds = min(timeout, own.total_seconds()) if own else timeout
    name = (url, system.title, seconds, keep, alone)
    with _lock:
        found = _pools.get(name)
        if found is None:
            while len(_pools) >= POOLS:
                _pools.pop(next(iter(_pools))).close()
            engine = dialect_of(url).open(make_url(url), statement_timeout=seconds, limited=True, alone=alone)
            found = _pools[name] = Lending(_told(engine, system.title), keep, system.title)
    return found


def let_go() -> None:
    """Close all kept connections; a later `kept_session` opens others."""
    with _lock:
        while _pools:
            _pools.popitem()[1].close()


def dialect_of(url: str) -> Dialect:
    """Return the engine's file for a URL such as `postgresql+psycopg://…`. CatalogError for an engine that has none."""
    name = make_url(url).get_backend_name()
    if name not in DIALECTS:
        if name == "dm":
            raise CatalogError("check.dameng", driver=name)
        raise CatalogError("system.engine", name=name, known=", ".join(DIALECTS))
    return DIALECTS[name]


@contextmanager
def session(system: System) -> Iterator[Connection]:
    """Open a connection to the system, or use the one that `sharing` holds."""
    if connection := SHARED.get().get(system.url or ""):
        try:
            yield connection
        finally:
            connection.rollback()
        return
    with connect(system).connect() as connection:
        yield connection


def there(system: System) -> None:
    """Refuse a SQLite file that does not exist: opening it would make an empty one, and an empty source is another thing."""
    url = make_url(system.url or "")
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise UnavailableError("system.no_file", system=system.title, file=Path(url.database or "").name)


@contextmanager
def sharing(system: System) -> Iterator[Connection]:
    """Hold one connection that every session with the system uses: its temporary tables live as long."""
    with connect(system).connect() as connection:
        token = SHARED.set({system.url or "": connection})
        try:
            yield connection
        finally:
            SHARED.reset(token)


class Kept(StaticPool):
    """A pool of a connection that is not its own to close."""

    def dispose(self) -> None:
        """Leave the connection open."""


def pooled(system: System) -> dict[str, Any]:  # Any: arguments of create_engine
    """Tell how an engine of somebody else reaches the connection that `sharing` holds; nothing where none is held."""
    connection = SHARED.get().get(system.url or "")
    if connection is None:
        return {}
    driver = connection.connection.driver_connection
    return {"creator": lambda: driver, "poolclass": Kept}


def engine_of(system: System) -> Engine:
    """Return an engine for a library that wants one of its own: `connect`, or the connection that `sharing` holds."""
    options = pooled(system)
    return _told(create_engine(system.url or "", **options), system.title) if options else connect(system)


@contextmanager
def telling(connection: Connection) -> Iterator[None]:
    """Translate what a driver raises where it is used directly, without SQLAlchemy."""
    try:
        yield
    except faults() as error:
        title = connection.get_execution_options()["campus_system"]
        raise dialect_of(connection.engine.url.render_as_string()).translate(error, title) from None


def database_name(system: System) -> str:
    """Name a system's database for people: engine and database, never its user or password."""
    url = make_url(system.url or "")
    return f"{url.get_backend_name()}:{(url.database or '').rpartition('/')[2]}"
