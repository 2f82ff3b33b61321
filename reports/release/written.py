"""The system's own text of an issue as a document, for the office's to be laid beside; pages are those of its PDF."""

import re
from collections.abc import Iterator, Sequence

from reports.release.document import Block, Document
from reports.release.texts import pages
from reports.report import Chart, Heading, Paragraph, Report, Table

START = 24  # characters by which a paragraph is found on a page


def written(report: Report, pdf: bytes) -> Document:
    """Return the report's blocks in the order of the DOCX, each with the page of the PDF that it begins on."""
    leaves = [_bare(text) for text in pages(pdf)]
    blocks, page, table = [], 1, 0
    for part in _parts(report):
        if isinstance(part, str):
            page = _found(part, leaves, page)
            blocks.append(Block(part, page))
        else:
            page = _found(part.title, leaves, page)
            blocks.append(Block(part.title, page))
            at = page
            for row, cells in enumerate((part.head, *part.rows)):
                at = _found("".join(cells), leaves, at)
                blocks += [Block(cell, at, table, row, column) for column, cell in enumerate(cells)]
            blocks.append(Block(part.note, at))
            table += 1
    return Document(blocks, (), 0)


def _parts(report: Report) -> Iterator[str | Table]:
    head, foot = report.head, report.foot
    yield from (text for text in (head.label, head.mark, head.number, f"{head.editor}\t{head.dated}", report.title) if text.strip())
    yield from (text for text in (report.addressees, report.opening) if text)
    for section in report.sections:
        yield section.title
        yield from _blocks(section.blocks)
    yield from (text for text in (foot.closing, *report.listed(), foot.signed, foot.dated) if text)
    for label, annex in report.labelled():
        yield from (label, annex.title)
        yield from _blocks(annex.blocks)
    yield from (text for text in (foot.sent_to, f"{foot.printed_by}\t{foot.printed_on}") if text.strip())


def _blocks(blocks: Sequence[Paragraph | Heading | Table | Chart]) -> Iterator[str | Table]:
    for block in blocks:
        if isinstance(block, Table):
            yield block
        elif not isinstance(block, Chart):
            yield block.text


def _found(text: str, pages: Sequence[str], page: int) -> int:
    """Find the page that a text begins on, from a page on; where it is not found it stands where the text before it stood."""
    start = _bare(text)[:START]
    return next((number for number in range(page, len(pages) + 1) if start and start in pages[number - 1]), page)


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)
