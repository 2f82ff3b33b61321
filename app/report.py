"""Commands about reports."""

from pathlib import Path
from typing import Annotated

import typer

from app import release, show
from app.options import Campus, Json, me, now, opened

app = typer.Typer(no_args_is_help=True)
app.registered_commands += release.app.registered_commands


@app.callback()
def group() -> None:
    """报告。"""


@app.command(epilog="例：campus-hub report build operation --period 2026-10")
def build(
    edition: Annotated[str, typer.Argument(help="报告种类，即 campus/reports/ 下的文件名")],
    period: Annotated[str, typer.Option(help="2026-10、2026Q3、2026-2027-1（学期）、AY2026-2027、2026")],
    out: Annotated[Path | None, typer.Option(help="写入的目录；默认 var/reports", show_default=False)] = None,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """冻结数据、计算指标、生成送审稿（DOCX、PDF、XLSX、HTML），并写出每个文件的摘要。"""
    from reports.build import build as make
    from reports.release.difference import difference

    hub = opened(campus)
    built = make(hub, edition, period, now=now(), by=me(), out=out)
    if json:
        show.as_json(
            {
                "issue": built.issue,
                "draft": built.draft,
                "folder": str(built.folder),
                "files": [path.name for path in built.files],
                "snapshot": built.snapshot.hash,
            }
        )
    else:
        show.line("report.built", title=built.report.title, draft=built.draft, files=len(built.files), folder=built.folder)
        if changed := difference(hub, built.issue, built.draft):
            release.told(changed)
        if built.unseen:
            show.line("report.unseen", letters="".join(built.unseen))
