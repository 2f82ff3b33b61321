"""HTML: one self-contained file that a phone reads and a printer prints; it asks nothing of any network."""

from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from reports.render.svg import chart
from reports.report import Chart, Heading, Paragraph, Report, Table, is_figure


def render(report: Report) -> bytes:
    """Write the report as HTML."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.tests |= {
        "paragraph": lambda block: isinstance(block, Paragraph),
        "heading": lambda block: isinstance(block, Heading),
        "figure": is_figure,
        "table": lambda block: isinstance(block, Table),
    }
    environment.filters["svg"] = lambda block: Markup(chart(block) if isinstance(block, Chart) else "")
    template = environment.from_string((files("reports.render") / "report.html").read_text("utf-8"))
    return template.render(report=report).encode()
