"""The command that serves the hub API."""

from typing import Annotated

import typer

from app import show
from app.options import Campus, Json, opened
from catalog.messages import say

app = typer.Typer()


@app.command(epilog="例：campus-hub serve --port 8300")
def serve(
    host: Annotated[str, typer.Option(help="监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口", min=1, max=65535)] = 8300,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """启动数据共享接口；文档在 /docs。"""
    import uvicorn

    from app.service import create_app

    service, url = create_app(opened(campus)), f"http://{host}:{port}"
    if json:
        show.as_json({"url": url, "docs": f"{url}/docs", "openapi": f"{url}/openapi.json"})
    else:
        show.err.print(say("cli.serving", url=url), markup=False)
    uvicorn.run(service, host=host, port=port, log_level="warning", server_header=False)
