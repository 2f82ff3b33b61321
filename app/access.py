"""Commands about the access log: does it hold, who received what, anchor its days."""

import uuid
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app import show
from app.options import Campus, Json, me, now, opened
from catalog.messages import say

app = typer.Typer(no_args_is_help=True)
HEADS = ("who", "channel", "fields", "rows", "answers", "approval", "until", "first", "last")


@app.command(epilog="例：campus-hub access verify --anchors /mnt/archive/access-anchors.jsonl")
def verify(
    anchors: Annotated[Path | None, typer.Option(help="另存的锚点文件；默认为 campus.yaml 所定", show_default=False)] = None,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """核对访问日志：有没有行被改动、删除、调换或从末尾截去。"""
    from hub.store import access
    from hub.store.anchors import differing

    hub = opened(campus)
    faults = access.verify(hub.store) + differing(hub.store, anchors or hub.catalog.anchors)
    if json:
        show.as_json({"holds": not faults, "faults": [{"what": it.what, "place": it.place} for it in faults]})
    else:
        for fault in faults:
            show.line(f"access.{fault.what}", place=fault.place)
        show.line("access.broken" if faults else "access.holds", count=len(faults))
    if faults:
        raise typer.Exit(5)


@app.command(epilog="例：campus-hub access who --dataset staff --field name --from 2026-09-01 --to 2026-11-30 --xlsx 审计.xlsx")
def who(
    dataset: Annotated[str, typer.Option(help="数据集")],
    field: Annotated[list[str] | None, typer.Option(help="字段，可重复；默认全部个人信息字段", show_default=False)] = None,
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="起始日；默认一年前", show_default=False)] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="截止日；默认今日", show_default=False)] = None,
    xlsx: Annotated[Path | None, typer.Option(help="另写一页 XLSX", show_default=False)] = None,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """谁在何时收到了哪些个人信息：依据哪份批文、多少行、到何时为止；此次查询也记入访问日志。"""
    from hub import audit
    from hub.store import access
    from hub.store.access import Line

    hub = opened(campus)
    today = now().astimezone(hub.catalog.zone).date()
    first, last = since.date() if since else today.replace(year=today.year - 1), until.date() if until else today
    found = audit.received(hub, dataset, field or (), since=first, until=last)
    access.write(hub.store, Line(who=me(), channel="cli", outcome="access who", request=uuid.uuid4().hex, dataset=dataset), now=now())
    rows = [_row(hub, it) for it in found]
    if xlsx:
        _page(xlsx, say("audit.title", dataset=hub.catalog.datasets[dataset].title, first=first, last=last), rows)
    if json:
        show.as_json({"dataset": dataset, "from": str(first), "to": str(last), "received": found})
    else:
        show.line("audit.title", dataset=hub.catalog.datasets[dataset].title, first=first, last=last)
        show.table([say(f"audit.head.{name}") for name in HEADS], rows)


@app.command(epilog="例：campus-hub access anchor")
def anchor(campus: Campus = None, json: Json = False) -> None:
    """为已结束的日子写入锚点并清除超过保存期的整日记录（日常维护每天自动做）。"""
    from hub.store import anchors

    hub = opened(campus)
    made, pruned = anchors.keep(hub.store, hub.catalog, now=now())
    show.done(json, "access.anchored", days=made, file=hub.catalog.anchors, pruned=pruned)


def _row(hub: Any, it: Any) -> tuple[object, ...]:  # Any: hub.open.Hub and hub.audit.Received, imported late
    fields = {field.name: field.title for dataset in hub.catalog.datasets.values() for field in dataset.fields}
    consumer = hub.catalog.consumers.get(it.who)
    times = [datetime.fromisoformat(text).astimezone(hub.catalog.zone).strftime("%Y-%m-%d %H:%M") for text in (it.first, it.last)]
    rows = f"{it.rows}{say('audit.unended', count=it.unended) if it.unended else ''}"
    return (
        consumer.title if consumer else it.who,
        say(f"audit.channel.{it.channel}") if it.channel in ("api", "push", "export", "cli") else it.channel,
        "、".join(fields.get(name, name) for name in it.fields),
        rows,
        it.answers,
        f"{it.agreement or '—'}（{it.approval or '—'}）",
        it.until or "—",
        *times,
    )


def _page(path: Path, title: str, rows: list[tuple[object, ...]]) -> None:
    """Write the page for printing: one sheet, landscape, as wide as the paper."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(say("audit.sheet"))
        head, cell = book.add_format({"bold": True, "border": 1, "text_wrap": True}), book.add_format({"border": 1, "text_wrap": True})
        sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
        for at, name in enumerate(HEADS):
            sheet.write_string(2, at, say(f"audit.head.{name}"), head)
        for number, row in enumerate(rows, 3):
            for at, value in enumerate(row):
                sheet.write_string(number, at, str(value), cell)
        sheet.set_column(0, len(HEADS) - 1, 18)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
