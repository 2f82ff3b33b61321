"""更正通知: its own document, naming the old figure and the new one. The new one is counted from the mended data, never typed.

The issued report stays as it is. Later issues compare with the corrected figure.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from catalog.errors import RejectedError
from hub.open import Hub
from reports import issues, sentence
from reports.build import Order, compose, ordered
from reports.definition import definitions
from reports.figures import Figure, Figures
from reports.freeze import freeze
from reports.issues import Issue
from reports.release import states
from reports.render import docx, pdf
from reports.render.fonts import typefaces
from reports.report import Paragraph, Report, Section, Table
from reports.sentence import tell
from reports.snapshot import thaw


@dataclass(frozen=True, slots=True)
class Correction:
    """What is corrected, old and new as printed, and the notice's files."""

    lines: Sequence[tuple[str, str, str, str]]  # title, unit, old, new
    files: Sequence[Path]


def correct(hub: Hub, issue: str, indicators: Sequence[str], *, unit: str = "", reason: str | None, by: str, now: datetime) -> Correction:
    """Count indicators of an issued report again from the data as they are now, and write the notice about those that changed.

    RejectedError where the issue is not issued, or nothing that it told has changed: mend the source first.
    """
    why = states.named(reason, act="correct")
    it = issues.find(hub.store, issue)
    states.allowed(issue, it.state, "correct")
    number = 1 + sum(done.act == "correct" for done in states.history(hub.store, issue))
    folder, order = it.folder / f"correction-{number}", ordered(hub, it.edition, it.period)
    snapshot = freeze(hub, order.period, thaw(it.folder / "snapshot").cut, folder / "snapshot", draft=it.draft)
    report, measured, _ = compose(hub, order, snapshot)
    changed = _changed(hub, issue, indicators, unit, measured.figures)
    if not changed:
        raise RejectedError("correction.same", issue=issue, indicators="、".join(indicators))
    names = {row["unit_id"]: row["unit_name"] or row["unit_id"] for row in measured.tables["units"]}
    lines = [_line(old, new, names) for old, new in changed]
    notice = _notice(report, it, order, lines, why=why, released=states.last(hub.store, issue, "finalise", draft=it.draft))
    day = now.astimezone(hub.catalog.zone).date()
    made = {"docx": docx.render(notice), "pdf": pdf.render(notice, typefaces(hub.catalog.root / "fonts"), day)}
    files = [folder / f"{issue}-更正通知.{kind}" for kind in made]
    for path, content in zip(files, made.values(), strict=True):
        path.write_bytes(content)
    details = {"figures": [asdict(new) for _, new in changed], "lines": [list(line) for line in lines], "snapshot": snapshot.hash,
               "files": [str(path) for path in files]}  # fmt: skip
    with hub.store.begin() as connection:
        states.record(connection, issue, "correct", draft=it.draft, by=by, now=now, reason=why, details=details)
    return Correction(lines, files)


def _changed(hub: Hub, issue: str, indicators: Sequence[str], unit: str, again: Figures) -> list[tuple[Figure, Figure]]:
    """Pair what was told with what is counted now, where it is printed otherwise."""
    told = issues.told(hub.store, issue) or Figures({})
    pairs = [(old, again.get(old.indicator, old.unit, old.part)) for old in told if old.indicator in indicators and old.unit == unit]
    return [(old, new) for old, new in pairs if new and _printed(old) != _printed(new)]


def _printed(figure: Figure) -> str:
    return sentence.written(definitions()[figure.indicator].form, figure.value)


def _line(old: Figure, new: Figure, names: dict[str, str]) -> tuple[str, str, str, str]:
    it = definitions()[old.indicator]
    title = f"{it.title}：{it.parts.get(old.part, old.part)}" if old.part else it.title
    return title, names.get(old.unit, old.unit) or "全校", _printed(old), _printed(new)


def _notice(
    report: Report, it: Issue, order: Order, lines: Sequence[tuple[str, str, str, str]], *, why: str, released: states.Done | None
) -> Report:
    """Dress the notice as the report was dressed."""
    place = {
        "title": report.title,
        "number": released.details["number"] if released else "",
        "dated": released.details["dated"] if released else "",
    }
    said = "；".join(tell("correction.figure", title=title, unit=unit, old=old, new=new) for title, unit, old, new in lines)
    table = Table(tell("correction.table"), ("指标", "部门", "原数", "更正后"), tuple(lines), tell("correction.note"))
    return replace(
        report,
        lines=(tell("correction.title", period=order.period.title), tell("correction.title_end")),
        opening=tell("correction.opening", **place),
        sections=(Section(tell("correction.what"), (Paragraph(f"{said}。"), table)), Section(tell("correction.why"), (Paragraph(why),))),
        annexes=(),
        draft=False,
        state=states.CORRECTED,
    )
