"""Put a school's tables into its systems' databases, whichever of the three engines they are; the tables are made anew.

Refuses a database that holds one of these tables and not the demo's own mark: it may be a school's real one.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Column, Connection, Integer, MetaData, Table, inspect, make_url
from sqlalchemy.schema import CreateTable, DropTable

from app.school.tables import TABLES
from catalog.campus import Catalog
from catalog.errors import CatalogError, RejectedError
from catalog.system import System
from connectors.database import connect

Frames = Mapping[str, pd.DataFrame]  # by table
SAVED = "_saved"  # the name of what an emptied table held, behind the table's own
MARK = Table("campus_hub_sample", MetaData(), Column("invented", Integer, primary_key=True))  # whatever lies beside it is invented


def write(catalog: Catalog, frames: Frames) -> None:
    """Make the source systems' tables anew and fill them. RejectedError, before anything is touched, where one may be a real system."""
    for name in TABLES:
        if name not in catalog.systems or catalog.systems[name].kind != "sql":
            raise CatalogError("demo.no_system", system=name)
        if foreign := _unmarked(catalog.systems[name]):
            raise RejectedError("demo.foreign", system=catalog.systems[name].title, tables=", ".join(foreign))
    for name, tables in TABLES.items():
        system = catalog.systems[name]
        url = make_url(system.url or "")
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = connect(system)
        with engine.begin() as connection:
            connection.execute(CreateTable(MARK, if_not_exists=True))
            for table in tables.sorted_tables:
                connection.execute(DropTable(Table(table.name + SAVED, MetaData()), if_exists=True))
                connection.execute(DropTable(table, if_exists=True))  # drop_all would first ask which tables there are
                connection.execute(CreateTable(table))
                insert(connection, table, frames[table.name])


def marked(system: System) -> bool:
    """Say whether everything in the system's database is invented."""
    return MARK.name in _tables(system)


def _unmarked(system: System) -> list[str]:
    """List the tables of the sample's names that the sample has not made."""
    there = _tables(system)
    return [] if MARK.name in there else sorted(there & {table.name for table in TABLES[system.name].sorted_tables})


def _tables(system: System) -> set[str]:
    url = make_url(system.url or "")
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return set()
    with connect(system).connect() as connection:
        return set(inspect(connection).get_table_names())


def insert(connection: Connection, table: Table, frame: pd.DataFrame) -> None:
    """Insert a frame's rows, by the columns of the table."""
    names = [column.name for column in table.columns]
    rows = list(zip(*(_values(frame[name]) for name in names), strict=True))
    if not rows:
        return
    quote = connection.dialect.identifier_preparer
    columns, mark = ", ".join(map(quote.quote, names)), "?" if connection.dialect.paramstyle == "qmark" else "%s"
    marks = ", ".join([mark] * len(names))
    connection.exec_driver_sql(f"insert into {quote.format_table(table)} ({columns}) values ({marks})", rows)


def _values(column: "pd.Series[Any]") -> list[Any]:  # Any: what a driver takes
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "M":
        texts = np.datetime_as_string(column.to_numpy().astype("datetime64[s]")).tolist()
        return [None if text == "NaT" else f"{text[:10]} {text[11:]}" for text in texts]
    plain = column.astype(object).where(column.notna(), None)
    return [str(value) if isinstance(value, Decimal | date) else value for value in plain]
