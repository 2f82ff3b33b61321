"""A snapshot: the frozen facts of an issue as Parquet files, and the manifest that says where they came from."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.receipt import PROVES
from reports.figures import Figure, Figures

MANIFEST, EARLIER = "snapshot.json", "earlier.json"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A folder of facts and its manifest; `hash` is that of the manifest, which holds the hash of every file."""

    folder: Path
    manifest: Mapping[str, Any]  # Any: JSON

    @property
    def hash(self) -> str:
        """SHA-256 of the manifest."""
        return hashlib.sha256(to_json(self.manifest)).hexdigest()

    @property
    def cut(self) -> datetime:
        """The moment until which data count, in the school's wall time."""
        return datetime.fromisoformat(self.manifest["cut_off"])

    @property
    def draft(self) -> int:
        """Which draft of its issue it was frozen for."""
        return int(self.manifest["draft"])

    @property
    def sources(self) -> Mapping[str, Mapping[str, Any]]:  # Any: JSON
        """What is known of each dataset: its flow, the run that proved it, rows and hash."""
        sources: Mapping[str, Mapping[str, Any]] = self.manifest["datasets"]
        return sources

    def has(self, need: str) -> bool:
        """Say whether a dataset, or a column of one (`rating.level`), has a source."""
        dataset, _, column = need.partition(".")
        if dataset in self.manifest["own"]:
            return True
        return dataset in self.sources and (not column or column in self.sources[dataset]["columns"])

    def read_at(self, dataset: str) -> datetime | None:
        """Return when a dataset was read for its last proof, in the school's wall time."""
        moment = self.sources[dataset]["read_at"]
        return datetime.fromisoformat(moment) if moment else None

    @property
    def unproved(self) -> list[str]:
        """The datasets whose last run did not end proved."""
        return sorted(name for name, source in self.sources.items() if source["last_status"] not in PROVES)

    @property
    def stale(self) -> list[str]:
        """The proved datasets whose proof is older than the cut-off: they may lack the last days."""
        return sorted(name for name in self.sources if name not in self.unproved and (at := self.read_at(name)) and at < self.cut)

    @property
    def quarantined(self) -> int:
        """How many rows of all datasets wait for their source and are not counted."""
        return sum(source["quarantined"] for source in self.sources.values())

    @property
    def earlier(self) -> tuple[str, Figures] | None:
        """The issue before and its figures as they were published, or None where there was none."""
        if self.manifest["earlier"] is None:
            return None
        rows = json.loads((self.folder / EARLIER).read_text("utf-8"))
        return self.manifest["earlier"]["issue"], Figures.gather(Figure(**row) for row in rows)


def thaw(folder: Path) -> Snapshot:
    """Open a snapshot that was frozen before."""
    return Snapshot(folder, json.loads((folder / MANIFEST).read_text("utf-8")))


def to_json(data: Any) -> bytes:  # Any: JSON
    """Write JSON whose bytes depend on its content alone."""
    return json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True).encode()


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
