"""What a consumer may receive: its datasets, their granted fields, and how fresh and proved they are."""

from typing import Any

from fastapi import APIRouter

from catalog.errors import DeniedError
from hub.api.caller import Call, Caller
from hub.api.problem import ProblemError
from hub.sharing import Grant, agreements, grant
from hub.store import runs

router = APIRouter(prefix="/v1/datasets", tags=["数据集"])


def granted(call: Call, name: str) -> Grant:
    """Find the caller's grant of a dataset. Problem 404 where no agreement speaks of it, as for one that does not exist."""
    found = grant(call.hub, call.who, name, "api", now=call.now) if name in call.hub.catalog.datasets else None
    if found is None:
        raise ProblemError(404, "api.dataset", dataset=name)
    return found


@router.get("", summary="可用数据集")
def datasets(call: Caller) -> dict[str, Any]:
    """List the datasets that an active agreement grants to the caller over the API."""
    found = []
    for agreement in agreements(call.hub.catalog, call.who):
        try:
            it = grant(call.hub, call.who, agreement.dataset, "api", now=call.now)
        except DeniedError:
            continue
        if it and it.agreement == agreement:
            found.append({"name": it.dataset.name, "title": it.dataset.title, "agreement": agreement.name, "until": agreement.valid.end})
    call.log("ok")
    return {"datasets": found}


@router.get("/{name}", summary="数据集说明")
def dataset(name: str, call: Caller) -> dict[str, Any]:
    """Describe a granted dataset: fields with type, sensitivity and mask, and the last receipt of the flow that keeps it."""
    it = granted(call, name)
    last, proved = runs.latest(call.hub.store, it.published.flow.name), runs.published(call.hub.store, it.published.flow.name)
    call.log("ok", dataset=name, agreement=it.agreement.name)
    return {
        "name": it.dataset.name,
        "title": it.dataset.title,
        "owner": it.dataset.owner,
        "agreement": it.agreement.name,
        "purpose": it.agreement.purpose,
        "until": it.agreement.valid.end,
        "key": [name for name in it.dataset.key if name in it.agreement.columns],
        "fields": [
            {
                "name": field.name,
                "title": field.title,
                "type": str(field.type),
                "sensitivity": field.sensitivity,
                "mask": it.masks.get(field.name),
            }
            for field in it.fields
        ],
        "fresh": proved.source.as_of if proved and proved.source else None,
        "last_run": last and {"run": last.run, "status": last.status, "finished_at": last.finished_at},
    }
