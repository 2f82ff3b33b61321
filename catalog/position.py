"""YAML with places: every mapping and value keeps the line it stands on, and a key written twice is an error."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import yaml

from catalog.errors import Problem

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")
# truths and numbers that are the same to every reader: the older YAML takes no for false, 0101 for 65 and 12:30 for 750
WRITTEN = re.compile(r"true|false|[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?(e[-+]?[0-9]+)?", re.IGNORECASE)
DEEPEST = 30  # levels of a file
Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file's data, and the line (from 1) of each place in it."""

    file: str
    data: Any  # Any: whatever YAML holds
    lines: Mapping[Path_, int]

    def line(self, place: Path_) -> int | None:
        """Return the line of a place, or of the nearest place around it that stands in the file."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place)

    def problem(self, key: str, place: Path_ = (), /, **names: object) -> Problem:
        """Tell a problem at a place of this file."""
        return Problem(self.file, self.line(place), key, names)


def read(content: bytes, file: str, environment: Mapping[str, str]) -> tuple[Document, list[Problem]]:
    """Read a YAML file. Problems: not UTF-8, not YAML, not a mapping, a key twice, an alias, a variable that is not set."""
    empty = Document(file, {}, {(): 1})
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return empty, [Problem(file, None, "catalog.not_utf8", {"byte": error.start})]
    reader = _Reader(file, environment)
    try:
        if _deep(text):
            return empty, [Problem(file, None, "catalog.not_yaml", {"reason": "nested too deep"})]
        node = yaml.compose(text, Loader=Loader)
        if not isinstance(node, yaml.MappingNode):
            return empty, [Problem(file, 1, "catalog.not_mapping", {})]
        return Document(file, reader.build(node, ()), reader.lines), reader.problems
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "YAML"
        return empty, [Problem(file, mark.line + 1 if mark else None, "catalog.not_yaml", {"reason": reason})]


def _deep(text: str) -> bool:
    """Say whether the text is nested beyond anything a campus says: building its nodes would use up the process's stack."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return True
    return False


class _Reader:
    def __init__(self, file: str, environment: Mapping[str, str]) -> None:
        self.file, self.environment = file, environment
        self.lines: dict[Path_, int] = {(): 1}
        self.problems: list[Problem] = []
        self.scalars = Loader("")
        self.built: set[int] = set()

    def build(self, node: yaml.Node, place: Path_) -> Any:  # Any: whatever YAML holds
        self.lines.setdefault(place, node.start_mark.line + 1)
        if id(node) in self.built:  # an alias: a few lines of them could unfold without end
            if not any(problem.key == "catalog.alias" for problem in self.problems):
                self._note(place, "catalog.alias")
            return None
        self.built.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*place, number)) for number, item in enumerate(node.value)]
        return self._scalar(node, place)

    def _scalar(self, node: yaml.Node, place: Path_) -> Any:  # Any: whatever YAML holds
        try:
            value = self.scalars.construct_object(node)
        except (yaml.YAMLError, ValueError):  # a tag of somebody's own, the 45th of May
            self._note(place, "catalog.not_yaml", reason=f"no {node.tag.rpartition(':')[2]}")
            return None
        if isinstance(value, str):
            return self._filled(value, place)
        if isinstance(value, int | float) and not WRITTEN.fullmatch(node.value):
            return node.value
        return value if isinstance(value, int | float | bool | date | datetime | None) else node.value

    def _note(self, place: Path_, key: str, /, **names: object) -> None:
        self.problems.append(Problem(self.file, self.lines[place], key, names))

    def _mapping(self, node: yaml.MappingNode, place: Path_) -> dict[str, Any]:  # Any: whatever YAML holds
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            inner = (*place, key)
            if key in found:
                self.problems.append(Problem(self.file, key_node.start_mark.line + 1, "catalog.twice", {"name": key}))
            self.lines[inner] = key_node.start_mark.line + 1
            found[key] = self.build(value_node, inner)
        return found

    def _filled(self, text: str, place: Path_) -> str:
        def fill(match: re.Match[str]) -> str:
            value = self.environment.get(match["name"], match["default"])
            if value is None:
                self._note(place, "catalog.variable_missing", name=match["name"])
            return value or ""

        return VARIABLE.sub(fill, text)
