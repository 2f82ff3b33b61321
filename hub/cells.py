"""Granted cells as they leave: masked, then written as JSON values. Decimals stay text, instants carry their zone, NULL is null."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from catalog.dataset import Field
from hub.masking import Masker
from hub.sharing import Grant

Write = Callable[[str], Any]  # Any: JSON values
WRITE: Mapping[str, Write] = {
    "integer": int,
    "float": lambda text: float(text) if text not in ("NaN", "Infinity", "-Infinity") else text,
    "boolean": lambda text: text == "1",
    "bytes": lambda text: base64.b64encode(bytes.fromhex(text[2:])).decode(),
    "timestamp": lambda text: text.replace(" ", "T"),
    "timestamptz": lambda text: text.replace(" ", "T") + "Z",
}


@dataclass(frozen=True, slots=True)
class Cells:
    """What becomes of the canonical values of a row: which leave, by which names, written how."""

    names: tuple[str, ...]
    places: tuple[int, ...]
    writes: tuple[tuple[int, Write], ...]  # cells that do not leave as they are

    @classmethod
    def of(cls, grant: Grant, fields: Sequence[Field], read: Sequence[str]) -> "Cells":
        """Plan the cells of `fields` of rows whose values stand in the order of the field names `read`."""
        writes = [(at, write) for at, field in enumerate(fields) if (write := _write(grant, field))]
        return cls(tuple(field.name for field in fields), tuple(read.index(field.name) for field in fields), tuple(writes))

    def columns(self, rows: Sequence[Sequence[str | None]]) -> list[Sequence[Any]]:  # Any: JSON values
        """Write rows column by column, in the order of the names: one pass a column is what costs least."""
        if not rows:
            return []
        read = list(zip(*rows, strict=True))
        cells: list[Sequence[Any]] = [read[place] for place in self.places]
        for at, write in self.writes:
            cells[at] = [value if value is None else write(value) for value in cells[at]]
        return cells

    def rows(self, rows: Sequence[Sequence[str | None]]) -> list[tuple[Any, ...]]:
        """Write rows as tuples in the order of the names."""
        return list(zip(*self.columns(rows), strict=True))

    def objects(self, rows: Sequence[Sequence[str | None]]) -> list[dict[str, Any]]:
        """Write rows as objects by field."""
        return [dict(zip(self.names, row, strict=True)) for row in self.rows(rows)]


def _write(grant: Grant, field: Field) -> Write | None:
    mask, write = grant.maskers.get(field.name), WRITE.get(field.type.kind)
    return mask if write is None else partial(_masked, mask, write) if mask else write


def _masked(mask: Masker, write: Write, text: str) -> Any:  # Any: JSON values
    shown = mask(text)
    if shown is None:
        return shown
    try:
        return write(shown)
    except ValueError:  # a mask of a number that leaves none
        return shown
