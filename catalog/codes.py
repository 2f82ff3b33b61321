"""A code table: the codes of a standard, or a mapping from a school's own codes to them."""

from pydantic import model_validator

from catalog.model import Model, Name


class CodeTable(Model):
    """Either `codes:` (code → title, with its standard) or `to:` and `map:` (a school's code → code of the table `to`)."""

    name: Name
    title: str
    standard: str | None = None
    codes: dict[str, str] = {}
    to: str | None = None
    map: dict[str, str] = {}

    @model_validator(mode="after")
    def one_kind(self) -> "CodeTable":
        if bool(self.codes) == bool(self.map) or bool(self.to) != bool(self.map):
            raise ValueError("expected either codes: or both to: and map:")
        return self
