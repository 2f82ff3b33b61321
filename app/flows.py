"""Commands about flows and runs: plan, run, verify, receipt, approve, refuse, reconcile, rollback, pause, resume, status, ping."""

from datetime import datetime
from typing import Annotated

import typer

from app import show
from app.options import Campus, Flow, Json, Run, catalog, instant, me, now, opened
from app.progress import progress
from catalog.errors import BusyError, CampusError, CatalogError, DeniedError, RejectedError
from catalog.messages import say
from catalog.order import order
from hub.receipt import Receipt

app = typer.Typer()
Since = Annotated[datetime | None, typer.Option(help="只读游标不早于此时刻的行（学校时区）", show_default=False)]
Until = Annotated[datetime | None, typer.Option(help="只读游标不晚于此时刻的行（学校时区）", show_default=False)]


@app.command(epilog="例：campus-hub plan staff_to_platform；campus-hub plan staff_to_library --ddl > 建表.sql")
def plan(
    flow: Flow,
    ddl: Annotated[bool, typer.Option("--ddl", help="只打印目标库的建表语句（推送还有批次表 hub_batch），交接收方执行")] = False,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """说明一个流会做什么：建表语句、将新增、修改、删除的行数；不写任何数据。"""
    from hub.plan import plan as make
    from hub.plan import receiver_ddl

    if ddl:
        written = receiver_ddl(catalog(campus), flow)
        show.as_json({"flow": flow, "ddl": written}) if json else show.out.print(written, markup=False)
        return
    with progress(flow):
        found = make(opened(campus), flow)
    if json:
        show.as_json(found)
        return
    if found.ddl:
        show.out.print(found.ddl, markup=False)
    show.line("cli.plan", flow=flow, inserts=found.inserts, updates=found.updates, deletes=found.deletes, unchanged=found.unchanged)
    for warning, names in found.warnings.items():
        show.line(warning, **names)


@app.command(epilog="例：campus-hub run staff_to_platform；campus-hub run --all")
def run(
    flow: Annotated[list[str] | None, typer.Argument(help="一个或多个流；全部运行用 --all", show_default=False)] = None,
    every: Annotated[bool, typer.Option("--all", help="按先后次序运行全部流")] = False,
    full: Annotated[bool, typer.Option("--full", help="不看游标，整表核对")] = False,
    since: Since = None,
    until: Until = None,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """运行流：读取、判定、发布、核对，最后给出回执。"""
    from hub.pipeline import Asked
    from hub.pipeline import run as start
    from hub.route import resolve

    hub = opened(campus)
    names = order(hub.catalog) if every else flow or []
    if not names:
        raise CatalogError("cli.no_flow", known=", ".join(sorted(hub.catalog.flows)))
    for name in names:
        resolve(hub.catalog, name)  # an unknown one is told before anything runs
    asked = Asked(full=full, since=instant(since, hub.catalog.zone), until=instant(until, hub.catalog.zone))
    receipts, stopped = list[Receipt](), dict[str, CampusError]()
    for name in names:
        try:
            with progress(name) as told:
                receipts.append(start(hub, name, now=now(), by=me(), asked=asked, progress=told))
        except (BusyError, DeniedError, RejectedError) as fault:  # held, paused, out of agreement: no reason for the others to wait
            if len(names) == 1:
                raise
            stopped[name] = fault
        if not json:
            show.out.print(f"{name}  ", end="", markup=False)
            show.out.print(stopped[name].say(), markup=False, style="red") if name in stopped else show.receipt(
                receipts[-1], hub.catalog.zone
            )
    if json:
        several = {"receipts": [receipt.to_json() for receipt in receipts], "stopped": {name: it.say() for name, it in stopped.items()}}
        show.as_json(receipts[0] if len(names) == 1 else several)
    raise typer.Exit(max([it.exit_code for it in receipts] + [it.exit_code for it in stopped.values()]))


@app.command(epilog="例：campus-hub verify staff_to_platform")
def verify(flow: Flow, campus: Campus = None, json: Json = False) -> None:
    """此刻重新核对源与目标；不一致时列出主键，退出码 5。"""
    from hub.verify import verify as look

    with progress(flow):
        found = look(opened(campus), flow)
    if json:
        show.as_json(
            {
                "flow": flow,
                "equal": found.equal,
                "source": found.source,
                "target": found.target,
                "differing": found.differing,
                "quarantined": found.quarantined,
                "waiting": found.waiting,
            }
        )
    elif found.equal:
        show.line("cli.equal", flow=flow, rows=found.target.count, quarantined=found.quarantined, waiting=found.waiting)
    else:
        show.line("cli.unequal", flow=flow, keys=len(found.differing))
        heads = (say("finding.head.keys"), say("finding.head.kind"))
        show.table(heads, [(key.replace("\t", "|"), say(f"differs.{kind}")) for key, kind in list(found.differing.items())[:50]])
    raise typer.Exit(0 if found.equal else 5)


@app.command(epilog="例：campus-hub receipt R20261105-3")
def receipt(run: Run, campus: Campus = None, json: Json = False) -> None:
    """查看一次运行的回执：行数、两端摘要、未通过的规则、耗时；退出码即该次运行的结果。"""
    from hub.store import runs

    hub = opened(campus)
    found = runs.receipt(hub.store, run)
    if found is None:
        raise BusyError("cli.running", run=run)
    show.as_json(found) if json else show.details(found, hub.catalog.zone)
    raise typer.Exit(found.exit_code)


@app.command(epilog="例：campus-hub approve R20261105-17")
def approve(run: Run, campus: Campus = None, json: Json = False) -> None:
    """确认一次暂停的运行：重新读取，并在所确认的限度内发布。"""
    from hub.approval import approve as let

    hub = opened(campus)
    with progress(run):
        found = let(hub, run, now=now(), by=me())
    show.as_json(found) if json else show.receipt(found, hub.catalog.zone)
    raise typer.Exit(found.exit_code)


@app.command(epilog="例：campus-hub refuse R20261105-17")
def refuse(run: Run, campus: Campus = None, json: Json = False) -> None:
    """否决一次暂停的运行：目标库保持不变。"""
    from hub.approval import refuse as deny

    deny(opened(campus), run, now=now(), by=me())
    show.done(json, "cli.refused", run=run)


@app.command(epilog="例：campus-hub reconcile application_to_platform")
def reconcile(flow: Flow, campus: Campus = None, json: Json = False) -> None:
    """整表比对，只重算不同的主键：找出已删除的、很迟到的、被手工改动的行。"""
    from hub.reconcile import reconcile as mend

    hub = opened(campus)
    with progress(flow):
        found = mend(hub, flow, now=now(), by=me())
    show.as_json(found) if json else show.receipt(found, hub.catalog.zone)
    raise typer.Exit(found.exit_code)


@app.command(epilog="例：campus-hub rollback staff_to_platform")
def rollback(flow: Flow, campus: Campus = None, json: Json = False) -> None:
    """回退最近一次发布：按前映像恢复目标，核对与发布前一致，退回游标，暂停该流；不能证明时不动目标，退出码 3。"""
    from hub.rollback import rollback as undo

    hub = opened(campus)
    found = undo(hub, flow, now=now(), by=me())
    show.as_json(found) if json else show.receipt(found, hub.catalog.zone)
    raise typer.Exit(found.exit_code)


@app.command(epilog='例：campus-hub pause staff_to_platform --reason "人事系统升级" --until 2026-11-08')
def pause(
    flow: Flow,
    reason: Annotated[str, typer.Option(help="原因")],
    until: Annotated[datetime | None, typer.Option(help="恢复时刻", show_default=False)] = None,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """暂停一个流。"""
    from hub.route import resolve
    from hub.store import decisions

    hub = opened(campus)
    resolve(hub.catalog, flow)
    decisions.pause(hub.store, flow, by=me(), now=now(), reason=reason, until=instant(until, hub.catalog.zone))
    show.done(json, "cli.paused", flow=flow)


@app.command(epilog="例：campus-hub resume staff_to_platform")
def resume(flow: Flow, campus: Campus = None, json: Json = False) -> None:
    """恢复一个暂停的流。"""
    from hub.route import resolve
    from hub.store import decisions

    hub = opened(campus)
    resolve(hub.catalog, flow)
    decisions.resume(hub.store, flow)
    show.done(json, "cli.resumed", flow=flow)


@app.command(epilog="例：campus-hub status")
def status(campus: Campus = None, json: Json = False) -> None:
    """各流的最近一次运行、最近一次核对、隔离行数。"""
    from hub.status import status as look

    hub = opened(campus)
    found = look(hub, now=now())
    if json:
        show.as_json({"flows": [{name: getattr(it, name) for name in it.__slots__} for it in found]})
        return
    heads = [say(f"status.head.{name}") for name in ("flow", "status", "proved", "rows", "quarantined", "run", "note")]
    rows = [
        (
            it.flow,
            say(f"status.{it.status}") if it.status else "—",
            show.when(it.proved_at, hub.catalog.zone),
            it.rows,
            it.quarantined or "",
            it.run,
            it.paused or it.unfetched,
        )
        for it in found
    ]
    show.table(heads, rows)


@app.command(epilog="例：campus-hub ping")
def ping(campus: Campus = None, json: Json = False) -> None:
    """逐一询问各系统是否应答；有不应答的，退出码 4。"""
    from hub.status import ask

    found = ask(opened(campus))
    if json:
        show.as_json({"systems": [{name: getattr(it, name) for name in it.__slots__} for it in found]})
    else:
        heads = [say(f"ping.head.{name}") for name in ("system", "what", "answers", "ms", "note")]
        answers = {True: say("ping.yes"), False: say("ping.no")}
        notes = [show.care(it.message) if it.answers else it.message for it in found]
        told = [(f"{it.system}（{it.title}）", it.what, answers[it.answers], it.milliseconds) for it in found]
        show.table(heads, [(*row, note) for row, note in zip(told, notes, strict=True)])
    raise typer.Exit(0 if all(it.answers for it in found) else 4)
