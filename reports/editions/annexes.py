"""附件: the departments in figures (both ways of answering for a delay), what is overdue, and how everything was counted."""

from collections.abc import Iterator

from reports import sentence
from reports.definition import definitions
from reports.editions.departments import standings
from reports.editions.desk import Desk
from reports.editions.overall import cell
from reports.ranking import Standing
from reports.report import Block, Paragraph, Table
from reports.sentence import tell

BALANCE = ("部门", "上期结转", "新收", "上期新收", "新收环比", "重办转入", "办结", "撤回作废", "结转下期")
SERVICE = ("部门", "应办结（件）", "按时办结（件）", "按时办结率", "平均时长（工作日）", "P90（工作日）", "退回率", "参评率", "好评率")
OVERDUE = ("late", "open", "arrears")


def departments(desk: Desk) -> Iterator[Block]:
    """主管事项口径: the item's owner. 办理环节口径: the unit whose step held the case; it alone is ranked (Art. 5(四))."""
    now = desk.now
    units = desk.ordered(now.figures.units("A2", "A3", "A5", "A6", "A7"))
    rows = [_balance(desk, desk.name(unit), unit) for unit in units]
    yield Table("主管事项口径：办件收支（件）", BALANCE, (*rows, _balance(desk, "合计", "")), tell("report.balance_note"))
    rows = [_service(desk, desk.name(unit), unit) for unit in units]
    yield Table("主管事项口径：时效与评价", SERVICE, (*rows, _service(desk, "合计", "")), tell("report.table_note"))
    placed = tuple(_standing(desk, peer, unit) for peer, units_ in standings(desk).items() for unit in units_)
    if any(row["due"] for row in now.tables["step_units"]):
        heads = ("单位", "同类组", "到期环节（个）", "按时（个）", "按时率", "名次")
        yield Table("办理环节口径：环节按时率", heads, placed, tell("report.rank_note", least=desk.edition.thresholds.rank_min_due))


def _balance(desk: Desk, title: str, unit: str) -> tuple[str, ...]:
    n, new = desk.now, desk.now.count("A2", unit)
    before = desk.before.figures.count("A2", unit) if desk.before else None
    as_long = desk.before is not None and desk.before.as_long
    change = sentence.relative(new, before if as_long else None, small=desk.edition.thresholds.counts_below)
    counts = (n.count("A4", unit, "reopened"), n.count("A5", unit), n.count("A6", unit, "void"), n.count("A6", unit))
    return (title, str(n.count("A3", unit)), str(new), sentence.count(before), change, *map(str, counts))


def _service(desk: Desk, title: str, unit: str) -> tuple[str, ...]:
    on_time = desk.now.get("B2", unit)
    counts = (str(desk.now.count("A7", unit)), sentence.count(on_time.numerator if on_time else 0))
    rates = (desk.written(name, unit, part) for name, part in (("B2", ""), ("C1", ""), ("C3", "p90"), ("D1", ""), ("F1", ""), ("F2", "")))
    return (title, *counts, *rates)


def _standing(desk: Desk, peer: str, it: Standing) -> tuple[str, ...]:
    unranked = "样本不足，不参与排名" if it.due else "无应办结件"
    place = unranked if it.rank is None else str(it.rank)
    return (desk.name(it.unit), peer, str(it.due), str(it.on_time), sentence.percent(it.rate), place)


def overdue(desk: Desk) -> Iterator[Block]:
    """Overdue cases by the item's owner, overdue steps by the unit that holds them."""
    now = desk.now
    units = desk.ordered(now.figures.units("B3"))
    rows = [(desk.name(unit), *(str(now.count("B3", unit, part)) for part in OVERDUE)) for unit in units]
    total = ("合计", *(str(now.count("B3", part=part)) for part in OVERDUE))
    yield Table(
        "超期件（主管事项口径）",
        ("部门", "超期办结（件）", "超期未结（件）", "历史超期（件）"),
        (*rows, total),
        tell("report.overdue_note"),
    )
    held = {row["unit"]: row["overdue"] for row in now.tables["step_units"] if row["overdue"]}
    lines = [(desk.name(unit), str(held[unit])) for unit in desk.ordered(set(held))]
    yield Table("超期未办环节（办理环节口径）", ("单位", "超期未办（个）"), (*lines, ("合计", str(sum(held.values())))))


def scope(desk: Desk) -> Iterator[Block]:
    """Print every formula, base and source, what was left out, the thresholds, the calendar, and where the figures come from."""
    known = definitions()
    rows = tuple(
        (
            name,
            it.title,
            tell("report.no_data") if name in desk.now.missing else cell(name, desk.now.figures),
            it.formula,
            it.base,
            it.cited(desk.now.period.end),
        )
        for name in desk.edition.indicators
        if (it := known[name])
    )
    yield Table("指标口径", ("编号", "指标", "本期", "计算方法", "基数", "依据"), rows)
    yield from (Paragraph(text) for text in _left_out(desk))
    limits = desk.edition.thresholds
    shares = {name: sentence.percent(getattr(limits, name)) for name in ("on_time", "returned", "step_share")}
    counts = {name: getattr(limits, name) for name in ("idle_months", "rank_min_due", "counts_below", "failed_runs")}
    yield Paragraph(tell("report.thresholds", **shares, **counts, drop=sentence.one(limits.on_time_drop * 100)))
    calendar = desk.catalog.calendars[desk.edition.calendar]
    sources = [*calendar.sources, *([calendar.school.document] if calendar.school else [])]
    yield Paragraph(tell("report.calendar", title=calendar.title, sources="、".join(sources)))
    yield Paragraph(tell("report.evidence", hash=desk.snapshot.hash[:16], cut=sentence.until(desk.snapshot.cut)))


def _left_out(desk: Desk) -> Iterator[str]:
    """Say what no figure counts, wherever there is any."""
    bases = desk.now.bases
    for name in ("refused", "unknown_item", "cases_without_due", "excluded"):
        if bases[name]:
            yield tell(f"report.{name}", cases=bases[name])
    if bases["uncollected"]:
        yield tell("report.uncollected", items=bases["elsewhere"], missing=bases["uncollected"])
    if desk.edition.without_accept_step:
        yield tell("report.without_accept_step")
    if not desk.snapshot.has("application_pause"):
        yield tell("report.no_pauses")
    for row in desk.now.tables["renamed"]:
        yield tell("report.renamed", old=row["old"], new=row["new"], at=sentence.day(row["at"]))
