"""A row condition: one field, one comparison, bound values. Never SQL text."""

import re
from datetime import date, datetime
from decimal import Decimal

from pydantic import ConfigDict, Field, field_validator, model_validator

from catalog.model import Model

Scalar = bool | int | Decimal | datetime | date | str


class Condition(Model):
    """`{field: status, in: [在职]}`: exactly one of eq ne lt le gt ge in not_in like is_null.

    `like` is for text, in binary: `%` stands for any characters, `_` for one, a backslash before either for itself.
    """

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    field: str
    eq: Scalar | None = None
    ne: Scalar | None = None
    lt: Scalar | None = None
    le: Scalar | None = None
    gt: Scalar | None = None
    ge: Scalar | None = None
    in_: tuple[Scalar, ...] | None = Field(default=None, alias="in", min_length=1)
    not_in: tuple[Scalar, ...] | None = Field(default=None, min_length=1)
    like: str | None = Field(default=None, max_length=200)
    is_null: bool | None = None

    @field_validator("like")
    @classmethod
    def ended(cls, value: str | None) -> str | None:
        if value is not None and re.fullmatch(r"(?s)(?:[^\\]|\\.)*", value) is None:
            raise ValueError("expected a character after the last backslash")
        return value

    @model_validator(mode="after")
    def one_comparison(self) -> "Condition":
        if len(self.model_fields_set - {"field"}) != 1 or self.value is None:
            raise ValueError("expected exactly one of eq, ne, lt, le, gt, ge, in, not_in, like, is_null with a value")
        return self

    @property
    def operator(self) -> str:
        """The comparison's name: eq ne lt le gt ge in not_in like is_null."""
        return next(iter(self.model_fields_set - {"field"})).rstrip("_")

    @property
    def value(self) -> Scalar | tuple[Scalar, ...] | None:
        """What the field is compared with."""
        names = self.model_fields_set - {"field"}
        value: Scalar | tuple[Scalar, ...] | None = getattr(self, next(iter(names))) if names else None
        return value
