"""The daily look at agreements: what ends soon, what waits to be fetched, what is to be taken back."""

import logging
from dataclasses import dataclass
from datetime import datetime

from catalog.errors import CampusError
from hub import corrections, deliveries, expiry, pipeline
from hub.deliveries import Unfetched
from hub.expiry import Ending
from hub.open import Hub
from hub.receipt import Receipt

log = logging.getLogger("campus_hub")


@dataclass(frozen=True, slots=True)
class Watched:
    """What was found, and told to those it concerns."""

    ending: list[Ending]
    unfetched: list[Unfetched]
    withdrawn: list[Receipt]


def watch(hub: Hub, *, now: datetime, by: str) -> Watched:
    """Look at every agreement and every push under one; tell owners of corrections that they have not heard of."""
    corrections.watch(hub, now=now)
    return Watched(expiry.watch(hub, now=now), deliveries.watch(hub, now=now), _withdrawn(hub, now=now, by=by))


def _withdrawn(hub: Hub, *, now: datetime, by: str) -> list[Receipt]:
    found = []
    for name, flow in sorted(hub.catalog.flows.items()):
        if not flow.under or not hub.catalog.agreements[flow.under].withdraw:
            continue
        try:
            receipt = pipeline.withdraw(hub, name, now=now, by=by)
        except CampusError as error:  # tried again at the next look
            log.warning("withdrawal of %s failed: %s", name, error.key)
            continue
        found += [receipt] if receipt else []
    return found
