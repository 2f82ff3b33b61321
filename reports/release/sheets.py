"""核对表: one workbook a department with its own cases only, and what it says when it comes back. It holds no name of a person.

A sheet is read only for the draft it was made for, only within the days of the circulation, and only for cases it was given.
"""

import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path

from catalog.errors import RejectedError
from catalog.messages import say
from connectors import xlsx_file
from connectors.row import Row
from hub.open import Hub
from hub.store import access
from hub.store.access import Line
from reports import issues
from reports.build import ordered
from reports.measure import laid
from reports.release import objections, states
from reports.release.objections import Raised
from reports.render import verify_sheet
from reports.render.verify_sheet import ABOUT, HEADS, SHEET, Counted
from reports.scan import personal
from reports.snapshot import thaw

DAYS = 2  # working days to object
YES = ("是", "有", "√", "✓", "y", "Y")
FORBIDDEN = re.compile(r'[\\/:*?"<>|\s]+')


@dataclass(frozen=True, slots=True)
class Sheets:
    """The workbooks that were written, by unit, and the last day to object."""

    until: date
    files: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Returned:
    """What one workbook said."""

    unit: str
    lines: int
    objections: tuple[int, ...]


def write(hub: Hub, issue: str, *, by: str, now: datetime, out: Path | None = None) -> Sheets:
    """Write a workbook for every department that has cases to verify, and open the days in which it may object.

    Every workbook is an access line. RejectedError where the issue is no draft any more.
    """
    it = issues.find(hub.store, issue)
    states.allowed(issue, it.state, "circulate")
    settings = hub.catalog.editions[it.edition]
    until = hub.catalog.calendars[settings.calendar].add(_day(hub, now), DAYS)
    folder = out or it.folder / "verify"
    folder.mkdir(parents=True, exist_ok=True)
    names, counted = _counted(hub, issue)
    written = {}
    for unit, lines in counted.items():
        note = Line(who=by, channel="report", outcome="verify sheet", request=uuid.uuid4().hex, dataset=issue, columns=HEADS[:7],
                    conditions=("unit",), rows=len(lines))  # fmt: skip
        access.write(hub.store, note, now=now)
        about = (issue, str(it.draft), unit, it.snapshot)
        content = verify_sheet.render(names.get(unit, unit), lines, about=about, until=f"{until.year}年{until.month}月{until.day}日")
        written[unit] = folder / f"{issue}-第{it.draft}稿-核对表-{FORBIDDEN.sub('', names.get(unit, unit))}.xlsx"
        written[unit].write_bytes(content)
    details = {"until": until.isoformat(), "units": sorted(written)}
    with hub.store.begin() as connection:
        states.record(connection, issue, "circulate", draft=it.draft, by=by, now=now, details=details)
    return Sheets(until, written)


def read(hub: Hub, path: Path, *, by: str, now: datetime) -> Returned:
    """Read a filled workbook back; it may be read twice. RejectedError tells every line that cannot be taken, and then takes none."""
    about = next((row for row in _rows(path, ABOUT) if row.line > 1), None)
    if about is None or len(about.cells) < 4:
        raise RejectedError("release.sheet", file=path.name)
    issue, draft, unit, snapshot = (str(cell) for cell in about.cells[:4])
    it = issues.find(hub.store, issue)
    states.allowed(issue, it.state, "return")
    if (draft, snapshot) != (str(it.draft), it.snapshot):
        raise RejectedError("release.old_sheet", file=path.name, draft=draft, now=it.draft)
    opened = states.last(hub.store, issue, "circulate", draft=it.draft)
    if opened is None or _day(hub, now).isoformat() > opened.details["until"]:
        raise RejectedError("release.too_late", file=path.name, until=opened.details["until"] if opened else "-")
    mine = {_key(line): line for line in _counted(hub, issue)[1].get(unit, ())}
    lines = list(_rows(path, SHEET))[1:]
    raised, faults = _raised(unit, lines, mine)
    if faults:
        raise RejectedError("release.lines", file=path.name, faults="；".join(faults))
    details = {"unit": unit, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "objections": len(raised)}
    with hub.store.begin() as connection:
        numbers = objections.write(connection, issue, raised, draft=it.draft, by=by, now=now)
        states.record(connection, issue, "return", draft=it.draft, by=by, now=now, details=details)
    return Returned(unit, len(lines), tuple(numbers))


def open_units(hub: Hub, issue: str, *, now: datetime) -> list[str]:
    """List the departments that may still object: their days are not over and their sheet is not back."""
    it = issues.find(hub.store, issue)
    opened = states.last(hub.store, issue, "circulate", draft=it.draft)
    if opened is None or _day(hub, now).isoformat() > opened.details["until"]:
        return []
    back = {done.details["unit"] for done in states.history(hub.store, issue) if done.act == "return" and done.draft == it.draft}
    return [unit for unit in opened.details["units"] if unit not in back]


def _counted(hub: Hub, issue: str) -> tuple[Mapping[str, str], Mapping[str, Sequence[Counted]]]:
    """Return the units' names, and by unit what the issue's figures counted against it."""
    it = issues.find(hub.store, issue)
    order, snapshot = ordered(hub, it.edition, it.period), thaw(it.folder / "snapshot")
    statement = (files("reports.release") / "sheets.sql").read_text("utf-8")
    found: dict[str, list[Counted]] = {}
    with laid(snapshot, order.edition, order.calendar, order.period, cut=snapshot.cut, before=order.earlier) as connection:
        names: list[tuple[str, str]] = connection.execute("select unit_id, coalesce(unit_name, unit_id) from org_unit").fetchall()
        for unit, *values in connection.execute(statement).fetchall():
            found.setdefault(unit, []).append(Counted(*values))
    return dict(names), found


def _raised(unit: str, lines: Sequence[Row], mine: Mapping[str, Counted]) -> tuple[list[Raised], list[str]]:
    """Return what is objected to, and what is wrong with which line."""
    raised, faults = [], []
    for row in lines:
        cells = [*("" if cell is None else str(cell).strip() for cell in row.cells), *[""] * len(HEADS)][: len(HEADS)]
        objects, reason, key = cells[HEADS.index("有异议")], cells[HEADS.index("理由")], cells[HEADS.index("标识")]
        if not objects and not reason:
            continue
        fault = _fault(objects, reason, known=key in mine)
        if fault:
            faults.append(say(fault, line=row.line))
        else:
            raised.append(Raised(unit, mine[key].app_id, mine[key].step_no, reason))
    return raised, faults


def _fault(objects: str, reason: str, *, known: bool) -> str | None:
    if not known:
        return "release.line_foreign"
    if objects not in YES:
        return "release.line_yes"
    if not reason:
        return "release.line_reason"
    return "release.line_personal" if len(reason) > 200 or any(personal(reason)) else None


def _key(line: Counted) -> str:
    return line.app_id if line.step_no is None else f"{line.app_id}:{line.step_no}"


def _rows(path: Path, sheet: str) -> Iterator[Row]:
    return xlsx_file.rows(path, sheet, header_row=1 if sheet == ABOUT else verify_sheet.HEAD_ROW)


def _day(hub: Hub, now: datetime) -> date:
    return now.astimezone(hub.catalog.zone).date()
