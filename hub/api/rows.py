"""Rows of a granted dataset, page by page, in key order where the key is seen: no row is skipped or told twice while syncs write."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from catalog.dataset import Field
from catalog.errors import DeniedError
from connectors.selection import Group
from hub.api import token
from hub.api.caller import Call, Caller, Reply, under
from hub.api.etag import etag, matches
from hub.api.filters import asked as read_filters
from hub.api.problem import ProblemError
from hub.api.route import Direct
from hub.api.shapes import NOT_MODIFIED, PROBLEMS, Rows
from hub.changes import Mark, Progress, named
from hub.rows import MOST, Walk, page, version
from hub.sharing import Grant

router = APIRouter(prefix="/v1/datasets", tags=["数据集"], route_class=Direct)
Fields = Annotated[str | None, Query(title="字段", description="逗号分隔；默认全部已授权字段", examples=["staff_no,name"], max_length=4000)]
Filters = Annotated[
    list[str] | None,
    Query(
        title="筛选",
        alias="filter",
        description="`字段.运算符.值`，可重复（同时成立），可写 `or(…)`、`and(…)`。运算符：eq ne lt le gt ge in like is_null；"
        "只能用已授权且未脱敏的字段",
        examples=[["dept_code.eq.D001"], ["or(dept_code.in.(D001,D002),name.like.张%)"]],
        max_length=50,
    ),
]


@router.get("/{name}/rows", summary="数据行", response_model=Rows, responses=PROBLEMS | NOT_MODIFIED)
async def rows(
    name: str,
    request: Request,
    call: Caller,
    fields: Fields = None,
    filters: Filters = None,
    after: Annotated[str | None, Query(title="续页", description="上一页返回的 next")] = None,
    limit: Annotated[int, Query(title="行数", ge=1, le=MOST)] = 100,
    count: Annotated[bool, Query(title="总数", description="true 时返回符合条件的总行数")] = False,
) -> Response:
    """按主键顺序（看不到完整主键时按每次另定的随机顺序）返回一页数据行；`next` 不为空时表示还有下一页，`since` 用于此后取增量。"""

    def work() -> Reply:
        grant = call.granted(name)
        chosen = choose(grant, fields)
        wanted = read_filters(grant, filters or ())
        if not grant.dataset.key:
            raise ProblemError(422, "api.no_key", dataset=name)
        secret: bytes = request.app.state.secret
        walk, since = token.open_page(secret, grant, after) if after else (Walk(grant.salt()), None)
        question = {"after": after, "limit": limit, "count": count, "filter": filters}
        told = under(grant, [field.name for field in chosen]) | {"conditions": conditions(wanted)}
        if known := request.headers.get("if-none-match"):
            tag = etag(grant, chosen, version(grant), question)
            if matches(tag, known):
                return Reply(b"", told, {"ETag": tag or ""}, status=304)
        with call.service.meter.take(call.hub, grant, limit, now=call.now) as share:
            found = page(grant, chosen, wanted, walk=walk, limit=share.rows, count=count)
            share.used = len(found.rows)
        since = since if since is not None else begin(call, request, grant, chosen, found.position)
        value = {
            "rows": found.rows,
            "next": token.page(secret, grant, found.on, since) if found.on else None,
            "since": since or None,
        } | ({"count": found.count} if count else {})
        tag = etag(grant, chosen, found.version, question)
        return Reply.of(value, headers={"ETag": tag} if tag else {}, rows=len(found.rows), **told)

    return await call.answer(work)


def choose(grant: Grant, fields: str | None) -> Sequence[Field]:
    """Read the fields that are asked for. DeniedError names what is not granted and what is."""
    return grant.choose([part.strip() for part in fields.split(",")] if fields else None)


def begin(call: Call, request: Request, grant: Grant, fields: Sequence[Field], position: int) -> str:
    """Make the token from which changes go on; '' where the key is not granted, so that none can be told."""
    try:
        named(grant)
    except DeniedError:
        return ""
    return token.since(request.app.state.secret, grant, fields, Progress(Mark(position, call.now), position))


def conditions(group: Group | None) -> tuple[str, ...]:
    """Say in an access line what was asked for: fields and operators, never values."""
    return tuple(f"{condition.field} {condition.operator}" for condition in group.conditions()) if group else ()
