"""The names of the school's people, read from the platform to be looked for in what is about to leave; kept nowhere, never told.

A hit of three characters or more blocks. A hit of two may be a word (高峰, 安全), and one inside the name of a unit or an item may be
nobody's: both go to the list that a person signs.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import column, select, table

from catalog.errors import UnavailableError
from connectors.database import dialect_of, session
from connectors.selection import Relation
from hub.open import Hub
from hub.published import published
from reports.scan import plain

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff·]+")
SHORT = 2


@dataclass(frozen=True, slots=True)
class Names:
    """Names by their length, and the official words in which they mean nobody."""

    by_length: Mapping[int, frozenset[str]]
    official: tuple[str, ...] = ()

    def within(self, text: str) -> tuple[set[str], set[str]]:
        """Return the names in a text: those that block, and those that a person must look at."""
        text = plain(text)
        sure, doubtful = self._found(text), set[str]()
        for word in self.official:
            text = text.replace(word, "　")
        doubtful = (sure - self._found(text)) | {name for name in sure if len(name) <= SHORT}
        return sure - doubtful, doubtful

    def _found(self, text: str) -> set[str]:
        runs = HAN.findall(text)
        return {
            piece
            for run in runs
            for length, names in self.by_length.items()
            for start in range(len(run) - length + 1)
            if (piece := run[start : start + length]) in names
        }


def gather(names: Iterable[str], official: Iterable[str] = ()) -> Names:
    """Sort names by their length; a single character is no name, an official word is longer than the names it may hold."""
    by_length: dict[int, set[str]] = {}
    for name in map(str.strip, map(plain, names)):
        if len(name) >= SHORT and HAN.fullmatch(name):
            by_length.setdefault(len(name), set()).add(name)
    words = sorted({plain(word) for word in official if len(word) > SHORT}, key=len, reverse=True)
    return Names({length: frozenset(found) for length, found in by_length.items()}, tuple(words))


def on_platform(hub: Hub, official: Iterable[str]) -> Names:
    """Read every personal field called 姓名 of the platform's datasets. UnavailableError where one cannot be read: then nothing leaves."""
    found: set[str] = set()
    for name, dataset in sorted(hub.catalog.datasets.items()):
        fields = [f.name for f in dataset.fields if "姓名" in f.title and f.sensitivity in ("personal", "sensitive")]
        place = published(hub.catalog, name) if fields else None
        if place is None:
            continue
        with session(place.system) as connection:
            shape = dialect_of(place.system.url or "").shape(connection, Relation(place.table, place.system.db_schema))
            if shape is None:
                continue  # nothing was published yet
            there = [field for field in fields if shape.named(field)]
            for field in there:
                source = table(place.table, column(field), schema=place.system.db_schema)
                found |= {value for value in connection.execute(select(source.c[field]).distinct()).scalars() if value}
            if len(there) < len(fields):
                raise UnavailableError("release.no_names", dataset=dataset.title)
    return gather(found, official)
