"""Quarantine: rows that a rule refused, with the reason, until the source mends them. The owner alone sees them unmasked, by export."""

from datetime import datetime
from pathlib import Path

import pandas as pd

from catalog.codes import candidates
from hub.open import Hub
from hub.pipeline import Asked, run
from hub.receipt import Receipt
from hub.refused import rows
from hub.route import resolve


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
