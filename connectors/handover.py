"""What is handed to a receiver that is no database, and what it does not take: a change of a row, and a refusal with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Op = Literal["I", "U", "D"]


@dataclass(frozen=True, slots=True)
class Change:
    """A row that is new, changed or gone, as canonical text by field. `name` is its idempotency key, `state` its hash."""

    op: Op
    key: str  # the key's line
    values: Mapping[str, str | None]
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that the receiver did not take. `reason` goes to quarantine alone: it may repeat what was sent."""

    key: str
    reason: str
