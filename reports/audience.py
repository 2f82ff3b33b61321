"""Who may read what: a report is cut to what its audience is given by name. What nobody named is not printed (default deny)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

import yaml

from catalog.errors import DeniedError
from catalog.model import Model
from reports.note import bare
from reports.report import Block, Chart, Report, Section, Table

LAST = ("上期", "上月", "上季度", "上学期", "上学年", "上年")
THIS = "{上期}"


class Allowed(Model):
    """What an audience is given: sections, those of them with words, charts, and tables by the beginning of their title with columns."""

    sections: tuple[str, ...]
    paragraphs: tuple[str, ...]
    charts: tuple[str, ...]
    tables: dict[str, tuple[str, ...]]

    def columns(self, table: Table) -> list[int]:
        """Return the columns of a table that may be read."""
        named = next((heads for title, heads in self.tables.items() if table.title == title or table.title.endswith(title)), ())
        return [at for at, head in enumerate(table.head) if head in named or (THIS in named and head in LAST)]


@cache
def allowed(audience: str) -> Allowed:
    """Read what an audience is given."""
    return Allowed.model_validate(yaml.safe_load((files("reports") / "audience.yaml").read_text("utf-8"))[audience])


def admit(report: Report, audience: str) -> Report:
    """Cut a report to its audience. DeniedError where nothing of it is left: it is for others."""
    given = allowed(audience)
    sections, annexes = (tuple(_sections(parts, given)) for parts in (report.sections, report.annexes))
    if not sections:
        raise DeniedError("audience.nothing", audience=audience, title=report.title)
    return replace(report, sections=sections, annexes=annexes)


def _sections(parts: Sequence[Section], given: Allowed) -> Iterator[Section]:
    for section in parts:
        if bare(section.title) in given.sections:
            blocks = tuple(_blocks(section, given))
            if blocks:
                yield Section(section.title, blocks)


def _blocks(section: Section, given: Allowed) -> Iterator[Block]:
    for block in section.blocks:
        if isinstance(block, Table):
            columns = given.columns(block)
            if columns:
                rows = tuple(tuple(row[at] for at in columns) for row in block.rows)
                yield replace(block, head=tuple(block.head[at] for at in columns), rows=rows)
        elif isinstance(block, Chart):
            if block.title in given.charts:
                yield block
        elif bare(section.title) in given.paragraphs:
            yield block
