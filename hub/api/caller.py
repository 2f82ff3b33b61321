"""Who calls: a consumer by its API key. Unknown, wrong, expired and revoked keys get one and the same answer."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from typing import Annotated

from fastapi import Depends, Request

from catalog import clock
from catalog.sharing import Consumer
from hub.api.problem import ProblemError
from hub.open import Hub
from hub.store import access, keys
from hub.store.access import Line

NOBODY = "-"


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the hub it reached, who sent it, from where, and its number in the logs."""

    hub: Hub
    who: str
    request: str
    address: str | None
    now: datetime

    def log(self, outcome: str, **what: object) -> None:
        """Write the access line; only then may the answer leave."""
        line = Line(who=self.who, channel="api", outcome=outcome, request=self.request, address=self.address, **what)  # type: ignore[arg-type]  # the line's own fields
        access.write(self.hub.store, line, now=self.now)


def call(request: Request) -> Call:
    """Identify the caller. Problem 401 without a good key, 403 from an address outside the consumer's list; both are logged."""
    hub: Hub = request.app.state.hub
    now = clock.now()
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    address = request.client.host if request.client else None
    consumer = keys.find(hub.store, key.strip(), now=now) if scheme.lower() == "bearer" else None
    found = Call(hub, consumer or NOBODY, request.headers.get("x-request-id", uuid.uuid4().hex)[:64], address, now)
    request.state.call = found
    if consumer is None or consumer not in hub.catalog.consumers:
        raise ProblemError(401, "api.key")
    if not _admits(hub.catalog.consumers[consumer], address):
        raise ProblemError(403, "api.address", consumer=consumer)
    return found


def _admits(consumer: Consumer, address: str | None) -> bool:
    """Say whether a consumer may call from an address; without a list it may from any, with one not from what is no address."""
    if not consumer.addresses:
        return True
    try:
        found = ip_address(address or "")
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in network for network in consumer.addresses)


Caller = Annotated[Call, Depends(call)]
