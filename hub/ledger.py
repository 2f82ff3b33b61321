"""The ledger: the target's own memory of what was published last. It commits with the data, so after a crash it decides."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from catalog.errors import BusyError
from connectors.digest import Digest
from connectors.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Entry:
    """A flow's last publication: its cursor (canonical text), shape and contract, the digests of both sides over the whole scope."""

    run: str
    fence: int
    cursor: str | None
    flow_hash: str
    shape: dict[str, Any]  # Any: JSON
    source: Digest
    target: Digest
    receipt: dict[str, Any]  # Any: JSON


def read(connection: Connection, workspace: Workspace, flow: str, *, lock: bool = False) -> Entry | None:
    """Read a flow's entry, locking its row where the engine can."""
    table = workspace.tables().tables[_name(workspace)]
    query = select(table).where(table.c.flow == flow)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        return None
    return Entry(
        run=row["run"],
        fence=row["fence"],
        cursor=row["cursor_at"],
        flow_hash=row["flow_hash"],
        shape=json.loads(row["shape"]),
        source=Digest(row["source_count"], int(row["source_total"])),
        target=Digest(row["target_count"], int(row["target_total"])),
        receipt=json.loads(row["receipt"]),
    )


def fenced(connection: Connection, workspace: Workspace, flow: str, fence: int) -> Entry | None:
    """Lock the flow's entry for publishing. BusyError where a newer run has published: this one slept too long."""
    entry = read(connection, workspace, flow, lock=True)
    if entry and entry.fence > fence:
        raise BusyError("run.superseded", flow=flow)
    return entry


def write(connection: Connection, workspace: Workspace, flow: str, entry: Entry, *, at: datetime) -> None:
    """Write a flow's entry inside the publishing transaction."""
    table = workspace.tables().tables[_name(workspace)]
    connection.execute(delete(table).where(table.c.flow == flow))
    connection.execute(
        insert(table).values(
            flow=flow,
            run=entry.run,
            fence=entry.fence,
            cursor_at=entry.cursor,
            flow_hash=entry.flow_hash,
            shape=json.dumps(entry.shape),
            source_count=entry.source.count,
            source_total=str(entry.source.total),
            target_count=entry.target.count,
            target_total=str(entry.target.total),
            receipt=json.dumps(entry.receipt, ensure_ascii=False),
            published_at=at.isoformat(),
        )
    )


def _name(workspace: Workspace) -> str:
    return ".".join(part for part in (workspace.schema, workspace.prefix + "ledger") if part)
