"""The ledger: the target's own memory of what was published last. It commits with the data, so after a crash it decides."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, text, update

from connectors.digest import Digest
from connectors.workspace import Workspace

BLANK = {
    "run": "", "fence": 0, "flow_hash": "", "shape": "{}", "source_count": -1, "source_total": "-1", "target_count": -1,
    "target_total": "-1", "receipt": "{}", "published_at": "",
}  # fmt: skip
# an entry to lock where a flow has none yet, whoever else makes one at this moment
MAKE = {
    "sqlite": "insert or ignore into {table} ({names}) values ({values})",
    "mariadb": "insert ignore into {table} ({names}) values ({values})",
    "postgresql": "insert into {table} ({names}) values ({values}) on conflict do nothing",
    "kingbase": "insert into {table} ({names}) values ({values}) on conflict do nothing",
    # two that come at one moment: one of them fails, and runs again
    "opengauss": "insert into {table} ({names}) select {values}"
    " where not exists (select 1 from {table} where flow = cast(:flow as varchar(63)))",
    "oracle": "insert into {table} ({names}) select {values} from dual where not exists (select 1 from {table} where flow = :flow)",
    "sqlserver": "insert into {table} ({names}) select {values} where not exists (select 1 from {table} where flow = :flow)",
}


@dataclass(frozen=True, slots=True)
class Undo:
    """The last publication that moved rows: its run, how many rows it moved, and the entry as it stood before (None: the first).

    `loaded` is the digest of a table that came as a whole, onto an empty one.
    """

    run: str
    moved: int
    loaded: Digest | None
    before: "Entry | None"


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
    receipt: Mapping[str, Any]  # Any: JSON
    undo: Undo | None = None


def read(connection: Connection, workspace: Workspace, flow: str, *, lock: bool = False) -> Entry | None:
    """Read a flow's entry, locking its row where the engine can."""
    table = _table(workspace)
    query = select(table).where(table.c.flow == flow)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None or not row["run"]:
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
        undo=_undo(json.loads(row["undo"])) if row["undo"] else None,
    )


def locked(connection: Connection, workspace: Workspace, flow: str) -> Entry | None:
    """Read the flow's entry and lock it for publishing, a first one too: whoever publishes the same flow waits here."""
    row = BLANK | {"flow": flow}
    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    make = MAKE[workspace.dialect.engine].format(table=workspace.name("ledger"), names=names, values=values)
    connection.execute(text(make), row)
    return read(connection, workspace, flow, lock=True)


def write(connection: Connection, workspace: Workspace, flow: str, entry: Entry, *, at: datetime) -> None:
    """Write a flow's entry inside the publishing transaction."""
    table = _table(workspace)
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
            undo=json.dumps(_plain(entry.undo), ensure_ascii=False) if entry.undo else None,
            published_at=at.isoformat(),
        )
    )


def refence(connection: Connection, workspace: Workspace, flow: str, fence: int) -> None:
    """Note that a newer run was here and found nothing to publish: the last publication stands, older runs may no longer publish."""
    table = _table(workspace)
    connection.execute(update(table).where(table.c.flow == flow).values(fence=fence))


def _plain(undo: Undo) -> dict[str, Any]:  # Any: JSON; totals outgrow JSON numbers in other readers, so they travel as text
    before = asdict(replace(undo.before, undo=None)) if undo.before else None
    digests = {side: _text(before[side]) for side in ("source", "target")} if before else {}
    loaded = _text(asdict(undo.loaded)) if undo.loaded else None
    return {"run": undo.run, "moved": undo.moved, "loaded": loaded, "before": before and before | digests}


def _undo(data: Mapping[str, Any]) -> Undo:  # Any: JSON
    before, loaded = data["before"], data["loaded"]
    entry = Entry(**before | {side: _digest(before[side]) for side in ("source", "target")}) if before else None
    return Undo(data["run"], data["moved"], _digest(loaded) if loaded else None, entry)


def _text(digest: Mapping[str, int]) -> dict[str, str]:
    return {name: str(value) for name, value in digest.items()}


def _digest(data: Mapping[str, str]) -> Digest:
    return Digest(int(data["count"]), int(data["total"]))


def _table(workspace: Workspace) -> Table:
    return workspace.tables().tables[".".join(part for part in (workspace.schema, workspace.prefix + "ledger") if part)]
