"""Rules as data: what a batch must hold before it goes live. What follows from the fields is derived, not written."""

from typing import Annotated, Literal

from pydantic import Field

from catalog.condition import Scalar
from catalog.model import Duration, Model

OnFail = Literal["block", "quarantine", "warn"]


class _Rule(Model):
    on_fail: OnFail


class _FieldRule(_Rule):
    field: str


class Required(_FieldRule):
    """The field is not NULL and not an empty string."""

    rule: Literal["required"]


class MaxLength(_FieldRule):
    """The text has at most `max` characters."""

    rule: Literal["max_length"]
    max: int


class KeyUnique(_Rule):
    """No two rows share the dataset's key; all of them fail, none is chosen."""

    rule: Literal["key_unique"]


class InCodes(_FieldRule):
    """The value is a code of the code table."""

    rule: Literal["in_codes"]
    codes: str


class Matches(_FieldRule):
    """The whole value matches; ASCII classes, the subset stated in docs/reference/rules.md."""

    rule: Literal["matches"]
    pattern: str


class InRange(_FieldRule):
    """min ≤ value ≤ max."""

    rule: Literal["in_range"]
    min: Scalar | None = None
    max: Scalar | None = None


class NotBefore(_FieldRule):
    """The field is not earlier than the field `than`."""

    rule: Literal["not_before"]
    than: str


class References(_FieldRule):
    """The value is the (single) key of a row of `dataset` in the target system, or in the batch itself."""

    rule: Literal["references"]
    dataset: str


class Unique(_Rule):
    """No two rows of target ∪ batch share these fields."""

    rule: Literal["unique"]
    fields: tuple[str, ...] = Field(min_length=1)


class RowCountBetween(_Rule):
    """The published table will have between `min` and `max` rows."""

    rule: Literal["row_count_between"]
    min: int | None = None
    max: int | None = None


class FreshWithin(_FieldRule):
    """The newest value of the field is at most `within` older than the read moment."""

    rule: Literal["fresh_within"]
    within: Duration


Rule = Annotated[
    Required | MaxLength | KeyUnique | InCodes | Matches | InRange | NotBefore | References | Unique | RowCountBetween | FreshWithin,
    Field(discriminator="rule"),
]
