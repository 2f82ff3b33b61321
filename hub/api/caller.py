"""Who calls: a consumer by its API key. Unknown, wrong, expired and revoked keys get one and the same answer.

request ─► work in a thread: key · address · rate · gate · read · write ─► access line durable ─► first byte
"""

import asyncio
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Depends, Request, Response

from catalog import clock
from hub.api.address import admits
from hub.api.problem import ProblemError
from hub.api.service import Service
from hub.open import Hub
from hub.sharing import Grant
from hub.store import keys
from hub.store.access import Line

T = TypeVar("T")
NOBODY = "-"
REQUEST = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class Call:
    """One request: the hub it reached, who sent it, from where, and its number in the logs. `who` is known once it is identified."""

    hub: Hub
    service: Service
    request: str
    address: str | None
    authorization: str
    now: datetime
    who: str = NOBODY
    key: str | None = None
    dataset: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def identify(self) -> None:
        """Find the consumer. Problem 401 without a good key, 403 from an address outside its list, 429 after too many wrong keys."""
        self.hub = self.service.current.get()
        scheme, _, sent = self.authorization.partition(" ")
        key, meter, address = sent.strip(), self.service.meter, self.address or ""
        if not self.service.has_met(key):
            meter.may_guess(address, now=self.now)
        consumer = self.service.consumer(key, now=self.now) if scheme.lower() == "bearer" else None
        if consumer is None or consumer not in self.hub.catalog.consumers:
            meter.guessed(address, now=self.now)
            raise ProblemError(401, "api.key")
        self.who, self.key = consumer, key[: keys.PREFIX]
        addresses = self.hub.catalog.consumers[consumer].addresses
        if addresses and not admits(addresses, self.address):
            raise ProblemError(403, "api.address", consumer=consumer)

    def granted(self, name: str) -> Grant:
        """Find the caller's grant of a dataset. Problem 404 where no agreement speaks of it, as for one that does not exist."""
        known = name in self.hub.catalog.datasets
        self.dataset = name if known else None
        found = self.service.grant(self.hub, self.who, name, now=self.now) if known else None
        self.headers = self.service.meter.request(self.hub, self.who, found, now=self.now)
        if found is None:
            raise ProblemError(404, "api.dataset", dataset=name)
        return found

    def counted(self) -> None:
        """Count a request that is of no one dataset."""
        self.headers = self.service.meter.request(self.hub, self.who, None, now=self.now)

    async def work(self, work: Callable[[], T]) -> T:
        """Identify the caller and do the work of its request, in a thread."""

        def identified() -> T:
            self.identify()
            return work()

        return await asyncio.get_running_loop().run_in_executor(self.service.threads, identified)

    async def answer(self, work: "Callable[[], Reply]") -> Response:
        """Do the work of a request in a thread, and let its answer leave once its access line is durable.

        The thread gives the line to the journal itself, so that the loop is woken once a request.
        """
        loop = asyncio.get_running_loop()
        arrived: asyncio.Future[Reply] = loop.create_future()

        def worked() -> None:
            try:
                self.identify()
                reply = work()
                line = self._line("ok" if reply.status == 200 else str(reply.status), bytes=len(reply.body), **reply.line)
                self.service.journal.write(line, partial(_wake, loop, arrived, reply), now=self.now, key=self.key)
            except BaseException as error:  # it is the loop's to tell
                _wake(loop, arrived, None, error)

        self.service.threads.submit(worked)
        reply = await arrived
        if reply.rows:
            self.service.metrics.rows.labels(self.dataset or "-", self.who).inc(reply.rows)
        return Response(reply.body, reply.status, self.headers | reply.headers, media_type="application/json")

    async def log(self, outcome: str, **what: Any) -> None:  # Any: the line's own fields
        """Write an access line and wait until it is durable; only then may the answer leave."""
        loop = asyncio.get_running_loop()
        durable: asyncio.Future[Line] = loop.create_future()
        line = self._line(outcome, **what)
        self.service.journal.write_aside(line, partial(_wake, loop, durable, line), now=self.now, key=self.key)
        await durable

    def _line(self, outcome: str, **what: Any) -> Line:  # Any: the line's own fields
        return Line(who=self.who, channel="api", outcome=outcome, request=self.request, address=self.address, **what)


def _wake(loop: asyncio.AbstractEventLoop, arrived: "asyncio.Future[T]", value: T | None, error: BaseException | None) -> None:
    """Let a loop know, from another thread, what has arrived; a loop that has ended waits for nothing."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(_settle, arrived, value, error)


def _settle(arrived: "asyncio.Future[T]", value: T | None, error: BaseException | None) -> None:
    if arrived.done():
        return  # its request was given up
    if value is None or error is not None:
        arrived.set_exception(error or RuntimeError)
    else:
        arrived.set_result(value)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is made and not yet sent: its JSON, what its access line tells, its own header fields."""

    body: bytes
    line: dict[str, Any] = field(default_factory=dict)  # Any: the line's own fields
    headers: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    status: int = 200

    @classmethod
    def of(cls, value: Any, *, headers: dict[str, str] | None = None, **line: Any) -> "Reply":  # Any: JSON values, the line's fields
        return cls(orjson.dumps(value), line, headers or {}, line.get("rows") or 0)


def under(grant: Grant, columns: Sequence[str] = ()) -> dict[str, Any]:  # Any: the line's own fields
    """Say in an access line which dataset left under which agreement and approval."""
    agreement = grant.agreement
    return {"dataset": grant.dataset.name, "agreement": agreement.name, "approval": agreement.approved.document, "columns": tuple(columns)}


async def taken(request: Request) -> Call:
    """Take up a request, as a dependency of its route."""
    return take(request)


def take(request: Request) -> Call:
    """Take up a request under the number that it brings, or a new one."""
    known: Call | None = getattr(request.state, "call", None)
    if known is None:
        number = request.headers.get("x-request-id", "")
        known = request.state.call = Call(
            hub=request.app.state.service.current.hub,
            service=request.app.state.service,
            request=number if REQUEST.fullmatch(number) else secrets.token_hex(16),
            address=request.client.host if request.client else None,
            authorization=request.headers.get("authorization", ""),
            now=clock.now(),
        )
        known.headers = {"X-Request-Id": known.request}
    return known


Caller = Annotated[Call, Depends(taken)]
