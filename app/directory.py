"""Commands about the catalogue of information resources (信息资源目录)."""

import json as jsons
from pathlib import Path
from typing import Annotated

import typer

from app import show
from app.options import Campus, Json, now, opened

app = typer.Typer()


@app.command(epilog="例：campus-hub catalog export --out var/catalog")
def export(
    out: Annotated[Path, typer.Option(help="写入的目录")] = Path("var/catalog"),
    campus: Campus = None,
    json: Json = False,
) -> None:
    """写出信息资源目录：XLSX、HTML（GB/T 21063.3 核心元数据）和 JSON-LD（DCAT）。"""
    from reports.directory import dcat, report
    from reports.render import html, xlsx

    hub = opened(campus)
    found = report(hub, now=now())
    files = {
        "catalog.xlsx": xlsx.render(found),
        "catalog.html": html.render(found),
        "catalog.jsonld": jsons.dumps(dcat(hub), ensure_ascii=False, indent=2).encode() + b"\n",
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (out / name).write_bytes(content)
    show.done(json, "catalog.exported", folder=out, files=", ".join(files), datasets=len(hub.catalog.datasets))
