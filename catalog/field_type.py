"""The types a field can have: `string[(n)] integer decimal(p,s) float boolean date time duration timestamp timestamptz bytes json`."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

Kind = Literal["string", "integer", "decimal", "float", "boolean", "date", "time", "duration", "timestamp", "timestamptz", "bytes", "json"]
SHAPE = re.compile(r"(?P<kind>[a-z]+)(?:\(\s*(?P<first>\d+)\s*(?:,\s*(?P<second>\d+)\s*)?\))?")
EXPECTED = "expected string, string(n), integer, decimal(p,s), float, boolean, date, time, duration, timestamp, timestamptz, bytes or json"


@dataclass(frozen=True, slots=True)
class FieldType:
    """A field's type: `integer` is 64-bit; `length` counts characters; `timestamp` is wall time, `timestamptz` an instant."""

    kind: Kind
    length: int | None = None
    precision: int | None = None
    scale: int | None = None

    def __str__(self) -> str:
        if self.kind == "decimal":
            return f"decimal({self.precision},{self.scale})"
        return f"{self.kind}({self.length})" if self.length else self.kind


def parse(text: str) -> FieldType:
    """Read `decimal(12,2)` and its like. ValueError names what was expected."""
    match = SHAPE.fullmatch(text.strip())
    if match is None or match["kind"] not in get_args(Kind):
        raise ValueError(EXPECTED)
    kind, first, second = cast(Kind, match["kind"]), match["first"], match["second"]
    if kind == "decimal" and first and second and 0 <= int(second) <= int(first) <= 65:
        return FieldType(kind, precision=int(first), scale=int(second))
    if kind == "string" and first and not second:
        return FieldType(kind, length=int(first))
    if kind != "decimal" and not first:
        return FieldType(kind)
    raise ValueError(EXPECTED)


def _read(value: Any) -> FieldType:  # Any: whatever YAML holds
    return value if isinstance(value, FieldType) else parse(str(value))


TypeName = Annotated[
    FieldType,
    BeforeValidator(_read),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": f"^{SHAPE.pattern.replace('?P<kind>', '').replace('?P<first>', '').replace('?P<second>', '')}$"}
    ),
]
