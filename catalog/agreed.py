"""What an agreement must say before anything leaves under it, and what a flow under it must keep to."""

from collections.abc import Iterator, Mapping

from catalog.campus import Catalog
from catalog.dataset import Dataset, Sensitivity
from catalog.errors import Problem
from catalog.field_type import FieldType
from catalog.flow import Flow
from catalog.known import conditions, known
from catalog.position import Document
from catalog.sensitivity import GUARDED, Place, levels
from catalog.sharing import Agreement, MaskName

Documents = Mapping[tuple[str, str], Document]
PSEUDONYM = 16  # characters: fewer would name two people alike
PULLED = {"api", "export"}  # the consumer names a dataset, so one agreement must answer; a push flow names its agreement


def problems(catalog: Catalog, documents: Documents) -> Iterator[Problem]:
    """Tell everything that is missing or contradicts itself in the agreements and the flows under them."""
    found = levels(catalog)
    for name, consumer in catalog.consumers.items():
        for number, system in enumerate(consumer.systems):
            yield from known(documents["consumers", name], ("systems", number), "system", system, catalog.systems)
    for name, agreement in catalog.agreements.items():
        yield from _agreement(catalog, agreement, found, documents["agreements", name])
    for name, flow in catalog.flows.items():
        agreed, dataset = catalog.agreements.get(flow.under or ""), catalog.datasets.get(flow.dataset)
        if agreed and dataset:
            yield from _under(flow, agreed, dataset, documents["flows", name])
            yield from _receiver(catalog, flow, agreed, documents["flows", name])
        elif not flow.under and flow.target.system in catalog.systems and flow.target.system != catalog.campus.platform:
            yield documents["flows", name].problem("check.under_missing", ("target", "system"), system=flow.target.system)


def fits(how: MaskName, of: FieldType) -> bool:
    """Say whether a mask can hide values of a type and leave them of that type."""
    if how == "null":
        return True
    if how == "year":
        return of.kind in ("date", "timestamp", "timestamptz")
    if how.startswith("round"):
        return of.kind in ("integer", "decimal", "float")
    return of.kind == "string" and (how != "pseudonym" or (of.length or PSEUDONYM) >= PSEUDONYM)


def _agreement(catalog: Catalog, agreement: Agreement, found: Mapping[Place, Sensitivity], document: Document) -> Iterator[Problem]:
    yield from known(document, ("dataset",), "dataset", agreement.dataset, catalog.datasets)
    yield from known(document, ("consumer",), "consumer", agreement.consumer, catalog.consumers)
    dataset = catalog.datasets.get(agreement.dataset)
    if dataset is None:
        return
    names = [field.name for field in dataset.fields]
    for number, column in enumerate(agreement.columns):
        yield from known(document, ("columns", number), "field", column, names)
        level = found.get((dataset.name, column))
        if level in GUARDED and column not in agreement.mask and column not in agreement.unmasked:
            yield document.problem("check.unmasked", ("columns", number), field=column, level=level)
    yield from _masks(agreement, dataset, document)
    yield from conditions(document, "where", agreement.where, dataset)
    if dataset.sharing == "none":
        yield document.problem("check.not_shared", ("dataset",), dataset=dataset.name)
    yield from _twice(catalog, agreement, document)


def _masks(agreement: Agreement, dataset: Dataset, document: Document) -> Iterator[Problem]:
    types = {field.name: field.type for field in dataset.fields}
    for field, how in agreement.mask.items():
        yield from known(document, ("mask", field), "granted", field, agreement.columns)
        if field in types and not fits(how, types[field]):
            yield document.problem("check.mask_type", ("mask", field), mask=how, field=field, type=types[field])
    for field, it in agreement.unmasked.items():
        yield from known(document, ("unmasked", field), "granted", field, agreement.columns)
        if field in agreement.mask:
            yield document.problem("check.mask_twice", ("unmasked", field), field=field)
        if not agreement.valid.start <= it.until <= agreement.valid.end:
            yield document.problem("check.unmasked_until", ("unmasked", field, "until"), field=field, **_period(agreement))


def _twice(catalog: Catalog, agreement: Agreement, document: Document) -> Iterator[Problem]:
    """Tell an earlier agreement that would answer the same question of the same consumer on some day."""
    for name, other in sorted(catalog.agreements.items()):
        same = (other.dataset, other.consumer, other.state) == (agreement.dataset, agreement.consumer, "active") and name < agreement.name
        days = other.valid.start <= agreement.valid.end and agreement.valid.start <= other.valid.end
        if same and days and agreement.state == "active" and PULLED & set(other.channels) & set(agreement.channels):
            yield document.problem("check.agreed_twice", ("channels",), other=name, dataset=agreement.dataset)


def _period(agreement: Agreement) -> dict[str, object]:
    return {"start": agreement.valid.start, "end": agreement.valid.end}


def _under(flow: Flow, agreement: Agreement, dataset: Dataset, document: Document) -> Iterator[Problem]:
    if agreement.dataset != flow.dataset:
        yield document.problem("check.under_dataset", ("under",), agreement=agreement.name, dataset=agreement.dataset)
        return
    if "push" not in agreement.channels:
        yield document.problem("check.under_channel", ("under",), agreement=agreement.name)
    for key in dataset.key:
        # a whole mirror never has to find a receiver's key again at the source
        named = agreement.mask[key] == "pseudonym" and flow.mode == "mirror" if key in agreement.mask else True
        if key not in agreement.columns or not named:
            yield document.problem("check.under_key", ("under",), agreement=agreement.name, key=key)
    deciding = {*agreement.mask, *(it.field for it in (*agreement.where, *dataset.confidential))}
    for field in sorted(deciding & set(flow.source.codes)):
        yield document.problem("check.under_codes", ("source", "codes", field), agreement=agreement.name, field=field)
    if agreement.where and flow.on_delete == "keep":
        yield document.problem("check.under_keep", ("on_delete",), agreement=agreement.name)
    cursor = flow.source.cursor
    if cursor and (cursor not in agreement.columns or cursor in agreement.mask) and not _is_time(dataset, cursor):
        yield document.problem("check.under_cursor", ("source", "cursor"), agreement=agreement.name, cursor=cursor)


def _receiver(catalog: Catalog, flow: Flow, agreement: Agreement, document: Document) -> Iterator[Problem]:
    """Tell a push into a system that is not the consumer's own."""
    consumer = catalog.consumers.get(agreement.consumer)
    if consumer and flow.target.system not in consumer.systems:
        names = {"consumer": consumer.name, "system": flow.target.system, "systems": ", ".join(consumer.systems) or "—"}
        yield document.problem("check.under_system", ("target", "system"), **names)


def _is_time(dataset: Dataset, name: str) -> bool:
    return any(field.name == name and field.type.kind in ("date", "timestamp", "timestamptz") for field in dataset.fields)
