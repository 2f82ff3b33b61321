"""Where a dataset stands for readers: the table of the platform that a flow publishes it to."""

from dataclasses import dataclass

from catalog.campus import Catalog
from catalog.flow import Flow
from catalog.system import System


@dataclass(frozen=True, slots=True)
class Published:
    """A dataset's table on the platform and the flow that keeps it."""

    flow: Flow
    system: System

    @property
    def table(self) -> str:
        """The table's name, in the system's own schema."""
        return self.flow.target.table


def published(catalog: Catalog, dataset: str) -> Published | None:
    """Find the flow that publishes a dataset on the platform, or None."""
    for _, flow in sorted(catalog.flows.items()):
        if flow.dataset == dataset and flow.target.system == catalog.campus.platform and flow.under is None:
            return Published(flow, catalog.systems[flow.target.system])
    return None
