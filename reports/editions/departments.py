"""三、部门办理情况: by the unit whose step held the case, by the owner of the item, by item, by what applicants said."""

from collections.abc import Iterator, Mapping

from reports import sentence
from reports.discretion import shy
from reports.editions.desk import Desk
from reports.ranking import Standing, rank
from reports.report import Block, Chart, Heading, Paragraph, Series, Table
from reports.sentence import tell


def write(desk: Desk) -> Iterator[Block]:
    """Write the third section."""
    yield Heading("（一）按办理环节")
    yield from _by_step(desk)
    yield Heading("（二）按主管事项")
    yield from _by_owner(desk)
    yield Heading("（三）高频、零办件、未设时限事项")
    yield from _by_item(desk)
    yield Heading("（四）评价、咨询、投诉")
    yield desk.missing("F1") or _ratings(desk)
    if chart := _satisfaction(desk):
        yield chart
    yield desk.missing("G1") or Paragraph(_asked(desk))
    yield desk.missing("G2") or Paragraph(_complained(desk))


def standings(desk: Desk) -> Mapping[str, list[Standing]]:
    """Rank the units by the on-time rate of their steps within their peer groups, in the school's own order of groups."""
    peers = {row["unit_id"]: row["peer_group"] for row in desk.now.tables["units"]}
    held = {row["unit"]: (row["due"], row["on_time"]) for row in desk.now.tables["step_units"] if row["due"] or row["handled"]}
    groups: dict[str, dict[str, tuple[int, int]]] = {}
    for unit in desk.ordered(set(held)):
        groups.setdefault(peers.get(unit, "—"), {})[unit] = held[unit]
    return {peer: rank(counts, desk.ordered(set(counts)), least=desk.edition.thresholds.rank_min_due) for peer, counts in groups.items()}


def _by_step(desk: Desk) -> Iterator[Block]:
    if not any(row["due"] for row in desk.now.tables["step_units"]):
        yield Paragraph(tell("report.no_step_limits"))
        return
    for peer, units in standings(desk).items():
        yield Paragraph(_group(desk, peer, units))
    if stuck := desk.now.tables["stuck_steps"]:
        overdue = sum(row["overdue"] for row in desk.now.tables["step_units"])
        rows = tuple(
            (row["step_name"], desk.name(row["unit"]), str(row["cases"]), sentence.percent(row["cases"] / overdue)) for row in stuck
        )
        yield Table("滞留环节", ("环节", "办理单位", "超期未办（个）", "占全部超期未办"), rows)
    if chart := _dwell(desk):
        yield chart


def _dwell(desk: Desk) -> Chart | None:
    rows = [row for row in desk.now.tables["dwell"] if row["workdays"] is not None]
    days = Series("平均停留", tuple(float(sentence.one(row["workdays"])) for row in rows))
    return Chart("环节平均停留", "bar", tuple(row["step_name"] for row in rows), (days,), "工作日") if any(days.values) else None


def _satisfaction(desk: Desk) -> Chart | None:
    """Draw what real ratings are made of: the school, and departments with enough of them."""
    rows = [row for row in desk.now.tables["satisfaction"] if row["rated"]]
    levels = (("非常满意", "l5"), ("满意", "l4"), ("基本满意", "l3"), ("不满意", "l2"), ("非常不满意", "l1"))
    names = tuple(desk.name(row["unit"]) if row["unit"] else "全校" for row in rows)
    series = tuple(Series(title, tuple(row[level] / row["rated"] for row in rows)) for title, level in levels)
    return Chart("真实评价构成", "stacked", names, series, "%") if rows else None


def _group(desk: Desk, peer: str, units: list[Standing]) -> str:
    """Say who leads a peer group, and which of its last three miss the target."""
    ranked = [unit for unit in units if unit.rank is not None]
    told = tell("report.group", peer=peer, units=len(units), ranked=len(ranked))
    if ranked:
        first = [unit for unit in ranked if unit.rank == 1]
        named = "、".join(desk.name(unit.unit) for unit in first[:3])
        told += tell(
            "report.group_first", units=named, more="等" if len(first) > 3 else "", count=len(first), rate=sentence.percent(first[0].rate)
        )
    target = desk.edition.thresholds.on_time
    low = [unit for unit in ranked[-3:] if unit.rate is not None and unit.rate < target]
    if low:
        named = "、".join(
            f"{desk.name(unit.unit)}（{unit.on_time}/{unit.due}，{sentence.percent(unit.rate, apart=[target])}）" for unit in low
        )
        told += tell("report.group_last", target=sentence.percent(target), units=named)
    return told + "。"


def _by_owner(desk: Desk) -> Iterator[Block]:
    now = desk.now
    units = sorted(now.figures.units("A2"), key=lambda unit: (-now.count("A2", unit), unit))
    first = "、".join(sentence.counted(desk.name(unit), now.count("A2", unit)) for unit in units[:5])
    yield Paragraph(tell("report.by_owner", units=len(units), first=first or "—"))
    shown = units[:15]
    names = tuple(desk.name(unit) for unit in shown)
    yield Chart("各部门新收（主管事项口径）", "bar", names, (Series("新收", tuple(now.count("A2", unit) for unit in shown)),), "件")


def _by_item(desk: Desk) -> Iterator[Block]:
    now, top, base = desk.now, desk.now.tables["top_items"], desk.now.count("A2")
    rows = tuple((it["item_name"], desk.owner(it["unit"], it["joint"]), str(it["new"]), sentence.percent(it["new"] / base)) for it in top)
    note = tell("report.concentration", share=desk.written("E5"))
    yield Table("高频事项", ("事项", "主管部门", "新收（件）", "占新收"), rows, note)
    yield Chart("高频事项", "bar", tuple(row["item_name"] for row in top), (Series("新收", tuple(row["new"] for row in top)),), "件")
    moved = {part: now.count("E4", part=part) for part in ("start", "added", "removed", "end", "changed")}
    yield desk.missing("E4") or Paragraph(tell("report.items", **moved))
    yield desk.missing("E6") or Paragraph(_idle(desk))
    yield Paragraph(tell("report.unlimited", items=now.bases["items_without_limit"], cases=now.bases["cases_without_limit"]))
    if returned := now.tables["returned_items"]:
        lines = tuple(
            (
                row["item_name"],
                desk.owner(row["unit"], row["joint"]),
                str(row["returned"]),
                str(row["closed"]),
                sentence.percent(row["returned"] / row["closed"]),
            )
            for row in returned
        )
        note = tell("report.least", least=desk.edition.thresholds.rank_min_due)
        yield Table("退回率较高的事项", ("事项", "主管部门", "退回（件）", "办结（件）", "退回率"), lines, note)


def _idle(desk: Desk) -> str:
    windows = [f for f in desk.now.parts("E6") if f.denominator]
    if not windows:
        return tell("report.no_idle")
    named = "、".join(f"{f.part}个月{sentence.count(f.value)}项" for f in sorted(windows, key=lambda f: int(f.part)))
    return tell("report.idle", windows=named)


def _ratings(desk: Desk) -> Block:
    disliked = desk.now.tables["disliked_items"]
    if not disliked:
        return Paragraph(tell("report.no_dislike"))
    named = "、".join(sentence.counted(row["item_name"], row["disliked"]) for row in disliked)
    return Paragraph(tell("report.disliked", items=named))


def _asked(desk: Desk) -> str:
    names = {"asked": desk.now.count("G1"), "change": desk.change("G1"), "rate": desk.written("G3"), "days": desk.written("G4")}
    return tell("report.asked", **names)


def _complained(desk: Desk) -> str:
    hidden = shy(desk.now.figures)
    rates = {key: tell("report.too_few") if name in hidden else desk.written(name) for key, name in (("closed", "G5"), ("true", "G6"))}
    return tell("report.complained", complaints=desk.now.count("G2"), share=desk.written("G7"), **rates)
