"""Commands about the campus folder: check it, print its schema, make a new one."""

from pathlib import Path
from typing import Annotated

import typer

from app import show
from app.options import Campus, Json, catalog
from catalog.errors import CatalogError

app = typer.Typer()


@app.command(epilog="例：campus-hub check --campus ./campus")
def check(campus: Campus = None, json: Json = False) -> None:
    """检查学校配置：所有问题一次列出，带文件、行号和应有的写法。"""
    found = catalog(campus)
    counts = {
        "systems": len(found.systems),
        "datasets": len(found.datasets),
        "flows": len(found.flows),
        "agreements": len(found.agreements),
    }
    show.as_json({"campus": found.campus.name, "hash": found.hash, **counts}) if json else show.line(
        "cli.checked", title=found.campus.title, **counts
    )


@app.command(epilog="例：campus-hub schema datasets > dataset.schema.json")
def schema(kind: Annotated[str | None, typer.Argument(help="如 datasets、flows；不写则全部")] = None, json: Json = False) -> None:
    """打印配置文件的 JSON Schema，供编辑器补全和检查。"""
    from catalog.schema import schemas

    show.as_json(schemas(kind), indent=None if json else 2)


@app.command(epilog="例：campus-hub rules staff --out staff.html")
def rules(
    dataset: Annotated[str, typer.Argument(help="数据集的名称")],
    out: Annotated[Path, typer.Option(help="写入的 HTML 文件")] = Path("rules.html"),
    campus: Campus = None,
    json: Json = False,
) -> None:
    """写出一个数据集的规则页：每条规则、最近一次判定的结果。"""
    from app.options import opened
    from hub.published import published
    from hub.store import runs
    from quality.page import page
    from quality.verdict import Verdict

    hub = opened(campus)
    if dataset not in hub.catalog.datasets:
        raise CatalogError("cli.no_dataset", dataset=dataset, known=", ".join(sorted(hub.catalog.datasets)))
    place = published(hub.catalog, dataset)
    row = runs.judged(hub.store, place.flow.name) if place else None
    verdict = Verdict.from_json(row["verdict"]) if row else None
    when = show.when(row["finished_at"], hub.catalog.zone) if row else None
    out.write_text(page(hub.catalog.datasets[dataset], verdict, when=when), "utf-8")
    show.done(json, "page.written", path=out)


@app.command(epilog="例：campus-hub init my-school/campus；campus-hub init my-school/campus --from sqlite:///hr.db")
def init(
    folder: Annotated[Path, typer.Argument(help="新建的配置目录")],
    url: Annotated[str | None, typer.Option("--from", help="一个数据库的 URL：按它的表生成配置", show_default=False)] = None,
    json: Json = False,
) -> None:
    """新建一个可以立即运行的学校配置：一个示例，或按一个数据库的表生成。"""
    from sqlalchemy import make_url

    from app.start import start, start_from

    if url is None:
        start(folder)
        show.done(json, "cli.started", folder=folder)
    else:
        found = start_from(folder, url)
        if make_url(url).password and not json:
            show.line("discover.password")
        show.done(json, "discover.started", folder=folder, datasets=len(found.datasets), flows=len(found.flows))
