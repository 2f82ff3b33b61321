"""Granted cells as they leave: masked, then written as JSON values. Decimals stay text, instants carry their zone, NULL is null."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.dataset import Field
from hub.masking import Masker
from hub.sharing import Grant

Rows = Sequence[Sequence[str | None]]
Write = Callable[[str], Any]  # Any: JSON values


def _float(text: str) -> float | str:
    return float(text) if text not in ("NaN", "Infinity", "-Infinity") else text


def _bytes(text: str) -> str:
    return base64.b64encode(bytes.fromhex(text[2:])).decode()


# Python of a text `{}`: written in place, because a call a cell would cost more than what it does
WRITE: Mapping[str, str] = {
    "integer": "int({})",
    "float": "float_({})",
    "boolean": "({} == '1')",
    "bytes": "bytes_({})",
    "timestamp": "{}.replace(' ', 'T')",
    "timestamptz": "({}.replace(' ', 'T') + 'Z')",
}
KNOWN: Mapping[str, Write] = {"float_": _float, "bytes_": _bytes}


@dataclass(frozen=True, slots=True)
class Cells:
    """What becomes of the canonical values of rows: which leave, by which names, written how."""

    objects: Callable[[Rows], list[dict[str, Any]]]  # by field
    rows: Callable[[Rows], list[tuple[Any, ...]]]  # in the order of the names

    @classmethod
    def of(cls, grant: Grant, fields: Sequence[Field], read: Sequence[str]) -> "Cells":
        """Plan the cells of `fields` of rows whose values stand in the order of the field names `read`."""
        known = dict(KNOWN)
        cells = [_cell(grant, field, f"r[{read.index(field.name)}]", known) for field in fields]
        pairs = [f"{field.name!r}: {cell}" for field, cell in zip(fields, cells, strict=True)]
        return cls(
            objects=eval(f"lambda rows: [{{{', '.join(pairs)}}} for r in rows]", known),
            rows=eval(f"lambda rows: [({', '.join(cells)},) for r in rows]", known),
        )


def _cell(grant: Grant, field: Field, read: str, known: dict[str, Any]) -> str:
    """Write the Python of a field's cell; NULL stays None."""
    write, mask = WRITE.get(field.type.kind, "{}"), grant.maskers.get(field.name)
    if mask is None:
        return read if write == "{}" else f"(None if {read} is None else {write.format(read)})"
    name = f"mask_{len(known)}"
    known[name] = mask if write == "{}" else _masked(mask, eval(f"lambda text: {write.format('text')}", known))
    return f"(None if {read} is None else {name}({read}))"


def _masked(mask: Masker, write: Write) -> Write:
    def shown(text: str) -> Any:  # Any: JSON values
        masked = mask(text)
        try:
            return masked if masked is None else write(masked)
        except ValueError:  # a mask of a number that leaves none
            return masked

    return shown


def objects_of(names: Sequence[str]) -> Callable[..., dict[str, Any]]:
    """Return the function that puts a row's cells under these names. Written out as a display it takes half the time of a dict of pairs."""
    cells = [f"c{at}" for at in range(len(names))]
    pairs = ", ".join(f"{name!r}: {cell}" for name, cell in zip(names, cells, strict=True))
    made: Callable[..., dict[str, Any]] = eval(f"lambda {', '.join(cells)}: {{{pairs}}}", {})
    return made
