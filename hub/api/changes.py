"""Changes of a granted dataset since a token: inserts, updates and deletes, each key once a round, resumable, exact."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from hub.api import token
from hub.api.caller import Caller, Reply, under
from hub.api.route import Direct
from hub.api.rows import Fields, choose
from hub.api.shapes import GONE, PROBLEMS, Changes
from hub.changes import GoneError
from hub.changes import changes as read
from hub.rows import MOST

router = APIRouter(prefix="/v1/datasets", tags=["数据集"], route_class=Direct)


@router.get("/{name}/changes", summary="增量", response_model=Changes, responses=PROBLEMS | GONE)
async def changes(
    name: str,
    request: Request,
    call: Caller,
    since: Annotated[str, Query(title="起点", description="rows、export 或上一次 changes 返回的 since")],
    fields: Fields = None,
    limit: Annotated[int, Query(title="条数", ge=1, le=MOST)] = 100,
) -> Response:
    """返回自 `since` 以来新增、修改、删除的数据行；`more` 为真时立即用新的 `since` 继续取。"""

    def work() -> Reply:
        grant = call.granted(name)
        chosen = choose(grant, fields)
        secret: bytes = request.app.state.secret
        progress = token.open_since(secret, grant, chosen, since)
        with call.service.meter.take(call.hub, grant, limit, now=call.now) as share:
            try:
                found = read(grant, chosen, progress, limit=share.rows, now=call.now)
            except GoneError:
                raise token.gone(grant) from None
            share.used = len(found.changes)
        told = [{"op": it.op, "key": it.key, "row": it.row} for it in found.changes]
        value = {"changes": told, "since": token.since(secret, grant, chosen, found.progress), "more": found.more}
        return Reply.of(value, rows=len(told), **under(grant, [field.name for field in chosen]))

    return await call.answer(work)
