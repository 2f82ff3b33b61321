"""PDF: the draft to read and the copy to keep, set by typst after GB/T 9704 as PDF/A-2b. The report goes in as data, never as source."""

import json
from dataclasses import asdict
from datetime import date
from importlib.resources import files
from typing import Any

import typst

from reports.render import columns
from reports.render.fonts import OPEN, Role, Typefaces
from reports.report import Chart, Heading, Paragraph, Report, Section, Table, is_figure


def render(report: Report, faces: Typefaces, day: date) -> bytes:
    """Write the report as PDF/A-2b; `day` is the document's date, for no clock enters the file.

    An archive file must show every character: where no font at hand holds one, the report is a plain PDF (`archived` says so).
    """
    try:
        return _compiled(report, faces, day, format="pdf", pdf_standards="a-2b")[0]
    except typst.TypstError:
        return _compiled(report, faces, day, format="pdf")[0]


def archived(content: bytes) -> bool:
    """Say whether a PDF is an archive file."""
    return b"<pdfaid:part>2<" in content


def pages(report: Report, faces: Typefaces, day: date, *, ppi: float = 60) -> list[bytes]:
    """Draw every page as a PNG picture."""
    return _compiled(report, faces, day, format="png", ppi=ppi)


def texts(report: Report) -> dict[Role, str]:
    """Gather what is set in each role, so that somebody can check whether the fonts hold it."""
    foot, head = report.foot, report.head
    said: dict[Role, list[str]] = {
        "title": [head.mark, *report.lines, *(annex.title for annex in report.annexes)],
        "hei": [report.state, head.label, *(section.title for section in report.sections)],
        "kai": [],
        "fang": [
            head.number,
            head.editor,
            report.addressees,
            report.opening,
            foot.closing,
            foot.signed,
            foot.dated,
            foot.sent_to,
            foot.printed_by,
        ],
    }
    for section in (*report.sections, *report.annexes):
        for block in section.blocks:
            match block:
                case Paragraph():
                    said["fang"].append(block.text)
                case Heading():
                    said["kai"].append(block.text)
                case Table():
                    said["hei"] += [block.title, *block.head]
                    said["fang"] += [block.note, *(cell for row in block.rows for cell in row)]
    return {role: "".join(parts) for role, parts in said.items()}


def _compiled(report: Report, faces: Typefaces, day: date, **form: Any) -> list[bytes]:  # Any: typst's own options
    data = json.dumps(_data(report, faces, day), ensure_ascii=False)
    source = (files("reports.render") / "official.typ").read_bytes()
    compiler = typst.Compiler(source, font_paths=faces.handle, ignore_system_fonts=True, sys_inputs={"report": data})
    made = compiler.compile(**form)
    return made if isinstance(made, list) else [made or b""]


def _data(report: Report, faces: Typefaces, day: date) -> dict[str, Any]:  # Any: JSON
    fonts: dict[str, Any] = {role: faces.chain(role) for role in OPEN}
    return {
        "title": report.title,
        "lines": report.lines,
        "office": report.office,
        "date": [day.year, day.month, day.day],
        "fonts": fonts | {"latin": next(iter(fonts["latin"]), "Libertinus Serif")},
        "head": asdict(report.head),
        "addressees": report.addressees,
        "opening": report.opening,
        "sections": [_section(section) for section in report.sections],
        "annexes": [{"label": label, **_section(annex)} for label, annex in report.labelled()],
        "listed": report.listed(),
        "foot": asdict(report.foot),
        "state": report.state,
        "draft": report.draft,
    }


def _section(section: Section) -> dict[str, Any]:  # Any: JSON
    blocks = [_block(block) for block in section.blocks if not isinstance(block, Chart)]  # a formal document carries tables
    return {"title": section.title, "blocks": blocks}


def _block(block: Paragraph | Heading | Table) -> dict[str, Any]:  # Any: JSON
    match block:
        case Paragraph():
            return {"kind": "paragraph", "text": block.text}
        case Heading():
            return {"kind": "heading", "text": block.text}
        case Table():
            layout = {"widths": columns.widths(block), "size": columns.size(block), "head": columns.heads(block)}
            return {"kind": "table", **asdict(block), **layout, "figures": [[is_figure(cell) for cell in row] for row in block.rows]}
