"""What a command says: one JSON object, or a few lines and tables for people. Data go to stdout, everything else to stderr."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from catalog.errors import CampusError, CatalogError
from catalog.messages import say
from hub.receipt import Receipt

out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
COLOURS = {0: "green", 3: "yellow"}


def as_json(value: Any) -> None:  # Any: JSON, or a dataclass of it
    """Print one JSON object."""
    out.print(json.dumps(value, ensure_ascii=False, default=_plain), markup=False)


def _plain(value: Any) -> Any:  # Any: what JSON has no word for
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else str(value)


def line(key: str, /, **names: object) -> None:
    """Say one message."""
    out.print(say(key, **names), markup=False)


def done(json_wanted: bool, key: str, /, **names: object) -> None:
    """Say that something was done: one message, or its names as JSON."""
    as_json({"done": key.partition(".")[2], **names}) if json_wanted else line(key, **names)


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "") -> None:
    """Print a table; empty cells stay empty."""
    it = Table(*heads, box=SIMPLE_HEAD, title=title or None, title_justify="left")
    for row in rows:
        it.add_row(*(Text("" if cell is None else str(cell)) for cell in row))  # a key may look like markup
    out.print(it)


def error(fault: CampusError, *, json_wanted: bool) -> None:
    """Tell an error on stderr, or as JSON on stdout."""
    if json_wanted:
        problems = fault.problems if isinstance(fault, CatalogError) else ()
        as_json(
            {
                "error": fault.key,
                "message": fault.say(),
                "problems": [{"file": p.file, "line": p.line, "message": p.say()} for p in problems],
            }
        )
    else:
        err.print(fault.say(), markup=False, style="red")


def receipt(it: Receipt) -> None:
    """Tell a receipt in one sentence, as its reader would say it."""
    colour = COLOURS.get(it.exit_code, "red")
    out.print(summary(it), style=colour, markup=False)


def summary(it: Receipt) -> str:
    """Say what a run did and whether it is proved."""
    rows = it.rows
    names: Mapping[str, object] = {
        "flow": it.flow, "run": it.run, "read": rows.read, "inserted": rows.inserted, "updated": rows.updated, "deleted": rows.deleted,
        "unchanged": rows.unchanged, "quarantined": rows.quarantined, "kept": rows.kept_stale, "error": it.error or "",
        "undid": it.undid or "",
    }  # fmt: skip
    text = say(f"receipt.{it.status}", **names)
    if it.status == "held":
        text += say("receipt.approve", run=it.run)
    return text


def details(it: Receipt) -> None:
    """Tell a receipt whole: counts, both sides of the proof, findings, times."""
    receipt(it)
    facts = [
        (say("receipt.head.flow"), f"{it.flow}（{it.dataset}，{it.mode}）"),
        (say("receipt.head.way"), f"{it.source_system} → {it.target_system}"),
        (say("receipt.head.window"), " … ".join(str(bound or "") for bound in it.window) if it.window else None),
        (say("receipt.head.source"), _side(it.source)),
        (say("receipt.head.target"), _side(it.target)),
        (say("receipt.head.by"), f"{it.started_by}  {it.started_at} … {it.finished_at}"),
        (say("receipt.head.seconds"), "  ".join(f"{step} {seconds:.2f}s" for step, seconds in it.seconds.items())),
        (say("receipt.head.hash"), f"{it.flow_hash[:12]} / {it.campus_hash[:12]}"),
    ]
    table(("", ""), [fact for fact in facts if fact[1]])
    if it.findings:
        heads = tuple(say(f"finding.head.{name}") for name in ("rule", "on_fail", "failed", "keys"))
        table(heads, [(f["id"], f["on_fail"], f["failed"], ", ".join(f["keys"][:5])) for f in it.findings])


def _side(side: Any) -> str | None:  # Any: hub.receipt.Side or None
    return f"{side.count}  Σ {side.digest}  @ {side.as_of}" if side else None
