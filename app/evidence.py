"""The command that leads from a printed figure back to its evidence. Listing what was counted writes an access line."""

import uuid
from typing import Annotated

import typer

from app import show
from app.options import Campus, Json, me, now, opened
from catalog.messages import say

app = typer.Typer()


@app.command(epilog="例：campus-hub evidence operation-2026-10 B2 --unit 104")
def evidence(
    issue: Annotated[str, typer.Argument(help="报告期，如 operation-2026-10", show_default=False)],
    indicator: Annotated[str, typer.Argument(help="指标编号，如 B2", show_default=False)],
    unit: Annotated[str, typer.Option(help="单位代码；默认全校")] = "",
    keys: Annotated[bool, typer.Option("--keys", help="列出计入的键（假名），记入访问日志")] = False,
    campus: Campus = None,
    json: Json = False,
) -> None:
    """一个数字的依据：数值、分子分母、口径、查询、参数、快照和数据流回执；由快照重新计算并与报告核对。"""
    from reports import evidence as proof

    hub = opened(campus)
    found = proof.evidence(hub, issue, indicator, unit)
    sources = [(name, s["rows"], s["flow"], s["run"], s["status"], s["sha256"]) for name, s in found.snapshot.sources.items()]
    listed = None
    if keys:
        from hub.store import access
        from hub.store.access import Line

        listed = proof.keys(hub, issue, indicator, unit)
        line = Line(
            who=me(), channel="cli", outcome="evidence keys", request=uuid.uuid4().hex, dataset=f"{issue} {indicator}", rows=len(listed)
        )
        access.write(hub.store, line, now=now())
    if json:
        names = ("dataset", "rows", "flow", "run", "status", "sha256")
        told = {
            "issue": issue,
            "unit": unit,
            "figures": found.figures,
            "definition": found.definition.model_dump(),
            "sql": found.sql,
            "parameters": found.parameters,
            "snapshot": {"folder": str(found.snapshot.folder), "sha256": found.snapshot.hash},
            "sources": [dict(zip(names, row, strict=True)) for row in sources],
        }
        show.as_json(told if listed is None else told | {"keys": listed})
        return
    definition = found.definition
    where = unit or say("evidence.whole")
    show.line("evidence.title", issue=issue, indicator=indicator, title=definition.title, unit=where)
    heads = [say(f"evidence.head.{name}") for name in ("part", "numerator", "denominator", "value")]
    show.table(
        heads, [(definition.parts.get(f.part, f.part), _plain(f.numerator), _plain(f.denominator), _plain(f.value)) for f in found.figures]
    )
    facts = [(say(f"evidence.head.{name}"), getattr(definition, name)) for name in ("formula", "base", "source")]
    given = "  ".join(f"{name}={value}" for name, value in found.parameters.items())
    facts += [(say("evidence.head.parameters"), given), (say("evidence.head.snapshot"), f"{found.snapshot.hash}  {found.snapshot.folder}")]
    show.table(("", ""), [*facts, (say("evidence.head.sql"), found.sql.strip())])
    heads = [say(f"evidence.head.{name}") for name in ("dataset", "rows", "flow", "run", "status", "hash")]
    show.table(heads, [(*row[:5], row[5][:16]) for row in sources])
    show.line("evidence.proved")
    if listed is not None:
        heads = [say(f"evidence.head.{name}") for name in ("key", "unit", "counted")]
        show.table(heads, [(it.key, it.unit, "✓" if it.counted else "") for it in listed])


def _plain(value: float | None) -> str:
    return "—" if value is None else f"{value:g}" if value != int(value) else str(int(value))
