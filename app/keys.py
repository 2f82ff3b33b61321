"""Commands about API keys."""

from typing import Annotated

import typer

from app import show
from app.options import Campus, Json, me, now, opened
from catalog.errors import CatalogError

app = typer.Typer()
Consumer = Annotated[str, typer.Argument(help="应用的名称，即 campus/consumers/ 下的文件名", show_default=False)]


@app.command(epilog="例：campus-hub key issue library --days 180")
def issue(
    consumer: Consumer, days: Annotated[int, typer.Option(min=1, max=730, help="有效天数")] = 365, campus: Campus = None, json: Json = False
) -> None:
    """为应用签发接口密钥；只显示这一次。"""
    from hub.store import keys

    hub = opened(campus)
    if consumer not in hub.catalog.consumers:
        raise CatalogError("cli.no_consumer", consumer=consumer, known=", ".join(sorted(hub.catalog.consumers)))
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
