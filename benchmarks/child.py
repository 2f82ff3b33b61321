"""One act of the hub in a process of its own, timed after its imports: `python child.py CAMPUS run|verify FLOW…` prints JSON.

`megabytes` is the peak of resident memory above what the imports hold.
"""

import importlib
import json
import sys
import time
from pathlib import Path

from catalog import clock
from catalog.load import load
from hub.open import open_hub
from hub.pipeline import run
from hub.verify import verify

LATE = ("great_expectations", "great_expectations.expectations", "pandas", "psycopg", "pymysql", "alembic.command")


def main(campus: str, act: str, *flows: str) -> None:
    """Do the act for each flow, one after the other."""
    for module in LATE:
        importlib.import_module(module)
    imported = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the kernel forgets the peak so far
    began, worked = time.perf_counter(), time.process_time()
    hub = open_hub(load(Path(campus)))
    if act == "verify":
        ended = ["equal" if verify(hub, flow).equal else "different" for flow in flows]
        stages: dict[str, float] = {}
    else:
        receipts = [run(hub, flow, now=clock.now(), by="bench") for flow in flows]
        ended, stages = [receipt.status for receipt in receipts], dict(receipts[-1].seconds)
    seconds = time.perf_counter() - began
    cpu = time.process_time() - worked
    megabytes = (_memory("VmHWM") - imported) // 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "megabytes": megabytes, "ended": sorted(set(ended)), "stages": stages}))


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
