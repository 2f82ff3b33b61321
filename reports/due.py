"""When an edition is due: its last period is over, its cut-off has passed, and all that it counts was published since. Builds nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from catalog.campus import Catalog
from catalog.edition import Edition
from catalog.errors import CatalogError
from hub.open import Hub
from hub.published import published
from hub.store import runs
from reports import issues
from reports.facts.counted import counted
from reports.period import Period, parse
from reports.wall import wall


@dataclass(frozen=True, slots=True)
class Due:
    """The last period of an edition, and what its report still waits for."""

    period: Period
    over: bool  # the period and its cut-off are past
    made: bool  # there is a draft
    awaited: Sequence[str]  # datasets that were not proved since the cut-off

    @property
    def now(self) -> bool:
        """Say whether the report is to be made now."""
        return self.over and not self.made and not self.awaited


def due(hub: Hub, edition: Edition, *, now: datetime) -> Due:
    """Look whether an edition's last report is due. CatalogError for a period that its calendar does not hold."""
    at = now.astimezone(hub.catalog.zone).replace(tzinfo=None)
    period = last(edition, hub.catalog, at.date())
    cut = period.cut_off(edition.cut_off_days)
    return Due(
        period=period,
        over=at >= cut,
        made=issues.figures_of(hub.store, issues.name(edition.name, period)) is not None,
        awaited=[name for name in counted(hub.catalog) if not _proved_since(hub, name, cut)],
    )


def latest(catalog: Catalog, edition: str, *, now: datetime) -> str:
    """Return the code of the last period of an edition. CatalogError for an unknown edition."""
    if edition not in catalog.editions:
        raise CatalogError("report.edition", edition=edition, known=", ".join(sorted(catalog.editions)) or "-")
    return last(catalog.editions[edition], catalog, now.astimezone(catalog.zone).date()).code


def last(edition: Edition, catalog: Catalog, today: date) -> Period:
    """Return the period of an edition that ended last before a day; of months that are reported together, the one that they end in."""
    before = today.replace(day=1) - timedelta(days=1)
    code = f"{before:%Y-%m}"
    if edition.every == "quarter":
        before = date(today.year, (today.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1)
        code = f"{before.year}Q{before.month // 3}"
    return parse(code, catalog.calendars[edition.calendar], edition.merge)


def _proved_since(hub: Hub, dataset: str, cut: datetime) -> bool:
    place = published(hub.catalog, dataset)
    proved = runs.published(hub.store, place.flow.name) if place else None
    return proved is not None and wall(proved.started_at, hub.catalog.zone) >= cut
