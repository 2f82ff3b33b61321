"""A REST service as a source: its pages, read to a proven end, in a SQLite file with one typed table `rows`.

A reading that shifted (a key twice, a row lost between pages, a total that does not add up) is thrown away and begun again; one that
keeps shifting is not provable. A stop in the middle leaves nothing.
"""

import json
import string
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Any
from urllib.parse import quote

from catalog.dataset import Dataset
from catalog.errors import UnavailableError, UnprovenError
from catalog.flow import From
from catalog.rest import Endpoint, NumberedPaging
from catalog.system import System
from connectors.intake import Intake, Values, quoted
from connectors.line import canonical, join
from connectors.reject import Reject
from connectors.rest_client import Client
from connectors.rest_pages import Pages, Record, ShiftedError, search
from connectors.row import Cell

READINGS = 3  # before a service that shifts is not provable
Progress = Callable[[str, int, int | None], None]  # step, rows done, rows in all if known


class RestSource:
    """One endpoint on its way into the database `into`. `fetch` reads its rows, `look_up` single ones by their keys."""

    def __init__(self, system: System, source: From, dataset: Dataset, into: Path) -> None:
        self.system, self.source, self.dataset, self.into = system, source, dataset, into
        self.endpoint = source.rest or Endpoint(path="")
        self.intake = Intake(source, dataset)

    @property
    def rejects(self) -> tuple[Reject, ...]:
        """The records that fitted no typed table."""
        return tuple(self.intake.rejects)

    def fetch(self, since: str | None, progress: Progress | None = None) -> None:
        """Read every page: all rows, or those changed since a moment (canonical text).

        Raises UnavailableError where a page cannot be had, UnprovenError where the pages kept shifting.
        """
        params = {self.endpoint.since: self._moment(since)} if since and self.endpoint.since else {}
        with Client(self.system) as client:
            for _ in range(READINGS):
                try:
                    self._reading(client, params, progress)
                except ShiftedError:
                    continue
                return
        raise UnprovenError("rest.shifting", system=self.system.title, readings=READINGS)

    def look_up(self, keys: Sequence[Sequence[str | None]], database: Connection) -> Sequence[Reject]:
        """Ask for the rows with these keys and put them in place of what was fetched; one that the service does not know (404) is gone.

        Returns those that fit no typed table.
        """
        before = len(self.intake.rejects)
        own = " and ".join(f"{quoted(self.intake.fields[name])} is ?" for name in self.dataset.key)
        there = self._one_of(database)
        with Client(self.system) as client:
            for key in keys:
                body = self._item(client, key)
                if body is None and there:  # the address is right only if a row that was just read answers there
                    if self._item(client, there) is None:
                        raise self._no_item()
                    there = None
                stored = [self.intake.stored(name, part) for name, part in zip(self.dataset.key, key, strict=True)]
                database.execute(f"delete from rows where {own}", stored)
                if body is not None:
                    self.intake.write(database, [self._looked_up(key, body)])
        return self.intake.rejects[before:]

    def _one_of(self, database: Connection) -> Sequence[str | None] | None:
        """Return the key of some row that was read."""
        columns = ", ".join(quoted(self.intake.fields[name]) for name in self.dataset.key)
        row = database.execute(f"select {columns} from rows limit 1").fetchone()
        return [canonical(self.intake.types[name].kind, part) for name, part in zip(self.dataset.key, row, strict=True)] if row else None

    def _item(self, client: Client, key: Sequence[str | None]) -> Any:  # Any: JSON
        named = dict(zip(self.dataset.key, (quote(part or "", safe="") for part in key), strict=True))
        return client.get(string.Template(self._template()).substitute(named), {})[0]

    def _looked_up(self, key: Sequence[str | None], body: Any) -> Values | None:  # Any: JSON
        """Read one row's answer. UnavailableError where it is another row than was asked for, or none at all."""
        values = self._values(f"{self.endpoint.item} {join(key)}", body)
        found = values and self.intake.key_line(dict(zip(self.intake.types, values, strict=True)))
        if values and self.intake.key and found != join(key):
            raise self._no_item()
        return values

    def _no_item(self) -> UnavailableError:
        return UnavailableError("rest.item", system=self.system.title, item=self.endpoint.item)

    def _moment(self, since: str) -> str:
        """Write a cursor's canonical text as ISO 8601; a number or text stays."""
        kind = self.dataset.field(self.source.cursor or "").type.kind
        return since.replace(" ", "T") + ("Z" if kind == "timestamptz" else "") if kind.startswith("timestamp") else since

    def _template(self) -> str:
        return (self.endpoint.item or "").replace("$", "$$").replace("{", "${")

    def _reading(self, client: Client, params: Mapping[str, str], progress: Progress | None) -> None:
        self.into.unlink(missing_ok=True)  # what an earlier reading left
        self.intake.rejects.clear()
        present: set[str] = set()
        with self.intake.open(self.into) as database:
            database.execute("begin")
            rows = self._read(client, params, database, present, progress)
            self._check_keys(database)
            if rows:
                self._drop_missing(database, present)
            database.execute("commit")

    def _read(self, client: Client, params: Mapping[str, str], database: Connection, present: set[str], progress: Progress | None) -> int:
        pages, rows = Pages(client, self.endpoint, params), 0
        seen = []
        for records in pages:
            self.intake.write(
                database, [self._record(f"{self.endpoint.path} {rows + at}", it, present) for at, it in enumerate(records, 1)]
            )
            rows += len(records)
            seen.append(hash(json.dumps(records, sort_keys=True)))
            if progress:
                progress("extract", rows, pages.total)
        if pages.total not in (None, rows):
            raise ShiftedError
        if isinstance(self.endpoint.paging, NumberedPaging) and len(seen) > 1:
            self._read_again(client, params, seen)
        return rows

    def _read_again(self, client: Client, params: Mapping[str, str], seen: Sequence[int]) -> None:
        """Hold the pages against a second reading: a page's number does not keep its rows in place."""
        again = [hash(json.dumps(records, sort_keys=True)) for records in Pages(client, self.endpoint, params)]
        if again != seen:
            raise ShiftedError

    def _record(self, place: str, record: Record, present: set[str]) -> Values | None:
        present |= {name for name in self.intake.fields.values() if _has(record, name)}
        return self._values(place, record)

    def _values(self, place: str, record: Record) -> Values | None:
        return self.intake.values(place, {field: _cell(search(_path(name), record)) for field, name in self.intake.fields.items()})

    def _check_keys(self, database: Connection) -> None:
        """A key that stands twice came from pages that shifted: a service's own duplicates shift every reading, and are told as such."""
        if not self.dataset.key or self.endpoint.paging.kind == "none":
            return
        columns = ", ".join(quoted(self.intake.fields[name]) for name in self.dataset.key)
        if database.execute(f"select 1 from rows group by {columns} having count(*) > 1 limit 1").fetchone():
            raise ShiftedError

    def _drop_missing(self, database: Connection, present: set[str]) -> None:
        """Take the columns away that no record has, so that the flow's contract about vanished columns speaks."""
        for name in set(self.intake.fields.values()) - present:
            database.execute(f"alter table rows drop column {quoted(name)}")


def _path(name: str) -> str:
    """Read a plain member name as one, whatever characters it holds; anything with an operator is JMESPath."""
    return f'"{name}"' if name.replace("_", "a").isalnum() else name


def _has(record: Record, name: str) -> bool:
    """Say whether a record has a member, null or not; an expression that is no plain path counts where it finds something."""
    found: Any = record  # Any: JSON
    for part in name.split("."):
        if not part.replace("_", "a").isalnum():
            return search(name, record) is not None
        if not isinstance(found, dict) or part not in found:
            return False
        found = found[part]
    return True


def _cell(value: Any) -> Cell:  # Any: JSON
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value) if type(value) is int else value  # JSON's whole numbers are exact; a workbook's beyond fifteen digits are not
