"""Issues in the store: their drafts, and the newest figures as they were told. A part of an indicator is stored as `B3.late`."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from catalog.errors import BusyError, CatalogError
from hub.store.tables import drafts, issues
from hub.store.tables import figures as stored
from reports.figures import Figure, Figures
from reports.period import Period
from reports.release import states
from reports.release.states import DRAFT, State
from reports.snapshot import Snapshot


def name(edition: str, period: Period) -> str:
    """Name the issue of a period: operation-2026-10."""
    return f"{edition}-{period.code}"


def next_draft(store: Engine, issue: str) -> int:
    """Number the draft to build: one more than the last. RejectedError where the issue is past its drafts."""
    with store.connect() as connection:
        state = states.state_of(connection, issue)
        states.allowed(issue, state, "build")
        return 1 + (connection.execute(select(func.max(drafts.c.draft)).where(drafts.c.issue == issue)).scalar_one() or 0)


def save(
    store: Engine,
    edition: str,
    period: Period,
    *,
    draft: int,
    figures: Figures,
    snapshot: Snapshot,
    folder: Path,
    by: str,
    now: datetime,
) -> None:
    """Write a draft and its figures. Every draft is kept; the figures in the store are those of the newest.

    BusyError where another build was faster, RejectedError where the issue has meanwhile gone on.
    """
    issue = name(edition, period)
    place = {"snapshot": snapshot.hash, "folder": str(folder), "built_at": now.isoformat()}
    head = {
        "issue": issue, "edition": edition, "period": period.code, "draft": draft, "state": DRAFT,
        "cut_off": snapshot.cut.isoformat(), **place,
    }  # fmt: skip
    rows = [
        {
            "issue": issue, "indicator": f"{f.indicator}.{f.part}" if f.part else f.indicator, "unit": f.unit,
            "numerator": f.numerator, "denominator": f.denominator, "value": f.value,
        }
        for f in figures
    ]  # fmt: skip
    try:
        with store.begin() as connection:
            before = states.state_of(connection, issue)
            states.allowed(issue, before, "build")
            connection.execute(insert(drafts).values({"issue": issue, "draft": draft, "built_by": by, **place}))
            if before is None:
                connection.execute(insert(issues).values(head))
            states.record(connection, issue, "build", draft=draft, by=by, now=now, details={"snapshot": snapshot.hash})
            connection.execute(update(issues).where(issues.c.issue == issue).values(head))
            connection.execute(delete(stored).where(stored.c.issue == issue))
            connection.execute(insert(stored), rows)
    except IntegrityError:
        raise BusyError("release.busy", issue=issue) from None


def folder_of(store: Engine, issue: str, draft: int) -> Path:
    """Return where a draft's files lie. CatalogError if there is no such draft."""
    with store.connect() as connection:
        found = connection.execute(select(drafts.c.folder).where(drafts.c.issue == issue, drafts.c.draft == draft)).scalar_one_or_none()
    if found is None:
        raise CatalogError("release.no_draft", issue=issue, draft=draft)
    return Path(found)


@dataclass(frozen=True, slots=True)
class Issue:
    """One report of one period, as the store knows it."""

    issue: str
    edition: str
    period: str
    draft: int
    state: State
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


def told(store: Engine, issue: str) -> Figures | None:
    """Return what an issue told, as it was corrected since; None if there is none or it was withdrawn."""
    with store.connect() as connection:
        state = states.state_of(connection, issue)
    found = figures_of(store, issue) if state not in (None, states.WITHDRAWN) else None
    corrected = [Figure(**row) for done in states.history(store, issue) if done.act == "correct" for row in done.details["figures"]]
    return found and Figures.gather(({**found.of} | {(f.indicator, f.unit, f.part): f for f in corrected}).values())


def _figure(indicator: str, unit: str, numerator: object, denominator: object, value: object) -> Figure:
    whole, _, part = indicator.partition(".")
    top, base, told = (None if v is None else float(str(v)) for v in (numerator, denominator, value))
    return Figure(whole, unit, part, top, base, told)
