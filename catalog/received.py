"""What a flow must say before rows go to a receiver that is no database: how they are told apart, sent, taken back and proved."""

import re
from collections.abc import Iterator
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from catalog.campus import Catalog
from catalog.dataset import Dataset
from catalog.errors import Problem
from catalog.flow import Flow
from catalog.known import known
from catalog.position import Document, Path_
from catalog.rest import Delivery

PLACE = re.compile(r"\{(\w+)\}")
STAMPS = ("hub_op", "hub_batch_id", "hub_changed_at", "idempotency_key")


def problems(catalog: Catalog, flow: Flow, dataset: Dataset, document: Document) -> Iterator[Problem]:
    """Tell what is missing or contradicts itself in a flow to a REST receiver or into a file."""
    if flow.unprovable and not (flow.target.rest and not flow.target.rest.read):
        yield document.problem("check.not_unprovable", ("unprovable",), flow=flow.name)
    if flow.target.kind == "sql":
        return
    if not dataset.key or flow.on_delete == "mark":
        yield document.problem("check.receiver", ("target",), dataset=dataset.name)
    agreement = catalog.agreements.get(flow.under or "")
    fields = list(agreement.columns) if agreement else [field.name for field in dataset.fields]
    place: Path_ = ("target", "rest" if flow.target.rest else "file")
    columns = (flow.target.rest or flow.target.file or Delivery).columns
    for field in columns:
        yield from known(document, (*place, "columns", field), "field", field, fields)
    names = [columns.get(field, field) for field in fields]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield document.problem("check.column_twice", (*place, "columns"), name=name)
    if flow.target.rest:
        yield from _delivery(flow.target.rest, flow, fields, document)


def _delivery(it: Delivery, flow: Flow, fields: list[str], document: Document) -> Iterator[Problem]:
    place: Path_ = ("target", "rest")
    if it.read is None and not flow.unprovable:
        yield document.problem("check.unprovable", place, flow=flow.name)
    if it.delete is None and flow.on_delete == "delete" and flow.mode != "append":
        yield document.problem("check.no_delete", place, flow=flow.name)
    for name, call in (("insert", it.insert), ("update", it.update), ("delete", it.delete)):
        if call is None:
            continue
        for part, where in _texts((call.path, call.body), (*place, name)):
            for found in PLACE.findall(part):
                yield from known(document, where, "field", found, (*fields, *STAMPS))
        if it.batch > 1 and PLACE.search(call.path):
            yield document.problem("check.batch_path", (*place, name, "path"), path=call.path)
        if it.batch > 1 and call.method == "DELETE":
            yield document.problem("check.batch_path", (*place, name, "method"), path=call.path)
    envelope = list(_texts(it.envelope, (*place, "envelope")))
    if not any(part == "{rows}" for part, _ in envelope):
        yield document.problem("check.envelope", (*place, "envelope"))
    for part, where in envelope:
        for found in PLACE.findall(part):
            yield from known(document, where, "field", found, ("rows", *STAMPS[1:]))
    for name in it.id:
        yield from known(document, (*place, "id", name), "field", name, fields)
    for name, expression in (("results", it.results), ("ok", it.ok), ("reason", it.reason), *it.id.items()):
        if expression and not is_jmespath(expression):
            yield document.problem("check.jmespath", (*place, name), expression=expression)
    if it.read and not is_jmespath(it.read.records):
        yield document.problem("check.jmespath", (*place, "read", "records"), expression=it.read.records)


def _texts(template: Any, place: Path_) -> Iterator[tuple[str, Path_]]:  # Any: JSON
    match template:
        case str():
            yield template, place
        case dict():
            for value in template.values():
                yield from _texts(value, place)
        case list() | tuple():
            for value in template:
                yield from _texts(value, place)


def is_jmespath(expression: str) -> bool:
    """Say whether a text is a JMESPath expression."""
    try:
        jmespath.compile(expression)
    except JMESPathError:
        return False
    return True
