"""What a consumer may receive: its datasets, their granted fields, and how fresh and proved they are."""

from fastapi import APIRouter, Response

from catalog.errors import DeniedError
from hub.api.caller import Caller, Reply, under
from hub.api.route import Direct
from hub.api.shapes import PROBLEMS, Dataset, Datasets
from hub.sharing import agreements, grant
from hub.store import runs

router = APIRouter(prefix="/v1/datasets", tags=["数据集"], route_class=Direct)


@router.get("", summary="可用数据集", response_model=Datasets, responses=PROBLEMS)
async def datasets(call: Caller) -> Response:
    """列出有效协议授权给调用方的数据集。"""

    def work() -> Reply:
        call.counted()
        found = []
        for agreement in agreements(call.hub.catalog, call.who):
            try:
                it = grant(call.hub, call.who, agreement.dataset, "api", now=call.now)
            except DeniedError:
                continue
            if it and it.agreement == agreement:
                found.append(
                    {"name": it.dataset.name, "title": it.dataset.title, "agreement": agreement.name, "until": agreement.valid.end}
                )
        return Reply.of({"datasets": found})

    return await call.answer(work)


@router.get("/{name}", summary="数据集说明", response_model=Dataset, responses=PROBLEMS)
async def dataset(name: str, call: Caller) -> Response:
    """说明一个已授权的数据集：字段、敏感级别、脱敏方式、新鲜度、最近一次同步。"""

    def work() -> Reply:
        it = call.granted(name)
        last, proved = runs.latest(call.hub.store, it.published.flow.name), runs.published(call.hub.store, it.published.flow.name)
        fields = [
            {
                "name": field.name,
                "title": field.title,
                "type": str(field.type),
                "sensitivity": field.sensitivity,
                "mask": it.masks.get(field.name),
            }
            for field in it.fields
        ]
        told = {
            "name": it.dataset.name,
            "title": it.dataset.title,
            "owner": it.dataset.owner,
            "agreement": it.agreement.name,
            "purpose": it.agreement.purpose,
            "until": it.agreement.valid.end,
            "key": [name for name in it.dataset.key if name in it.agreement.columns],
            "fields": fields,
            "fresh": proved.source.as_of if proved and proved.source else None,
            "last_run": last and {"run": last.run, "status": last.status, "finished_at": last.finished_at},
        }
        return Reply.of(told, **under(it))

    return await call.answer(work)
