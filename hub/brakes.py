"""Brakes: what stops a run before publishing and asks a person, and what an approval lets through."""

from collections.abc import Mapping
from typing import Any, Literal

from catalog.errors import RejectedError
from catalog.model import Limit

Brake = Literal[
    "empty_source", "max_deletes", "max_quarantine", "column_vanished", "drift", "foreign_table", "unsure_deletes", "cascade", "refused"
]


class HeldError(RejectedError):
    """A brake holds the run: nothing was published. `saw` are the numbers that a person decides on."""

    def __init__(self, brake: Brake, **saw: Any) -> None:  # Any: JSON
        super().__init__(f"held.{brake}", **saw)
        self.brake = brake
        self.saw: Mapping[str, Any] = saw  # Any: JSON


class Approval(dict[str, Any]):  # Any: JSON
    """What a person approved: the brake of a held run and the numbers seen then; empty when nobody was asked."""

    def lets(self, brake: Brake, seen: object) -> bool:
        """Say whether the approval covers `seen`: the same brake, and a number no larger than the one approved."""
        if self.get("brake") != brake:
            return False
        approved = self.get("seen")
        if isinstance(seen, int) and isinstance(approved, int):
            return seen <= approved
        return bool(seen == approved)


def check(brake: Brake, limit: Limit | None, approval: Approval, *, seen: int, total: int, **saw: Any) -> None:  # Any: JSON
    """Hold the run where `seen` of `total` rows pass the limit and no approval covers them."""
    if limit and limit.exceeded(seen, total) and not approval.lets(brake, seen):
        raise HeldError(brake, seen=seen, total=total, share=f"{limit.share:.0%}", rows=limit.rows, **saw)
