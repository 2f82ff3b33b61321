"""二、四、五: what became of the last problems, what the figures point at now, and what is asked of whom: drafts that the office edits."""

from collections.abc import Iterator

from reports import sentence
from reports.editions.desk import Desk
from reports.report import Block, Paragraph
from reports.sentence import tell

NUMERALS = "一二三四"


def mended(desk: Desk) -> Iterator[Block]:
    """Count what became of the problems of before; a missing register is named with the unit that owes it."""
    register = next((it for _, it in sorted(desk.catalog.registers.items()) if it.dataset == "problem"), None)
    if not desk.snapshot.has("problem"):
        names = {"title": register.title if register else "问题整改台账", "owner": register.owner if register else desk.edition.office}
        yield Paragraph(tell("report.no_register", **names))
    else:
        yield Paragraph(mending(desk))


def mending(desk: Desk) -> str:
    """Say what became of the problems of before, or that there were none."""
    counts = desk.now.tables["mended"][0]
    return tell("report.mended", **counts) if counts["problems"] else tell("report.nothing_to_mend")


def write(desk: Desk) -> Iterator[Block]:
    """Draft at most four problems, each tied to an indicator and its figure."""
    found = list(_candidates(desk))[: len(NUMERALS)]
    if not found:
        yield Paragraph(tell("report.no_problem"))
    for numeral, text in zip(NUMERALS, found, strict=False):
        yield Paragraph(f"{numeral}是{text}")


def asked(desk: Desk) -> Iterator[Block]:
    """Ask the units that hold overdue steps to clear them; the date is the office's to set."""
    holders = sorted((row for row in desk.now.tables["step_units"] if row["overdue"]), key=lambda row: (-row["overdue"], row["unit"]))
    if holders:
        named = "、".join(f"{desk.name(row['unit'])}（{row['overdue']}个）" for row in holders[:5])
        yield Paragraph(tell("report.clear_overdue", units=named, more="等" if len(holders) > 5 else "", office=desk.edition.office))
    if desk.now.bases["items_without_limit"]:
        yield Paragraph(tell("report.set_limits", items=desk.now.bases["items_without_limit"], office=desk.edition.office))
    if not desk.note.under("下一步工作要求"):
        yield Paragraph(tell("report.office_adds", office=desk.edition.office))


def _candidates(desk: Desk) -> Iterator[str]:
    now, limits = desk.now, desk.edition.thresholds
    on_time, returned = now.figures.value("B2"), now.figures.value("D1")
    if on_time is not None and on_time < limits.on_time:
        rates = {"rate": sentence.percent(on_time, apart=[limits.on_time]), "target": sentence.percent(limits.on_time)}
        yield tell("problem.on_time", **rates, overdue=now.count("B3", part="late") + now.count("B3", part="open"))
    elif on_time is not None and desk.before and (before := desk.before.figures.value("B2") or 0) - on_time >= limits.on_time_drop:
        yield tell("problem.on_time_drop", rate=sentence.percent(on_time), points=sentence.one((before - on_time) * 100))
    overdue = sum(row["overdue"] for row in now.tables["step_units"])
    for row in now.tables["stuck_steps"][:1]:
        if row["cases"] >= limits.step_share * overdue:
            names = {"unit": desk.name(row["unit"]), "step": row["step_name"], "share": sentence.percent(row["cases"] / overdue)}
            yield tell("problem.step", overdue=overdue, cases=row["cases"], **names)
    if returned is not None and returned >= limits.returned:
        yield tell("problem.returned", rate=sentence.percent(returned))
    if idle := now.count("E6", part=str(limits.idle_months)):
        yield tell("problem.idle", items=idle, months=limits.idle_months)
    for indicator, part, problem in (("F6", "on_time", "unmended"), ("E7", "fresh", "stale")):
        it = now.get(indicator, part=part)
        if it is not None and (failed := (it.denominator or 0) - (it.numerator or 0)):
            yield tell(f"problem.{problem}", failed=sentence.count(failed), all=sentence.count(it.denominator or 0))
    if now.bases["items_without_limit"]:
        yield tell("problem.unlimited", items=now.bases["items_without_limit"], cases=now.bases["cases_without_limit"])
    runs = now.get("H4")
    if runs is not None and (runs.denominator or 0) - (runs.numerator or 0) >= limits.failed_runs:
        yield tell("problem.runs", failed=sentence.count((runs.denominator or 0) - (runs.numerator or 0)))
