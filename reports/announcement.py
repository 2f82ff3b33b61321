"""What the office is told when a draft is there: which report, which draft, and what a person must look at before it goes on."""

from collections.abc import Iterator

from hub.open import Hub
from reports.build import Built
from reports.period import Period
from reports.sentence import tell


def announce(hub: Hub, built: Built) -> str:
    """Say in one line that a draft was made and what in it is to be checked. Names datasets and counts, never a value."""
    checks = list(_checks(hub, built))
    names = {"period": _short(built.measured.period), "report": tell(f"notice.{hub.catalog.editions[built.edition].outline}")}
    told = tell("notice.made", **names, draft=built.draft)
    return told + (tell("notice.checks", count=len(checks), checks="；".join(checks)) if checks else tell("notice.clear"))


def _short(period: Period) -> str:
    """Return a month without its year: whoever is told lives in it."""
    return period.title.removeprefix(f"{period.start.year}年") if period.kind == "month" else period.title


def _checks(hub: Hub, built: Built) -> Iterator[str]:
    snapshot = built.snapshot
    for key, names in (("unproved", snapshot.unproved), ("stale", snapshot.stale)):
        if names:
            yield tell(f"notice.{key}", datasets="、".join(hub.catalog.datasets[name].title for name in names))
    if snapshot.quarantined:
        yield tell("notice.quarantined", rows=snapshot.quarantined)
    shown = hub.catalog.editions[built.edition].indicators
    if missing := sum(name in built.measured.missing for name in shown):
        yield tell("notice.missing", count=missing)
    if built.unseen:
        yield tell("notice.unseen", count=len(built.unseen))
