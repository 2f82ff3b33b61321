"""Quarantine: rows that a rule refused, with the reason, until the source mends them. The owner alone sees them unmasked, by export."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import text

from catalog.codes import candidates
from catalog.messages import say, texts
from connectors.database import session
from connectors.line import split
from hub import ledger
from hub.guest import visiting
from hub.open import Hub
from hub.pipeline import Asked, run
from hub.receipt import Receipt
from hub.route import resolve
from hub.store import runs


@dataclass(frozen=True, slots=True)
class Refused:
    """A quarantined row: its key, the rule that refused it, the row's values by field, and since when."""

    key: tuple[str | None, ...] | None
    rule: str
    values: dict[str, str | None]
    place: str
    first_seen: str

    @property
    def field(self) -> str:
        """The field that the rule is about, or ''."""
        return [*self.rule.split(":"), ""][1]

    @property
    def reason(self) -> str:
        """Why, in the reader's words."""
        name = self.rule.partition(":")[0]
        return say(name) if name in texts() else say("quarantine.broken", rule=say(f"rule.{name}", fields=self.field))


def rows(hub: Hub, flow: str) -> Iterator[Refused]:
    """Yield the rows that a flow refused, once for each rule: those of a run that waits for a person, else of the last publication."""
    route = resolve(hub.catalog, flow)
    newest = runs.latest(hub.store, flow)
    with visiting(hub, route), session(route.target) as target:
        route.workspace.prepare(target)
        entry = ledger.read(target, route.workspace, flow)
        table = route.workspace.name("quarantine")
        query = text(f"select key_line, rule, row_line, place, first_seen from {table} where flow = :flow and run = :run order by id")
        stopped = newest.run if newest and newest.status in ("held", "rejected") else ""
        found = target.execute(query, {"flow": flow, "run": stopped}).all()
        found = found or target.execute(query, {"flow": flow, "run": entry.run if entry else ""}).all()
    for key, rule, line, place, first_seen in found:
        values = dict(zip(route.fields, split(line), strict=False))
        yield Refused(split(key) if key is not None else None, rule, values, place, first_seen)


def counts(hub: Hub, flow: str) -> dict[str, int]:
    """Count a flow's quarantined rows by rule."""
    found: dict[str, int] = {}
    for refused in rows(hub, flow):
        found[refused.rule] = found.get(refused.rule, 0) + 1
    return found


def replay(hub: Hub, flow: str, *, now: datetime, by: str) -> Receipt:
    """Read the quarantined keys at the source again and judge them by today's rules."""
    route = resolve(hub.catalog, flow)
    return run(hub, flow, now=now, by=by, asked=Asked(keys=()) if route.dataset.key else Asked(full=True))


def export(hub: Hub, flow: str, path: Path) -> int:
    """Write the quarantined rows, unmasked, for the data's owner to mend (XLSX); return how many lines were written.

    Columns: key, field, bad value, the codes that a divided one may have become, rule, reason, place, first seen, then the whole row.
    """
    lines, coded = [], resolve(hub.catalog, flow).flow.source.codes
    for refused in rows(hub, flow):
        name = refused.field
        code = (refused.values.get(name) or "").removeprefix("?")  # the mark of a code without mapping
        lines.append(
            {
                "主键": "|".join(value or "" for value in refused.key or ()),
                "字段": name,
                "原值": refused.values.get(name, ""),
                "可改为": "、".join(candidates(hub.catalog.codes, coded[name], code)) if name in coded else "",
                "规则": refused.rule.partition(":")[0],
                "原因": refused.reason,
                "位置": refused.place,
                "首次发现": refused.first_seen,
                **refused.values,
            }
        )
    frame = pd.DataFrame(lines)
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs=options) as writer:
        frame.to_excel(writer, sheet_name="隔离数据", index=False)
    return len(lines)
