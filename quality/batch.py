"""A batch as its judge sees it: the staged rows of one run, and what they are judged against."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class Batch:
    """Staged rows in `schema.table` (with their row number `hub_row`), and `bad`, an empty table for the rows that fail.

    `whole` says that the batch is the whole dataset; else it is judged together with the published `target`.
    `keyed` says that the dataset's key is the staged table's primary key: the database itself lets none repeat.
    `references` tells where other datasets lie in the target system: dataset → (schema, table, key column).
    """

    engine: Engine
    schema: str | None
    table: str
    bad: str
    fields: tuple[str, ...]
    target_schema: str | None
    target: str | None
    whole: bool
    references: Mapping[str, tuple[str | None, str, str]]
    as_of: datetime
    zone: ZoneInfo
    keyed: bool = False
    reached: Mapping[str, Any] = field(default_factory=dict)  # Any: create_engine's arguments, where only one connection sees the stage

    def name(self, table: str, schema: str | None = None) -> str:
        """Quote a table of the target system."""
        quote = self.engine.dialect.identifier_preparer.quote
        return f"{quote(schema)}.{quote(table)}" if schema else quote(table)

    def column(self, name: str) -> str:
        """Quote a column."""
        return self.engine.dialect.identifier_preparer.quote(name)

    @property
    def staged(self) -> str:
        """The quoted staging table."""
        return self.name(self.table, self.schema)

    @property
    def published(self) -> str | None:
        """The quoted target table, where there is one."""
        return self.name(self.target, self.target_schema) if self.target else None
