"""Airflow's pools from the systems' `limits.connections`: `python -m dags.pools`, after every change of campus/systems.

A flow's tasks wait in the pool of the system they talk to, so a system never sees more tasks at once than it bears.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from catalog.campus import Catalog
from dags.campus import campus


def pools(catalog: Catalog) -> dict[str, dict[str, object]]:
    """Return one pool per system, in the form of `airflow pools import`."""
    return {
        system.name: {"slots": system.limits.connections, "description": system.title, "include_deferred": False}
        for system in catalog.systems.values()
    }


def main() -> int:
    """Give the pools to Airflow's own command line: its database is not ours to write."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "pools.json")
        file.write_text(json.dumps(pools(campus())), "utf-8")
        return subprocess.run([str(Path(sys.executable).with_name("airflow")), "pools", "import", str(file)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
