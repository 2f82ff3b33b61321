"""Courtesy to a system: the hours in which it asks to be left alone."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from catalog.errors import UnavailableError
from hub.route import Route

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def rest(route: Route, *, now: datetime, zone: ZoneInfo) -> None:
    """Refuse to start while source or target rests. UnavailableError names the system and its hours."""
    for system in (route.source, route.target):
        for hours in system.limits.blackout:
            if covers(hours, now.astimezone(zone)):
                raise UnavailableError("system.blackout", system=system.title, hours=hours)


def covers(hours: str, moment: datetime) -> bool:
    """Say whether hours such as `Mon-Fri 08:00-09:30` cover a moment of the school's wall time."""
    days, span = hours.split(" ")
    first, _, last = days.partition("-")
    start, end = (time.fromisoformat(text) for text in span.split("-"))
    from_day, to_day = DAYS.index(first), DAYS.index(last or first)
    length = (to_day - from_day) % 7
    return (moment.weekday() - from_day) % 7 <= length and start <= moment.time() < end
