"""The codes that a flow's mapping tables lack: asked of the source as it stands, so that a table is mended before rows wait for it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from catalog.codes import candidates
from catalog.errors import UnavailableError
from connectors.source import snapshot
from hub.open import Hub
from hub.route import resolve

MOST = 200  # codes of a field; beyond, the mapping is of another field


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A source code without a mapping: the rows that carry it, and for a code that was divided the codes it may have become."""

    flow: str
    field: str
    table: str
    code: str
    rows: int
    candidates: tuple[str, ...]


def unmapped(hub: Hub, flow: str) -> Iterator[Unmapped]:
    """Yield the unmapped codes of a flow, field by field. UnavailableError where the source does not answer."""
    route = resolve(hub.catalog, flow)
    if not route.maps:
        return
    with snapshot(route.source, route.flow.source, route.dataset, queries=route.queries) as source:
        shape = source.shape()
        if shape is None:
            raise UnavailableError("source.table_missing", system=route.source.title, relation=route.relation_name)
        reading = source.reading(replace(route.selection(shape), relation=source.relation, codes=route.maps))
        for field, table in route.flow.source.codes.items():
            for code, rows in reading.unmapped(field, most=MOST):
                yield Unmapped(flow, field, table, code, rows, candidates(hub.catalog.codes, table, code))
