"""What a run's first step learned, as later steps and other processes need it."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from connectors.digest import Digest

Kind = Literal["whole", "changed", "window", "keys"]

SIDES = ("source", "stage", "standing")


@dataclass(frozen=True, slots=True)
class Staged:
    """The staged batch of a run: its scope, its digests as read and as staged, and the shape it was read in.

    `source` is the source's digest over the scope at the read moment, `stage` the staging table's as it must still be
    when it is published (code tables applied, quarantined rows moved out).
    """

    kind: Kind
    window: tuple[str | None, str | None]
    cursor: str | None
    source: Digest
    stage: Digest
    as_of: str
    shape: dict[str, Any]  # Any: JSON
    waiting: int = 0
    rejected: int = 0
    unreadable: int = 0  # rejected rows whose key cannot be read either
    confidential: int = 0
    standing: Digest = field(
        default_factory=Digest
    )  # of a `changed` batch: the rows that the target has as the source has them; they were not staged
    quarantined: int = 0
    unchanged: bool = False
    approval: dict[str, Any] = field(default_factory=dict)  # Any: JSON
    asked: dict[str, Any] | None = None  # Any: JSON; nothing is staged yet, the last step does it all (hub.guest)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Say whether the target is to equal the whole source: all its rows were staged, or all that differed."""
        return self.kind in ("whole", "changed")

    @property
    def expected(self) -> Digest:
        """The digest that the target is to have over the scope."""
        return self.stage + self.standing

    @property
    def hashed(self) -> str:
        """The row hash that the digests are made of."""
        return str(self.shape.get("hash", "md5"))

    def to_json(self) -> dict[str, Any]:  # Any: JSON; digests' totals outgrow JSON numbers, so they travel as text
        """Return the batch as JSON values."""
        data = asdict(self)
        for side in SIDES:
            data[side]["total"] = str(data[side]["total"])
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Staged":  # Any: JSON
        """Read what `to_json` wrote."""
        sides = {side: Digest(data[side]["count"], int(data[side]["total"])) for side in SIDES}
        return cls(**{**data, **sides, "window": tuple(data["window"])})
