"""Filters and cursors of the rows route: `filter=status.eq.在职`, several of them hold together; `after=` continues a page."""

import json
import re
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken

from catalog.condition import Condition
from catalog.dataset import Field
from connectors.line import canonical
from hub.api.problem import ProblemError
from hub.sharing import Grant

OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "in", "is_null")
MOST_FILTERS = 20
MOST_VALUES = 200
# what these types are written like; `1e999999999` would be a number too, of a gigabyte of digits
WRITTEN = {
    "integer": re.compile(r"-?[0-9]{1,19}"),
    "decimal": re.compile(r"-?[0-9]{1,65}(\.[0-9]{1,65})?"),
    "boolean": re.compile(r"true|false"),
}


def conditions(grant: Grant, filters: Sequence[str]) -> tuple[Condition, ...]:
    """Read filters of the form `field.operator.value`. Problem 422 for a bad one; DeniedError for a column not granted or masked."""
    if len(filters) > MOST_FILTERS:
        raise ProblemError(422, "api.filter_many", most=MOST_FILTERS)
    return tuple(_condition(grant, text) for text in filters)


def _condition(grant: Grant, text: str) -> Condition:
    name, _, rest = text.partition(".")
    operator, dot, value = rest.partition(".")
    if operator not in OPERATORS or not dot:
        raise ProblemError(422, "api.filter_form", operators=", ".join(OPERATORS))
    field = grant.filterable(name)
    if operator == "is_null":
        if value not in ("true", "false"):
            raise ProblemError(422, "api.filter_value", field=name, type="true | false")
        return Condition(field=name, is_null=value == "true")
    values = value.split(",") if operator == "in" else [value]
    if len(values) > MOST_VALUES:
        raise ProblemError(422, "api.filter_many", most=MOST_VALUES)
    read = tuple(_value(field, part) for part in values)
    return Condition.model_validate({"field": name, operator: read if operator == "in" else read[0]})


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


def seal(secret: bytes, grant: Grant, key: Sequence[str | None]) -> str:
    """Write a page's last key as a cursor that nobody can read or change: the key may be a column that is not granted."""
    return Fernet(secret).encrypt(json.dumps([grant.agreement.name, *key]).encode()).decode()


def unseal(secret: bytes, grant: Grant, cursor: str) -> tuple[str | None, ...]:
    """Read a cursor. Problem 422 for one that is broken, of another agreement, or of a key that the dataset had before."""
    try:
        name, *key = json.loads(Fernet(secret).decrypt(cursor.encode()))
    except (InvalidToken, ValueError):
        raise ProblemError(422, "api.cursor") from None
    if name != grant.agreement.name or len(key) != len(grant.dataset.key):
        raise ProblemError(422, "api.cursor")
    return tuple(key)
