"""Read a campus folder into a Catalog: one file per thing, every problem of every file told at once."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from catalog import check
from catalog.calendar import Calendar
from catalog.campus import MAX_DELETES, MAX_QUARANTINE, Campus, Catalog, Defaults
from catalog.codes import CodeTable
from catalog.codes_file import filled
from catalog.dataset import Dataset
from catalog.edition import Edition
from catalog.errors import CatalogError, Problem
from catalog.flow import Brakes, Flow
from catalog.model import Model
from catalog.position import Document, Path_, read
from catalog.register import Register
from catalog.sharing import Agreement, Consumer
from catalog.system import System

M = TypeVar("M", bound=Model)


def load(folder: Path) -> Catalog:
    """Read and check a campus folder. CatalogError tells all problems with file, line and what was expected."""
    folder = folder.absolute()
    if not (folder / "campus.yaml").is_file():
        raise CatalogError("catalog.no_campus", folder=folder.name)
    reading = _Reading(folder)
    campus = reading.one(folder / "campus.yaml", Campus)
    systems, codes = reading.all("systems", System), reading.codes()
    datasets, flows = reading.all("datasets", Dataset), reading.all("flows", Flow)
    consumers, agreements = reading.all("consumers", Consumer), reading.all("agreements", Agreement)
    calendars, registers = reading.all("calendar", Calendar), reading.all("registers", Register)
    editions = reading.all("reports", Edition)
    reading.note_unread()
    if campus is None:  # what the others say cannot be weighed without it
        raise CatalogError(problems=_ordered(reading.problems))
    catalog = Catalog(
        root=folder.parent,
        folder=folder,
        hash=reading.digest.hexdigest(),
        campus=campus.model_copy(update={"store": _rooted(campus.store, folder.parent)}),
        systems={name: _placed(system, folder.parent) for name, system in systems.items()},
        codes=codes,
        datasets=datasets,
        flows={name: _defaulted(flow, campus.defaults) for name, flow in flows.items()},
        consumers=consumers,
        agreements=agreements,
        calendars=calendars,
        registers=registers,
        editions=editions,
    )
    if problems := reading.problems + check.problems(catalog, reading.documents):
        raise CatalogError(problems=_ordered(problems))
    return replace(catalog, codes={name: table.carrying(codes[table.to]) if table.to else table for name, table in codes.items()})


class _Reading:
    """The files read so far, their problems, and the hash of all they hold."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.documents: dict[tuple[str, str], Document] = {}
        self.digest = hashlib.sha256()
        self.kinds: list[str] = []

    def all(self, kind: str, model: type[M]) -> dict[str, M]:
        """Read every file of one kind, by name."""
        found = {}
        self.kinds.append(kind)
        for path in sorted((self.folder / kind).glob("[!.]*")):
            if path.suffix == ".yaml":
                thing = self.one(path, model)
                if thing is not None:
                    found[path.stem] = thing
            elif path.suffix in (".sql", ".csv"):
                self._hash(path)
        return found

    def codes(self) -> dict[str, CodeTable]:
        """Read the code tables, with the files beside them."""
        found = {}
        for name, table in self.all("codes", CodeTable).items():
            found[name], problems = filled(table, self.folder / "codes")
            self.problems += problems
        return found

    def one(self, path: Path, model: type[M]) -> M | None:
        """Read one file, or note its problems."""
        file = path.relative_to(self.folder.parent).as_posix()
        document, problems = read(self._hash(path), file, os.environ)
        self.problems += problems
        self.documents[path.parent.name if path.parent != self.folder else "", path.stem] = document
        if problems:
            return None
        if path.parent != self.folder and document.data.get("name") != path.stem:
            self.problems.append(document.problem("catalog.name", ("name",), expected=path.stem, found=document.data.get("name")))
        try:
            return model.model_validate(document.data)
        except ValidationError as error:
            self.problems += [_problem(document, model, dict(fault)) for fault in error.errors()]
            return None

    def note_unread(self) -> None:
        """Note every YAML file that lies where nobody reads it: what it says would silently not be so."""
        for path in sorted(self.folder.rglob("[!.]*.y*ml")):
            place = path.relative_to(self.folder).parent.as_posix()
            if ("" if place == "." else place, path.stem) in self.documents and path.suffix == ".yaml":
                continue
            near = get_close_matches(place, self.kinds, 1)
            expected = f"{self.folder.name}/{near[0] if near else '|'.join(self.kinds)}/{path.stem}.yaml"
            self.problems.append(Problem(path.relative_to(self.folder.parent).as_posix(), None, "catalog.not_read", {"expected": expected}))

    def _hash(self, path: Path) -> bytes:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CatalogError("catalog.unreadable", file=path.relative_to(self.folder.parent).as_posix(), reason=error.strerror) from None
        self.digest.update(path.relative_to(self.folder).as_posix().encode() + b"\0" + content + b"\0")
        return content


def _problem(document: Document, model: type[Model], fault: Mapping[str, Any]) -> Problem:  # Any: pydantic's own
    place = _place(document, fault["loc"])
    name = ".".join(str(part) for part in place) or "-"
    match fault["type"]:
        case "extra_forbidden":
            near = get_close_matches(str(place[-1]), _names(model), 1) if place else []
            return document.problem("catalog.unknown_key", place, name=name, near=near[0] if near else "-")
        case "missing":
            return document.problem("catalog.missing_key", place, name=name)
        case "string_type" if isinstance(fault["input"], int | float | date) and fault["input"] not in (True, False):
            return document.problem("catalog.not_text", place, name=name, value=fault["input"])
        case "literal_error" | "union_tag_invalid":
            told = fault["ctx"]
            expected, value = told.get("expected") or told["expected_tags"], told.get("tag", fault["input"])
            near = get_close_matches(str(value), re.findall(r"'(.+?)'", expected), 1)
            return document.problem("catalog.wrong_choice", place, name=name, expected=expected, near=near[0] if near else "-")
    expected = str(fault["msg"]).removeprefix("Value error, ").removeprefix("Input should be ").removeprefix("expected ")
    return document.problem("catalog.wrong_value", place, name=name, expected=expected)


def _place(document: Document, location: tuple[str | int, ...]) -> Path_:
    """Leave out of pydantic's location what names a branch of a union and stands in no file."""
    place: Path_ = ()
    data = document.data
    for number, part in enumerate(location):
        inside = (isinstance(data, dict) and part in data) or (isinstance(data, list) and isinstance(part, int) and part < len(data))
        if inside:
            place, data = (*place, part), data[part]
        elif number == len(location) - 1:
            place = (*place, part)
    return place


def _names(model: type[Model]) -> list[str]:
    """List every key that a file of this kind may hold, at any depth."""
    schema = model.model_json_schema(by_alias=True)
    parts = [schema, *schema.get("$defs", {}).values()]
    return sorted({name for part in parts for name in part.get("properties", {})})


def _rooted(url: str, root: Path) -> str:
    """Let a relative SQLite path start at the folder that holds the campus."""
    path = url.removeprefix("sqlite:///")
    return url if path == url or path.startswith("/") else f"sqlite:///{root / path}"


def _placed(system: System, root: Path) -> System:
    if system.kind == "files":
        return system.model_copy(update={"folder": str(root / (system.folder or ""))})
    return system.model_copy(update={"url": _rooted(system.url or "", root)})


def _defaulted(flow: Flow, defaults: Defaults) -> Flow:
    """Fill what a flow leaves open from the campus's defaults."""
    brakes = Brakes(
        max_deletes=flow.brakes.max_deletes or defaults.brakes.max_deletes or MAX_DELETES,
        max_quarantine=flow.brakes.max_quarantine or defaults.brakes.max_quarantine or MAX_QUARANTINE,
    )
    source = flow.source.model_copy(update={"lag": defaults.lag if flow.source.lag is None else flow.source.lag})
    return flow.model_copy(
        update={
            "owner": flow.owner or defaults.owner,
            "on_delete": flow.on_delete or defaults.on_delete,
            "drift": flow.drift or defaults.drift,
            "brakes": brakes,
            "source": source,
        }
    )


def _ordered(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.file, problem.line or 0))
