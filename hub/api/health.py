"""Is the service alive, and can it serve: the store and the platform answer."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from catalog.errors import CampusError, UnavailableError
from connectors.database import session
from hub.api.shapes import Ready
from hub.open import Hub
from hub.store.open import reading

router = APIRouter(tags=["健康"])


@router.get("/healthz", summary="存活")
def healthz() -> dict[str, str]:
    """Answer while the process lives."""
    return {"status": "ok"}


@router.get("/readyz", summary="就绪", response_model=Ready, responses={503: {"model": Ready, "description": "存储或平台不可用"}})
def readyz(request: Request) -> JSONResponse:
    """Answer 200 when the store and the platform answer, else 503 with which does not."""
    hub: Hub = request.app.state.service.current.hub
    checks: dict[str, Any] = {"store": _answers(hub), "platform": _platform(hub)}
    return JSONResponse({"ready": all(checks.values()), **checks}, 200 if all(checks.values()) else 503)


def _answers(hub: Hub) -> bool:
    try:
        with reading(hub.store).connect() as connection:
            return bool(connection.execute(text("select 1")).scalar_one())
    except (SQLAlchemyError, UnavailableError):
        return False


def _platform(hub: Hub) -> bool:
    try:
        with session(hub.catalog.systems[hub.catalog.campus.platform]) as connection:
            return bool(connection.execute(text("select 1")).scalar_one())
    except CampusError:
        return False
