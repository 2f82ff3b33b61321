"""Files that were taken: not read again by an append log, and moved away where the flow says so, once their rows are published.

A file is taken when a publication has read it and nothing of it stands in quarantine: what is to be mended lies where it lay.
"""

import logging
from pathlib import Path
from typing import Any

from connectors.files import put_away
from hub.ledger import Entry
from hub.receipt import PROVES, Receipt
from hub.route import Route

log = logging.getLogger("campus_hub")


def taken(route: Route, entry: Entry | None, *, full: bool) -> frozenset[str]:
    """Return the hashes of files that need not be read again; a mirror's files are its state, and are always read."""
    appended = route.flow.mode == "append" and not route.flow.source.cursor and not full
    return frozenset(entry.shape.get("taken", ())) if entry and appended else frozenset()


def noted(route: Route, receipt: Receipt, entry: Entry | None) -> dict[str, Any]:  # Any: JSON
    """Return what the ledger's shape says of files from now on."""
    if route.flow.mode != "append" or not receipt.files:
        return {}
    new = set() if receipt.rows.quarantined else {file["sha256"] for file in receipt.files}
    return {"taken": sorted({*(entry.shape.get("taken", ()) if entry else ()), *new})}


def archive(route: Route, receipt: Receipt) -> None:
    """Move the files of a publication away. What cannot be moved, or what a crash leaves, lies there for the next run."""
    source, rows = route.flow.source, receipt.rows
    if source.archive is None or receipt.status not in PROVES or rows.quarantined:
        return
    for file in receipt.files:
        if not put_away(Path(route.source.folder or ""), source, file["name"], file["sha256"]):
            log.warning("run %s: %s was not moved to the archive", receipt.run, file["name"])
