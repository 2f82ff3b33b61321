"""Commands about reports."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import release, show
from app.options import Campus, Json, me, now, opened
from app.progress import progress

if TYPE_CHECKING:
    from reports.build import Built

SHOWN = 20  # characters without a font that are named
app = typer.Typer()
app.registered_commands += release.app.registered_commands


@app.command(epilog="例：campus-hub report build operation --period 2026-10；campus-hub report build operation security")
def build(
    editions: Annotated[list[str], typer.Argument(help="报告种类，即 campus/reports/ 下的文件名；几种一起生成时用同一次冻结的数据")],
    period: Annotated[
        str | None, typer.Option(help="2026-10、2026Q3、2026-2027-1（学期）、AY2026-2027、2026；默认最近结束的一期", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="写入的目录；默认 var/reports", show_default=False)] = None,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """冻结数据、计算指标、生成送审稿（DOCX、PDF、XLSX、HTML），并写出每个文件的摘要。"""
    from reports.build import Built
    from reports.build import build as make
    from reports.due import latest
    from reports.release.difference import difference

    hub, built = opened(campus), list[Built]()
    for edition in editions:
        wanted = period or latest(hub.catalog, edition, now=now())
        with progress(f"{edition} {wanted}"):
            it = make(hub, edition, wanted, now=now(), by=me(), out=out, beside=built[0] if built else None)
        built.append(it)
        if not json:
            show.line("report.built", title=it.report.title, draft=it.draft, files=len(it.files), folder=it.folder)
            if changed := difference(hub, it.issue, it.draft):
                release.told(changed)
            if it.unseen:
                show.line("report.unseen", count=len(it.unseen), letters="".join(it.unseen[:SHOWN]))
    if json:
        told = [_told(it) for it in built]
        show.as_json(told[0] if len(told) == 1 else {"issues": told})


def _told(built: "Built") -> dict[str, object]:
    files = [path.name for path in built.files]
    return {"issue": built.issue, "draft": built.draft, "folder": str(built.folder), "files": files, "snapshot": built.snapshot.hash}
