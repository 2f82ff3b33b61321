"""The door before all routes: no question of any length, the same protective fields on every answer, every answer counted."""

import time
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api.metrics import Metrics
from hub.api.problem import ProblemError

SMALL = 1000  # bytes below which nothing is compressed
LONGEST = 16_384  # bytes of path and query
PROTECT = (
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"Authorization, Accept-Language, Accept-Encoding"),
    (b"x-content-type-options", b"nosniff"),
)


class Door:
    """Wraps the application; `refuse` answers what does not come in."""

    def __init__(self, app: ASGIApp, metrics: Metrics, refuse: Any) -> None:  # Any: the application's problem handler
        self.app, self.metrics, self.refuse = app, metrics, refuse
        self.compressed = GZipMiddleware(app, minimum_size=SMALL, compresslevel=4)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def protected(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *PROTECT]
            await send(message)

        try:
            if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST:
                answer = await self.refuse(Request(scope), ProblemError(414, "api.long", most=LONGEST))
                await answer(scope, receive, protected)
            else:
                packed = any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
                await (self.compressed if packed else self.app)(scope, receive, protected)
        finally:
            self.metrics.answered(_route(scope), status, began)


def _route(scope: Mapping[str, Any]) -> str:  # Any: an ASGI scope
    """Name the route by its form, so that no value becomes a label."""
    return getattr(scope.get("route"), "path", "-")
