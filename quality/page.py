"""The human page of a dataset's rules and how its last batch stood to them: one file, no script, printable."""

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from catalog.dataset import Dataset
from catalog.messages import say
from quality.rules import fields, identity, rules
from quality.verdict import Verdict


def page(dataset: Dataset, verdict: Verdict | None, *, when: str | None) -> str:
    """Write the page; without a verdict the rules stand alone. It shows counts and keys, never a value."""
    titles = {field.name: field.title for field in dataset.fields}
    found = {finding.id: finding for finding in verdict.rules} if verdict else {}
    rows, seen = [], dict[str, int]()
    for rule in rules(dataset):
        name = identity(rule, dataset)
        seen[name] = seen.get(name, 0) + 1
        finding = found.get(name if seen[name] == 1 else f"{name}#{seen[name]}")
        words = "、".join(titles.get(field, field) for field in fields(rule, dataset))
        rows.append({"id": name, "title": say(f"rule.{rule.rule}", fields=words), "on_fail": rule.on_fail, "finding": finding})
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((files("quality") / "page.html").read_text("utf-8"))
    return template.render(dataset=dataset, verdict=verdict, when=when, rows=rows, say=say)
