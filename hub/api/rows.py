"""Rows of a granted dataset, page by page in key order: no row is skipped or told twice while syncs write."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from hub.api.caller import Caller
from hub.api.datasets import granted
from hub.api.filters import conditions, seal, unseal
from hub.rows import MOST, page

router = APIRouter(prefix="/v1/datasets", tags=["数据集"])


@router.get("/{name}/rows", summary="数据行")
def rows(
    name: str,
    request: Request,
    call: Caller,
    fields: Annotated[str | None, Query(description="逗号分隔的字段；默认全部已授权字段", examples=["staff_no,name"])] = None,
    filter: Annotated[list[str] | None, Query(description="field.operator.value，可重复", examples=["dept_code.eq.D001"])] = None,  # noqa: A002  the parameter's public name
    after: Annotated[str | None, Query(description="上一页的 next")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> dict[str, Any]:
    """Return a page of rows and, where more may follow, the cursor of the next one."""
    grant = granted(call, name)
    chosen = grant.choose([part.strip() for part in fields.split(",")] if fields else None)
    wanted = conditions(grant, filter or ())
    secret: bytes = request.app.state.secret
    start = unseal(secret, grant, after) if after else None
    found = page(grant, chosen, wanted, after=start, limit=limit)
    call.log(
        "ok",
        dataset=name,
        agreement=grant.agreement.name,
        columns=tuple(field.name for field in chosen),
        conditions=tuple(f"{condition.field} {condition.operator}" for condition in wanted),
        rows=len(found.rows),
    )
    return {"rows": found.rows, "next": seal(secret, grant, found.last) if found.last else None}
