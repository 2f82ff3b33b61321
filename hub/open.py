"""The hub: what the campus says and the store of what happened. Opening it brings the store to its newest form."""

from dataclasses import dataclass

from sqlalchemy import Engine

from catalog.campus import Catalog
from hub.store.open import open_store


@dataclass(frozen=True, slots=True)
class Hub:
    """The two things every act of the hub needs."""

    catalog: Catalog
    store: Engine


def open_hub(catalog: Catalog) -> Hub:
    """Open the campus's store, making or migrating it. UnavailableError if it cannot be reached."""
    if any(flow.target.kind != "sql" for flow in catalog.flows.values()):
        catalog.receivers.mkdir(parents=True, exist_ok=True)
    return Hub(catalog, open_store(catalog.campus.store))
