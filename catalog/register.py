"""A register (台账): what no system holds, kept by a unit in an office file and read as a drop-folder dataset."""

from catalog.model import Model, Name


class Register(Model):
    """Which dataset a register fills and which unit owes it; a missing one is named in the report with that unit.

    `choices` are the only words that a field of its workbook may hold: a drop-down.
    """

    name: Name
    title: str
    dataset: str
    owner: str
    template: str | None = None
    choices: dict[str, tuple[str, ...]] = {}
