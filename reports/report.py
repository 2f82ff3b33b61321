"""A report as plain values: sections of headings, paragraphs, tables and charts. Renderers turn it into files and add no word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

FIGURE = re.compile(r"[-+]?[0-9.]+%?|—|＜5")


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
    """A named run of values of a chart."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart beside the text: lines over labels, or bars."""

    title: str
    kind: str  # line | bar
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str


def is_figure(cell: str) -> bool:
    """Say whether a cell of a table is a figure: figures stand to the right, words to the left."""
    return FIGURE.fullmatch(cell) is not None


Block = Paragraph | Heading | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A first-level section: 一、…"""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Report:
    """What is printed: title, whom it addresses, the sections, and the annexes, each on a page of its own."""

    title: str
    subtitle: str
    addressees: str
    opening: str
    sections: Sequence[Section]
    annexes: Sequence[Section]
    office: str
    state: str
    skin: str
