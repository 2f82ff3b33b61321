"""The hub API as one FastAPI application: the hub's routers, and one place where errors become problems and access lines."""

import base64
import logging
import os
import secrets

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from catalog.errors import CampusError, DeniedError, UnavailableError
from hub.api import datasets, health, rows, runs
from hub.api.caller import NOBODY, Call
from hub.api.problem import ProblemError, answer
from hub.open import Hub

log = logging.getLogger("campus_hub")


def create_app(hub: Hub) -> FastAPI:
    """Assemble the service for one hub. HUB_CURSOR_KEY (32 bytes, base64) keeps page cursors valid over restarts and replicas."""
    app = FastAPI(title=f"{hub.catalog.campus.title} 数据共享接口", version="1", openapi_url="/openapi.json")
    app.state.hub = hub
    app.state.secret = os.environ.get("HUB_CURSOR_KEY", "").encode() or base64.urlsafe_b64encode(secrets.token_bytes(32))
    for part in (datasets, rows, runs, health):
        app.include_router(part.router)
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(CampusError, _campus_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(SQLAlchemyError, _store_error)
    app.add_exception_handler(Exception, _unexpected)
    return app


def _refuse(request: Request, problem: ProblemError) -> JSONResponse:
    """Log a refusal, then answer it; where the log cannot be written the answer says no more than that."""
    call: Call | None = getattr(request.state, "call", None)
    if call is not None:
        name = request.path_params.get("name")
        dataset = name if name in call.hub.catalog.datasets else None
        try:
            call.log(f"{problem.status} {problem.key}", dataset=dataset)
        except UnavailableError as error:
            problem = ProblemError(503, error.key)
    return answer(request, problem)


def _problem(request: Request, error: Exception) -> JSONResponse:
    return _refuse(request, error) if isinstance(error, ProblemError) else _unexpected(request, error)


def _campus_error(request: Request, error: Exception) -> JSONResponse:
    match error:
        case DeniedError():
            return _refuse(request, ProblemError(403, error.key, **error.names))
        case UnavailableError() if error.key == "access.unwritten":
            return answer(request, ProblemError(503, error.key))
        case UnavailableError():
            return _refuse(request, ProblemError(503, "api.unavailable"))
    return _unexpected(request, error)


def _store_error(request: Request, error: Exception) -> JSONResponse:
    log.error("store failed: %s", type(error).__name__)
    return _refuse(request, ProblemError(503, "api.unavailable"))


def _invalid(request: Request, error: Exception) -> JSONResponse:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    return _refuse(request, ProblemError(422, "api.parameter", names=", ".join(str(fault["loc"][-1]) for fault in faults)))


def _http(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return answer(request, ProblemError(status, "api.route" if status in (404, 405) else "api.unexpected"))


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    call: Call | None = getattr(request.state, "call", None)
    log.error("request failed: %s", type(error).__name__, extra={"request": call.request if call else NOBODY})
    return _refuse(request, ProblemError(500, "api.unexpected"))
