"""Commands about quarantine. Showing and exporting rows of persons writes an access line, like any other reading."""

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import show
from app.options import Campus, Flow, Json, me, now, opened
from app.progress import progress
from catalog.messages import say

if TYPE_CHECKING:
    from hub.open import Hub

app = typer.Typer()


@app.command("list", epilog="例：campus-hub quarantine list")
def listed(
    flow: Annotated[str | None, typer.Argument(help="只看一个流", show_default=False)] = None, campus: Campus = None, json: Json = False
) -> None:
    """各流被隔离的行数，按规则。"""
    from hub.quarantine import counts

    hub = opened(campus)
    names = [flow] if flow else sorted(hub.catalog.flows)
    found = [(name, rule, rows) for name in names for rule, rows in counts(hub, name).items()]
    if json:
        show.as_json({"quarantine": [{"flow": name, "rule": rule, "rows": rows} for name, rule, rows in found]})
    else:
        show.table([say(f"quarantine.head.{name}") for name in ("flow", "rule", "rows")], found) if found else show.line(
            "cli.no_quarantine"
        )


@app.command("show", epilog="例：campus-hub quarantine show application_to_platform")
def shown(flow: Flow, campus: Campus = None, json: Json = False) -> None:
    """一个流被隔离的行：更正编号、主键、规则、位置、首次发现；不显示字段的值。"""
    from hub.corrections import numbers
    from hub.refused import rows

    hub = opened(campus)
    found = list(rows(hub, flow))
    _note(hub, flow, "quarantine show", len(found))
    opened_as = numbers(hub, flow, found)
    if json:
        told = [
            {"key": it.key, "rule": it.rule, "reason": it.reason, "place": it.place, "first_seen": it.first_seen, "correction": number}
            for it, number in zip(found, opened_as, strict=True)
        ]
        show.as_json({"flow": flow, "rows": told})
    elif found:
        zone = hub.catalog.zone
        lines = [
            (number, "|".join(v or "" for v in it.key or ()), it.place, it.rule, it.reason, show.when(it.first_seen, zone))
            for it, number in zip(found, opened_as, strict=True)
        ]
        heads = [say(f"quarantine.head.{name}") for name in ("key", "place", "rule", "reason", "first")]
        show.table([say("quarantine.head.correction"), *heads], lines)
    else:
        show.line("cli.no_quarantine")


@app.command(epilog="例：campus-hub quarantine replay staff_to_platform")
def replay(flow: Flow, campus: Campus = None, json: Json = False) -> None:
    """按现在的数据和规则重新判定被隔离的行。"""
    from hub.quarantine import replay as again

    hub = opened(campus)
    with progress(flow):
        found = again(hub, flow, now=now(), by=me())
    show.as_json(found) if json else show.receipt(found, hub.catalog.zone)
    raise typer.Exit(found.exit_code)


@app.command(epilog="例：campus-hub quarantine export staff_to_platform 待改.xlsx")
def export(flow: Flow, path: Annotated[Path, typer.Argument(help="写入的 XLSX 文件")], campus: Campus = None, json: Json = False) -> None:
    """导出被隔离的行（含原值），交数据的主管部门修改；记入访问日志。"""
    from hub.quarantine import export as write
    from hub.refused import rows

    hub = opened(campus)
    _note(hub, flow, "quarantine export", sum(1 for _ in rows(hub, flow)))
    show.done(json, "cli.exported", rows=write(hub, flow, path), path=path)


def _note(hub: "Hub", flow: str, outcome: str, rows: int) -> None:
    from hub.store import access
    from hub.store.access import Line

    dataset = hub.catalog.flows[flow].dataset
    line = Line(who=me(), channel="cli", outcome=outcome, request=uuid.uuid4().hex, dataset=dataset, columns=("*",), rows=rows)
    access.write(hub.store, line, now=now())
