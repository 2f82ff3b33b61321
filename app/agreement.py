"""Commands about agreements: the receiver's sheet, what is about to end or waits to be fetched, taking back, invented rows."""

import csv
import sys
from pathlib import Path
from typing import Annotated

import typer

from app import show
from app.options import Campus, Json, catalog, me, now, opened
from catalog.errors import CatalogError
from catalog.messages import say

app = typer.Typer(no_args_is_help=True)
sample_app = typer.Typer()
Name = Annotated[str, typer.Argument(help="协议的名称，即 campus/agreements/ 下的文件名", show_default=False)]


@app.command(epilog="例：campus-hub agreement sheet library_staff --out var/接口说明")
def sheet(name: Name, out: Annotated[Path, typer.Option(help="写入的目录")] = Path("."), campus: Campus = None, json: Json = False) -> None:
    """写出一份协议的接口说明（XLSX、DOCX）：字段、类型、代码、脱敏、更新时间、批次的读法、联系人。"""
    from reports.interface import write

    found = catalog(campus)
    if name not in found.agreements:
        raise CatalogError("cli.no_agreement", agreement=name, known=", ".join(sorted(found.agreements)))
    paths = write(found, found.agreements[name], out)
    show.as_json({"files": paths}) if json else show.out.print("\n".join(map(str, paths)), markup=False)


@app.command(epilog="例：campus-hub agreement watch")
def watch(campus: Campus = None, json: Json = False) -> None:
    """逐一查看：将到期的协议、推送后未取的批次、应撤回的数据；通知双方，每件只通知一次。每天的日常维护也做同样的事。"""
    from hub.watch import watch as look

    hub = opened(campus)
    found = look(hub, now=now(), by=me())
    lines = [it.say(hub.catalog) for it in found.ending] + [it.say() for it in found.unfetched]
    lines += [say("agreement.withdrawn", flow=it.flow, rows=it.rows.deleted, run=it.run) for it in found.withdrawn]
    if json:
        show.as_json({"notices": lines})
    else:
        show.out.print("\n".join(lines) or say("agreement.quiet"), markup=False)


@sample_app.command(epilog="例：campus-hub sample staff --rows 50 > staff.csv")
def sample(
    dataset: Annotated[str, typer.Argument(help="数据集的名称", show_default=False)],
    rows: Annotated[int, typer.Option(min=1, max=100_000, help="行数")] = 50,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """按字段定义编造示例数据（CSV）：供联调使用，不含任何真实数据。"""
    from hub.invented import rows as invent

    found = catalog(campus)
    if dataset not in found.datasets:
        raise CatalogError("cli.no_dataset", dataset=dataset, known=", ".join(sorted(found.datasets)))
    it = found.datasets[dataset]
    names, made = [field.name for field in it.fields], invent(found, it, rows)
    if json:
        show.as_json({"dataset": dataset, "rows": [dict(zip(names, row, strict=True)) for row in made]})
        return
    writer = csv.writer(sys.stdout)
    writer.writerow(names)
    writer.writerows(made)
