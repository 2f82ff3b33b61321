"""What a command says: one JSON object, or a few lines and tables for people. Data go to stdout, everything else to stderr."""

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from catalog.errors import CampusError, CatalogError
from catalog.messages import say
from hub.receipt import Receipt, Side, Status

PIPED = 200  # columns of a table that goes into a file or a pipe
out = Console(highlight=False, soft_wrap=True, emoji=False, width=None if sys.stdout.isatty() else PIPED)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
COLOURS: Mapping[Status, str] = {
    "proved": "green", "unchanged": "green", "rolled_back": "green", "proved_with_exceptions": "yellow", "acknowledged": "yellow",
    "held": "yellow", "rejected": "yellow", "refused": "yellow",
}  # fmt: skip


def as_json(value: Any, *, indent: int | None = None) -> None:  # Any: JSON, or a dataclass of it
    """Print one JSON object, on one line unless a person is to read it."""
    out.print(json.dumps(value, ensure_ascii=False, default=_plain, indent=indent), markup=False)


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
        it.add_row(
            *(cell if isinstance(cell, Text) else Text("" if cell is None else str(cell)) for cell in row)
        )  # a key may look like markup
    out.print(it)


def care(text: str | None) -> Text:
    """Write what asks for care."""
    return Text(text or "", style="yellow")


def when(moment: str | None, zone: ZoneInfo) -> str:
    """Write an instant of the store as the school's wall time, to the minute."""
    return f"{datetime.fromisoformat(moment).astimezone(zone):%Y-%m-%d %H:%M}" if moment else "—"


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


def receipt(it: Receipt, zone: ZoneInfo) -> None:
    """Tell a receipt in one sentence, as its reader would say it."""
    colour = COLOURS.get(it.status, "red")
    out.print(_summary(it, zone), style=colour, markup=False)


def _summary(it: Receipt, zone: ZoneInfo) -> str:
    rows = it.rows
    names: Mapping[str, object] = {
        "flow": it.flow, "run": it.run, "read": rows.read, "inserted": rows.inserted, "updated": rows.updated, "deleted": rows.deleted,
        "unchanged": rows.unchanged, "quarantined": rows.quarantined, "kept": rows.kept_stale,
        "since": when(it.stale_since, zone)[:10], "error": it.error or "", "undid": it.undid or "",
    }  # fmt: skip
    text = say(f"receipt.{it.status}", **names)
    if it.status == "held":
        text += say("receipt.approve", run=it.run)
    return text


def details(it: Receipt, zone: ZoneInfo) -> None:
    """Tell a receipt whole: counts, both sides of the proof, findings, times."""
    receipt(it, zone)
    facts = [
        (say("receipt.head.flow"), f"{it.flow}（{it.dataset}，{it.mode}）"),
        (say("receipt.head.way"), f"{it.source_system} → {it.target_system}"),
        (say("receipt.head.window"), " … ".join(str(bound or "") for bound in it.window) if it.window else None),
        (say("receipt.head.source"), _side(it.source, zone)),
        (say("receipt.head.target"), _side(it.target, zone)),
        (say("receipt.head.files"), ", ".join(say("receipt.seen" if f["seen"] else "receipt.file", **f) for f in it.files)),
        (say("receipt.head.by"), f"{it.started_by}  {when(it.started_at, zone)} … {when(it.finished_at, zone)}"),
        (say("receipt.head.seconds"), "  ".join(f"{step} {seconds:.2f}s" for step, seconds in it.seconds.items())),
        (say("receipt.head.hash"), f"{it.flow_hash[:12]} / {it.campus_hash[:12]}"),
    ]
    table(("", ""), [fact for fact in facts if fact[1]])
    if it.findings:
        heads = tuple(say(f"finding.head.{name}") for name in ("rule", "on_fail", "failed", "keys"))
        table(heads, [(f["id"], f["on_fail"], f["failed"], ", ".join(f["keys"][:5])) for f in it.findings])


def _side(side: Side | None, zone: ZoneInfo) -> str | None:
    return f"{side.count}  Σ {side.digest}  @ {when(side.as_of, zone)}" if side else None
