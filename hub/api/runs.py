"""Runs and receipts of the datasets that a consumer may receive: what was moved, and the proof."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from catalog.errors import CatalogError, DeniedError
from connectors.digest import Digest
from hub.api.caller import Call, Caller, Reply
from hub.api.problem import ProblemError
from hub.api.route import Direct
from hub.api.shapes import PROBLEMS, Runs
from hub.api.shapes import Receipt as Shape
from hub.masking import blinded
from hub.open import Hub
from hub.receipt import Receipt
from hub.sharing import agreements, grant
from hub.store import runs
from hub.store.salt import salt

LONGEST = 32  # characters of a run's number
router = APIRouter(prefix="/v1/runs", tags=["运行"], route_class=Direct)


@router.get("", summary="最近的运行", response_model=Runs, responses=PROBLEMS)
async def recent(call: Caller, limit: Annotated[int, Query(title="条数", ge=1, le=100)] = 20) -> Response:
    """列出调用方数据集最近的同步。"""

    def work() -> Reply:
        call.counted()
        flows = _flows(call)
        found = [it for it in runs.receipts(call.hub.store, limit=1000) if it.flow in flows]
        shown = [{"run": r.run, "dataset": r.dataset, "status": r.status, "finished_at": r.finished_at} for r in found[:limit]]
        return Reply.of({"runs": shown})

    return await call.answer(work)


@router.get("/{run}/receipt", summary="凭据", response_model=Shape, responses=PROBLEMS)
async def receipt(run: str, call: Caller) -> Response:
    """返回一次同步的凭据；不含出错的主键和操作人。"""

    def work() -> Reply:
        call.counted()
        try:
            found = runs.receipt(call.hub.store, run) if run.isprintable() and len(run) <= LONGEST else None
        except CatalogError:
            found = None
        if found is None or found.flow not in _flows(call):
            raise ProblemError(404, "api.run")
        return Reply.of(_told(call.hub, found), dataset=found.dataset)

    return await call.answer(work)


def _told(hub: Hub, receipt: Receipt) -> dict[str, Any]:
    """Write a receipt; of rows that the caller sees through a gate the digests say equal or not, and no more: see `blinded`."""
    told = receipt.to_json()
    flow = hub.catalog.flows[receipt.flow]
    for side in filter(None, (told["source"], told["target"]) if flow.under is None else ()):
        side["digest"] = str(blinded(Digest(side["count"], int(side["digest"])), salt(hub.store)).total)
    del told["started_by"], told["files"]
    told["findings"] = [{name: value for name, value in finding.items() if name != "keys"} for finding in told["findings"]]
    return told


def _flows(call: Call) -> set[str]:
    """Find the flows that keep what the caller may read, and those that push to it; never those that push to others."""
    catalog, day = call.hub.catalog, call.now.astimezone(call.hub.catalog.zone).date()
    mine = agreements(catalog, call.who) if catalog.consumers[call.who].environment != "test" else []
    pushed = {agreement.name for agreement in mine if agreement.refusal("push", day) is None}
    found = {name for name, flow in catalog.flows.items() if flow.under in pushed}
    for dataset in {agreement.dataset for agreement in mine}:
        try:
            it = grant(call.hub, call.who, dataset, "api", now=call.now)
        except DeniedError:
            continue
        found |= {it.published.flow.name} if it else set()
    return found
