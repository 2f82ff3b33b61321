"""The hub's one clock: HUB_NOW (an ISO instant, for tests and the demo) or the machine's. Leases alone use real time."""

import os
from datetime import UTC, datetime


def fixed() -> datetime | None:
    """Return the instant of HUB_NOW in UTC, or None when the clock runs. CatalogError is the caller's to raise on ValueError."""
    text = os.environ.get("HUB_NOW")
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def now() -> datetime:
    """Return the hub's time in UTC."""
    return fixed() or datetime.now(UTC)
