"""Commands about corrections. Showing the key of a row writes an access line, like any other reading."""

import uuid
from typing import Annotated, Any, Literal

import typer

from app import show
from app.options import Campus, Json, me, now, opened
from catalog.messages import say

app = typer.Typer()
Number = Annotated[int, typer.Argument(help="更正的编号", show_default=False)]
HEADS = ("correction", "state", "origin", "dataset", "rule", "fields", "owner", "opened", "closed")


@app.command("list", epilog="例：campus-hub corrections list --dataset staff")
def listed(
    dataset: Annotated[str | None, typer.Option(help="只看一个数据集", show_default=False)] = None,
    flow: Annotated[str | None, typer.Option(help="只看一个流", show_default=False)] = None,
    owner: Annotated[str | None, typer.Option(help="只看一个主管部门", show_default=False)] = None,
    origin: Annotated[
        Literal["finding", "complaint"] | None, typer.Option(help="finding 规则发现，complaint 使用方提出", show_default=False)
    ] = None,
    state: Annotated[Literal["open", "closed", "all"], typer.Option(help="open 办理中，closed 已办结，all 全部")] = "open",
    campus: Campus = None,
    json: Json = False,
) -> None:
    """待更正的数据：规则发现的与使用方提出的；不显示主键。"""
    from hub.store import corrections

    hub = opened(campus)
    wanted = {"dataset": dataset, "flow": flow, "owner": owner, "origin": origin}
    found = corrections.listed(hub.store, state=None if state == "all" else state, **wanted)
    if json:
        show.as_json({"corrections": [_plain(it) for it in found]})
    elif found:
        show.table([say(f"correction.head.{name}") for name in HEADS], [_row(hub, it) for it in found])
    else:
        show.line("correction.none")


@app.command("show", epilog="例：campus-hub corrections show 12")
def shown(number: Number, campus: Campus = None, json: Json = False) -> None:
    """一件更正：主键、规则、依据、主管部门、由谁提出、如何办结；记入访问日志。"""
    from hub.corrections import finding, key
    from hub.store import access, corrections
    from hub.store.access import Line

    hub = opened(campus)
    it = corrections.get(hub.store, number)
    line = Line(
        who=me(), channel="cli", outcome="corrections show", request=uuid.uuid4().hex, dataset=it.dataset, columns=it.fields, rows=1
    )
    access.write(hub.store, line, now=now())
    found, named = finding(hub, it), key(hub, it)
    evidence = it.note or (f"{found.reason} {found.place}".strip() if found else None)
    if json:
        show.as_json(_plain(it) | {"key": named, "evidence": evidence})
        return
    heads = [say(f"correction.head.{name}") for name in (*HEADS, "by", "key", "evidence")]
    consumer = hub.catalog.consumers.get(it.consumer or "")
    by = f"{consumer.title if consumer else it.consumer}（{it.agreement}）" if it.consumer else it.opened_run
    erased = say("correction.erased") if it.state == "closed" else "—"
    cells = (*_row(hub, it), by, "|".join(value or "" for value in named) if named else erased, evidence or erased)
    show.table(("", ""), list(zip(heads, cells, strict=True)))


@app.command(epilog="例：campus-hub corrections close 12 --reason 经核对数据无误")
def close(
    number: Number,
    reason: Annotated[str, typer.Option(help="办结的理由", show_default=False)],
    campus: Campus = None,
    json: Json = False,
) -> None:
    """办结一件使用方提出的更正并写明理由；规则发现的由改正后的下一次运行自动办结。"""
    from hub.corrections import decide

    decide(opened(campus), number, reason=reason, now=now(), by=me())
    show.done(json, "correction.done", correction=number)


def _plain(it: Any) -> dict[str, Any]:  # Any: hub.store.corrections.Correction, imported late; JSON
    return {
        "correction": it.correction, "state": it.state, "origin": it.origin, "dataset": it.dataset, "flow": it.flow, "rule": it.rule,
        "fields": list(it.fields), "owner": it.owner, "opened_at": it.opened_at, "opened_run": it.opened_run, "consumer": it.consumer,
        "agreement": it.agreement, "closed_at": it.closed_at, "closed_run": it.closed_run, "closed_by": it.closed_by,
        "closed_reason": it.closed_reason,
    }  # fmt: skip


def _row(hub: Any, it: Any) -> tuple[object, ...]:  # Any: as above, and hub.open.Hub
    zone = hub.catalog.zone
    when = show.when(it.closed_at, zone)
    by_whom = "closed_run" if it.closed_run else "closed_by"
    closed = say(f"correction.{by_whom}", when=when, run=it.closed_run, by=it.closed_by, reason=it.closed_reason) if it.closed_at else "—"
    state, origin = say(f"correction.state.{it.state}"), say(f"correction.origin.{it.origin}")
    return (it.correction, state, origin, it.dataset, it.rule, ", ".join(it.fields), it.owner, show.when(it.opened_at, zone), closed)
