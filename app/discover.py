"""The command that proposes datasets and flows from a database's own tables."""

from pathlib import Path
from typing import Annotated

import typer

from app import show
from app.options import Campus, Json, catalog
from catalog.errors import CatalogError

app = typer.Typer()


@app.command(epilog="例：campus-hub discover hr；campus-hub discover hr t_jzg --write")
def discover(
    system: Annotated[str, typer.Argument(help="系统的名称，即 campus/systems/ 下的文件名", show_default=False)],
    table: Annotated[list[str] | None, typer.Argument(help="只看这些表；不写则全部", show_default=False)] = None,
    write: Annotated[bool, typer.Option("--write", help="写入配置目录；已有的文件不动")] = False,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """读取系统的表、列、注释、主键，建议数据集和流的配置；每表只抽样 200 行，抽到的值不外传。"""
    from hub.discover import discover as propose

    found = catalog(campus)
    if system not in found.systems:
        raise CatalogError("discover.no_system", system=system, known=", ".join(sorted(found.systems)))
    if found.systems[system].kind != "sql":
        raise CatalogError("discover.sql_only", system=system)
    proposals = list(propose(found.systems[system], found.codes, platform=found.campus.platform, tables=table or ()))
    if write:
        written, kept = _write(found.folder, {it.file: it.content for it in proposals})
        show.done(json, "discover.wrote", tables=len(proposals) // 2, files=len(written), folder=found.folder)
        if kept and not json:
            show.line("discover.kept", files=", ".join(kept))
    elif json:
        show.as_json({"proposals": [{"file": it.file, "content": it.content} for it in proposals]})
    else:
        show.out.print("\n".join(f"# ── {it.file}\n{it.content}" for it in proposals), markup=False)


def _write(folder: Path, files: dict[str, str]) -> tuple[list[str], list[str]]:
    """Write the files that are not there yet; return those and the ones left alone."""
    kept = [name for name in files if (folder / name).exists()]
    written = [name for name in files if name not in kept]
    for name in written:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(files[name], "utf-8")
    return written, kept
