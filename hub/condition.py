"""Whether a row that stands no more would have been granted: an agreement's conditions on canonical values, as the engines decide them."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from catalog.condition import Condition
from catalog.dataset import Dataset
from connectors.line import canonical, micros

Row = Mapping[str, str | None]
COMPARABLE: Mapping[str, Callable[[str], Any]] = {  # Any: what Python compares
    "integer": int,
    "decimal": Decimal,
    "float": float,
    "duration": micros,
}
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {  # Any: as above
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "in": lambda a, b: a in b,
    "not_in": lambda a, b: a not in b,
}


def admits(dataset: Dataset, where: Sequence[Condition], but_not: Sequence[Condition], row: Row) -> bool:
    """Say whether a row meets all of `where` and not all of `but_not`. NULL meets no comparison, but keeps a row back in doubt."""
    if but_not and all(_holds(dataset, condition, row) or _doubtful(condition, row) for condition in but_not):
        return False
    return all(_holds(dataset, condition, row) for condition in where)


def _doubtful(condition: Condition, row: Row) -> bool:
    return condition.operator in ("ne", "not_in") and row[condition.field] is None


def _holds(dataset: Dataset, condition: Condition, row: Row) -> bool:
    text, kind = row[condition.field], dataset.field(condition.field).type.kind
    if condition.operator == "is_null":
        return (text is None) == condition.value
    if text is None:
        return False
    if condition.operator == "like":
        return _pattern(str(condition.value)).fullmatch(text) is not None
    read = COMPARABLE.get(kind, str)
    value = condition.value
    wanted = [read(canonical(kind, v) or "") for v in value] if isinstance(value, tuple) else read(canonical(kind, value) or "")
    return COMPARE[condition.operator](read(text), wanted)


def _pattern(like: str) -> re.Pattern[str]:
    parts = re.findall(r"(?s)\\.|.", like)
    return re.compile("".join({"%": ".*", "_": "."}.get(part) or re.escape(part[-1]) for part in parts), re.DOTALL)
