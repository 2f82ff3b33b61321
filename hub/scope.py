"""The scope of a run: which rows it covers, as a window of the cursor in canonical text."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from catalog.field_type import FieldType
from connectors.line import canonical, split
from hub.ledger import Entry
from hub.route import Route
from hub.staging import Kind


@dataclass(frozen=True, slots=True)
class Scope:
    """All rows, a window of the cursor, or named keys. `reached` is how far the cursor will stand after publishing, if it `moves`."""

    kind: Kind
    low: str | None = None
    high: str | None = None
    reached: str | None = None
    moves: bool = True
    keys: tuple[tuple[str | None, ...], ...] = ()


def choose(
    route: Route, entry: Entry | None, *, as_of: datetime, zone: ZoneInfo, full: bool, since: datetime | None, until: datetime | None
) -> Scope:
    """Choose a run's scope: the whole source where nothing was published yet, else the window since then less the lag."""
    if route.flow.mode == "mirror":
        return Scope("whole")
    wanted = route.dataset.field(route.flow.source.cursor).type if route.flow.source.cursor else None
    if wanted is None:  # an append log without cursor is told apart by its key
        return Scope("whole")
    last = settled(route, as_of)
    high = bound(wanted, min(until or last, last), zone)  # a cursor ahead of the clock would pass over what is still to come
    if since is not None:
        low, before = bound(wanted, since, zone), entry.cursor if entry else None
        # a span that does not touch what was read before leaves a gap: the cursor stays, and the next run reads it
        moves = before is not None and (low or "") <= before
        return Scope("window", low=low, high=high, reached=max(before or "", high or "") or None, moves=moves)
    if full or entry is None or entry.cursor is None:
        # an append log without key may never read a row twice: its first window ends where the next begins
        return Scope("window", high=high, reached=high) if not route.dataset.key else Scope("whole", reached=high)
    lag = timedelta() if not route.dataset.key else route.flow.source.lag or timedelta()
    return Scope("window", low=earlier(wanted, entry.cursor, lag), high=high, reached=high)


def settled(route: Route, as_of: datetime) -> datetime:
    """Return up to when rows are taken: an append log without key takes no row twice, so it waits until the lag has passed."""
    return as_of - (route.flow.source.lag or timedelta()) if route.flow.mode == "append" and not route.dataset.key else as_of


def bound(wanted: FieldType, moment: datetime, zone: ZoneInfo) -> str | None:
    """Write a moment as a cursor value: wall time of the school, an instant in UTC, a day; None where cursors are no times."""
    match wanted.kind:
        case "timestamp":
            return canonical("timestamp", moment.astimezone(zone).replace(tzinfo=None))
        case "timestamptz":
            return canonical("timestamptz", moment.astimezone(UTC))
        case "date":
            return moment.astimezone(zone).date().isoformat()
    return None


def earlier(wanted: FieldType, cursor: str, lag: timedelta) -> str:
    """Move a cursor value back by the lag; a number or text stays, its ties being read again."""
    match wanted.kind:
        case "timestamp" | "timestamptz":
            return canonical(wanted.kind, datetime.fromisoformat(cursor) - lag) or cursor
        case "date":
            return (date.fromisoformat(cursor) - max(lag, timedelta(days=1))).isoformat()
    return cursor


def of_keys(key_lines: list[str]) -> Scope:
    """Cover exactly the rows with these keys."""
    return Scope("keys", keys=tuple(split(line) for line in key_lines))
