"""Commands about code tables: what a code means on a day, and which codes of the sources no table maps."""

from datetime import datetime
from typing import Annotated

import typer

from app import show
from app.options import Campus, Json, catalog, opened
from catalog.errors import CatalogError
from catalog.messages import say

app = typer.Typer()


@app.command(epilog="例：campus-hub codes resolve gbt_2260 110103 --on 2026-11-05")
def resolve(
    table: Annotated[str, typer.Argument(help="代码表的名称")],
    code: Annotated[str, typer.Argument(help="代码")],
    on: Annotated[datetime | None, typer.Option(help="按哪一天；不写则按代码表的版本", formats=["%Y-%m-%d"], show_default=False)] = None,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """一个代码在某日的含义：现行的即其本身，已停用的列出去向。"""
    tables = {name: found for name, found in catalog(campus).codes.items() if found.codes}
    if table not in tables:
        raise CatalogError("codes.no_table", table=table, known=", ".join(sorted(tables)))
    standard = tables[table]
    if code not in standard.codes and code not in standard.retired:
        raise CatalogError("codes.no_code", table=table, code=code)
    found = standard.resolve(code, on and on.date())
    titles = standard.codes | {old: past.title for old, past in standard.retired.items()}
    if json:
        show.as_json({"table": table, "code": code, "title": titles[code], "means": {it: titles[it] for it in found}})
        return
    key = "codes.in_force" if found == (code,) else ("codes.ended", "codes.became", "codes.split")[min(len(found), 2)]
    means = "、".join(f"{it} {titles[it]}" for it in found)
    show.line(key, code=code, title=titles[code], standard=standard.standard or table, found=means)


@app.command(epilog="例：campus-hub codes unmapped staff_to_platform")
def unmapped(
    flow: Annotated[list[str] | None, typer.Argument(help="流；不写则全部有代码对照的流", show_default=False)] = None,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """源系统中没有对照的代码、行数和候选；有则退出码 3。"""
    from hub.unmapped import unmapped as look

    hub = opened(campus)
    flows = flow or sorted(name for name, it in hub.catalog.flows.items() if it.source.codes)
    found = [it for name in flows for it in look(hub, name)]
    if json:
        show.as_json({"unmapped": [{name: getattr(it, name) for name in it.__slots__} for it in found]})
    elif found:
        heads = [say(f"codes.head.{name}") for name in ("flow", "field", "table", "code", "rows", "candidates")]
        show.table(heads, [(it.flow, it.field, it.table, it.code, it.rows, "、".join(it.candidates)) for it in found])
    else:
        show.line("codes.all_mapped", flows=len(flows))
    raise typer.Exit(3 if found else 0)
