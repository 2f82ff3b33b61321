"""Commands that put the hub's memory aside and bring it back."""

from pathlib import Path
from typing import Annotated

import typer

from app import show
from app.options import Campus, Json, now, opened
from app.progress import progress

app = typer.Typer()


@app.command(epilog="例：campus-hub backup hub-20261105.zip")
def backup(path: Annotated[Path, typer.Argument(help="写入的 ZIP 文件")], campus: Campus = None, json: Json = False) -> None:
    """备份中枢：运行、回执、密钥摘要、访问日志、报告及其快照、学校配置。各系统的数据由各自的数据库备份。"""
    from hub.backup import backup as write

    with progress(path.name):
        rows = write(opened(campus), path, now=now())
    show.done(json, "cli.backed_up", path=path, rows=sum(rows.values()))


@app.command(epilog="例：HUB_STORE_URL=postgresql+psycopg://hub@db/hub campus-hub restore hub-20261105.zip")
def restore(path: Annotated[Path, typer.Argument(help="备份的 ZIP 文件")], campus: Campus = None, json: Json = False) -> None:
    """从备份恢复到一个空的中枢存储（可换数据库）；先核对每一部分的摘要和访问日志的链。"""
    from hub.backup import restore as bring

    with progress(path.name):
        rows = bring(opened(campus), path)
    show.done(json, "cli.brought_back", path=path, rows=sum(rows.values()))
