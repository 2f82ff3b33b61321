"""How sensitive a field is wherever it ends up: its level follows it through flows that derive one dataset from another; the highest wins.

A flow that reads another dataset's table carries levels over by column. A flow whose query reads one, and whose dataset is shared or
leads to one that is, must say from which fields each of its own comes:
`source: {query: …, lineage: {student_no: [student.student_no], days: []}}`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import get_args

from catalog.campus import Catalog
from catalog.dataset import Dataset, Sensitivity
from catalog.errors import Problem
from catalog.flow import Flow
from catalog.known import known
from catalog.position import Document

ORDER: tuple[Sensitivity, ...] = get_args(Sensitivity)  # from the lowest to the highest
GUARDED = ("personal", "sensitive")
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
Place = tuple[str, str]  # dataset, field


def levels(catalog: Catalog) -> dict[Place, Sensitivity]:
    """Return each field's level: its own, or the highest of the fields that it comes from."""
    found: dict[Place, Sensitivity] = {(d.name, field.name): field.sensitivity for d in catalog.datasets.values() for field in d.fields}
    origins = [pair for flow in catalog.flows.values() for pair in _origins(catalog, flow)]
    moved = True
    while moved:
        moved = False
        for field, origin in origins:
            if field in found and origin in found and ORDER.index(found[origin]) > ORDER.index(found[field]):
                found[field] = found[origin]
                moved = True
    return found


def problems(catalog: Catalog, documents: Mapping[tuple[str, str], Document]) -> Iterator[Problem]:
    """Tell lineage that names what does not exist, and queries behind what is shared that do not declare it."""
    shared = _behind(catalog, {agreement.dataset for agreement in catalog.agreements.values()})
    for name, flow in catalog.flows.items():
        dataset = catalog.datasets.get(flow.dataset)
        if dataset:
            yield from _lineage(catalog, flow, dataset, documents["flows", name], needed=flow.dataset in shared)


def _behind(catalog: Catalog, shared: set[str]) -> set[str]:
    """Add to the shared datasets those that they are derived from, over any number of flows."""
    leads = [(flow.dataset, read.dataset) for flow in catalog.flows.values() for read in _read(catalog, flow)]
    found = set(shared)
    while more := {origin for dataset, origin in leads if dataset in found} - found:
        found |= more
    return found


def _origins(catalog: Catalog, flow: Flow) -> Iterator[tuple[Place, Place]]:
    for field, names in flow.source.lineage.items():
        for name in names:
            origin, _, of = name.partition(".")
            yield (flow.dataset, field), (origin, of)
    for brought in _read(catalog, flow):
        if flow.source.table and flow.dataset in catalog.datasets:
            for it in catalog.datasets[flow.dataset].fields:
                yield (flow.dataset, it.name), (brought.dataset, flow.source.columns.get(it.name, it.name))


def _read(catalog: Catalog, flow: Flow) -> list[Flow]:
    """Find the flows that bring what this one reads: into the table it names, or those its query mentions."""
    beside = [it for it in catalog.flows.values() if it.target.system == flow.source.system and it.name != flow.name]
    if flow.source.query:
        path = catalog.folder / "flows" / flow.source.query
        sql = COMMENT.sub(" ", path.read_text("utf-8-sig", errors="replace")) if path.is_file() else ""
        return [it for it in beside if re.search(rf"(?<!\w){re.escape(it.target.table)}(?!\w)", sql, re.IGNORECASE)]
    return [it for it in beside if it.target.table.lower() == (flow.source.table or "").lower()]


def _lineage(catalog: Catalog, flow: Flow, dataset: Dataset, document: Document, *, needed: bool) -> Iterator[Problem]:
    fields = [field.name for field in dataset.fields]
    for field, names in flow.source.lineage.items():
        yield from known(document, ("source", "lineage", field), "field", field, fields)
        for number, name in enumerate(names):
            origin, _, of = name.partition(".")
            place = ("source", "lineage", field, number)
            yield from known(document, place, "dataset", origin, catalog.datasets)
            if origin in catalog.datasets:
                yield from known(document, place, "field", of, (it.name for it in catalog.datasets[origin].fields))
    missing = [name for name in fields if name not in flow.source.lineage]
    if flow.source.query and missing and needed and (read := _read(catalog, flow)):
        tables = ", ".join(sorted({it.target.table for it in read}))
        yield document.problem("check.lineage", ("source", "query"), tables=tables, fields=", ".join(missing))
