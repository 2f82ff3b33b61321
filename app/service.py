"""The hub API as one FastAPI application: the hub's routers, and one place where errors become problems and access lines."""

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from catalog.errors import CampusError, CatalogError, DeniedError, RejectedError, UnavailableError, UnprovenError
from hub.api import changes, corrections, datasets, export, health, metrics, rows, runs
from hub.api.caller import take
from hub.api.door import Door
from hub.api.problem import ProblemError, answer
from hub.api.service import Service, secret
from hub.api.shapes import Problem
from hub.api.stream import BrokenError
from hub.current import LOOK
from hub.open import Hub

log = logging.getLogger("campus_hub")
ABOUT = """持密钥的业务系统按共享协议读取数据：`Authorization: Bearer <密钥>`。错误说明为 `application/problem+json`，默认中文。"""


def create_app(hub: Hub, *, look: float = LOOK) -> FastAPI:
    """Assemble the service for one hub, whose folder it looks at again every `look` seconds.

    HUB_CURSOR_KEY (any long secret) keeps the tokens of pages and changes valid over restarts and replicas.
    """
    app = FastAPI(
        title=f"{hub.catalog.campus.title} 数据共享接口", version="1", description=ABOUT, openapi_url="/openapi.json", lifespan=_living
    )
    app.state.service = service = Service(hub, look=look)
    app.state.secret = secret()
    for part in (rows, changes, export, datasets, corrections, runs, health, metrics):  # the most asked first
        app.include_router(part.router)
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)
    if origins := hub.catalog.campus.api.origins:
        app.add_middleware(CORSMiddleware, allow_origins=origins, allow_methods=["GET"], allow_headers=["Authorization"])
    app.add_middleware(Door, metrics=service.metrics, refuse=_refuse)
    _describe(app)
    return app


@asynccontextmanager
async def _living(app: FastAPI) -> AsyncIterator[None]:
    """Keep what was made at the start out of the collector's way, and write the last access lines before the process ends."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ROWS, 50, 50)
    yield
    app.state.service.close()


def _describe(app: FastAPI) -> None:
    """Put the problem's shape, which no route names as its model, into the OpenAPI document."""
    made = app.openapi

    def openapi() -> dict[str, object]:
        document = made()
        parts = document["components"]
        parts["schemas"]["Problem"] = Problem.model_json_schema()
        parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer", "description": "campus-hub key issue 签发的密钥"}}
        for path, methods in document["paths"].items():
            if path.startswith("/v1"):
                for told in methods.values():
                    told["security"] = [{"key": []}]
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it


async def _refuse(request: Request, problem: ProblemError) -> JSONResponse:
    """Log a refusal, then answer it; where the log cannot be written the answer says no more than that."""
    call = take(request)
    call.service.metrics.denials.labels(problem.key).inc()
    name = request.path_params.get("name")
    dataset = name if name in call.hub.catalog.datasets else None
    try:
        await call.log(f"{problem.status} {problem.key}", dataset=dataset)
    except UnavailableError as error:
        problem = ProblemError(503, error.key)
    told = answer(request, problem)
    told.headers.update({name: value for name, value in call.headers.items() if name.lower() not in told.headers})
    return told


async def _problem(request: Request, error: Exception) -> JSONResponse:
    return await _refuse(request, error) if isinstance(error, ProblemError) else await _unexpected(request, error)


async def _campus_error(request: Request, error: Exception) -> JSONResponse:
    match error:
        case DeniedError():
            return await _refuse(request, ProblemError(403, error.key, **error.names))
        case UnavailableError() if error.key == "access.unwritten":
            return answer(request, ProblemError(503, error.key))
        case UnavailableError():
            return await _refuse(request, ProblemError(503, "api.unavailable", AGAIN))
        case CatalogError():
            return await _refuse(request, ProblemError(503, "api.catalog", AGAIN))
        case RejectedError() if error.key.startswith("api."):
            return await _refuse(request, ProblemError(422, error.key, **error.names))
        case RejectedError() if error.key == "system.value":  # beyond what the platform's column can be compared with
            return await _refuse(request, ProblemError(422, "api.parameter", names="filter"))
        case RejectedError() | UnprovenError():
            log.error("platform failed: %s", error.key)
            return await _refuse(request, ProblemError(503, "api.unavailable", AGAIN))
    return await _unexpected(request, error)


async def _store_error(request: Request, error: Exception) -> JSONResponse:
    log.error("store failed: %s", type(error).__name__)
    return await _refuse(request, ProblemError(503, "api.unavailable", AGAIN))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """Refuse a parameter, of a caller that is known: who has no key is told of nothing else."""
    try:
        await take(request).work(lambda: None)
    except (ProblemError, CampusError) as refused:
        return await (_problem(request, refused) if isinstance(refused, ProblemError) else _campus_error(request, refused))
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    return await _refuse(request, ProblemError(422, "api.parameter", names=", ".join(str(fault["loc"][-1]) for fault in faults)))


async def _http(request: Request, error: Exception) -> JSONResponse:
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
    return await _refuse(request, ProblemError(status, ROUTES.get(status, "api.unexpected"), headers))


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, BrokenError):  # its closing line says it all, and no more can be sent
        return answer(request, ProblemError(500, "api.unexpected"))
    log.error("request failed: %s", type(error).__name__, extra={"request": take(request).request})
    return await _refuse(request, ProblemError(500, "api.unexpected"))


ROWS = 20_000  # objects that some pages make before the collector looks at the youngest again
AGAIN = {"Retry-After": "30"}
ROUTES = {404: "api.route", 405: "api.method"}
HANDLERS = {
    ProblemError: _problem,
    CampusError: _campus_error,
    RequestValidationError: _invalid,
    HTTPException: _http,
    SQLAlchemyError: _store_error,
    Exception: _unexpected,
}
