"""The command that serves the hub API."""

from typing import Annotated

import typer

from app.options import Campus, opened
from app.show import err
from catalog.messages import say

app = typer.Typer()


@app.command(epilog="例：campus-hub serve --port 8300")
def serve(
    host: Annotated[str, typer.Option(help="监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口", min=1, max=65535)] = 8300,
    campus: Campus = None,
) -> None:
    """启动数据共享接口；文档在 /docs。"""
    import uvicorn

    from app.service import create_app

    err.print(say("cli.serving", url=f"http://{host}:{port}"), markup=False)
    uvicorn.run(create_app(opened(campus)), host=host, port=port, log_level="warning", server_header=False)
