"""A receipt: what a run did, and the proof that the target equals the source over the stated scope. The object of `run --json`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal[
    "proved", "unchanged", "proved_with_exceptions", "acknowledged", "held", "rejected", "unavailable", "unproven", "refused", "rolled_back"
]  # fmt: skip
PROVES: tuple[Status, ...] = ("proved", "unchanged", "proved_with_exceptions", "acknowledged")  # what vouches for the target's rows
EXIT_CODES: Mapping[Status, int] = {
    "proved": 0,
    "unchanged": 0,
    "proved_with_exceptions": 0,
    "acknowledged": 0,
    "rolled_back": 0,
    "held": 3,
    "rejected": 3,
    "refused": 3,
    "unavailable": 4,
    "unproven": 5,
}


@dataclass(frozen=True, slots=True)
class Rows:
    """Counts of one run; `kept_stale` rows are quarantined ones whose last good version stays in the target."""

    read: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    quarantined: int = 0
    kept_stale: int = 0
    retained: int = 0  # rows gone from the source that a `mark` or `keep` flow keeps
    revived: int = 0  # unchanged rows of a push that were marked as gone and that the source has again
    healed: int = 0  # rows in scope that somebody else had changed in the target
    waiting: int = 0  # rows whose cursor lies beyond the window


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the proof: how many rows, their digest (a decimal number as text), as of when (UTC)."""

    count: int
    digest: str
    as_of: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything a run can prove. `findings` carry counts and masked keys, never a cell value."""

    run: str
    flow: str
    dataset: str
    mode: str
    status: Status
    source_system: str
    target_system: str
    window: tuple[str | None, str | None] | None = None
    rows: Rows = Rows()
    source: Side | None = None
    target: Side | None = None
    tolerances: tuple[str, ...] = ()
    findings: tuple[Mapping[str, Any], ...] = ()  # Any: JSON of quality.verdict.Finding
    held: Mapping[str, Any] | None = None  # Any: JSON; {brake, …numbers it saw}
    stale_since: str | None = None  # when the oldest row of `kept_stale` was first refused
    error: str | None = None
    files: tuple[Mapping[str, Any], ...] = ()  # Any: JSON of connectors.files.DropFile
    undid: str | None = None  # the run whose publication a rollback took back
    seconds: Mapping[str, float] = field(default_factory=dict)
    started_at: str = ""
    finished_at: str = ""
    started_by: str = ""
    flow_hash: str = ""
    campus_hash: str = ""

    @property
    def exit_code(self) -> int:
        """0 done and proved · 3 held or rejected · 4 unavailable · 5 unproven."""
        return EXIT_CODES[self.status]

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        """Return the receipt as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Receipt":  # Any: JSON
        """Read what `to_json` wrote."""
        sides = {name: Side(**data[name]) if data[name] else None for name in ("source", "target")}
        window = tuple(data["window"]) if data["window"] else None
        lists = {name: tuple(data[name]) for name in ("tolerances", "findings")} | {"files": tuple(data.get("files", ()))}
        return cls(**{**data, **sides, **lists, "window": window, "rows": Rows(**data["rows"])})
