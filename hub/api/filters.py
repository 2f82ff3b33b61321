"""Filters of the rows and export routes: `filter=status.eq.在职`, repeated ones hold together, `or(…)` and `and(…)` nest.

    filter := group | field.operator.value            value is all that follows
    group  := and(part,…) | or(part,…)
    part   := group | field.operator.item | field.in.(item,…)
    item   := text without , ( ) " | "text with \\" and \\\\"

Refuses what is not granted or masked, and what is too long, too many or too deep before any of it is read.
"""

import re
from collections.abc import Sequence

from catalog.condition import Condition
from catalog.dataset import Field
from connectors.line import canonical
from connectors.selection import Group
from hub.api.problem import ProblemError
from hub.sharing import Grant

OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "in", "like", "is_null")
MOST_CONDITIONS = 50
MOST_VALUES = 200
MOST_DEPTH = 5
MOST_CHARACTERS = 8000
# what these types are written like; `1e999999999` would be a number too, of a gigabyte of digits
WRITTEN = {
    "integer": re.compile(r"-?[0-9]{1,19}"),
    "decimal": re.compile(r"-?[0-9]{1,65}(\.[0-9]{1,65})?"),
    "float": re.compile(r"-?[0-9]{1,65}(\.[0-9]{1,65})?(e-?[0-9]{1,3})?"),
    "boolean": re.compile(r"true|false"),
}
GROUP = re.compile(r"(and|or)\(")
HEAD = re.compile(r"([A-Za-z0-9_]{1,63})\.([a-z_]{1,7})\.")
ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,()"]*)', re.DOTALL)


def asked(grant: Grant, filters: Sequence[str]) -> Group | None:
    """Read filters. Problem 422 for a bad one; DeniedError for a column that is not granted or masked."""
    if sum(map(len, filters)) > MOST_CHARACTERS:
        raise ProblemError(422, "api.filter_long", most=MOST_CHARACTERS)
    parts = tuple(_Parser(grant, text).whole() for text in filters)
    group = Group(False, parts) if parts else None
    if group and sum(1 for _ in group.conditions()) > MOST_CONDITIONS:
        raise ProblemError(422, "api.filter_many", most=MOST_CONDITIONS)
    return group


class _Parser:
    """Reads one filter from left to right."""

    def __init__(self, grant: Grant, text: str) -> None:
        self.grant, self.text, self.at, self.left = grant, text, 0, MOST_CONDITIONS

    def whole(self) -> Condition | Group:
        if not GROUP.match(self.text):
            field, operator = self._head()
            rest = self.text[self.at :]
            inner = rest[1:-1] if operator == "in" and rest[:1] == "(" and rest[-1:] == ")" else rest
            return condition(self.grant, field, operator, inner.split(",") if operator == "in" else [rest])
        found = self._part(0)
        if self.at != len(self.text):
            raise _form()
        return found

    def _part(self, depth: int) -> Condition | Group:
        opened = GROUP.match(self.text, self.at)
        if opened is None:
            return self._condition()
        if depth >= MOST_DEPTH:
            raise ProblemError(422, "api.filter_deep", most=MOST_DEPTH)
        self.at = opened.end()
        parts = [self._part(depth + 1)]
        while self._take(","):
            parts.append(self._part(depth + 1))
        self._expect(")")
        return Group(opened[1] == "or", tuple(parts))

    def _condition(self) -> Condition:
        field, operator = self._head()
        self.left -= 1
        if self.left < 0:
            raise ProblemError(422, "api.filter_many", most=MOST_CONDITIONS)
        if operator != "in":
            return condition(self.grant, field, operator, [self._item()])
        self._expect("(")
        items = [self._item()]
        while self._take(","):
            items.append(self._item())
        self._expect(")")
        return condition(self.grant, field, operator, items)

    def _head(self) -> tuple[str, str]:
        head = HEAD.match(self.text, self.at)
        if head is None or head[2] not in OPERATORS:
            raise _form()
        self.at = head.end()
        return head[1], head[2]

    def _item(self) -> str:
        item = ITEM.match(self.text, self.at)
        if item is None:
            raise _form()
        self.at = item.end()
        return re.sub(r"(?s)\\(.)", r"\1", item[1]) if item[1] is not None else item[2]

    def _take(self, character: str) -> bool:
        found = self.text[self.at : self.at + 1] == character
        self.at += found
        return found

    def _expect(self, character: str) -> None:
        if not self._take(character):
            raise _form()


def condition(grant: Grant, name: str, operator: str, values: Sequence[str]) -> Condition:
    """Make a condition of a granted field of values as they are written in answers."""
    field = grant.filterable(name)
    if operator == "is_null":
        if values[0] not in ("true", "false"):
            raise ProblemError(422, "api.filter_value", field=name, type="true | false")
        return Condition(field=name, is_null=values[0] == "true")
    if operator == "like":
        return _like(field, values[0])
    if len(values) > MOST_VALUES:
        raise ProblemError(422, "api.filter_many", most=MOST_VALUES)
    read = tuple(_value(field, value) for value in values)
    return Condition.model_validate({"field": name, operator: read if operator == "in" else read[0]})


def _like(field: Field, text: str) -> Condition:
    if field.type.kind != "string" or "\0" in text:
        raise ProblemError(422, "api.filter_value", field=field.name, type="string")
    try:
        return Condition(field=field.name, like=text)
    except ValueError:
        raise ProblemError(422, "api.filter_like") from None


def _value(field: Field, text: str) -> str:
    kind = field.type.kind
    try:
        written = "\0" not in text and (kind not in WRITTEN or WRITTEN[kind].fullmatch(text))
        value = canonical(kind, text == "true" if kind == "boolean" else text) if written else None
    except (ValueError, ArithmeticError):
        value = None
    if value is None:
        raise ProblemError(422, "api.filter_value", field=field.name, type=field.type)
    return value


def _form() -> ProblemError:
    return ProblemError(422, "api.filter_form", operators=", ".join(OPERATORS))
