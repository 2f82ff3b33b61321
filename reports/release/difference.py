"""What changed from one draft of an issue to the next, figure by figure, and which objections stand behind it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from hub.open import Hub
from reports import issues, sentence
from reports.definition import definitions
from reports.figures import Figure, Figures
from reports.release import objections
from reports.release.objections import Objection


@dataclass(frozen=True, slots=True)
class Change:
    """A printed figure of two drafts."""

    indicator: str
    title: str
    unit: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed, and the decided objections of the draft before."""

    before: int
    now: int
    changes: tuple[Change, ...]
    decided: tuple[Objection, ...]


def difference(hub: Hub, issue: str, draft: int) -> Difference | None:
    """Lay a draft beside the one before it; None for the first."""
    if draft < 2:
        return None
    earlier, later = (_figures(hub, issue, number) for number in (draft - 1, draft))
    decided = tuple(it for it in objections.listed(hub.store, issue) if it.draft == draft - 1 and it.decision)
    return Difference(draft - 1, draft, tuple(_changes(earlier, later)), decided)


def _figures(hub: Hub, issue: str, draft: int) -> Figures:
    rows = json.loads((issues.folder_of(hub.store, issue, draft) / "figures.json").read_text("utf-8"))
    return Figures.gather(Figure(**row) for row in rows)


def _changes(earlier: Figures, later: Figures) -> Iterator[Change]:
    known = definitions()
    for key in sorted({*earlier.of, *later.of}):
        indicator, unit, part = key
        it = known.get(indicator)
        if it is None:
            continue
        before, now = (sentence.written(it.form, figures.value(*key)) for figures in (earlier, later))
        if before != now:
            title = f"{it.title}：{it.parts.get(part, part)}" if part else it.title
            yield Change(indicator, title, unit, before, now)
