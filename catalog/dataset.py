"""A dataset: a named table of meaning with fields, key, sensitivity and one owner (一数一源)."""

from datetime import date
from typing import Literal

from pydantic import Field as Setting

from catalog.condition import Condition
from catalog.field_type import TypeName
from catalog.model import Model, Name
from catalog.rule import Rule
from catalog.sharing import Address

Sensitivity = Literal["public", "internal", "personal", "sensitive"]


class Field(Model):
    """A column of meaning: its type, its Chinese title, how sensitive it is, and the code table it speaks."""

    name: Name
    type: TypeName
    title: str
    required: bool = False
    sensitivity: Sensitivity = "internal"
    codes: str | None = None
    description: str | None = None


class Dataset(Model):
    """The catalog entry of 信息资源目录: `code` is the 信息资源代码, `terms` the 共享条件, `published` the 发布日期 (else the first proof).

    `notify` is where the owner is told of corrections. `confidential` rows (涉密) are never read, stored or shared.
    """

    name: Name
    title: str
    code: str | None = None
    description: str | None = None
    owner: str
    notify: tuple[Address, ...] = ()
    sharing: Literal["unconditional", "conditional", "none"]
    terms: str | None = None
    published: date | None = None
    retain: bool = False
    confidential: tuple[Condition, ...] = ()
    key: tuple[str, ...] = ()
    fields: tuple[Field, ...] = Setting(min_length=1)
    rules: tuple[Rule, ...] = ()

    def field(self, name: str) -> Field:
        """Return the field called `name`. KeyError if there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)
