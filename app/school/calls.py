"""What the school's systems asked of the hub before the first day: answers of the interface, two of them before their agreement held."""

from datetime import datetime, timedelta

from app.school.planted import PLANTED
from hub.open import Hub
from hub.store import access
from hub.store.access import Line

FIRST = datetime.fromisoformat("2026-08-20T10:00:00+08:00")  # the agreement holds from September on
CALLS = 20


def history(hub: Hub) -> None:
    """Write the calls into a store that knows of none of them yet."""
    if any(str(line["request"]).startswith("sample-") for line in access.lines(hub.store, limit=10_000)):
        return  # lines of the flows' own pushes may stand there already
    for number in range(CALLS):
        early = number < PLANTED.early_calls
        moment = FIRST + timedelta(days=number) if early else FIRST + timedelta(days=15 + number)
        line = Line(
            who="library", channel="api", outcome="sent", request=f"sample-{number:04}", dataset="staff", agreement="library_staff",
            columns=("staff_no", "name", "dept_code"), rows=100 + number,
        )  # fmt: skip
        access.write(hub.store, line, now=moment)
