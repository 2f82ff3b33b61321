"""An instant as the school's clocks show it: the days of a report are the school's days."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def wall(moment: str, zone: ZoneInfo) -> datetime:
    """Return the wall time of an instant written in ISO; one without a zone is in UTC."""
    instant = datetime.fromisoformat(moment)
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(zone).replace(tzinfo=None)
