"""Put a school's tables into its systems' databases, whichever of the three engines they are; the tables are made anew."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table, make_url
from sqlalchemy.schema import CreateTable, DropTable

from app.school.tables import TABLES
from catalog.campus import Catalog
from connectors.database import connect

Frames = Mapping[str, pd.DataFrame]  # by table


def write(catalog: Catalog, frames: Frames) -> None:
    """Make the source systems' tables anew and fill them."""
    for name, tables in TABLES.items():
        system = catalog.systems[name]
        url = make_url(system.url or "")
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = connect(system)
        with engine.begin() as connection:
            for table in tables.sorted_tables:
                connection.execute(DropTable(table, if_exists=True))  # drop_all would first ask which tables there are
                connection.execute(CreateTable(table))
                insert(connection, table, frames[table.name])


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
