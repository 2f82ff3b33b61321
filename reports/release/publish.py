"""发布 and 撤回: acts of a second person. What leaves is scanned file by file as it will be read, at the moment it leaves."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from catalog.errors import RejectedError, UnprovenError
from catalog.messages import say
from hub.open import Hub
from reports import issues
from reports.build import CLOCK, compose, ordered
from reports.issues import Issue
from reports.release import names, states
from reports.release.final import official
from reports.release.privacy import scan
from reports.release.states import Done
from reports.render import html, pdf, xlsx
from reports.render.fonts import typefaces
from reports.snapshot import thaw


def release(hub: Hub, issue: str, *, by: str, now: datetime) -> Sequence[Path]:
    """Release a final issue: the archived DOCX, and the system's own tables and pages without the mark of a draft.

    DeniedError for whoever built or finalised it, UnprovenError where the archived file is not what was archived, RejectedError where
    the scan finds something, or the state is another.
    """
    it = issues.find(hub.store, issue)
    states.allowed(issue, it.state, "release")
    final = states.last(hub.store, issue, "finalise", draft=it.draft)
    if final is None:
        raise RejectedError("release.state", issue=issue, state=it.state, act=say("release.act.release"), wanted=states.FINAL)
    states.not_by_themselves(issue, by, _makers(hub, it, final))
    folder = it.folder / "released"
    files = _written(hub, it, Path(final.details["file"]), folder, sha256=final.details["sha256"])
    people = names.on_platform(hub, official(hub, it))
    found = scan(files, people, students=hub.catalog.editions[it.edition].student_numbers)
    blocking = [*found.blocking, *(hit for hit in found.doubtful if hit.word not in final.details["words"])]
    if blocking:
        shutil.rmtree(folder)
        raise RejectedError("release.personal", issue=issue, told="\n".join(hit.say() for hit in blocking))
    details = {
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
        "audience": hub.catalog.editions[it.edition].audience,
    }
    with hub.store.begin() as connection:
        states.record(connection, issue, "release", draft=it.draft, by=by, now=now, details=details)
    return files


def withdraw(hub: Hub, issue: str, *, reason: str | None, by: str, now: datetime) -> None:
    """Withdraw an issue with its reason. Its files stay in the archive; the next issue compares with it no more."""
    told = states.named(reason, act="withdraw")
    it = issues.find(hub.store, issue)
    with hub.store.begin() as connection:
        states.record(connection, issue, "withdraw", draft=it.draft, by=by, now=now, reason=told)


def _makers(hub: Hub, it: Issue, final: Done) -> set[str]:
    built = states.last(hub.store, it.issue, "build", draft=it.draft)
    return {final.by, *([built.by] if built and built.by != CLOCK else [])}


def _written(hub: Hub, it: Issue, archived: Path, folder: Path, *, sha256: str) -> list[Path]:
    """Copy the archived file and render the system's own from the snapshot."""
    content = archived.read_bytes() if archived.is_file() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UnprovenError("release.bent", issue=it.issue, file=archived.name)
    snapshot = thaw(it.folder / "snapshot")
    draft, _, _ = compose(hub, ordered(hub, it.edition, it.period), snapshot)
    report = replace(draft, draft=False, state=states.RELEASED)
    pages = pdf.render(report, typefaces(hub.catalog.root / "fonts"), snapshot.cut.date())
    made = {"docx": content, "xlsx": xlsx.render(report), "html": html.render(report), "pdf": pages}
    folder.mkdir(exist_ok=True)
    for kind, data in made.items():
        (folder / f"{it.issue}.{kind}").write_bytes(data)
    return [folder / f"{it.issue}.{kind}" for kind in made]
