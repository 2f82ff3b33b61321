"""A granted dataset whole, at one moment, as NDJSON, CSV or XLSX. The transaction ends with the reading, not with the client."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from catalog.dataset import Field
from connectors.selection import Group
from hub.api.caller import Call, Caller, under
from hub.api.etag import etag, matches
from hub.api.filters import asked as read_filters
from hub.api.meter import Share
from hub.api.route import Direct
from hub.api.rows import Fields, Filters, begin, choose, conditions
from hub.api.shapes import NOT_MODIFIED, PROBLEMS
from hub.api.spool import Spool
from hub.api.stream import Stream
from hub.export import MEDIA, Encoding, Format, Snapshot, Write, as_csv, export, ndjson, xlsx
from hub.rows import version
from hub.sharing import Grant

router = APIRouter(prefix="/v1/datasets", tags=["数据集"], route_class=Direct)
BODIES = {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA.values()}
HEADERS = {"Hub-Since": {"description": "此后取增量的 since", "schema": {"type": "string"}}}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What an export will read and tell; `tag` where the reader has it already."""

    grant: Grant
    fields: Sequence[Field]
    asked: Group | None
    line: dict[str, Any]  # Any: the access line's own fields
    question: dict[str, object]
    tag: str | None


@router.get(
    "/{name}/export",
    summary="整体导出",
    response_class=Response,
    responses=PROBLEMS | NOT_MODIFIED | {200: {"description": "全部数据行", "content": BODIES, "headers": HEADERS}},
)
async def exported(
    name: str,
    request: Request,
    call: Caller,
    fields: Fields = None,
    filters: Filters = None,
    form: Annotated[Format, Query(title="格式", alias="format")] = "ndjson",
    encoding: Annotated[Encoding, Query(title="CSV 编码", description="utf-8-sig 带 BOM")] = "utf-8-sig",
) -> Response:
    """导出同一时刻的全部数据行；响应头 `Hub-Since` 用于此后取增量。"""
    plan = await call.work(lambda: _plan(call, request, name, fields, filters, {"format": form, "encoding": encoding}))
    if plan.tag:
        await call.log("304", **plan.line)
        return Response(b"", 304, call.headers | {"ETag": plan.tag})
    call.service.take_export(call.who)
    spool, shares = Spool(lambda: call.service.end_export(call.who)), list[Share]()
    try:
        write: Write = {"ndjson": ndjson, "csv": as_csv(encoding), "xlsx": xlsx}[form]
        spool.start(export(plan.grant, plan.fields, plan.asked, write, begun=spool.begin, limit=_limit(call, plan, shares)))
        head = await spool.begun()
        await call.log("open", **plan.line)
    except BaseException:
        spool.close()
        _end(shares, 0)
        raise
    return Stream(
        spool, partial(_close, call, plan, shares), media_type=_media(form, encoding), headers=_headers(call, request, plan, head, form)
    )


def _plan(call: Call, request: Request, name: str, fields: str | None, filters: list[str] | None, asked: dict[str, object]) -> _Plan:
    grant = call.granted(name)
    chosen = choose(grant, fields)
    wanted = read_filters(grant, filters or ())
    line = under(grant, [field.name for field in chosen]) | {"conditions": conditions(wanted)}
    question = asked | {"filter": filters}
    call.service.meter.take(call.hub, grant, 1, now=call.now).end()
    known = request.headers.get("if-none-match")
    tag = etag(grant, chosen, version(grant), question) if known else None
    return _Plan(grant, chosen, wanted, line, question, tag if matches(tag, known) else None)


def _limit(call: Call, plan: _Plan, shares: list[Share]) -> Callable[[int], None] | None:
    if plan.grant.agreement.limits.rows_per_day is None:
        return None
    return lambda rows: shares.append(call.service.meter.take(call.hub, plan.grant, rows, now=call.now, whole=True))


def _end(shares: list[Share], used: int) -> None:
    for share in shares:
        share.used = used
        share.end()


async def _close(call: Call, plan: _Plan, shares: list[Share], outcome: str, rows: int, size: int) -> None:
    """Write the closing line of an export: what was really sent."""
    _end(shares, rows)
    await call.log(outcome, rows=rows, bytes=size, **plan.line)
    call.service.metrics.rows.labels(plan.grant.dataset.name, call.who).inc(rows)


def _media(form: Format, encoding: Encoding) -> str:
    return f"{MEDIA[form]}; charset={encoding.removesuffix('-sig')}; header=present" if form == "csv" else MEDIA[form]


def _headers(call: Call, request: Request, plan: _Plan, begun: Snapshot, form: Format) -> dict[str, str]:
    since = begin(call, request, plan.grant, plan.fields, begun.position)
    tag = etag(plan.grant, plan.fields, begun.version, plan.question)
    name = f"{plan.grant.dataset.name}.{form}"
    headers = call.headers | {"Content-Disposition": f'attachment; filename="{name}"'}
    return headers | ({"Hub-Since": since} if since else {}) | ({"ETag": tag} if tag else {})
