"""Run flows through their DAGs, once, in this process and in `after` order: `python -m dags.once [FLOW …]`, without a name all.

For the demo, a laptop and a first look; a server has the scheduler. Airflow's own output goes to var/log/once.log, the
receipts are told as a table. Ends with the worst exit code among the receipts.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from catalog.messages import say
from catalog.order import order
from dags.campus import campus
from dags.environment import prepare, settings, var
from hub.receipt import Receipt

COLOURS = {0: "green", 3: "yellow"}
WIDTH = 140  # columns of a table that goes into a file
COUNTS = ("read", "inserted", "updated", "deleted", "unchanged", "quarantined", "kept_stale")


@contextmanager
def aside(log: Path) -> Iterator[Console]:
    """Send what this process and its libraries write to `log`; give a console that still reaches the reader."""
    log.parent.mkdir(parents=True, exist_ok=True)
    kept = [os.dup(1), os.dup(2)]
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as reader, log.open("a", encoding="utf-8") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        try:
            yield Console(file=reader, width=None if reader.isatty() else WIDTH)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, copy in enumerate(kept, start=1):
                os.dup2(copy, number)
                os.close(copy)


def run(flow: str) -> Receipt | None:
    """Run one flow's DAG to its end and return the receipt of this run; None when the DAG broke before it had one."""
    from dags import flows
    from hub.open import open_hub
    from hub.store import runs

    store = open_hub(campus()).store
    before = runs.latest(store, flow)
    os.environ["_AIRFLOW_PARSING_CONTEXT_DAG_ID"] = flow  # it reads the DAG files anew for each run: this one's DAG is enough
    vars(flows)[f"dag:{flow}"].test()
    after = runs.latest(store, flow)
    return None if after is None or (before is not None and after.run == before.run) else after


def table(receipts: dict[str, Receipt | None]) -> Table:
    """Lay the receipts out, one a line."""
    table = Table(*(say(f"once.{name}") for name in ("flow", "run", "status")), title=say("once.title"), box=SIMPLE_HEAD)
    for name in COUNTS:
        table.add_column(say(f"once.{name}"), justify="right")
    for flow, receipt in receipts.items():
        if receipt is None:
            table.add_row(flow, "", f"[red]{say('once.broken')}")
            continue
        status = f"[{COLOURS.get(receipt.exit_code, 'red')}]{receipt.status}"
        table.add_row(flow, receipt.run, status, *(str(getattr(receipt.rows, name)) for name in COUNTS))
    return table


def main() -> int:
    """Read the flows' names, run them, tell their receipts."""
    parser = argparse.ArgumentParser(prog="python -m dags.once", description=__doc__)
    parser.add_argument("flows", nargs="*", metavar="FLOW")
    flows = parser.parse_args().flows
    if unknown := set(flows) - set(campus().flows):
        parser.error(say("once.unknown", flows=", ".join(sorted(unknown))))
    os.environ.update(settings())
    with aside(var() / "log" / "once.log") as console:
        if not (var() / "airflow" / "airflow.db").exists():
            prepare(os.environ)
        receipts: dict[str, Receipt | None] = {}
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            for flow in progress.track([name for name in order(campus()) if name in flows or not flows], description=say("once.running")):
                receipts[flow] = run(flow)
        console.print(table(receipts))
    return max(1 if receipt is None else receipt.exit_code for receipt in receipts.values())


if __name__ == "__main__":
    sys.exit(main())
