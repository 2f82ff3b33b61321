"""What operators watch, in Prometheus' form: requests, rows, latency, denials, and how fresh each flow is. Names, never values."""

import time
from datetime import datetime
from functools import cache

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from catalog import clock
from hub.api.address import admits
from hub.api.problem import ProblemError
from hub.open import Hub
from hub.store import runs

router = APIRouter(tags=["健康"])
BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 30)


class Metrics:
    """The counters of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("hub_api_requests", "Answers by route and status", ["route", "status"], registry=self.registry)
        self.seconds = Histogram("hub_api_seconds", "Seconds to the answer's end", ["route"], buckets=BUCKETS, registry=self.registry)
        self.rows = Counter("hub_api_rows", "Rows that left", ["dataset", "consumer"], registry=self.registry)
        self.denials = Counter("hub_api_denials", "Refusals by code", ["code"], registry=self.registry)
        self._counters = cache(lambda route, status: (self.requests.labels(route, str(status)), self.seconds.labels(route)))
        self.fresh = Gauge("hub_flow_age_seconds", "Seconds since a flow's published rows were read", ["flow"], registry=self.registry)

    def answered(self, route: str, status: int, began: float) -> None:
        """Count an answer that began at a real moment."""
        requests, seconds = self._counters(route, status)
        requests.inc()
        seconds.observe(time.perf_counter() - began)

    def text(self, hub: Hub) -> bytes:
        """Write all of it, the ages of the flows as of now."""
        now = clock.now()
        for flow in hub.catalog.flows:
            proved = runs.published(hub.store, flow)
            if proved and proved.source and proved.source.as_of:
                self.fresh.labels(flow).set((now - datetime.fromisoformat(proved.source.as_of)).total_seconds())
        return generate_latest(self.registry)


@router.get("/metrics", summary="监控指标", response_class=Response, responses={403: {"description": "来源地址不在 monitors 之内"}})
def metrics(request: Request) -> Response:
    """Write the metrics for the addresses that the campus lets watch."""
    hub: Hub = request.app.state.service.current.get()
    if not admits(hub.catalog.campus.api.monitors, request.client.host if request.client else None):
        raise ProblemError(403, "api.monitor")
    return Response(request.app.state.service.metrics.text(hub), media_type=CONTENT_TYPE_LATEST)
