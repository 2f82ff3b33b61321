"""Values by name: what each source holds, what a reader of the target must see, and where a value can only be quarantined."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from world import World

from catalog.field_type import parse
from hub import quarantine

ENGINES = ("sqlite", "postgresql", "mariadb")
PAIRS = list(itertools.product(ENGINES, ENGINES))


@dataclass(frozen=True, slots=True)
class Kind:
    """A field: its type, and the type of the column that holds it at each source that has one."""

    type: str
    at: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a field. `at` is SQL for each source that can hold it, or a value to bind at every source that has the field.

    `reason` says why it is quarantined on the targets `refused`; elsewhere a reader sees what `means` says, `at` itself where it says nothing.
    """

    name: str
    field: str
    at: Any
    means: Any = None
    refused: Sequence[str] = field(default=())
    reason: str = "reject.type"

    def held(self, source: str, kind: Kind) -> bool:
        return source in kind.at and (not isinstance(self.at, dict) or source in self.at)

    @property
    def seen(self) -> Any:
        return self.means if self.means is not None or isinstance(self.at, dict) else self.at


def valued(tmp_path: Path, source: str, target: str, kinds: Mapping[str, Kind], values: Iterable[Value], *, session: str = "") -> World:
    """Make a world whose source table `s_value` holds the values, a row each under the value's name; `session` is said first at the source."""
    engine = _engine(source)
    there = {name: kind for name, kind in kinds.items() if engine in kind.at}
    it = World(tmp_path, source, target, rows=0)
    fields = {"no": "string(80)"} | {name: kind.type for name, kind in there.items()}
    it.dataset |= {"key": ["no"], "fields": [{"name": name, "type": kind, "title": name} for name, kind in fields.items()]}
    it.flow |= {"source": {"system": "src", "table": "s_value"}, "brakes": {"max_quarantine": "100%"}}
    database = create_engine(source)
    with database.begin() as connection:
        if session:
            connection.execute(text(session))
        columns = ", ".join(f"{name} {kind.at[engine]}" for name, kind in there.items())
        connection.execute(text(f"create table s_value (no varchar(80) primary key, {columns})"))
        for value in values:
            if value.held(engine, kinds[value.field]):
                sql, binds = (value.at[engine], {}) if isinstance(value.at, dict) else (":value", {"value": value.at})
                connection.execute(text(f"insert into s_value (no, {value.field}) values (:no, {sql})"), {"no": value.name, **binds})
    database.dispose()
    return it


def check(it: World, kinds: Mapping[str, Kind], values: Iterable[Value]) -> None:
    """Run the flow and assert that each value ends as it says: equal, or quarantined with its reason; and that a second run finds nothing to do."""
    source, target = _engine(it.source), _engine(it.target)
    there = [value for value in values if value.held(source, kinds[value.field])]
    receipt = it.run()
    refused = {value.name: f"{value.reason}:{value.field}" for value in there if target in value.refused}
    assert receipt.status == ("proved_with_exceptions" if refused else "proved"), receipt.error
    assert {row.key[0]: row.rule for row in quarantine.rows(it.hub, "thing") if row.key} == refused
    assert receipt.rows.quarantined == len(refused)
    seen = {value.name: shown(it, value.field, kinds[value.field].type, value.name) for value in there if target not in value.refused}
    assert seen == {value.name: value.seen for value in there if target not in value.refused}
    assert it.at_target("select count(*) from thing") == [(len(seen),)]
    assert it.verify().equal
    assert it.run().status == "unchanged"


def shown(it: World, name: str, kind: str, key: str) -> Any:
    """Read one value as a person with the target's own client would, and write it alike for every engine."""
    engine, wanted = _engine(it.target), parse(kind).kind
    cast = {"postgresql": "cast({x} as text)", "mariadb": "cast({x} as char)", "sqlite": "{x}"}[engine]
    if wanted == "timestamptz" and engine == "postgresql":
        cast = "cast({x} at time zone 'UTC' as text)"
    expr = name if wanted in ("string", "bytes", "integer", "json") else cast.format(x=name)
    if wanted == "duration" and engine == "postgresql":  # a binary lane keeps a day as a day: the same span in hours
        expr = f"cast({name} - make_interval(days => cast(extract(day from {name}) as int)) + make_interval(hours => 24 * cast(extract(day from {name}) as int)) as text)"
    if wanted == "json" and engine == "postgresql":
        expr = f"cast({name} as text)"
    ((found,),) = it.at_target(f"select {expr} from thing where no = :key", key=key)
    return _alike(wanted, found)


def _alike(kind: str, found: Any) -> Any:
    match kind:
        case _ if found is None:
            return None
        case "decimal":
            number = f"{Decimal(str(found)):f}"
            return number.rstrip("0").rstrip(".") if "." in number else number
        case "float":
            return repr(float(found))
        case "boolean":
            return str(found) in ("1", "true", "True")
        case "time" | "timestamp" | "timestamptz":
            return found.rstrip("0").rstrip(".") if "." in found else found
        case "duration":
            return _span(found)
    return found


def _span(found: Any) -> str:
    if not isinstance(found, int):
        return found.rstrip("0").rstrip(".") if "." in found else str(found)
    seconds, micros = divmod(abs(found), 1_000_000)
    text = f"{'-' if found < 0 else ''}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{micros:06}"
    return text.rstrip("0").rstrip(".")


def _engine(url: str) -> str:
    return "mariadb" if url.startswith("mysql") else url.partition(":")[0].partition("+")[0]
