"""A plan: what a flow would do, told without writing anything."""

from dataclasses import dataclass, replace

from catalog.errors import UnavailableError
from connectors.database import session
from connectors.source import snapshot
from hub import drift, fit
from hub.open import Hub
from hub.route import resolve
from hub.verify import verify


@dataclass(frozen=True, slots=True)
class Plan:
    """The DDL of a target table still to be made, the rows to move, and what a person should know before."""

    flow: str
    ddl: str | None
    inserts: int
    updates: int
    deletes: int
    unchanged: int
    warnings: tuple[str, ...]


def plan(hub: Hub, flow: str) -> Plan:
    """Compare source and target and say what a whole run would change; nothing is written, not even a staging table."""
    route = resolve(hub.catalog, flow)
    with session(route.target) as target:
        landed = route.workspace.dialect.shape(target, route.destination)
        managed = route.workspace.managed(target)
        fit.check_target(route, route.workspace.dialect, route.landing(landed) if landed else ())
    if landed is None or not managed:
        with snapshot(route.source, route.flow.source, route.dataset, queries=route.queries) as source:
            shape = source.shape()
            if shape is None:
                raise UnavailableError("source.table_missing", system=route.source.title, relation=route.relation_name)
            selection = replace(route.selection(shape), relation=source.relation)
            fit.check_source(route, source.dialect, selection)
            rows = source.reading(selection).count()
        warnings = ("plan.foreign",) if landed else ()
        return Plan(flow, None if landed else drift.ddl(route), rows, 0, 0, 0, warnings)
    found = verify(hub, flow)
    kinds = list(found.differing.values())
    missing, different, extra = (kinds.count(kind) for kind in ("missing", "different", "extra"))
    warnings = ("plan.keyless",) if not route.dataset.key else ()
    return Plan(flow, None, missing, different, extra, found.source.count - missing - different, warnings)
