"""The security report (安全报告): the rule book's checks against their targets, for the offices and the leader in charge alone.

一、总体安全态势 二、人员与权限管理 三、账号安全 四、数据安全 五、保密与发布检查 六、平台技术安全 七、事件与整改 八、下一步要求    附件1—3

It counts and names departments; it never names a person, an account, an address, or a confidential item.
"""

from collections.abc import Callable, Iterator, Mapping

from reports import sentence
from reports.definition import Definition, definitions
from reports.editions import annexes, problems
from reports.editions.desk import Desk
from reports.editions.outline import Part
from reports.report import Block, Paragraph, Table
from reports.sentence import DASH, tell

MET, UNMET = "●达标", "▲未达标"
SPLIT = {"security.reported": "S1", "security.disposed": "S2"}  # whose delay: the department's, and 信息资源部's
PARTS = {
    "二、人员与权限管理": ("R03", "R08", "R12", "R13", "R14", "S1", "S2", "S3"),
    "三、账号安全": ("R22", "R23", "R24", "R25", "R26", "S4", "S6", "S7"),
    "四、数据安全": ("R06", "R17", "R21", "H4"),
    "五、保密与发布检查": ("R02", "R16", "R18", "R19", "R20"),
    "六、平台技术安全": ("R05", "R07", "R11", "S5"),
    "七、事件与整改": ("R27",),
}


def overall(desk: Desk) -> Iterator[Block]:
    """Write the first page: one table and three sentences."""
    shown = _shown(desk)
    checked = [name for name in shown if definitions()[name].target]
    missing = [name for name in checked if name in desk.now.missing]
    unmet = [name for name in checked if _met(desk, name) is False]
    met = [name for name in checked if _met(desk, name)]
    counts = {"checks": len(checked), "met": len(met), "unmet": len(unmet), "missing": len(missing)}
    idle = len(checked) - sum(counts[name] for name in ("met", "unmet", "missing"))
    rest = {"annex": tell("security.annex") if missing else "", "idle": tell("security.idle", count=idle) if idle else ""}
    told = tell("security.overall", state=tell(f"security.{state(counts)}"), **counts, **rest)
    yield Paragraph(told + (problems.mending(desk) if desk.snapshot.has("problem") else ""))
    rows = tuple(_row(desk, name) for name in desk.edition.first_page if name in shown)
    heads = ("项目", "本期", desk.last, "目标", "判定", "责任部门")
    yield Table(tell("security.table", period=desk.now.period.title), heads, rows)
    if unmet:
        matters = "；".join(f"{numeral}是{_asked(desk, name)}" for numeral, name in zip("一二三", _worst(desk, unmet), strict=False))
        yield Paragraph(tell("security.lead", matters=matters))


def state(counts: Mapping[str, int]) -> str:
    """Judge the whole: up to a third not met is fair; where more than a third has no source, only a bad finding can be said."""
    if 3 * counts["unmet"] > counts["met"] + counts["unmet"]:
        return "poor"
    if 3 * counts["missing"] > counts["checks"] or not counts["met"] + counts["unmet"]:
        return "unknown"
    return "fair" if counts["unmet"] else "good"


def _part(names: tuple[str, ...]) -> Callable[[Desk], Iterator[Block]]:
    def write(desk: Desk) -> Iterator[Block]:
        shown = [name for name in names if name in _shown(desk)]
        told = [_told(desk, name) for name in shown if name not in desk.now.missing]
        if missing := [definitions()[name].title for name in shown if name in desk.now.missing]:
            told.append(tell("security.no_source", titles="、".join(missing)))
        yield from map(Paragraph, told or [tell("security.nothing")])

    return write


def mending(desk: Desk) -> Iterator[Block]:
    """Tell of incidents, then what became of the problems of before."""
    yield from _part(PARTS["七、事件与整改"])(desk)
    yield from problems.mended(desk)


def asked(desk: Desk) -> Iterator[Block]:
    """Ask those who answer for what is not as it should be; the date is the office's to set."""
    for name in _shown(desk):
        if _met(desk, name) is False:
            yield Paragraph(tell("security.ask", matter=_asked(desk, name), acts=definitions()[name].acts, office=desk.edition.office))
    if missing := [name for name in _shown(desk) if name in desk.now.missing]:
        yield Paragraph(tell("security.owe", count=len(missing)))
    if not desk.note.under("下一步要求"):
        yield Paragraph(tell("report.office_adds", office=desk.edition.office))


def results(desk: Desk) -> Iterator[Block]:
    """Print every check: now, before, change, target, verdict, who answers; the date for mending is left open."""
    rows = tuple((name, *_row(desk, name, change=True), "　月　日前" if _met(desk, name) is False else DASH) for name in _shown(desk))
    yield Table(
        tell("security.all"),
        ("编号", "项目", "本期", desk.last, "变化", "目标", "判定", "责任部门", "整改期限"),
        rows,
        tell("security.note"),
    )


def absent(desk: Desk) -> Iterator[Block]:
    """List what has no source, and who owes it."""
    rows = tuple((name, definitions()[name].title, owner(desk, name)) for name in _shown(desk) if name in desk.now.missing)
    if rows:
        yield Table(tell("security.absent"), ("编号", "项目", "由谁报送"), rows)


def owner(desk: Desk, name: str) -> str:
    """Say who owes what an indicator lacks: the register's unit, else the dataset's, else whoever answers for the check."""
    lacking = [need.partition(".")[0] for need in definitions()[name].needs if not desk.snapshot.has(need)]
    for dataset in lacking:
        for register in desk.catalog.registers.values():
            if register.dataset == dataset:
                return f"{register.owner}（{register.title}）"
    owners = [desk.catalog.datasets[dataset].owner for dataset in lacking if dataset in desk.catalog.datasets]
    return owners[0] if owners else definitions()[name].acts or desk.edition.office


def _shown(desk: Desk) -> list[str]:
    return [name for name in desk.edition.indicators if name in definitions()]


def _met(desk: Desk, name: str) -> bool | None:
    """Say whether a check meets its target; None where it has none, or nothing was measured."""
    target, value = definitions()[name].target, desk.now.figures.value(name)
    return None if target is None or name in desk.now.missing or value is None else target.met(value)


def _worst(desk: Desk, unmet: list[str]) -> list[str]:
    """Put what the first page names first, then what concerns most departments; the rule book's order decides among equals."""
    return sorted(unmet, key=lambda name: (name not in desk.edition.first_page, -len(_units(desk, name))))


def _units(desk: Desk, name: str) -> set[str]:
    return {f.unit for f in desk.now.figures if f.indicator == name and f.unit and not f.part and f.value}


def _asked(desk: Desk, name: str) -> str:
    it, units = definitions()[name], _units(desk, name)
    told = f"{it.title}{_value(desk, name)}"
    if it.form == "check" and units:
        told += tell("security.units", units=len(units))
    if name == "R13" and not {"S1", "S2"} & desk.now.missing:
        days = [tell(key, days=desk.written(name)) for key, name in SPLIT.items() if desk.written(name) != DASH]
        told += f"（{'；'.join(days)}）" if days else ""
    return told


def _value(desk: Desk, name: str) -> str:
    it, written = definitions()[name], desk.written(name)
    if written == DASH:
        return tell("security.idle_value")
    return f"{written}{'' if it.unit == '%' else it.unit}"


def _told(desk: Desk, name: str) -> str:
    """Say a check's finding in one sentence."""
    it = definitions()[name]
    parts = [f"{it.parts[f.part]}{sentence.written(it.form, f.value)}" for f in desk.now.parts(name) if f.value and f.part in it.parts]
    met = _met(desk, name)
    verdict = "" if met is None else tell("security.met" if met else "security.unmet", target=_target(it, said=True))
    change = desk.change(name)
    names = {"title": it.title, "value": _value(desk, name), "parts": f"（{'、'.join(parts)}）" if parts else "", "verdict": verdict}
    return tell("security.told", change="" if change == DASH else f"，{change}", **names)


def _row(desk: Desk, name: str, *, change: bool = False) -> tuple[str, ...]:
    it = definitions()[name]
    changed = (desk.change(name),) if change else ()
    if name in desk.now.missing:
        return (it.heading, DASH, DASH, *((DASH,) if change else ()), _target(it), tell("report.no_data"), owner(desk, name))
    before = sentence.written(it.form, desk.before.figures.value(name)) if desk.before else DASH
    met = _met(desk, name)
    verdict = DASH if met is None else MET if met else UNMET
    return (it.heading, desk.written(name), before, *changed, _target(it), verdict, it.acts or DASH)


def _target(it: Definition, *, said: bool = False) -> str:
    """Write a target: as signs in a table, in words in a sentence."""
    match it.target:
        case None:
            return DASH
        case target if target.at_most is not None:
            limit, sign, words = target.at_most, "≤", "security.at_most"
        case target:
            limit, sign, words = target.at_least or 0, "≥", "security.at_least"
    if limit == 0:
        return "0"
    return tell(words, limit=_limit(it, limit)) if said else sign + _limit(it, limit)


def _limit(it: Definition, value: float) -> str:
    return sentence.percent(value) if it.form == "rate" else f"{value:g}"


SECTIONS: tuple[Part, ...] = (
    ("一、总体安全态势", overall),
    *((title, _part(names)) for title, names in PARTS.items() if title != "七、事件与整改"),
    ("七、事件与整改", mending),
    ("八、下一步要求", asked),
)
ANNEXES: tuple[Part, ...] = (("检查结果", results), ("无数据来源的项目", absent), ("统计口径说明", annexes.scope))
