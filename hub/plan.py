"""A plan: what a flow would do, told without writing anything."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from catalog.campus import Catalog
from catalog.errors import CatalogError, UnavailableError
from connectors.database import session
from connectors.selection import Shape
from connectors.source import snapshot
from connectors.stamp import stamped
from hub import batches, drift, fit, ledger
from hub.guest import visiting
from hub.open import Hub
from hub.route import Route, resolve
from hub.surroundings import surrounded
from hub.verify import compared


@dataclass(frozen=True, slots=True)
class Plan:
    """The DDL of a target table still to be made, the rows to move, and what a person should know before."""

    flow: str
    ddl: str | None
    inserts: int
    updates: int
    deletes: int
    unchanged: int
    warnings: Mapping[str, Mapping[str, str]]  # message key → names


def receiver_ddl(catalog: Catalog, flow: str) -> str:
    """Write a flow's target table, and for a push its batches, in the DDL of the target's engine; nothing is asked of any system."""
    route = resolve(catalog, flow)
    if route.receiver:
        raise CatalogError("plan.no_ddl", flow=flow, system=route.target.title)
    return batches.ddl(route) if route.agreement else f"{drift.ddl(route)};"


def plan(hub: Hub, flow: str) -> Plan:
    """Compare source and target and say what a whole run would change; nothing is written, not even a staging table."""
    route = resolve(hub.catalog, flow)
    with visiting(hub, route), session(route.target) as target:
        landed = route.workspace.dialect.shape(target, route.destination)
        managed = route.workspace.managed(target) and ledger.read(target, route.workspace, flow) is not None
        landing = route.landing(landed) if landed else ()
        fit.check_target(route, route.workspace.dialect, landing)
        warnings: dict[str, Mapping[str, str]] = {}
        if landed:
            around = surrounded(route.workspace.dialect, target, route.destination, landing, landed)
            warnings |= around.warnings(route.flow.target.table)
        warnings |= _unstamped(route, landed)
        warnings |= {} if route.target.hub_schema else {"plan.guest": {"system": route.target.title}}
    if landed is None or not managed:
        with snapshot(route.source, route.flow.source, route.dataset, queries=route.queries) as source:
            shape = source.shape()
            if shape is None:
                raise UnavailableError("source.table_missing", system=route.source.title, relation=route.relation_name)
            selection = replace(route.selection(shape), relation=source.relation)
            fit.check_source(route, source.dialect, selection)
            rows = source.reading(selection).count()
        warnings |= {"plan.foreign": {}} if landed else {}
        return Plan(flow, None if landed or route.receiver else drift.ddl(route), rows, 0, 0, 0, warnings)
    found = compared(hub, flow)
    kinds = list(found.differing.values())
    missing, different, extra = (kinds.count(kind) for kind in ("missing", "different", "extra"))
    warnings |= {"plan.keyless": {}} if not route.dataset.key else {}
    return Plan(flow, None, missing, different, extra, found.source.count - missing - different, warnings)


def _unstamped(route: Route, landed: Shape | None) -> Mapping[str, Mapping[str, str]]:
    """Tell a push onto a receiver's own table that has no place for what became of each row."""
    return {"plan.unstamped": {}} if route.agreement and landed and not stamped(landed) else {}
