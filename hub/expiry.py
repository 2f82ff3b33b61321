"""Agreements about to end: both sides are told 30, 7 and 1 days before, once each."""

from dataclasses import dataclass
from datetime import datetime

from catalog.campus import Catalog
from catalog.messages import say
from catalog.sharing import Agreement
from hub import notices
from hub.open import Hub

DAYS = (1, 7, 30)


@dataclass(frozen=True, slots=True)
class Ending:
    """An agreement, in how many of the school's days it ends, and the limit of days that this passes."""

    agreement: Agreement
    days: int
    limit: int

    def say(self, catalog: Catalog) -> str:
        """Tell it as a person would."""
        it = self.agreement
        names = {"consumer": catalog.consumers[it.consumer].title, "dataset": catalog.datasets[it.dataset].title}
        sides = {"provider": it.approved.provider, "manager": it.approved.manager}
        return say("agreement.ending", agreement=it.name, until=it.until, days=self.days, **names, **sides)


def ending(catalog: Catalog, *, now: datetime) -> list[Ending]:
    """List the active agreements that end within 30 days."""
    today, found = now.astimezone(catalog.zone).date(), []
    for _, agreement in sorted(catalog.agreements.items()):
        days = (agreement.until - today).days
        if agreement.state == "active" and 0 <= days <= max(DAYS):
            found.append(Ending(agreement, days, min(limit for limit in DAYS if days <= limit)))
    return found


def watch(hub: Hub, *, now: datetime) -> list[Ending]:
    """Tell both sides of every agreement about to end; a day on which nobody looked is made up for."""
    found = ending(hub.catalog, now=now)
    for it in found:
        agreement = it.agreement
        sides = [*hub.catalog.consumers[agreement.consumer].notify, *agreement.approved.notify]
        notices.tell(hub, f"ending:{agreement.name}:{agreement.until}:{it.limit}", sides, it.say(hub.catalog), now=now)
    return found
