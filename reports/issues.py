"""Issues in the store: what was built, and its figures as they were told. A part of an indicator is stored as `B3.late`."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, delete, insert, select

from catalog.errors import CatalogError
from hub.store.tables import figures as stored
from hub.store.tables import issues
from reports.figures import Figure, Figures
from reports.period import Period
from reports.snapshot import Snapshot

DRAFT = "送审稿"


def name(edition: str, period: Period) -> str:
    """Name the issue of a period: operation-2026-10."""
    return f"{edition}-{period.code}"


def save(store: Engine, edition: str, period: Period, *, figures: Figures, snapshot: Snapshot, folder: Path, now: datetime) -> None:
    """Write a draft and its figures; the draft built before it for the same period is replaced."""
    issue = name(edition, period)
    head = {
        "issue": issue, "edition": edition, "period": period.code, "draft": 1, "state": DRAFT, "cut_off": snapshot.cut.isoformat(),
        "built_at": now.isoformat(), "snapshot": snapshot.hash, "folder": str(folder),
    }  # fmt: skip
    rows = [
        {
            "issue": issue, "indicator": f"{f.indicator}.{f.part}" if f.part else f.indicator, "unit": f.unit,
            "numerator": f.numerator, "denominator": f.denominator, "value": f.value,
        }
        for f in figures
    ]  # fmt: skip
    with store.begin() as connection:
        connection.execute(delete(stored).where(stored.c.issue == issue))
        connection.execute(delete(issues).where(issues.c.issue == issue))
        connection.execute(insert(issues).values(head))
        connection.execute(insert(stored), rows)


@dataclass(frozen=True, slots=True)
class Issue:
    """One report of one period, as the store knows it."""

    issue: str
    edition: str
    period: str
    draft: int
    state: str
    snapshot: str
    folder: Path


def find(store: Engine, issue: str) -> Issue:
    """Return an issue. CatalogError names the ones there are."""
    with store.connect() as connection:
        rows = {row.issue: row for row in connection.execute(select(issues).order_by(issues.c.issue))}
    if issue not in rows:
        raise CatalogError("report.issue", issue=issue, known="、".join(rows) or "-")
    row = rows[issue]
    return Issue(row.issue, row.edition, row.period, row.draft, row.state, row.snapshot, Path(row.folder))


def figures_of(store: Engine, issue: str) -> Figures | None:
    """Return the figures of an issue as they were told, or None if there is no such issue."""
    columns = stored.c.indicator, stored.c.unit, stored.c.numerator, stored.c.denominator, stored.c.value
    with store.connect() as connection:
        rows = connection.execute(select(*columns).where(stored.c.issue == issue)).all()
    return Figures.gather(_figure(*row) for row in rows) if rows else None


def _figure(indicator: str, unit: str, numerator: object, denominator: object, value: object) -> Figure:
    whole, _, part = indicator.partition(".")
    top, base, told = (None if v is None else float(str(v)) for v in (numerator, denominator, value))
    return Figure(whole, unit, part, top, base, told)
