"""What no single file can know: names that must exist, types that must fit, contracts that contradict each other."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from catalog import agreed, received, sensitivity
from catalog.campus import Catalog
from catalog.codes import CodeTable
from catalog.dataset import Dataset
from catalog.errors import Problem
from catalog.flow import After, Flow
from catalog.known import conditions as _conditions
from catalog.known import known as _known
from catalog.position import Document, Path_
from catalog.rest import Endpoint
from catalog.rule import FreshWithin, InCodes, InRange, Matches, MaxLength, NotBefore, References, Unique

Documents = Mapping[tuple[str, str], Document]
TIMES = ("date", "timestamp", "timestamptz")
ORDERED = ("integer", "decimal", "float", "date", "time", "duration", "timestamp", "timestamptz", "string")
FITTING: Mapping[type, tuple[str, ...]] = {
    Matches: ("string",),
    MaxLength: ("string",),
    FreshWithin: TIMES,
    InRange: ORDERED,
    NotBefore: ORDERED,
}
# the one subset of regular expressions that every engine reads alike; see docs/reference/rules.md
SUBSET = re.compile(r"(?:\\[dws.\\+*?()\[\]{}|^$/-]|\[\^?(?:\\[dws\\\]^-]|[^\\\[\]])+\]|[^\\\[\]])*", re.DOTALL)
OUTSIDE = re.compile(r"\(\?|[*+?}][?+]")


def problems(catalog: Catalog, documents: Documents) -> list[Problem]:
    """Tell everything in the catalog that contradicts itself; a file that could not be read is no unknown name."""
    read = {"systems": catalog.systems, "codes": catalog.codes, "datasets": catalog.datasets, "flows": catalog.flows}
    read |= {"consumers": catalog.consumers, "agreements": catalog.agreements, "calendar": catalog.calendars}
    unread = {name for kind, name in documents if name not in read.get(kind, (name,))}
    unread |= {str(it.data.get("dataset")) for (kind, name), it in documents.items() if kind == "flows" and name not in catalog.flows}
    found = _problems(catalog, documents)
    return [problem for problem in found if not problem.key.startswith("unknown.") or problem.names["name"] not in unread]


def _problems(catalog: Catalog, documents: Documents) -> list[Problem]:
    found: list[Problem] = []
    found += _campus(catalog, documents["", "campus"])
    for name, table in catalog.codes.items():
        found += _codes(catalog, name, documents["codes", name], table.to)
    for name, dataset in catalog.datasets.items():
        found += _dataset(catalog, dataset, documents["datasets", name])
    for name, flow in catalog.flows.items():
        found += _flow(catalog, flow, documents["flows", name])
    found += agreed.problems(catalog, documents)
    found += sensitivity.problems(catalog, documents)
    for name, register in catalog.registers.items():
        found += _known(documents["registers", name], ("dataset",), "dataset", register.dataset, catalog.datasets)
        fields = [f.name for f in catalog.datasets[register.dataset].fields] if register.dataset in catalog.datasets else []
        for field in register.choices if fields else ():
            found += _known(documents["registers", name], ("choices", field), "field", field, fields)
    for name, edition in catalog.editions.items():
        found += _known(documents["reports", name], ("calendar",), "calendar", edition.calendar, catalog.calendars)
    found += _cycles(catalog, documents)
    found += _shared_targets(catalog, documents)
    found += _clocks(catalog, documents)
    return found


# what the hub API and the reports read
PLATFORMS = ("sqlite:///", "postgresql+psycopg://", "mysql+pymysql://", "kingbase+psycopg://", "opengauss+psycopg://")
DRIVERS = (*PLATFORMS, "oracle+oracledb://", "mssql+pymssql://")


def _campus(catalog: Catalog, document: Document) -> Iterator[Problem]:
    if not catalog.campus.store.startswith(("sqlite:///", "postgresql+psycopg://")):
        yield document.problem("check.store", ("store",), driver=catalog.campus.store.partition("://")[0])
    yield from _known(document, ("platform",), "system", catalog.campus.platform, catalog.systems)
    platform = catalog.systems.get(catalog.campus.platform)
    if platform and platform.kind != "sql":
        yield document.problem("check.platform_sql", ("platform",), system=platform.name)
    elif platform and not (platform.url or "").startswith(PLATFORMS):
        yield document.problem("check.platform_engine", ("platform",), system=platform.name)
    for name, system in catalog.systems.items():
        if system.kind == "sql" and not (system.url or "").startswith(DRIVERS):
            driver = (system.url or "").partition("://")[0]
            key = "check.dameng" if driver.startswith("dm") else "check.driver"
            yield Problem(f"{catalog.folder.name}/systems/{name}.yaml", None, key, {"driver": driver, "known": ", ".join(DRIVERS)})


def _codes(catalog: Catalog, name: str, document: Document, to: str | None) -> Iterator[Problem]:
    table = catalog.codes[name]
    if to is not None:
        yield from _known(document, ("to",), "codes", to, (n for n, t in catalog.codes.items() if t.codes or t.file))
        for source, code in table.map.items():
            if to in catalog.codes and code not in catalog.codes[to].codes:
                yield from _known(document, ("map", source), "code", code, catalog.codes[to].codes, within=to)
    for code in table.codes:
        if code.startswith("?"):
            yield document.problem("check.code_mark", ("codes", code), code=code)
    for code in table.retired:
        if fault := _succession(table, code):
            yield document.problem("check.successor", ("retired", code), code=code, fault=fault)


def _succession(table: CodeTable, code: str, path: tuple[str, ...] = ()) -> str | None:
    """Return the code at which a retired code's succession breaks off or turns in a circle."""
    if code in path or (code not in table.codes and code not in table.retired):
        return code
    past = table.retired.get(code)
    return next(filter(None, (_succession(table, to, (*path, code)) for to in past.to)), None) if past else None


def _dataset(catalog: Catalog, dataset: Dataset, document: Document) -> Iterator[Problem]:
    names = [field.name for field in dataset.fields]
    standards = [name for name, table in catalog.codes.items() if table.codes]
    for number, field in enumerate(dataset.fields):
        if names.index(field.name) != number:
            yield document.problem("catalog.twice", ("fields", number), name=field.name)
        if field.name.startswith("hub_"):
            yield document.problem("check.hub_field", ("fields", number, "name"), field=field.name)
        yield from _known(document, ("fields", number, "codes"), "codes", field.codes, standards)
        if field.codes and field.type.kind != "string":
            yield document.problem("check.codes_string", ("fields", number, "codes"), field=field.name, type=field.type)
        longest = max(catalog.codes[field.codes].codes, key=len, default="") if field.codes in standards else ""
        if field.type.length and len(longest) > field.type.length:
            yield document.problem("check.codes_length", ("fields", number, "type"), field=field.name, type=field.type, code=longest)
    for number, key in enumerate(dataset.key):
        yield from _known(document, ("key", number), "field", key, names)
        if key in names and dataset.field(key).type.kind == "string" and not dataset.field(key).type.length:
            yield document.problem("check.key_length", ("key", number), field=key)
        if key in names and dataset.field(key).type.kind in ("json", "bytes", "float"):
            yield document.problem("check.key_type", ("key", number), field=key, type=dataset.field(key).type)
    yield from _conditions(document, "confidential", dataset.confidential, dataset)
    yield from _rules(catalog, dataset, document)


def _rules(catalog: Catalog, dataset: Dataset, document: Document) -> Iterator[Problem]:
    names = [field.name for field in dataset.fields]
    kinds = {field.name: field.type.kind for field in dataset.fields}
    standards = [name for name, table in catalog.codes.items() if table.codes]
    for number, rule in enumerate(dataset.rules):
        place = ("rules", number)
        for attribute in ("field", "than"):
            yield from _known(document, (*place, attribute), "field", getattr(rule, attribute, None), names)
        kind = kinds.get(getattr(rule, "field", ""))
        match rule:
            case References():
                yield from _known(document, (*place, "dataset"), "dataset", rule.dataset, catalog.datasets)
                if rule.dataset in catalog.datasets and len(catalog.datasets[rule.dataset].key) != 1:
                    yield document.problem("check.reference_key", (*place, "dataset"), dataset=rule.dataset)
            case Unique():
                for at, name in enumerate(rule.fields):
                    yield from _known(document, (*place, "fields", at), "field", name, names)
            case InCodes():
                yield from _known(document, (*place, "codes"), "codes", rule.codes, standards)
            case Matches():
                yield from _pattern(document, place, rule)
            case NotBefore() if kind and kinds.get(rule.than, kind) != kind:
                names_of = {"rule": rule.rule, "expected": kind, "field": rule.than, "type": kinds[rule.than]}
                yield document.problem("check.rule_type", (*place, "than"), **names_of)
        expected = FITTING.get(type(rule))
        if kind and expected and kind not in expected:
            names_of = {"rule": rule.rule, "expected": ", ".join(expected), "field": getattr(rule, "field", ""), "type": kind}
            yield document.problem("check.rule_type", (*place, "field"), **names_of)


def _pattern(document: Document, place: Path_, rule: Matches) -> Iterator[Problem]:
    body = rule.pattern.removeprefix("^").removesuffix("$")
    try:
        re.compile(body)
    except re.error as error:
        yield document.problem("check.pattern", (*place, "pattern"), reason=error.msg)
        return
    if not SUBSET.fullmatch(body) or OUTSIDE.search(body):
        yield document.problem("check.pattern_subset", (*place, "pattern"))


def _flow(catalog: Catalog, flow: Flow, document: Document) -> Iterator[Problem]:
    yield from _known(document, ("source", "system"), "system", flow.source.system, catalog.systems)
    yield from _known(document, ("target", "system"), "system", flow.target.system, catalog.systems)
    yield from _known(document, ("dataset",), "dataset", flow.dataset, catalog.datasets)
    yield from _known(document, ("under",), "agreement", flow.under, catalog.agreements)
    source, target = catalog.systems.get(flow.source.system), catalog.systems.get(flow.target.system)
    if source and source.kind != _kind(flow):
        yield document.problem("check.source_kind", ("source",), system=source.name, kind=source.kind)
    guest_dataset = catalog.datasets.get(flow.dataset) if target and target.kind == "sql" and not target.hub_schema else None
    if guest_dataset and target and (not guest_dataset.key or flow.on_delete == "mark"):
        yield document.problem("check.guest", ("target", "system"), system=target.name, dataset=guest_dataset.name)
    if target and target.kind != flow.target.kind:
        yield document.problem("check.target_kind", ("target",), system=target.name, kind=target.kind)
    if flow.source.query and not _is_text(catalog.folder / "flows" / flow.source.query):
        yield document.problem("check.query_file", ("source", "query"), file=f"flows/{flow.source.query}")
    dataset = catalog.datasets.get(flow.dataset)
    if dataset:
        yield from _moves(catalog, flow, dataset, document)
        yield from received.problems(catalog, flow, dataset, document)
    if isinstance(flow.schedule, After):
        brought = {f.dataset for f in catalog.flows.values() if f.target.system == flow.source.system}
        for number, name in enumerate(flow.schedule.after):
            yield from _known(document, ("schedule", "after", number), "published", name, brought, within=flow.source.system)


def _kind(flow: Flow) -> str:
    return "files" if flow.source.files else "rest" if flow.source.rest else "sql"


def _rest(endpoint: Endpoint, flow: Flow, dataset: Dataset, document: Document) -> Iterator[Problem]:
    if endpoint.since and not (flow.source.cursor and endpoint.item and all(f"{{{name}}}" in endpoint.item for name in dataset.key)):
        yield document.problem("check.rest_since", ("source", "rest", "since"), key=", ".join(f"{{{name}}}" for name in dataset.key))
    names = ["records", "total", "next"]
    expressions = [endpoint.records, endpoint.total, getattr(endpoint.paging, "next", None)]
    for name, expression in zip(names, expressions, strict=True):
        if expression and not received.is_jmespath(expression):
            yield document.problem("check.jmespath", ("source", "rest", name), expression=expression)


def _is_text(file: Path) -> bool:
    try:
        return bool(file.read_text("utf-8-sig").strip())
    except (OSError, UnicodeDecodeError):
        return False


def _moves(catalog: Catalog, flow: Flow, dataset: Dataset, document: Document) -> Iterator[Problem]:
    names = [field.name for field in dataset.fields]
    for field in flow.source.columns:
        yield from _known(document, ("source", "columns", field), "field", field, names)
    for field, table in flow.source.codes.items():
        yield from _known(document, ("source", "codes", field), "field", field, names)
        yield from _known(document, ("source", "codes", field), "map", table, (n for n, t in catalog.codes.items() if t.to))
        to = catalog.codes[table].to if table in catalog.codes else None
        if to and field in names and dataset.field(field).codes != to:  # else a code without mapping would be published as it is marked
            yield document.problem("check.codes_target", ("source", "codes", field), field=field, dataset=dataset.name, map=table, to=to)
    yield from _known(document, ("source", "cursor"), "field", flow.source.cursor, names)
    for field in sorted({condition.field for condition in dataset.confidential} & set(flow.source.codes)):
        yield document.problem("check.confidential_codes", ("source", "codes", field), dataset=dataset.name, field=field)
    for number, condition in enumerate(flow.source.where):
        yield from _known(document, ("source", "where", number, "field"), "field", condition.field, names)
    if flow.mode == "incremental" and not (flow.source.cursor and dataset.key):
        yield document.problem("check.incremental", ("mode",), dataset=dataset.name)
    if flow.mode == "append" and not (flow.source.cursor or dataset.key):
        yield document.problem("check.append", ("mode",), dataset=dataset.name)
    if dataset.retain and flow.on_delete == "delete":
        yield document.problem("check.retained", ("on_delete",), dataset=dataset.name)
    if not dataset.key and flow.on_delete in ("mark", "keep"):
        yield document.problem("check.keep_keyless", ("on_delete",), dataset=dataset.name)
    if flow.source.archive and (flow.source.cursor or not flow.source.files or (flow.mode == "append" and not dataset.key)):
        yield document.problem("check.archive", ("source", "archive"))
    if flow.source.rest:
        yield from _rest(flow.source.rest, flow, dataset, document)


def _cycles(catalog: Catalog, documents: Documents) -> Iterator[Problem]:
    """Find flows that wait for each other: `after` leads from a flow to those that publish what it reads."""
    waits: dict[str, list[str]] = {}
    for name, flow in catalog.flows.items():
        after = flow.schedule.after if isinstance(flow.schedule, After) else ()
        waits[name] = [n for n, f in catalog.flows.items() if f.dataset in after and f.target.system == flow.source.system]
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> Iterator[Problem]:
        if name in path:
            circle = " → ".join([*path[path.index(name) :], name])
            if name == min(path[path.index(name) :]):
                yield documents["flows", name].problem("check.cycle", ("schedule",), circle=circle)
            return
        if name in done:
            return
        for other in waits[name]:
            yield from walk(other, (*path, name))
        done.add(name)

    for name in sorted(waits):
        yield from walk(name, ())


def _shared_targets(catalog: Catalog, documents: Documents) -> Iterator[Problem]:
    writers: dict[tuple[str, str], str] = {}
    for name, flow in catalog.flows.items():
        place = (flow.target.system, flow.target.table.lower())
        if first := writers.setdefault(place, name) if writers.get(place, name) != name else None:
            yield documents["flows", name].problem("check.two_writers", ("target",), other=first, table=flow.target.table)
        writers.setdefault(place, name)


def _clocks(catalog: Catalog, documents: Documents) -> Iterator[Problem]:
    """Find flows whose clock would bear another one's name: the DAG that comes later would silently take its place."""
    taken = {"upkeep": "upkeep"} | {f"report_{name}": f"reports/{name}" for name in catalog.editions}
    taken |= {f"reconcile_{name}": f"flows/{name}" for name, flow in catalog.flows.items() if flow.reconcile}
    for name in catalog.flows.keys() & taken.keys():
        yield documents["flows", name].problem("check.clock", ("name",), name=name, other=taken[name])
