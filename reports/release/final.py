"""定稿: the DOCX that the office edited is compared number by number with the snapshot, scanned, and archived with its number and date.

A wrong number, or a number of a person, is never archived. What only a person can judge (a number that the system has no place for, a
word that is also somebody's name) is archived under the signature of who judged it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from catalog.errors import CatalogError, RejectedError
from catalog.messages import say
from hub.open import Hub
from reports import issues
from reports.build import compose, ordered
from reports.issues import Issue
from reports.measure import laid
from reports.release import document, names, objections, sheets, states
from reports.release.compared import Compared, Finding, compare
from reports.release.privacy import Hit, Scanned, scan
from reports.release.written import written
from reports.snapshot import thaw


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check found, and where the file was archived, if it was."""

    issue: str
    compared: Compared
    scanned: Scanned
    changes: int  # tracked changes that were not accepted
    archived: Path | None

    @property
    def told(self) -> Sequence[str]:
        """Tell it in sentences, what must be mended first."""
        it = self.compared
        counts = say(
            "final.counts", text=it.in_text - it.filled, good=it.same(table=False), cells=it.in_tables, good_cells=it.same(table=True)
        )
        lines = ["；".join([counts, *map(_wrong, it.wrong)]), *(hit.say() for hit in self.scanned.blocking)]
        lines += [say("final.changes", changes=self.changes)] if self.changes else []
        lines += [say("final.filled", count=it.filled)] if it.filled else []
        return [*lines, *(say("final.confirm", what=what) for what in self.to_confirm)]

    @property
    def to_confirm(self) -> Sequence[str]:
        """List what only a person can judge."""
        return [*map(_unplaced, self.compared.unplaced), *map(Hit.say, self.scanned.doubtful)]

    @property
    def clean(self) -> bool:
        """Say whether nothing stands against archiving it but a signature."""
        return not self.compared.wrong and not self.scanned.blocking


def check_final(
    hub: Hub,
    issue: str,
    path: Path,
    *,
    by: str,
    now: datetime,
    number: str | None = None,
    dated: date | None = None,
    confirmed: bool = False,
) -> Checked:
    """Check the office's file; with its OA `number` and date it is archived and the issue is 定稿.

    RejectedError where the issue's state, an undecided objection, or what was found stands against archiving it.
    """
    it = issues.find(hub.store, issue)
    states.allowed(issue, it.state, "finalise")
    if (number is None) != (dated is None):
        raise CatalogError("final.number")
    checked = _checked(hub, it, path)
    if number is None or dated is None:
        return checked
    _ready(hub, it, checked, confirmed, now=now)
    content = path.read_bytes()
    archive = it.folder / "final" / f"{issue}-定稿-{dated.isoformat()}.docx"
    archive.parent.mkdir(exist_ok=True)
    archive.write_bytes(content)
    details = {
        "number": number, "dated": dated.isoformat(), "file": str(archive), "sha256": hashlib.sha256(content).hexdigest(),
        "numbers": checked.compared.in_text + checked.compared.in_tables, "confirmed": list(checked.to_confirm),
        "words": [hit.word for hit in checked.scanned.doubtful],
    }  # fmt: skip
    with hub.store.begin() as connection:
        states.record(connection, issue, "finalise", draft=it.draft, by=by, now=now, details=details)
    return Checked(issue, checked.compared, checked.scanned, checked.changes, archive)


def official(hub: Hub, it: Issue) -> list[str]:
    """Return the words that mean nobody though a name may stand in them: units and items as this issue knows them."""
    snapshot = thaw(it.folder / "snapshot")
    order = ordered(hub, it.edition, it.period)
    with laid(snapshot, order.edition, order.calendar, order.period, cut=snapshot.cut, before=order.earlier) as connection:
        rows = connection.execute("select unit_name from org_unit union select item_name from service_item").fetchall()
    return [str(name) for (name,) in rows if name]


def _checked(hub: Hub, it: Issue, path: Path) -> Checked:
    report, _, _ = compose(hub, ordered(hub, it.edition, it.period), thaw(it.folder / "snapshot"))
    final = document.read(path)
    compared = compare(final, written(report, (it.folder / f"{it.issue}.pdf").read_bytes()))
    people = names.on_platform(hub, official(hub, it))
    ours = [it.folder / f"{it.issue}.{kind}" for kind in ("pdf", "xlsx", "html")]  # these leave too
    scanned = scan([path, *ours], people, students=hub.catalog.editions[it.edition].student_numbers)
    return Checked(it.issue, compared, scanned, final.changes, None)


def _ready(hub: Hub, it: Issue, checked: Checked, confirmed: bool, *, now: datetime) -> None:
    """Refuse to archive what is not ready."""
    if open_ := objections.undecided(hub.store, it.issue):
        raise RejectedError("final.undecided", issue=it.issue, count=len(open_))
    if agreed := [o for o in objections.listed(hub.store, it.issue) if o.draft == it.draft and o.decision in ("excluded", "mended")]:
        raise RejectedError("final.next_draft", issue=it.issue, count=len(agreed))
    if waiting := sheets.open_units(hub, it.issue, now=now):
        raise RejectedError("final.waiting", issue=it.issue, count=len(waiting))
    if not checked.clean:
        raise RejectedError("final.wrong", told="\n".join(checked.told))
    if checked.to_confirm and not confirmed:
        raise RejectedError("final.unconfirmed", count=len(checked.to_confirm), told="\n".join(checked.told))


def _wrong(finding: Finding) -> str:
    return say("final.wrong_number", place=_place(finding), said=finding.said, expected=finding.expected)


def _unplaced(finding: Finding) -> str:
    return say("final.no_place", place=_place(finding), said=finding.said)


def _place(finding: Finding) -> str:
    page = say("final.page", page=finding.page) if finding.page else ""
    return page + (say("final.table", near=finding.near) if finding.table else say("final.text", near=finding.near.lstrip("^")))
