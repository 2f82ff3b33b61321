"""Commands that lead a report from its draft to its release: verification by the departments, final text, release, correction."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import show
from app.options import Campus, Json, catalog, me, now, opened
from catalog.errors import CatalogError
from catalog.messages import say

if TYPE_CHECKING:
    from reports.release.difference import Difference

app = typer.Typer()
Issue = Annotated[str, typer.Argument(help="报告期，如 operation-2026-10", show_default=False)]
Reason = Annotated[str | None, typer.Option(help="理由", show_default=False)]


@app.command("verify-sheets", epilog="例：campus-hub report verify-sheets operation-2026-10 --out 核对表")
def verify_sheets(
    issue: Issue,
    out: Annotated[Path | None, typer.Option(help="写入的目录；默认在报告目录下", show_default=False)] = None,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """送部门核对：每个部门一份 XLSX，只有本部门的办件；两个工作日内反馈。记入访问日志。"""
    from reports.release import sheets

    made = sheets.write(opened(campus), issue, by=me(), now=now(), out=out)
    if json:
        show.as_json({"issue": issue, "until": made.until, "files": {unit: str(path) for unit, path in made.files.items()}})
    else:
        folder = next(iter(made.files.values())).parent if made.files else "-"
        show.line("release.circulated", count=len(made.files), folder=folder, until=made.until)


@app.command("read-sheets", epilog="例：campus-hub report read-sheets 核对表/*.xlsx")
def read_sheets(files: Annotated[list[Path], typer.Argument(help="各部门填好的核对表")], campus: Campus = None, json: Json = False) -> None:
    """读回填好的核对表；有问题的文件整份不读，并说明是哪一行。"""
    from reports.release import sheets

    hub = opened(campus)
    told = [(path, sheets.read(hub, path, by=me(), now=now())) for path in files]
    if json:
        show.as_json(
            {"sheets": [{"file": str(path), "unit": it.unit, "lines": it.lines, "objections": it.objections} for path, it in told]}
        )
        return
    for path, it in told:
        numbers = "、".join(map(str, it.objections)) or "—"
        show.line("release.read", file=path.name, lines=it.lines, objections=len(it.objections), numbers=numbers)


@app.command(epilog="例：campus-hub report objections operation-2026-10")
def objections(issue: Issue, campus: Campus = None, json: Json = False) -> None:
    """列出各部门的异议和处理结果。"""
    from reports import issues
    from reports.release import objections as store

    hub = opened(campus)
    issues.find(hub.store, issue)
    found = store.listed(hub.store, issue)
    if json:
        show.as_json({"issue": issue, "objections": found})
        return
    heads = [say(f"release.head.{name}") for name in ("number", "unit", "case", "step", "reason", "decision", "by")]
    rows = [
        (
            o.number, o.raised.unit, o.raised.app_id, o.raised.step_no, o.raised.reason,
            o.decision and say(f"release.decision.{o.decision}"), o.decided_by,
        )
        for o in found
    ]  # fmt: skip
    show.table(heads, rows)


@app.command(epilog="例：campus-hub report decide 12 excluded --reason 系统故障期间无法办理")
def decide(
    number: Annotated[int, typer.Argument(help="异议编号", show_default=False)],
    decision: Annotated[str, typer.Argument(help="excluded 剔除、mended 源头已改正、refused 不采纳", show_default=False)],
    reason: Reason = None,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """处理一条异议；读入核对表的人不能自己处理。采纳的在下一稿生效。"""
    from reports.release import objections as store

    store.decide(opened(campus).store, number, decision, reason=reason, by=me(), now=now())
    show.done(json, "release.decided_now", number=number, decision=say(f"release.decision.{decision}"))


@app.command(epilog="例：campus-hub report diff operation-2026-10")
def diff(issue: Issue, campus: Campus = None, json: Json = False) -> None:
    """本稿与上一稿的数字有哪些不同，依据哪些异议。"""
    from reports import issues
    from reports.release.difference import difference

    hub = opened(campus)
    found = difference(hub, issue, issues.find(hub.store, issue).draft)
    if found is None:
        raise CatalogError("release.no_draft", issue=issue, draft=2)
    show.as_json(found) if json else told(found)


def told(found: "Difference") -> None:
    """Print what changed from one draft to the next."""
    names = {"before": found.before, "now": found.now}
    show.line("release.diff", changes=len(found.changes), **names) if found.changes else show.line("release.same", **names)
    heads = [say(f"release.head.{name}") for name in ("indicator", "title", "unit", "before", "now")]
    if found.changes:
        show.table(heads, [(it.indicator, it.title, it.unit or say("evidence.whole"), it.before, it.now) for it in found.changes])
    heads = [say(f"release.head.{name}") for name in ("number", "case", "decision", "reason", "by")]
    if found.decided:
        rows = [(o.number, o.raised.app_id, say(f"release.decision.{o.decision}"), o.decision_reason, o.decided_by) for o in found.decided]
        show.table(heads, rows)


@app.command("check-final", epilog="例：campus-hub report check-final operation-2026-10 定稿.docx --oa 综办〔2026〕15号 --dated 2026-11-10")
def check_final(
    issue: Issue,
    file: Annotated[Path, typer.Argument(help="办公室改定的 DOCX", show_default=False)],
    oa: Annotated[str | None, typer.Option(help="OA 文号；给出则归档", show_default=False)] = None,
    dated: Annotated[str | None, typer.Option(help="成文日期，如 2026-11-10", show_default=False)] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="所列人工确认事项已核实，由我签认")] = False,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """定稿核对：逐个数字与快照比对，检查个人信息；给出文号和日期则归档为定稿。"""
    from reports.release import final

    it = final.check_final(opened(campus), issue, file, by=me(), now=now(), number=oa, dated=_day(dated), confirmed=confirm)
    if json:
        show.as_json(
            {
                "issue": issue,
                "clean": it.clean,
                "archived": it.archived,
                "compared": it.compared,
                "to_confirm": it.to_confirm,
                "told": it.told,
            }
        )
    else:
        for line in it.told:
            show.out.print(line, markup=False)
        show.line("final.archived", file=it.archived) if it.archived else show.line("final.clean" if it.clean else "final.not_clean")
    raise typer.Exit(0 if it.clean else 3)


@app.command(epilog="例：campus-hub report release operation-2026-10")
def release(issue: Issue, campus: Campus = None, json: Json = False) -> None:
    """发布：由未经手的另一人批准；再检查一遍全部成品。"""
    from reports.release import publish

    files = publish.release(opened(campus), issue, by=me(), now=now())
    show.done(json, "release.released", issue=issue, files=len(files), folder=files[0].parent)


@app.command(epilog="例：campus-hub report withdraw operation-2026-10 --reason 数据源有误")
def withdraw(issue: Issue, reason: Reason = None, campus: Campus = None, json: Json = False) -> None:
    """撤回一期报告，写明理由。"""
    from reports.release import publish

    publish.withdraw(opened(campus), issue, reason=reason, by=me(), now=now())
    show.done(json, "release.withdrawn", issue=issue)


@app.command(epilog="例：campus-hub report correct operation-2026-10 B2 A7 --reason 教务处补报两件")
def correct(
    issue: Issue,
    indicators: Annotated[list[str], typer.Argument(help="要更正的指标编号", show_default=False)],
    unit: Annotated[str, typer.Option(help="单位代码；默认全校")] = "",
    reason: Reason = None,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """更正通知：按改正后的数据重新计算，写明原数和更正后的数；已发布的报告不改。"""
    from reports.release import correction

    made = correction.correct(opened(campus), issue, indicators, unit=unit, reason=reason, by=me(), now=now())
    show.as_json(made) if json else show.line(
        "correction.written", count=len(made.lines), files="、".join(path.name for path in made.files)
    )


@app.command(epilog="例：campus-hub report history operation-2026-10")
def history(issue: Issue, campus: Campus = None, json: Json = False) -> None:
    """一期报告经过哪些环节：谁、何时、做了什么。"""
    from reports import issues
    from reports.release import states

    hub = opened(campus)
    issues.find(hub.store, issue)
    done = states.history(hub.store, issue)
    if json:
        show.as_json({"issue": issue, "history": done})
        return
    heads = [say(f"release.head.{name}") for name in ("at", "by", "act", "draft", "state", "reason")]
    show.table(heads, [(d.at, d.by, say(f"release.act.{d.act}"), d.draft, d.state, d.reason) for d in done])


@app.command(epilog="例：campus-hub report worklist security-2026Q3 R13 --out 离岗权限.xlsx")
def worklist(
    issue: Issue,
    check: Annotated[str, typer.Argument(help="R13、R25、R26", show_default=False)],
    out: Annotated[Path, typer.Option(help="写入的 XLSX 文件", show_default=False)],
    campus: Campus = None,
    json: Json = False,
) -> None:
    """内部工作单：涉及人员的线索，只供核实；记入访问日志，不进报告。"""
    from reports.release import worklist as lists

    rows = lists.write(opened(campus), issue, check, out, by=me(), now=now())
    show.done(json, "worklist.written", path=str(out), rows=rows)


@app.command(epilog="例：campus-hub report registers --out 台账模板")
def registers(
    out: Annotated[Path, typer.Option(help="写入的目录", show_default=False)],
    campus: Campus = None,
    json: Json = False,
) -> None:
    """写出全部台账的空模板（XLSX，带下拉选项），发给填报单位。"""
    from reports.render.register import render

    found = catalog(campus)
    out.mkdir(parents=True, exist_ok=True)
    for name, register in found.registers.items():
        (out / f"{name}.xlsx").write_bytes(render(register, found.datasets[register.dataset]))
    show.done(json, "register.written", count=len(found.registers), folder=str(out))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CatalogError("final.date", dated=text) from None
