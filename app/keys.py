"""Commands about API keys."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from app import show
from app.options import Campus, Json, me, now, opened
from catalog.errors import CatalogError
from catalog.messages import say

app = typer.Typer()
Consumer = Annotated[str, typer.Argument(help="应用的名称，即 campus/consumers/ 下的文件名", show_default=False)]


@app.command(epilog="例：campus-hub key issue library --days 180")
def issue(
    consumer: Consumer, days: Annotated[int, typer.Option(min=1, max=730, help="有效天数")] = 365, campus: Campus = None, json: Json = False
) -> None:
    """为应用签发接口密钥；只显示这一次。"""
    from hub.store import keys

    hub = opened(campus)
    _known(hub, consumer)
    key = keys.issue(hub.store, consumer, now=now(), by=me(), days=days)
    show.as_json({"consumer": consumer, "key": key, "days": days}) if json else show.line("cli.key", consumer=consumer, key=key, days=days)


@app.command(epilog="例：campus-hub key revoke library")
def revoke(
    consumer: Consumer,
    prefix: Annotated[str | None, typer.Option(help="只撤销此前缀的密钥")] = None,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """撤销应用的密钥，立即生效。"""
    from hub.store import keys

    count = keys.revoke(opened(campus).store, consumer, now=now(), prefix=prefix)
    show.as_json({"consumer": consumer, "revoked": count}) if json else show.line("cli.revoked", consumer=consumer, count=count)


@app.command(epilog="例：campus-hub key rotate library --overlap 7")
def rotate(
    consumer: Consumer,
    overlap: Annotated[int, typer.Option(min=0, max=90, help="旧密钥继续有效的天数")] = 7,
    days: Annotated[int, typer.Option(min=1, max=730, help="新密钥的有效天数")] = 365,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """更换密钥：签发新密钥（只显示这一次），旧密钥在重叠期后失效。"""
    from hub.store import keys

    hub = opened(campus)
    _known(hub, consumer)
    key = keys.rotate(hub.store, consumer, now=now(), by=me(), overlap=timedelta(days=overlap), days=days)
    if json:
        show.as_json({"consumer": consumer, "key": key, "days": days, "overlap": overlap})
    else:
        show.line("cli.rotated", consumer=consumer, key=key, days=days, overlap=overlap)


@app.command("list", epilog="例：campus-hub key list")
def listed(
    consumer: Annotated[str | None, typer.Argument(help="只看一个应用", show_default=False)] = None,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """各密钥的前缀、期限与最近使用；密钥本身无法再看到。"""
    from hub.store import keys

    hub = opened(campus)
    found, zone = keys.listed(hub.store, consumer), hub.catalog.zone
    if json:
        show.as_json({"keys": found})
        return
    state = {True: "key.works", False: "key.ended"}
    heads = [say(f"key.head.{name}") for name in ("prefix", "consumer", "state", "issued", "expires", "used")]
    rows = [
        (
            it.prefix,
            it.consumer,
            say(state[it.works(now())]),
            *(show.when(at, zone) for at in (it.issued_at, it.expires_at, it.last_used_at)),
        )
        for it in found
    ]
    show.table(heads, rows)


def _known(hub: Any, consumer: str) -> None:  # Any: hub.open.Hub, imported late
    if consumer not in hub.catalog.consumers:
        raise CatalogError("cli.no_consumer", consumer=consumer, known=", ".join(sorted(hub.catalog.consumers)))
