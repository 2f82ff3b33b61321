"""The command that makes the sample school: its first day, its second day, and a source that comes back empty."""

from typing import Annotated

import typer

from app import show
from app.options import Campus, Json, catalog
from app.progress import progress

app = typer.Typer()


@app.command(epilog="例：campus-hub demo && campus-hub run --all")
def demo(
    second_day: Annotated[bool, typer.Option("--second-day", help="第二天：在源系统中修改、删除、新增一批行")] = False,
    empty_source: Annotated[bool, typer.Option("--empty-source", help="清空一个源表，演示刹车")] = False,
    restore_source: Annotated[bool, typer.Option("--restore-source", help="恢复被清空的源表")] = False,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """生成示例学校的业务系统数据（虚构，固定种子，每次相同）。"""
    from app import school
    from app.school import calls
    from app.school.planted import PLANTED
    from hub.open import open_hub

    found = catalog(campus)
    if second_day:
        school.second_day(found)
        show.as_json(PLANTED.changes) if json else show.line("cli.second_day")
    elif empty_source:
        school.empty_source(found)
        show.done(json, "cli.emptied", system=PLANTED.emptied[0], table=PLANTED.emptied[1], flow=PLANTED.emptied[2])
    elif restore_source:
        school.restore_source(found)
        show.done(json, "cli.restored", table=PLANTED.emptied[1])
    else:
        with progress(found.campus.title):
            school.generate(found)
            calls.history(open_hub(found))
        show.as_json({"quarantined": PLANTED.quarantined}) if json else show.line("cli.generated", title=found.campus.title)
