"""Build an issue: freeze → measure → compose → render, in one straight line, with a manifest of every hash."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from catalog.calendar import Calendar
from catalog.edition import Edition
from catalog.errors import CatalogError
from hub.open import Hub
from reports import issues
from reports.audience import admit
from reports.comparison import Comparison, compare
from reports.definition import definitions
from reports.discretion import discreet
from reports.editions import operation, outline, security
from reports.editions.desk import Desk
from reports.freeze import freeze
from reports.identities import check
from reports.measure import Measured, measure
from reports.note import Note, read
from reports.period import Period, before, parse
from reports.render import docx, html, pdf, xlsx
from reports.render.fonts import typefaces
from reports.report import Report
from reports.snapshot import Snapshot, thaw, to_json

CLOCK = "campus-hub"  # who builds when nobody asks: the schedule
OUTLINES = {"operation": (operation.SECTIONS, operation.ANNEXES), "security": (security.SECTIONS, security.ANNEXES)}


@dataclass(frozen=True, slots=True)
class Built:
    """An issue's files, its report and its figures."""

    issue: str
    edition: str
    draft: int
    folder: Path
    files: tuple[Path, ...]
    report: Report
    measured: Measured
    snapshot: Snapshot
    unseen: Sequence[str]  # characters that no font at hand can show


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: an edition, its calendar, the period and the one before it."""

    edition: Edition
    calendar: Calendar
    period: Period
    earlier: Period | None

    @property
    def issue(self) -> str:
        """The issue's name."""
        return issues.name(self.edition.name, self.period)


def build(
    hub: Hub, edition: str, period: str, *, now: datetime, by: str = CLOCK, out: Path | None = None, beside: Built | None = None
) -> Built:
    """Build the next draft of an edition for a period, freezing the platform anew; the issue and its figures enter the store.

    `beside` is a report that is made together with this one: both stand on what was frozen for the first.

    Raises CatalogError for an unknown edition, period or day, or a period that is not over; UnprovenError where an identity does not hold;
    RejectedError where the issue is final or released: such a report is never rewritten.
    """
    order = ordered(hub, edition, period)
    wall = now.astimezone(hub.catalog.zone).replace(tzinfo=None)
    if wall < order.period.ends:
        raise CatalogError("report.not_over", period=order.period.title, ends=order.period.end)
    draft = issues.next_draft(hub.store, order.issue)
    folder = (out or hub.catalog.root / "var" / "reports") / order.issue / f"draft-{draft}"
    cut = min(order.period.cut_off(order.edition.cut_off_days), wall)
    earlier = issues.name(edition, order.earlier) if order.earlier else None
    again = beside.snapshot if beside else None
    snapshot = freeze(hub, order.period, cut, folder / "snapshot", earlier=earlier, draft=draft, beside=again)
    built = _make(hub, order, snapshot, folder)
    figures = built.measured.figures
    issues.save(hub.store, edition, order.period, draft=draft, figures=figures, snapshot=snapshot, folder=folder, by=by, now=now)
    return built


def rebuild(hub: Hub, edition: str, period: str, *, folder: Path) -> Built:
    """Build an issue again from the snapshot in its folder: the same bytes, whatever the platform holds now."""
    return _make(hub, ordered(hub, edition, period), thaw(folder / "snapshot"), folder)


def ordered(hub: Hub, edition: str, period: str) -> Order:
    """Read what is asked for. CatalogError for an unknown edition, calendar, indicator or period."""
    settings = hub.catalog.editions.get(edition)
    if settings is None:
        raise CatalogError("report.edition", edition=edition, known=", ".join(sorted(hub.catalog.editions)) or "-")
    calendar = hub.catalog.calendars.get(settings.calendar)
    if calendar is None:
        raise CatalogError("report.calendar_unknown", edition=edition, calendar=settings.calendar)
    if unknown := sorted({*settings.indicators, *settings.first_page} - set(definitions())):
        raise CatalogError("report.indicator", edition=edition, unknown=", ".join(unknown), known=", ".join(definitions()))
    if internal := [name for name in (*settings.indicators, *settings.first_page) if definitions()[name].internal]:
        raise CatalogError("report.internal", edition=edition, internal=", ".join(dict.fromkeys(internal)))
    asked = parse(period, calendar, settings.merge)
    return Order(settings, calendar, asked, before(asked, calendar, settings.merge))


def compose(hub: Hub, order: Order, snapshot: Snapshot) -> tuple[Report, Measured, Note]:
    """Measure a snapshot, compare it, and write the report in words. UnprovenError where an identity does not hold."""
    measured = measure(snapshot, order.edition, order.calendar, order.period, cut=snapshot.cut, before=order.earlier)
    check(measured)
    sections, annexes = OUTLINES[order.edition.outline]
    note = read(hub.catalog.folder / "reports" / f"{order.issue}.md", [title for title, _ in sections])
    compared = _compare(order, snapshot, measured)
    whole = outline.compose(Desk(hub.catalog, order.edition, measured, compared, snapshot, note), sections, annexes)
    before = compared.figures if compared else None
    return discreet(admit(whole, order.edition.audience), order.edition, measured.figures, before), measured, note


def _make(hub: Hub, order: Order, snapshot: Snapshot, folder: Path) -> Built:
    """Write the issue's files."""
    report, measured, note = compose(hub, order, snapshot)
    folder.mkdir(parents=True, exist_ok=True)
    faces, day = typefaces(hub.catalog.root / "fonts"), snapshot.cut.date()
    pages = pdf.render(report, faces, day)
    rendered = {"html": html.render(report), "docx": docx.render(report), "pdf": pages, "xlsx": xlsx.render(report)}
    written = {f"{order.issue}.{kind}": content for kind, content in rendered.items()}
    fonts = faces.used(pdf.texts(report))
    written["figures.json"] = to_json([asdict(figure) for figure in measured.figures])
    written["manifest.json"] = _manifest(order, snapshot, note, written, fonts=fonts)
    for name, content in written.items():
        (folder / name).write_bytes(content)
    files = tuple(folder / name for name in sorted(written))
    return Built(order.issue, order.edition.name, snapshot.draft, folder, files, report, measured, snapshot, fonts["unseen"])


def _compare(order: Order, snapshot: Snapshot, measured: Measured) -> Comparison | None:
    """Compare with the figures of the issue before as they were told; without one, count its period in this snapshot."""
    if order.earlier is None:
        return None
    if snapshot.earlier is not None:
        issue, figures = snapshot.earlier
        return compare(measured, figures.under(measured.successors), order.earlier, issue=issue)
    cut = order.earlier.cut_off(order.edition.cut_off_days)
    counted = measure(snapshot, order.edition, order.calendar, order.earlier, cut=cut, before=None)
    return compare(measured, counted.figures, order.earlier, issue=None)


def _manifest(
    order: Order, snapshot: Snapshot, note: Note, written: Mapping[str, bytes], *, fonts: Mapping[str, Any]
) -> bytes:  # Any: JSON
    """Tell what went in and what came out: sources, code, calendar, fonts, and the hash of every file."""
    made = {
        "issue": order.issue,
        "snapshot": snapshot.hash,
        "note": note.hash,
        "sources": snapshot.sources,
        "code": version("campus-data-hub"),
        "calendar": {"name": order.calendar.name, "until": order.calendar.last.isoformat(), "sources": order.calendar.sources},
        "fonts": fonts,
        "pdf": "PDF/A-2b" if pdf.archived(written[f"{order.issue}.pdf"]) else "PDF",
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in written.items()},
    }
    return to_json(made)
