"""Freeze: copy the facts that an edition counts from the platform into Parquet, with the receipts of the flows that brought them.

Fields that are personal or sensitive stay behind; what is left are pseudonymous keys, times and codes. Rows stream in batches.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select

from catalog.dataset import Dataset, Field
from catalog.errors import CatalogError
from connectors.database import dialect_of, session
from connectors.reading import Reading
from connectors.selection import Column, Relation, Selection
from hub.open import Hub
from hub.published import Published, published
from hub.store import runs
from hub.store.tables import access as log
from reports import fact_file, issues
from reports.facts import EXCLUDED, FACTS, NEEDED, PSEUDONYMS, RUNS, SHARED
from reports.period import Period
from reports.release import objections
from reports.snapshot import EARLIER, MANIFEST, Snapshot, file_hash, to_json
from reports.wall import wall


def freeze(
    hub: Hub, period: Period, cut_off: datetime, folder: Path, *, earlier: str | None = None, draft: int = 1, beside: Snapshot | None = None
) -> Snapshot:
    """Freeze the facts into `folder`, beside the figures of the issue `earlier`. `cut_off` is in the school's wall time.

    Reports that are made together stand on the same rows: what was frozen for the first, `beside`, is not read again for the next.
    CatalogError where the campus has no cases to report, UnavailableError where the platform does not answer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {
        "period": period.code,
        "draft": draft,
        "ends": period.ends.isoformat(),
        "cut_off": cut_off.isoformat(),
        "campus": hub.catalog.hash,
        "datasets": _facts(hub, folder) if beside is None else _again(beside, folder),
        "own": {
            "sync_run": _runs(hub, folder / "sync_run.parquet"),
            "agreement": _agreements(hub, folder / "agreement.parquet"),
            "delivery": _deliveries(hub, folder / "delivery.parquet"),
            "excluded": _own(folder / "excluded.parquet", EXCLUDED, objections.excluded(hub.store)),
        },
        "earlier": _earlier(hub, earlier, folder / EARLIER),
    }
    snapshot = Snapshot(folder, manifest)
    if missing := [need for need in NEEDED if not snapshot.has(need)]:
        raise CatalogError("report.no_facts", missing=", ".join(missing))
    (folder / MANIFEST).write_bytes(to_json(manifest))
    return snapshot


def _facts(hub: Hub, folder: Path) -> dict[str, Any]:  # Any: JSON
    """Copy every dataset that the campus has, and say where it came from."""
    datasets: dict[str, Any] = {}
    for name in FACTS:
        place = published(hub.catalog, name) if name in hub.catalog.datasets else None
        copied = place and _copy(hub, hub.catalog.datasets[name], place, folder / f"{name}.parquet")
        if place and copied:
            datasets[name] = {**copied, **_provenance(hub, place)}
    return datasets


def _again(beside: Snapshot, folder: Path) -> dict[str, Any]:  # Any: JSON
    for name in beside.sources:
        shutil.copyfile(beside.folder / f"{name}.parquet", folder / f"{name}.parquet")
    return dict(beside.sources)


def _copy(hub: Hub, dataset: Dataset, place: Published, path: Path) -> dict[str, Any] | None:  # Any: JSON
    """Copy a dataset's rows. None if the table is not there, or nothing of it may enter."""
    dialect, relation = dialect_of(place.system.url or ""), Relation(place.table, place.system.db_schema)
    with session(place.system) as connection:
        dialect.pin(connection)
        shape = dialect.shape(connection, relation)
        if shape is None:
            return None
        there = {f.name: Column(f.name, f.type, f.name, c.type, c.collation) for f in dataset.fields if (c := shape.named(f.name))}
        wanted = FACTS[dataset.name]
        fields = [f for f in dataset.fields if f.name in there and f.name in wanted and _may_enter(f)]
        if not fields:
            return None
        key = [dataset.field(name) for name in dataset.key]
        chosen = tuple(there[f.name] for f in (*fields, *(f for f in key if f not in fields)))
        selection = Selection(relation, chosen, dataset.key, but_not=dataset.confidential, condition_columns=there)
        lines = Reading(connection, dialect, selection).ordered([f.name for f in fields], plain=True)
        rows = fact_file.write(path, fields, lines, zone=hub.catalog.zone)
    return {"rows": rows, "columns": [f.name for f in fields], "sha256": file_hash(path)}


def _may_enter(field: Field) -> bool:
    """Say whether a field may enter a snapshot: not what is personal, but keys of persons under another name."""
    return field.sensitivity in ("public", "internal") or (field.name in PSEUDONYMS and field.sensitivity == "personal")


def _provenance(hub: Hub, place: Published) -> dict[str, Any]:  # Any: JSON
    """Tell which receipt stands behind a dataset; without a proof the report names the dataset."""
    proved, last = runs.published(hub.store, place.flow.name), runs.latest(hub.store, place.flow.name)
    return {
        "flow": place.flow.name,
        "run": proved and proved.run,
        "status": proved and proved.status,
        "read_at": proved and wall(proved.started_at, hub.catalog.zone).isoformat(),  # by the hub's clock; `as_of` is the source's own
        "digest": proved.target.digest if proved and proved.target else None,
        "quarantined": proved.rows.quarantined if proved else 0,
        "last_status": last and last.status,
    }


def _runs(hub: Hub, path: Path) -> dict[str, Any]:  # Any: JSON
    """Copy the runs' outcomes: flow, status and when they ended, in the school's wall time."""
    found = sorted(
        (r.flow, r.status, wall(r.finished_at, hub.catalog.zone)) for r in runs.receipts(hub.store, limit=1_000_000) if r.finished_at
    )
    return _own(path, RUNS, found)


def _agreements(hub: Hub, path: Path) -> dict[str, Any]:  # Any: JSON
    """Copy which agreements there are, their state and dates."""
    named = sorted(hub.catalog.agreements.items())
    return _own(path, SHARED["agreement"], [(name, it.dataset, it.state, it.valid.start, it.valid.end) for name, it in named])


def _deliveries(hub: Hub, path: Path) -> dict[str, Any]:  # Any: JSON
    """Copy from the access log which answers were given under which agreement: no names, no conditions."""
    columns = [log.c.seq, log.c.at, log.c.agreement, log.c.outcome, log.c.rows]
    with hub.store.connect() as connection:
        found = connection.execute(select(*columns).order_by(log.c.seq)).all()
    return _own(path, SHARED["delivery"], [(seq, wall(at, hub.catalog.zone), *rest) for seq, at, *rest in found])


def _own(path: Path, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:  # Any: JSON and its values
    """Write what the hub itself knows."""
    kinds = {"varchar": pa.string(), "timestamp": pa.timestamp("us"), "bigint": pa.int64(), "date": pa.date32()}
    arrays = [pa.array([row[at] for row in rows], kinds[kind]) for at, kind in enumerate(columns.values())]
    pq.write_table(pa.table(arrays, names=list(columns)), path, compression="zstd")
    return {"rows": len(rows), "sha256": file_hash(path)}


def _earlier(hub: Hub, issue: str | None, path: Path) -> dict[str, str] | None:
    figures = issues.told(hub.store, issue) if issue else None
    if issue is None or figures is None:
        return None
    path.write_bytes(to_json([asdict(figure) for figure in figures]))
    return {"issue": issue, "sha256": file_hash(path)}
