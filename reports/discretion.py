"""Small numbers that would tell of a person: sensitive items and complaints for every audience, everything for the public (decision 5).

Within the school, workload and overdue counts of a department print exactly.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from catalog.edition import Edition
from reports.definition import definitions
from reports.figures import Figure, Figures
from reports.report import Block, Chart, Paragraph, Report, Section, Series, Table
from reports.sentence import DASH, tell
from reports.suppression import Cell, Sum, suppress

SMALL, SENSITIVE, BASE = 5, 10, 10
COMPLAINTS = ("G2", "G5", "G6", "G7")  # all of them tell of complaints
COUNT = re.compile(r"[1-9]\d*")


def discreet(report: Report, edition: Edition, now: Figures, before: Figures | None) -> Report:
    """Hide what is too small to be printed for the edition's audience."""
    hidden = {name for figures in (now, before) if figures for name in shy(figures)}
    few = shy(now) == COMPLAINTS
    sections, annexes = (
        tuple(Section(s.title, tuple(_guarded(block, edition, hidden, few=few) for block in s.blocks)) for s in parts)
        for parts in (report.sections, report.annexes)
    )
    report = replace(report, sections=sections, annexes=annexes)
    return _public(report, now, before) if edition.audience == "公开" else report


def _sensitive(text: str, edition: Edition) -> bool:
    return any(word in text for word in edition.sensitive)


def _guarded(block: Block, edition: Edition, hidden: set[str], *, few: bool) -> Block:
    """Hide a sensitive item's small numbers, and all that is told of few complaints."""
    match block:
        case Table() if block.head[0] == "事项":
            rows = [_item(row) if _sensitive(row[0], edition) else row for row in block.rows]
            if rows == list(block.rows):
                return block
            rows.sort(key=lambda row: any("＜" in cell for cell in row))  # its place among the others would bound what is hidden
            return replace(block, rows=tuple(rows), note="")  # a share of all would give it back
        case Table() if hidden:
            return replace(block, rows=tuple(_complaint(row, hidden) for row in block.rows))
        case Chart() if any(_sensitive(label, edition) for label in block.labels):
            return replace(block, series=tuple(_drawn(series, block.labels, edition) for series in block.series))
        case Paragraph() if few and block.text.startswith(tell("report.complaints_begin")):
            return Paragraph(tell("report.few_complaints", below=SENSITIVE))
        case Paragraph():
            return Paragraph(_told(block.text, edition))
    return block


def _item(row: tuple[str, ...]) -> tuple[str, ...]:
    """Hide a row's small counts, and the rates that follow from them."""
    small = any(_is_small(cell, SENSITIVE) for cell in row[1:])
    hidden = (f"＜{SENSITIVE}" if _is_small(cell, SENSITIVE) else DASH if small and cell.endswith("%") else cell for cell in row[1:])
    return (row[0], *hidden)


def shy(figures: Figures) -> tuple[str, ...]:
    """Name the figures of complaints that would tell of few: all of them, or a rate from which a small count follows."""
    if 0 < figures.count("G2") < SENSITIVE:
        return COMPLAINTS
    rates = ((name, figures.get(name)) for name in ("G5", "G6"))
    return tuple(name for name, figure in rates if figure is not None and _gives_back(figure, SENSITIVE))


def _complaint(row: tuple[str, ...], hidden: set[str]) -> tuple[str, ...]:
    """Hide what a row tells of complaints: a small count, and whatever else stands beside it."""
    titles = [definitions()[name].title for name in sorted(hidden)]
    at = next((at for at, cell in enumerate(row[:2]) if cell.partition("（")[0] in titles), None)
    if at is None:
        return row
    counted = row[at].startswith(definitions()["G2"].title)

    def told(cell: str) -> str:
        return f"＜{SENSITIVE}" if counted and _is_small(cell, SENSITIVE) else cell if counted and cell.isdecimal() else DASH

    figures = len(row) if at == 0 else at + 2  # words follow them in the table of definitions
    return tuple(told(cell) if at < n < figures and re.search(r"\d", cell) else cell for n, cell in enumerate(row))


def _drawn(series: Series, labels: Sequence[str], edition: Edition) -> Series:
    pairs = zip(series.values, labels, strict=True)
    return replace(
        series, values=tuple(None if v is not None and 0 < v < SENSITIVE and _sensitive(label, edition) else v for v, label in pairs)
    )


def _told(text: str, edition: Edition) -> str:
    """Write a sensitive item's small count in a sentence (某事项3件) as what it is not."""
    for word in edition.sensitive:
        text = re.sub(rf"({re.escape(word)}[^0-9，。；、]*)([1-9])(?=件)", rf"\g<1>不足{SENSITIVE}", text)
    return text


def _is_small(cell: str, below: int) -> bool:
    return COUNT.fullmatch(cell) is not None and int(cell) < below


def _public(report: Report, now: Figures, before: Figures | None) -> Report:
    """Suppress small totals, and whatever would give them back."""

    def hidden(block: Block) -> list[Block]:
        if isinstance(block, Table) and block.head[0] == "指标":
            return [_main(block, now, before)]
        if isinstance(block, Table) and block.head[0] == "类别":
            return _kinds(block)
        return [block]

    sections = tuple(Section(s.title, tuple(part for block in s.blocks for part in hidden(block))) for s in report.sections)
    return replace(report, sections=sections)


def _main(table: Table, now: Figures, before: Figures | None) -> Table:
    columns = [_totals(now), _totals(before) if before else {}]
    rows = tuple(_total_row(row, columns) for row in table.rows)
    return replace(table, rows=rows)


def _totals(figures: Figures) -> Mapping[str, str]:
    """Say by heading what of the school's totals is printed otherwise than it is."""
    whole = {f.indicator: f for f in figures if not f.unit and not f.part}
    counts: dict[Cell, int] = {
        name: round(f.value or 0) for name, f in whole.items() if definitions()[name].unit in ("件", "人") and f.denominator is None
    }
    sums = [Sum("A4", {"A3": 1, "A2": 1})] if {"A2", "A3", "A4"} <= counts.keys() else []
    told = {str(name): mark for name, mark in suppress(counts, sums, below=SMALL).items()}
    told |= {name: tell("report.too_few") for name, f in whole.items() if _gives_back(f)}
    return {definitions()[name].heading: mark for name, mark in told.items()}


def _gives_back(figure: Figure, small: int = SMALL) -> bool:
    """Say whether a rate stands on too few, or would give a small count back together with its base."""
    if figure.denominator is None or definitions()[figure.indicator].form not in ("rate", "ratio"):
        return False
    top, base = figure.numerator or 0, figure.denominator
    return base < BASE or 0 < top < small or 0 < base - top < small


def _total_row(row: tuple[str, ...], columns: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    marks = [column.get(row[0]) for column in columns]
    if not any(marks):
        return row
    cells = [mark or cell for mark, cell in zip(marks, row[1:3], strict=False)]
    return (row[0], *cells, *[DASH] * (len(row) - 1 - len(cells)))


def _kinds(table: Table) -> list[Block]:
    """Suppress column by column; where only a hidden total would do, the table is not printed at all."""
    names = [row[0] for row in table.rows]
    groups = [[n for n in names if n in group] for group in (("即办件", "承诺件", "未设承诺时限"), ("高频事项", "其余事项"))]
    told: dict[tuple[str, int], str] = {}
    for column in range(1, 5):
        values: dict[Cell, int] = {row[0]: int(row[column]) for row in table.rows}
        sums = [Sum("合计", dict.fromkeys(group, 1)) for group in groups if group]
        told |= {(str(name), column): mark for name, mark in suppress(values, sums, below=SMALL).items()}
    if any(name == "合计" for name, _ in told):
        return []
    rows = []
    for row in table.rows:
        cells = [told.get((row[0], column), row[column]) for column in range(1, 5)]
        due, good = int(row[3]), int(row[4])
        shy = any((row[0], column) in told for column in range(1, 5)) or due < BASE or 0 < due - good < SMALL
        rows.append((row[0], *cells, *([DASH] * (len(row) - 5) if shy else row[5:])))
    return [replace(table, rows=tuple(rows))]
