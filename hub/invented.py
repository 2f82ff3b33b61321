"""Invented rows, made from the definitions of the fields alone: what a test consumer gets, and `campus-hub sample`.

The same definitions give the same rows. Nothing is read from any system, and what could be taken for a person's is plainly made up:
names are 示例…, numbers count down from nines, days lie a century back.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import text

from catalog.campus import Catalog
from catalog.condition import Condition
from catalog.dataset import Dataset, Field
from catalog.rule import InCodes, InRange, Matches, References
from catalog.sharing import Agreement
from catalog.system import System
from connectors.database import connect, dialect_of
from connectors.line import canonical, join
from connectors.selection import Column
from connectors.workspace import Workspace
from hub import pattern

INVENTED = "invented"  # the name of the system that such rows come from
ROWS = 50
FIRST_DAY = date(1910, 1, 1)  # from when the school's zone has whole hours
GAP = 7  # every seventh value of a field that is not required is missing
Row = tuple[str | None, ...]


def rows(catalog: Catalog, dataset: Dataset, number: int = ROWS, where: Sequence[Condition] = ()) -> Iterator[Row]:
    """Yield invented rows in the order of the fields, in canonical text; three of four meet `where`."""
    for at in range(number):
        met = where if at % 4 else ()
        yield tuple(_cell(catalog, dataset, field, at, met) for field in dataset.fields)


def system(catalog: Catalog, agreement: Agreement) -> System:
    """Return a database of its own with the dataset's table full of invented rows, made once for these definitions."""
    dataset = catalog.datasets[agreement.dataset]
    made = list(rows(catalog, dataset, where=agreement.where))
    told = json.dumps([dataset.model_dump(mode="json"), made], ensure_ascii=False, sort_keys=True)
    folder = catalog.root / "var" / "invented"
    path = folder / f"{agreement.name}-{hashlib.sha256(told.encode()).hexdigest()[:16]}.db"
    place = System(name=INVENTED, title=f"虚构数据（{dataset.title}）", kind="sql", url=f"sqlite:///{path}", owner=dataset.owner)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as aside:
            half = Path(aside) / "rows.db"
            _fill(place.model_copy(update={"url": f"sqlite:///{half}"}), dataset, made)
            os.replace(half, path)  # whole or not at all, whoever else makes it now
    return place


def _fill(place: System, dataset: Dataset, made: Sequence[Row]) -> None:
    dialect, workspace = dialect_of("sqlite://"), Workspace.of(place)
    columns = [Column(field.name, field.type, field.name) for field in dataset.fields]
    body = ", ".join(f"{dialect.quote(column.source)} {dialect.declare(column.type)}" for column in columns)
    engine = connect(place)
    with engine.connect() as connection:
        workspace.prepare(connection)
        connection.execute(text(f"create table {dialect.quote(dataset.name)} ({body})"))
        lines = "".join(join(row) + "\n" for row in made).encode()
        dialect.load(connection, dialect.quote(dataset.name), columns, iter([lines]))
        connection.commit()
        connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
    engine.dispose()


def _cell(catalog: Catalog, dataset: Dataset, field: Field, at: int, where: Sequence[Condition]) -> str | None:
    for condition in where:
        if condition.field == field.name and (met := _meeting(condition, field, at)) is not None:
            return met
    if not field.required and field.name not in dataset.key and at % GAP == GAP - 1:
        return None
    for rule in dataset.rules:
        if isinstance(rule, References) and rule.field == field.name and rule.dataset != dataset.name:
            other = catalog.datasets[rule.dataset]
            return _made(catalog, other, other.field(other.key[0]), at)
    return _made(catalog, dataset, field, at)


def _meeting(condition: Condition, field: Field, at: int) -> str | None:
    """Return a value that meets a condition, where one can be told from it."""
    value = condition.value
    if condition.operator == "in" and isinstance(value, tuple):
        return canonical(field.type.kind, value[at % len(value)])
    return canonical(field.type.kind, value) if condition.operator in ("eq", "ge", "le") else None


def _made(catalog: Catalog, dataset: Dataset, field: Field, at: int) -> str:
    """Make a value that the field's own rules let pass."""
    for rule in dataset.rules:
        if getattr(rule, "field", None) != field.name:
            continue
        match rule:
            case Matches() if (found := pattern.invent(rule.pattern, at)) is not None:
                return found
            case InRange():
                return canonical(field.type.kind, rule.min if rule.min is not None else rule.max) or ""
            case InCodes():
                return _code(catalog, rule.codes, at)
    return _code(catalog, field.codes, at) if field.codes else _of_type(field, at)


def _code(catalog: Catalog, table: str, at: int) -> str:
    codes = sorted(catalog.codes[table].codes)
    return codes[at % len(codes)]


def _of_type(field: Field, at: int) -> str:
    day = FIRST_DAY + timedelta(days=at)
    match field.type.kind:
        case "string":
            whole = f"示例{field.title}{at + 1:04}"
            length = field.type.length or len(whole)
            return whole if len(whole) <= length else f"示例{at + 1:04}"[-length:]
        case "integer":
            return str(at + 1)
        case "decimal":
            return canonical("decimal", f"{at % 10 ** min(4, field.type.precision or 1)}e-{field.type.scale or 0}") or "0"
        case "float":
            return canonical("float", (at + 1) / 64) or "0"
        case "boolean":
            return str(at % 2)
        case "date":
            return day.isoformat()
        case "time" | "duration":
            return f"08:{at % 60:02}:00"
        case "timestamp" | "timestamptz":
            return f"{day.isoformat()} 08:00:00"
        case "bytes":
            return f"\\x{at % 256:02x}"
        case "json":
            return f'{{"示例": {at + 1}}}'
