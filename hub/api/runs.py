"""Runs and receipts of the datasets that a consumer may receive: what was moved, and the proof."""

from typing import Any

from fastapi import APIRouter

from catalog.errors import CatalogError, DeniedError
from hub.api.caller import Call, Caller
from hub.api.problem import ProblemError
from hub.receipt import Receipt
from hub.sharing import agreements, grant
from hub.store import runs

router = APIRouter(prefix="/v1/runs", tags=["运行"])


@router.get("", summary="最近的运行")
def recent(call: Caller, limit: int = 20) -> dict[str, Any]:
    """List the newest runs of the flows that bring the caller's datasets."""
    flows = _flows(call)
    found = [receipt for receipt in runs.receipts(call.hub.store, limit=1000) if receipt.flow in flows]
    call.log("ok")
    shown = [
        {"run": r.run, "dataset": r.dataset, "status": r.status, "finished_at": r.finished_at} for r in found[: max(1, min(limit, 100))]
    ]
    return {"runs": shown}


@router.get("/{run}/receipt", summary="凭据")
def receipt(run: str, call: Caller) -> dict[str, Any]:
    """Return a run's receipt without its failing keys and who started it. Problem 404 for a run of a dataset that is not the caller's."""
    try:
        found = runs.receipt(call.hub.store, run) if run.isprintable() else None
    except CatalogError:
        found = None
    if found is None or found.flow not in _flows(call):
        raise ProblemError(404, "api.run", run=run)
    call.log("ok", dataset=found.dataset)
    return _told(found)


def _told(receipt: Receipt) -> dict[str, Any]:
    told = receipt.to_json()
    del told["started_by"]
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
