"""Names that must exist: one written wrong is answered with the nearest known one."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from catalog.condition import Condition
from catalog.dataset import Dataset
from catalog.errors import Problem
from catalog.position import Document, Path_


def known(document: Document, place: Path_, what: str, name: str | None, among: Iterable[str], within: str = "") -> list[Problem]:
    """Tell a name that is not among those known, or nothing; `within` names the thing that should hold it."""
    names = sorted(among)
    if name is None or name in names:
        return []
    near = get_close_matches(name, names, 1)
    nearest = near[0] if near else ", ".join(names[:8]) or "-"
    return [document.problem(f"unknown.{what}", place, name=name, near=nearest, within=within)]


def conditions(document: Document, key: str, of: Iterable[Condition], dataset: Dataset) -> Iterator[Problem]:
    """Tell the conditions on fields that the dataset does not have."""
    for number, condition in enumerate(of):
        yield from known(document, (key, number, "field"), "field", condition.field, (f.name for f in dataset.fields))
