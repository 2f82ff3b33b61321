"""What changed in a granted table since a mark, in rounds: every key that changed once, as it stood when the round began.

    since ──────── changes of this flow ──────── upto ──── later ones ──►
      └ image before the key's first change        └ image before its first later change, or the row as it stands
                     was                                      now                 was ≠ now: insert · update · delete

So the pages of a round together are the exact difference between two states, whatever is published meanwhile, and the next round
begins where this one ended. A row that the agreement never showed is never told of, nor is a change of columns it does not grant.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import RowMapping, bindparam, text

from catalog.dataset import Field
from catalog.errors import DeniedError
from connectors.line import split
from hub.cells import Cells
from hub.condition import admits
from hub.granted import Granted, at_one_moment
from hub.sharing import Grant
from hub.upkeep import CHANGES

MARGIN = timedelta(days=1)  # a publication may take so long between its moment and its commit
NAMING = (None, "pseudonym")  # masks under which a key still names its row
Key = tuple[str | None, ...]
Shown = dict[str, Any]  # Any: JSON values


class GoneError(Exception):
    """What lies between the mark and now cannot be told: the reader must begin anew."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The number of a table's last change, as it was read at a moment."""

    seq: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reader is: everything until `since`, and of the round that ends at `upto` what changed last until `through`."""

    since: Mark
    through: int
    upto: Mark | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one row, by its key as granted."""

    op: Literal["insert", "update", "delete"]
    key: Shown
    row: Shown | None


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of a round, and the progress it makes."""

    changes: list[Change]
    progress: Progress

    @property
    def more(self) -> bool:
        """Whether the round goes on."""
        return self.progress.upto is not None


def named(grant: Grant) -> tuple[Field, ...]:
    """Return the key's fields. DeniedError where they are not granted so that a deleted row could be named."""
    granted = {field.name: field for field in grant.fields}
    if not grant.dataset.key or any(name not in granted or grant.masks.get(name) not in NAMING for name in grant.dataset.key):
        raise DeniedError("api.changes_key", agreement=grant.agreement.name, key=", ".join(grant.dataset.key) or "—")
    return tuple(granted[name] for name in grant.dataset.key)


def changes(grant: Grant, fields: Sequence[Field], progress: Progress, *, limit: int, now: datetime) -> Changes:
    """Read a page of up to `limit` changed keys. GoneError where changes are swept, the table came anew, or its images no longer fit."""
    key = named(grant)
    if progress.since.at <= now - CHANGES + MARGIN:
        raise GoneError
    with at_one_moment(grant, brief=True) as granted:
        position = granted.number(granted.position())
        upto = progress.upto or Mark(position, now)
        if position < max(progress.through, upto.seq):
            raise GoneError  # the hub's tables were put back to an earlier day
        found = _found(granted, progress, upto.seq, limit + 1) if granted.place.managed else []
        told = found[:limit]
        if any(change["op"] == "T" for change in told):
            raise GoneError
        later = _later(granted, upto.seq, [change["key_line"] for change in told]) if position > upto.seq else {}
        standing = _standing(granted, fields, [split(change["key_line"]) for change in told])
    images = _Images(grant, fields, [field.name for field in grant.dataset.fields if field.name in granted.place.columns])
    names = [column.name for column in key]
    cells = Cells.of(grant, key, names)
    changed = []
    for change in told:
        line, known = change["key_line"], split(change["key_line"])
        stood = images.shown(later[line]) if line in later else standing.get(known)
        if op := _op(images.shown(change), stood):
            changed.append(Change(op, cells.objects([known])[0], stood))
    if len(found) > limit:
        return Changes(changed, Progress(progress.since, int(told[-1]["last"]), upto))
    return Changes(changed, Progress(upto, upto.seq))


def _op(was: Shown | None, now: Shown | None) -> Literal["insert", "update", "delete"] | None:
    if was == now:
        return None
    return "delete" if now is None else "insert" if was is None else "update"


def _found(granted: Granted, progress: Progress, upto: int, limit: int) -> Sequence[RowMapping]:
    """Read each key that changed in the round once, in the order of its last change there, with what its first one found."""
    table = granted.workspace.name("change")
    inner = (
        f"select key_line, min(seq) as first, max(seq) as last from {table} where flow = :flow and seq > :since and seq <= :upto"
        f" group by key_line having max(seq) > :through order by max(seq) limit {limit}"
    )
    query = f"select g.key_line, g.last, c.op, c.before_line from ({inner}) as g join {table} as c on c.seq = g.first order by g.last"
    binds = {"flow": granted.grant.published.flow.name, "since": progress.since.seq, "upto": upto, "through": progress.through}
    return granted.connection.execute(text(query), binds).mappings().all()


def _later(granted: Granted, upto: int, keys: Iterable[str]) -> Mapping[str, RowMapping]:
    """Read what the first change after the round found, of those of its keys that have one."""
    table = granted.workspace.name("change")
    inner = f"select min(seq) as first from {table} where flow = :flow and seq > :upto and key_line in :keys group by key_line"
    query = text(f"select c.key_line, c.op, c.before_line from ({inner}) as g join {table} as c on c.seq = g.first")
    expanded = query.bindparams(bindparam("keys", list(keys), expanding=True), flow=granted.grant.published.flow.name, upto=upto)
    return {row["key_line"]: row for row in granted.connection.execute(expanded).mappings()}


def _standing(granted: Granted, fields: Sequence[Field], keys: Sequence[Key]) -> Mapping[Key, Shown]:
    """Read the granted rows of some keys as they leave."""
    reading = granted.reading(fields)
    names = [column.field for column in reading.selection.columns]
    cells, places = Cells.of(granted.grant, fields, names), [names.index(name) for name in granted.grant.dataset.key]
    found = list(reading.of_keys(keys))
    return {tuple(row[place] for place in places): shown for row, shown in zip(found, cells.objects(found), strict=True)}


class _Images:
    """What the agreement showed of a row before a change."""

    def __init__(self, grant: Grant, fields: Sequence[Field], every: Sequence[str]) -> None:
        self.grant, self.every = grant, every
        self.cells = Cells.of(grant, fields, every)

    def shown(self, change: RowMapping) -> Shown | None:
        """Return the row as it left then; None where it was not there, or not granted. GoneError where its image has another form."""
        if change["op"] in ("I", "R"):
            return None
        values = split(change["before_line"])
        if len(values) != len(self.every):
            raise GoneError
        row = dict(zip(self.every, values, strict=True))
        if not admits(self.grant.dataset, self.grant.where, self.grant.but_not, row):
            return None
        return self.cells.objects([values])[0]
