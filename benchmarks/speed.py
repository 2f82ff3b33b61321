"""The speed table of the README: `python benchmarks/speed.py`. Every time of ours stands beside the floor of the same round.

A run is measured whole: extract, stage, judge by eight rules and those of the fields, publish, prove, receipt. Only the start of the
interpreter and the imports are left out. The floor is the servers' own clients, piped into each other (servers.copy).
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import peers
import school
import servers
from sqlalchemy import create_engine, text

PAIRS = {
    "PostgreSQL → PostgreSQL": ("postgresql", "postgresql"),
    "MariaDB → PostgreSQL": ("mariadb", "postgresql"),
    "PostgreSQL → MariaDB": ("postgresql", "mariadb"),
}
FIRST = {"PostgreSQL → PostgreSQL": (4.0, 3.0), "MariaDB → PostgreSQL": (3.0, 2.5), "PostgreSQL → MariaDB": (3.0, 2.5)}
PROVED = {"proved", "unchanged", "equal"}
SMALL = 200


@dataclass
class Line:
    """A line of the table: what was measured against what, a pair for each round."""

    case: str
    must: str
    aim: str
    unit: str = "×"
    measured: list[tuple[float, float]] = field(default_factory=list)  # ours, and the yardstick it is divided by (1 where there is none)

    def __str__(self) -> str:
        ours, yard = (statistics.median(column) for column in zip(*self.measured, strict=True))
        ratio = statistics.median(mine / other for mine, other in self.measured)
        shown = f"{ratio:.2f} {self.unit}" if self.unit != "MB" else f"{ratio:.0f} MB"
        times = f"{ours:.2f} s / {yard:.2f} s" if self.unit == "×" else ""
        return f"| {self.case} | {self.must} | {self.aim} | **{shown}** | {times} |"


class Bench:
    """The lines measured so far, and the folder that the campuses lie in."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.folder, self.rows, self.lines = folder, rows, dict[str, Line]()

    def note(self, line: Line, ours: float, yard: float = 1.0) -> None:
        kept = self.lines.setdefault(line.case, line)
        kept.measured.append((ours, yard))
        print(f"  {line.case}: {ours:.2f} / {yard:.2f} = {ours / yard:.2f}", file=sys.stderr, flush=True)

    def campus(self, source: str, target: str, *, mode: str = "mirror", small: int = 0) -> Path:
        """Write a campus with an empty store."""
        return school.write(Path(tempfile.mkdtemp(dir=self.folder)), source, target, mode=mode, small=small)


def act(campus: Path, what: str, *flows: str) -> dict[str, Any]:
    """Do one act in a fresh process; an end that is not proved is no measurement."""
    command = [sys.executable, str(Path(__file__).with_name("child.py")), str(campus), what, *flows]
    environment = {name: value for name, value in os.environ.items() if name != "HUB_NOW"}
    ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    measured: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    if not set(measured["ended"]) <= PROVED:
        raise SystemExit(f"{what} {' '.join(flows[:3])} ended {measured['ended']}")
    print(
        f"    {what} {flows[0]}: {measured['seconds']:.2f} s {measured['stages']} {measured['megabytes']} MB", file=sys.stderr, flush=True
    )
    return measured


def timed(step: Callable[[], None]) -> float:
    """Time a step."""
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def floor(source: str, target: str) -> float:
    """Time the floor into an empty table."""
    servers.empty_target(target)
    seconds = timed(lambda: servers.copy(source, target))
    servers.forget(target)
    return seconds


def first_load(bench: Bench, pair: str) -> tuple[Path, float]:
    """Measure a first load against the floor; return its campus and its seconds."""
    source, target = PAIRS[pair]
    yard = floor(source, target)
    campus = bench.campus(source, target)
    loaded = act(campus, "run", "application")
    must, aim = FIRST[pair]
    bench.note(Line(f"{pair}, first load", f"≤ {must} × floor", f"{aim}"), loaded["seconds"], yard)
    bench.note(Line(f"{pair}, first load: memory above imports", "≤ 300 MB", "150 MB", "MB"), loaded["megabytes"])
    return campus, loaded["seconds"]


def mirror_round(bench: Bench, number: int) -> None:
    """Measure a mirror of PostgreSQL: first load, nothing changed, 1 % changed scattered, 1 % in one place."""
    campus, first = first_load(bench, "PostgreSQL → PostgreSQL")
    again = act(campus, "run", "application")
    bench.note(Line("mirror again, nothing changed", "≤ 0.45 × its first load", "0.3"), again["seconds"], first)
    change(f"id % 100 = {number % 100}")
    scattered = act(campus, "run", "application")
    bench.note(Line("mirror again, 1 % changed, scattered", "≤ 1.0 × its first load", "0.8"), scattered["seconds"], first)
    start = number * bench.rows // 100
    change(f"id > {start} and id <= {start + bench.rows // 100}")
    together = act(campus, "run", "application")
    bench.note(Line("mirror again, 1 % changed, in one place", "≤ 0.5 × its first load", "0.4"), together["seconds"], first)


def cross_round(bench: Bench, pair: str) -> None:
    """Measure a first load between two engines, and the proof alone."""
    campus, first = first_load(bench, pair)
    proved = act(campus, "verify", "application")
    bench.note(Line(f"verify alone, {pair}", "≤ 0.4 × first load", "0.3"), proved["seconds"], first)


def incremental_round(bench: Bench, number: int) -> None:
    """Measure an incremental flow after 1 % of its rows changed; the cursor is indexed on both sides."""
    servers.forget("postgresql")
    # what an earlier round changed would lie within the lag, and be read again: more than the 1 % that is asked
    aged = "update application set updated_at = submitted_at + interval '2 days' where updated_at > now() - interval '1 day'"
    servers.execute("postgresql", "source", aged, "vacuum analyze application")
    campus = bench.campus("postgresql", "postgresql", mode="incremental")
    first = act(campus, "run", "application")
    servers.execute("postgresql", "target", "create index on application (updated_at)", "analyze application")
    change(f"id % 100 = {number % 100}", moved=True)
    again = act(campus, "run", "application")
    bench.note(Line("incremental, 1 % changed", "≤ 0.1 × its first load", "0.05"), again["seconds"], first["seconds"])


def change(where: str, *, moved: bool = False) -> None:
    """Change source rows; `moved` sets their cursor to this moment, as the school's wall time."""
    cursor = ", updated_at = now() at time zone 'Asia/Shanghai'" if moved else ""
    changed = f"update application set fee = coalesce(fee, 0) + 1, remark = '复核' || id{cursor} where {where}"
    servers.execute("postgresql", "source", changed, "vacuum analyze application")


def small_round(bench: Bench, number: int) -> None:
    """Measure many small flows in one process."""
    servers.forget("postgresql")
    tables = [f"small_{n}" for n in range(SMALL)]
    for side in ("source", "target"):
        servers.execute("postgresql", side, *(f"drop table if exists {table}" for table in tables))
    copies = (
        f"create table {table} as select * from application where id <= 100; alter table {table} add primary key (id)" for table in tables
    )
    servers.execute("postgresql", "source", *copies)
    campus = bench.campus("postgresql", "postgresql", small=SMALL)
    measured = act(campus, "run", *tables)
    bench.note(Line(f"{SMALL} small flows of 100 rows, one process, each", "≤ 0.25 s", "0.15 s", "s"), measured["seconds"] / SMALL)


def memory_round(bench: Bench, rows: int) -> None:
    """Measure the peak of memory at a size, with a text of some 600 bytes in every row."""
    servers.fill(rows, wide=True)
    for pair, (source, target) in PAIRS.items():
        servers.forget(target)
        loaded = act(bench.campus(source, target), "run", "application")
        case = f"peak memory above the imports, {rows // 1_000_000} M rows of wide text, {pair}"
        bench.note(Line(case, "≤ 300 MB, flat", "150 MB", "MB"), loaded["megabytes"])
        servers.forget(target)


def rounds(bench: Bench, number: int, cases: set[str]) -> None:
    """Measure one round of the chosen cases."""
    if "mirror" in cases:
        mirror_round(bench, number)
    for name, pair in (("in", "MariaDB → PostgreSQL"), ("out", "PostgreSQL → MariaDB")):
        if name in cases:
            cross_round(bench, pair)
    if "incremental" in cases:
        incremental_round(bench, number)
    if "small" in cases:
        small_round(bench, number)


def versions() -> Iterator[str]:
    """Name what was measured on what."""
    yield datetime.now(UTC).date().isoformat()
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    yield f"{os.cpu_count()} cores {model[0].partition(': ')[2] if model else platform.machine()}"
    yield f"Python {platform.python_version()}"
    for engine in servers.SERVERS:
        database = create_engine(servers.url(engine, "source"))
        with database.connect() as connection:
            version = connection.execute(text("select version()")).scalar_one().split()
            yield " ".join(version[:2]) if engine == "postgresql" else version[0]
        database.dispose()


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--cases", nargs="*", default=["mirror", "in", "out", "incremental", "small", "memory"], help="which rounds to measure"
    )
    parser.add_argument("--memory", type=int, nargs="*", default=[1_000_000, 5_000_000], help="row counts of the memory lines")
    parser.add_argument("--peers", type=Path, metavar="FOLDER", help="measure dlt, Sling and pgloader too, installed in this folder by pip")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), arguments.rows)
        servers.create()
        try:
            servers.fill(arguments.rows)
            for number in range(arguments.rounds):
                print(f"round {number + 1}", file=sys.stderr, flush=True)
                rounds(bench, number, set(arguments.cases))
            others = list(peers.measure(arguments.peers.resolve(), floor)) if arguments.peers else []
            for rows in arguments.memory if "memory" in arguments.cases else []:
                memory_round(bench, rows)
            told = " · ".join(versions())
        finally:
            servers.drop()
    print(f"{told} · {arguments.rows:,} rows × 14 columns · medians of {arguments.rounds} rounds\n")
    print("| case | must | aim | measured | ours / yardstick |\n|---|---|---|---|---|")
    print("\n".join(map(str, bench.lines.values())))
    print("".join(f"\n{line}" for line in others))


if __name__ == "__main__":
    main()
