"""Complaints about granted rows, and what became of them. A body is read up to its limit, and only of a caller that is known."""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect

from catalog.dataset import Dataset
from hub import corrections as loop
from hub.api.caller import Caller, Reply, under
from hub.api.filters import condition
from hub.api.problem import ProblemError
from hub.api.shapes import LONG, PROBLEMS, Complaint, Correction, Corrections
from hub.complaints import Named, complain
from hub.sharing import Grant
from hub.store import corrections as store

router = APIRouter(prefix="/v1/datasets", tags=["校核纠错"])
LONGEST = 16_384  # bytes of a complaint
BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": Complaint.model_json_schema()}}}}


@router.post(
    "/{name}/corrections",
    summary="提出更正",
    response_model=Correction,
    responses=PROBLEMS | LONG | {201: {"model": Correction, "description": "已受理"}},
    openapi_extra=BODY,
)
async def report(name: str, request: Request, call: Caller) -> Response:
    """就一行已授权的数据提出更正：写明主键、字段（可不写）和理由。已受理的返回 201；同一行同一字段尚未办结时返回原来的一件（200）。"""
    body = await _body(request)
    opened: list[store.Correction] = []

    def work() -> Reply:
        grant = call.granted(name)
        asked = _read(body)
        key = _key(grant, asked.key)
        found = complain(call.hub, grant, key, asked.field, asked.note, now=call.now)
        if found is None:
            raise ProblemError(404, "api.correction_row", dataset=name)
        it, fresh = found
        opened.extend([it] if fresh else [])
        told = under(grant, [asked.field] if asked.field else []) | {"conditions": tuple(f"{name} eq" for name in grant.dataset.key)}
        return Reply(orjson.dumps(_shown(it)), told, status=201 if fresh else 200)

    answer = await call.answer(work)
    answer.background = BackgroundTask(loop.tell, call.hub, opened, now=call.now)
    return answer


@router.get("/{name}/corrections", summary="已提出的更正", response_model=Corrections, responses=PROBLEMS)
async def reported(name: str, call: Caller) -> Response:
    """列出调用方就该数据集提出的更正及其结果；不含主键和理由。"""

    def work() -> Reply:
        grant = call.granted(name)
        found = store.listed(call.hub.store, origin="complaint", consumer=call.who, dataset=name)
        return Reply.of({"corrections": [_shown(it) for it in found]}, **under(grant))

    return await call.answer(work)


def _shown(it: store.Correction) -> dict[str, Any]:  # Any: JSON values
    return {
        "correction": it.correction,
        "state": it.state,
        "fields": list(it.fields),
        "opened_at": it.opened_at,
        "closed_at": it.closed_at,
        "run": it.closed_run,
    }


async def _body(request: Request) -> bytes:
    body = b""
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LONGEST:
                raise ProblemError(413, "api.body_long", most=LONGEST)
    except ClientDisconnect:
        raise ProblemError(422, "api.parameter", names="body") from None
    return body


def _read(body: bytes) -> Complaint:
    try:
        return Complaint.model_validate_json(body, strict=True)
    except ValidationError as error:
        names = dict.fromkeys(str(fault["loc"][0]) if fault["loc"] else "body" for fault in error.errors(include_input=False))
        known = [name for name in names if name in Complaint.model_fields]
        raise ProblemError(422, "api.parameter", names=", ".join(known or ["body"])) from None


def _key(grant: Grant, sent: dict[str, str | int]) -> Named:
    """Read a whole key, of fields that are granted as they are or as pseudonyms. DeniedError where they are not."""
    dataset: Dataset = grant.dataset
    if not dataset.key:
        raise ProblemError(422, "api.no_key", dataset=dataset.name)
    hidden = [name for name in dataset.key if grant.masks.get(name) == "pseudonym"]
    seen = [grant.filterable(name).name for name in dataset.key if name not in hidden]
    if sent.keys() != set(dataset.key):
        raise ProblemError(422, "api.correction_key", key=", ".join(dataset.key))
    conditions = tuple(condition(grant, name, "eq", [str(sent[name])]) for name in seen)
    return Named(conditions, {name: str(sent[name]) for name in hidden})
