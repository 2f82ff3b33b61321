"""A backup: the store's tables as lines, the campus folder, the issues' files, what receivers have, in one ZIP with each part's hash.

Engine-neutral: a backup of a SQLite store restores into PostgreSQL. Refuses to restore over a store that holds anything, and what
does not have the hash it had.
"""

import hashlib
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Numeric, Table, func, insert, select

from catalog.errors import CatalogError, RejectedError
from hub.open import Hub
from hub.store import access
from hub.store.tables import metadata

MANIFEST, STORE, REPORTS, RECEIVERS = "manifest.json", "store", "reports", "receivers"
SENDING = ".sending"  # see hub.route
BATCH = 1000


def backup(hub: Hub, path: Path, *, now: datetime) -> dict[str, int]:
    """Write the backup; return the rows of each table. One moment: nothing is written to the store meanwhile."""
    hashes: dict[str, str] = {}
    rows: dict[str, int] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, hub.store.connect() as connection:
        if hub.store.dialect.name == "postgresql":  # SQLite's transaction is of one moment as it is
            connection.execution_options(isolation_level="REPEATABLE READ")
        for table in metadata.sorted_tables:
            found = connection.execute(select(table)).mappings()
            name = f"{STORE}/{table.name}.ndjson"
            rows[table.name], hashes[name] = _write(archive, name, (dict(row) for row in found))
        for folder, below in ((hub.catalog.folder, "campus"), (hub.catalog.root / "var" / REPORTS, REPORTS)):
            for file in sorted(part for part in folder.rglob("*") if part.is_file()):
                hashes |= _add(archive, file, f"{below}/{file.relative_to(folder).as_posix()}")
        hashes |= _shadows(archive, hub.catalog.receivers)
        archive.writestr(MANIFEST, json.dumps({"made_at": now.isoformat(), "campus": hub.catalog.hash, "sha256": hashes, "rows": rows}))
    return rows


def _add(archive: zipfile.ZipFile, file: Path, name: str) -> dict[str, str]:
    archive.write(file, name)
    return {name: hashlib.sha256(file.read_bytes()).hexdigest()}


def _shadows(archive: zipfile.ZipFile, folder: Path) -> dict[str, str]:
    """Add what receivers have, each as of one moment, behind the notes of what is on its way: a note too many only sends a row again."""
    hashes: dict[str, str] = {}
    for note in sorted(folder.glob(f"*{SENDING}")):
        hashes |= _add(archive, note, f"{RECEIVERS}/{note.name}")
    for shadow in sorted(folder.glob("*.db")):
        with tempfile.TemporaryDirectory() as aside, closing(sqlite3.connect(shadow)) as connection:
            copy = Path(aside) / shadow.name
            connection.execute("vacuum into ?", (str(copy),))
            hashes |= _add(archive, copy, f"{RECEIVERS}/{shadow.name}")
    return hashes


def _write(archive: zipfile.ZipFile, name: str, rows: Iterable[Mapping[str, Any]]) -> tuple[int, str]:  # Any: column values
    count, digest = 0, hashlib.sha256()
    with archive.open(name, "w", force_zip64=True) as part:
        for row in rows:
            line = json.dumps(row, ensure_ascii=False, default=str).encode() + b"\n"
            part.write(line)
            digest.update(line)
            count += 1
    return count, digest.hexdigest()


def restore(hub: Hub, path: Path) -> dict[str, int]:
    """Bring the store and the issues' files back; return the rows of each table. Of the store all comes back, or nothing.

    Raises CatalogError for what is no whole backup, RejectedError where the store holds something already.
    """
    if held := _held(hub.store):
        raise RejectedError("backup.not_empty", tables=", ".join(held))
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            for name, wanted in manifest["sha256"].items():
                with archive.open(name) as part:
                    if hashlib.file_digest(part, "sha256").hexdigest() != wanted:  # type: ignore[arg-type]  # it reads and that is all
                        raise CatalogError("backup.damaged", file=path.name, part=name)
            with hub.store.begin() as connection:
                for table in metadata.sorted_tables:
                    for values in _batches(archive, table):
                        connection.execute(insert(table), values)
                if access.faults(connection):
                    raise CatalogError("backup.chain", file=path.name)
            files = [name for name in manifest["sha256"] if name.startswith((f"{REPORTS}/", f"{RECEIVERS}/"))]
            archive.extractall(hub.catalog.root / "var", files)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError):
        raise CatalogError("backup.unreadable", file=path.name) from None
    return {name: int(count) for name, count in manifest["rows"].items()}


def _held(store: Engine) -> list[str]:
    with store.connect() as connection:
        return [table.name for table in metadata.sorted_tables if connection.execute(select(func.count()).select_from(table)).scalar_one()]


def _batches(archive: zipfile.ZipFile, table: Table) -> Iterator[list[dict[str, Any]]]:  # Any: column values
    """Yield a table's rows by the thousand, each batch of rows that have the same columns: what is NULL is left out, not written 'null'."""
    numbers = {column.name for column in table.columns if isinstance(column.type, Numeric)}
    with archive.open(f"{STORE}/{table.name}.ndjson") as part:
        rows = ({name: value for name, value in json.loads(line).items() if value is not None} for line in part)
        for _, alike in groupby(rows, key=tuple):
            exact = ({name: Decimal(value) if name in numbers else value for name, value in row.items()} for row in alike)
            while values := list(islice(exact, BATCH)):
                yield values
