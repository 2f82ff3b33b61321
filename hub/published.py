"""Where a dataset stands for readers: the table of the platform that a flow publishes it to."""

from dataclasses import dataclass

from catalog.campus import Catalog
from catalog.flow import Flow
from catalog.system import System
from connectors.reading import Reading
from connectors.selection import Selection
from connectors.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Published:
    """A dataset's table on the platform and the flow that keeps it."""

    flow: Flow
    system: System

    @property
    def table(self) -> str:
        """The table's name, in the system's own schema."""
        return self.flow.target.table


def live(catalog: Catalog, system: System, reading: Reading, table: str | None) -> Selection:
    """Leave out of a reading of a published table the rows that stand there only as marked: gone at their source."""
    brought = next(
        (f for f in catalog.flows.values() if (f.target.system, f.target.table.lower()) == (system.name, (table or "").lower())), None
    )
    workspace = Workspace.of(system)
    if brought is None or brought.on_delete != "mark" or not reading.selection.key or not workspace.managed(reading.connection):
        return reading.selection
    same = f"x.key_hash = {reading.key_hash()} and x.key_line = {reading.key_line()}"
    listed = f"x.flow = '{brought.name}' and x.kind = 'mark' and x.released is null"
    return reading.selection.restricted(f"not exists (select 1 from {workspace.name('retained')} as x where {listed} and {same})")


def published(catalog: Catalog, dataset: str) -> Published | None:
    """Find the flow that publishes a dataset on the platform, or None."""
    for _, flow in sorted(catalog.flows.items()):
        if flow.dataset == dataset and flow.target.system == catalog.campus.platform and flow.under is None:
            return Published(flow, catalog.systems[flow.target.system])
    return None
