"""A report as plain values: sections of headings, paragraphs, tables and charts. Renderers turn it into files and add no word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FIGURE = re.compile(r"[-+]?[0-9.]+%?|—|＜\d+")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of body text."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A second-level heading: （一）…"""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its title, heads with units, rows as printed, and a note below."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A named run of values of a chart; None where there is nothing to show. `rate` values are shares of one, on an axis of their own."""

    name: str
    values: tuple[float | None, ...]
    rate: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart beside the text: lines over labels, bars, or bars that stack to 100 %."""

    title: str
    kind: str  # line | bar | stacked
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str


def is_figure(cell: str) -> bool:
    """Say whether a cell of a table is a figure: figures stand to the right, words to the left."""
    return FIGURE.fullmatch(cell) is not None


Block = Paragraph | Heading | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A first-level section: 一、… An annex is one too, on a page of its own."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Head:
    """Above the title: the red mark, the number that the office's own system will fill in, and a brief's editor and date.

    `letter` is the low head of 信函格式 (GB/T 9704, 10.1): it leaves the first page to what must stand on it.
    """

    mark: str
    number: str
    editor: str = ""
    dated: str = ""
    label: str = ""  # 内部资料 …
    letter: bool = False


@dataclass(frozen=True, slots=True)
class Foot:
    """Below the text: who signs when, and the lines at the foot of the last page (版记). Nothing here is ever filled in by us."""

    closing: str = ""
    signed: str = ""
    dated: str = ""
    sent_to: str = ""
    printed_by: str = ""
    printed_on: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What is printed. `lines` are the title where it may break; a title that fits stands on one line."""

    head: Head
    lines: tuple[str, ...]
    addressees: str
    opening: str
    sections: Sequence[Section]
    annexes: Sequence[Section]
    foot: Foot
    office: str
    state: str
    skin: str
    draft: bool = True

    @property
    def title(self) -> str:
        """The whole title on one line."""
        return "".join(self.lines)

    def labelled(self) -> Iterator[tuple[str, Section]]:
        """Yield every annex under its label: 附件1, 附件2 …; a single one has no number."""
        for number, annex in enumerate(self.annexes, 1):
            yield (f"附件{number}" if len(self.annexes) > 1 else "附件"), annex

    def listed(self) -> tuple[str, ...]:
        """Return the lines that name the annexes below the text: 附件：1.… 2.…; no mark ends them (GB/T 9704)."""
        names = [annex.title for annex in self.annexes]
        return tuple(names) if len(names) < 2 else tuple(f"{number}.{name}" for number, name in enumerate(names, 1))

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Yield every table under the section or annex that it stands in."""
        for title, section in [*((s.title, s) for s in self.sections), *self.labelled()]:
            yield from ((title, block) for block in section.blocks if isinstance(block, Table))
