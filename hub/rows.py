"""Read a granted page of rows: the agreement's columns, rows and masks, in order, whatever engine the platform is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog.dataset import Field
from catalog.field_type import FieldType
from connectors.database import telling
from connectors.dialect import Binds
from connectors.lending import Statement
from connectors.line import canonical
from connectors.reading import mixed
from connectors.selection import Group
from hub.cells import Cells
from hub.granted import Granted, now_read
from hub.sharing import Grant

MOST = 1000
MOST_PLANS = 500


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as JSON values by field, the walk on from the last one where more may follow, the count of all where asked for.

    `position` is the number of the last change that was read before them, `version` names the published state.
    """

    rows: list[dict[str, Any]]  # Any: JSON values
    on: "Walk | None"
    position: int
    version: str | None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """A reader's way through pages: what it begins after (see `Reading.keyset`), and the salt where that alone orders its rows."""

    salt: str | None
    after: tuple[str | None, ...] | None = None

    @property
    def given(self) -> tuple[str | None, ...]:
        """What each page of it gives to its statement."""
        return (*([self.salt] if self.salt else []), *(self.after or ()))

    def on(self, types: Sequence[FieldType], key: tuple[str | None, ...]) -> "Walk":
        """Go on after the row of a key."""
        return replace(self, after=(str(mixed(self.salt, types, key)), *key) if self.salt else key)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A page's statement, made once for a grant, its fields and its place; `given` names the binds that each page gives anew."""

    statement: Statement
    binds: Binds
    given: tuple[tuple[str, str], ...]  # bind, kind
    key: tuple[int, ...]
    cells: Cells
    made_for: tuple[object, ...]


def page(grant: Grant, fields: Sequence[Field], asked: Group | None, *, walk: Walk, limit: int, count: bool = False) -> Page:
    """Read up to `limit` rows further on a walk. UnavailableError where the platform does not answer or has no such table."""

    def read(granted: Granted) -> Page:
        plan = _plan(granted, fields, asked, walk, limit)
        binds = plan.binds | {name: canonical(kind, value) for (name, kind), value in zip(plan.given, walk.given, strict=True)}
        with telling(granted.connection):
            found = plan.statement.rows(granted.connection, binds)
        position = int(found[0][-1]) if found else granted.number(granted.position())
        last = tuple(found[limit - 1][place] for place in plan.key) if len(found) > limit else None
        types = [grant.dataset.field(name).type for name in grant.dataset.key]
        return Page(
            rows=plan.cells.objects(found[:limit]),
            on=walk.on(types, last) if last else None,
            position=position,
            version=granted.version(position),
            count=granted.reading(fields, asked).count() if count else None,
        )

    return now_read(grant, read)


def version(grant: Grant) -> str | None:
    """Name the published state of a granted table, as `page` does."""
    return now_read(grant, lambda granted: granted.version(granted.number(granted.position())))


def _plan(granted: Granted, fields: Sequence[Field], asked: Group | None, walk: Walk, limit: int) -> _Plan:
    made_for = (granted.grant.agreement, granted.grant.dataset, granted.place)
    name = (granted.grant.agreement.name, tuple(field.name for field in fields), walk.after is None, limit)
    known = _plans.get(name) if asked is None else None
    if known and all(ours is theirs for ours, theirs in zip(known.made_for, made_for, strict=True)):
        return known
    plan = _planned(granted, fields, asked, walk, limit, made_for)
    if asked is None:
        while len(_plans) >= MOST_PLANS:
            _plans.pop(next(iter(_plans)), None)
        _plans[name] = plan
    return plan


def _planned(granted: Granted, fields: Sequence[Field], asked: Group | None, walk: Walk, limit: int, made_for: tuple[object, ...]) -> _Plan:
    reading = granted.reading(fields, asked)
    values = [reading.dialect.canonical(expr, column) for expr, column in reading.values()]
    tail, binds = reading.keyset(after=walk.after, limit=limit + 1, salt=walk.salt)
    names = [column.field for column in reading.selection.columns]
    key = reading.selection.key_columns
    kinds = [*(["string"] if walk.salt else []), *(["integer"] if walk.salt and walk.after else [])]
    kinds += [column.type.kind for column in key] if walk.after else []
    return _Plan(
        statement=Statement(granted.connection, f"select {', '.join(values)}, {granted.position()} {tail}"),
        binds=binds,
        given=tuple(zip(list(binds)[len(binds) - len(kinds) :], kinds, strict=True)),
        key=tuple(names.index(column.field) for column in key),
        cells=Cells.of(granted.grant, fields, names),
        made_for=made_for,
    )


_plans: dict[tuple[object, ...], _Plan] = {}
