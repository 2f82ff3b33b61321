"""A reject: a source row that cannot enter a typed stage. Its content goes to quarantine, never into a message or log."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reject:
    """Where the row stands, which field does not fit and why, and the row itself as one line of raw text.

    `key` is the row's key as a line of canonical text where it can be read: the published row under it is then kept.
    """

    place: str
    field: str | None
    reason: str
    row: str
    key: str | None = None
