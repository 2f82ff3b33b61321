"""The hub API against a floor and against Datasette, on one table of a million rows: `python benchmarks/api.py`.

floor: a bare Starlette route that runs the same SQL through psycopg and writes it with orjson: no key, agreement, mask, log or limit.
Datasette (if DATASETTE names its program, in an environment of its own): the same rows of the same SQLite file.
Each pair is measured in turns, so that what else the machine does meets both; the ratios are what counts. Needs PostgreSQL
(TEST_POSTGRES_URL, else the local port); uses and drops the database `hub_bench_api`.
"""

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg
import yaml
from clients import ask, load, stream
from sqlalchemy import create_engine, make_url, text

NOW = datetime(2026, 11, 5, tzinfo=UTC)
Server = tuple[int, psutil.Process]
NAME = "hub_bench_api"
SECRET = "a secret for the benchmark alone"
COLUMNS = ("id", "item_code", "applicant_no", "applicant_name", "dept_code", "status", "submitted_at", "finished_at", "fee", "is_online")
TYPES = (
    "integer",
    "string(32)",
    "string(20)",
    "string(64)",
    "string(16)",
    "string(16)",
    "timestamp",
    "timestamp",
    "decimal(12,2)",
    "boolean",
)
STORED = {"submitted_at": "submitted_at::text", "finished_at": "finished_at::text", "fee": "fee::text", "is_online": "is_online::int"}
ROWS = """
insert into application
select i, 'SX' || lpad((i % 180)::text, 5, '0'), '20' || lpad((i::bigint * 7919 % 100000000)::text, 8, '0'),
 (array['珠山','灵山','琅琊','唐岛','海青','薛𬀩','王台','小珠山','西海岸北','藏马山风景区'])[1 + i % 10],
 'D' || lpad((i % 45)::text, 3, '0'),
 (array['受理','办理中','已办结','退回','撤销'])[1 + (i * 31) % 5], timestamp '2023-06-07 08:00:00' + i * interval '30 seconds',
 case when i % 5 <> 0 then timestamp '2023-06-09 08:00:00.123456' + i * interval '30 seconds' end, (i % 100000) / 100.0, i % 7 <> 0
from generate_series(1, {rows}) i
"""
TABLE = (
    "create table application (id bigint primary key, item_code varchar(32), applicant_no varchar(20), applicant_name varchar(64),"
    " dept_code varchar(16), status varchar(16), submitted_at timestamp(6), finished_at timestamp(6), fee numeric(12,2), is_online boolean)"
)
FLOOR = """
import os, threading, queue, psycopg, orjson
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
URL, PAGE, WHOLE, NAMES = os.environ["FLOOR_URL"], os.environ["FLOOR_PAGE"], os.environ["FLOOR_WHOLE"], os.environ["FLOOR_NAMES"].split(",")
free = queue.SimpleQueue()
def prepared():
    connection = psycopg.connect(URL, autocommit=True); connection.execute("set jit = off; set datestyle = 'ISO, YMD'"); return connection
for _ in range(8): free.put(prepared())
def page(request):
    connection = free.get()
    try: rows = connection.execute(PAGE, {"after": request.query_params.get("after", "0")}).fetchall()
    finally: free.put(connection)
    body = orjson.dumps({"rows": [dict(zip(NAMES, row)) for row in rows[:100]], "next": rows[99][0] if len(rows) > 100 else None})
    return Response(body, media_type="application/json")
def whole(request):
    def chunks():
        with psycopg.connect(URL) as connection, connection.cursor(name="whole") as cursor:
            cursor.execute(WHOLE)
            while rows := cursor.fetchmany(2000):
                yield b"".join([orjson.dumps(dict(zip(NAMES, row)), option=orjson.OPT_APPEND_NEWLINE) for row in rows])
    return StreamingResponse(chunks(), media_type="application/x-ndjson")
app = Starlette(routes=[Route("/page", page), Route("/whole", whole)])
"""
OURS = """
from pathlib import Path
import os
from catalog.load import load
from hub.open import open_hub
from app.service import create_app
app = create_app(open_hub(load(Path(os.environ["HUB_CAMPUS"]))))
"""


def campus(root: Path, platform: str, store: str) -> Path:
    """Write the campus of the benchmark."""
    fields = [{"name": name, "type": kind, "title": name} for name, kind in zip(COLUMNS, TYPES, strict=True)]
    agreement = {
        "name": "bench", "dataset": "application", "consumer": "bench", "purpose": "测速", "columns": list(COLUMNS),
        "where": [{"field": "status", "in": ["受理", "办理中", "已办结", "退回", "撤销"]}],
        "mask": {"applicant_name": "surname", "applicant_no": "last4"}, "valid": ["2026-01-01", "2027-12-31"],
        "approved": {"provider": "信息资源部", "manager": "信息资源部", "document": "OA-1", "on": "2026-01-01"},
        "channels": ["api"], "state": "active",
    }  # fmt: skip
    limits = {"connections": 8}  # as many as the floor keeps
    files: dict[str, object] = {
        "campus": {"name": "bench", "title": "测速学院", "platform": "platform", "store": store, "api": {"requests_per_minute": 10**9}},
        "systems/platform": {"name": "platform", "title": "平台", "kind": "sql", "url": platform, "owner": "信息资源部", "limits": limits},
        "systems/hall": {"name": "hall", "title": "大厅", "kind": "sql", "url": f"sqlite:///{root}/hall.db", "owner": "信息资源部"},
        "datasets/application": {
            "name": "application", "title": "办件", "owner": "信息资源部", "sharing": "conditional", "key": ["id"], "fields": fields,
        },
        "flows/application": {
            "name": "application", "dataset": "application", "mode": "mirror",
            "source": {"system": "hall", "table": "t"}, "target": {"system": "platform", "table": "application"},
        },
        "consumers/bench": {"name": "bench", "title": "测速", "department": "信息资源部"},
        "agreements/bench": agreement,
    }  # fmt: skip
    for name, content in files.items():
        path = root / "campus" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return root / "campus"


@contextlib.contextmanager
def database(admin: str, name: str) -> Iterator[str]:
    """Make a database of this name, and drop it afterwards."""
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"drop database if exists {name} with (force)"))
        connection.execute(text(f"create database {name} encoding 'UTF8' template template0"))
    try:
        yield make_url(admin).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"drop database if exists {name} with (force)"))
        engine.dispose()


@contextlib.contextmanager
def served(root: Path, name: str, source: str, **environment: str) -> Iterator[tuple[int, psutil.Process]]:
    """Serve an application on the loopback in a process of its own."""
    (root / f"{name}.py").write_text(source, "utf-8")
    port = _free()
    command = [sys.executable, "-m", "uvicorn", f"{name}:app", "--port", str(port), "--log-level", "error", "--app-dir", str(root)]
    with started(command, port, environment) as process:
        yield port, process


@contextlib.contextmanager
def started(command: list[str], port: int, environment: dict[str, str]) -> Iterator[psutil.Process]:
    """Run a server until it is no longer needed."""
    process = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None:
                raise RuntimeError("a server did not start")
            time.sleep(0.2)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def busy(server: Server) -> float:
    """Return the seconds of processor time that a server has taken."""
    times = server[1].cpu_times()
    return float(times.user + times.system)


def peak(process: psutil.Process) -> int:
    """Return a process's highest resident memory so far in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


def statements(folder: Path) -> tuple[str, str, str, str]:
    """Make the SQL that the API runs, in psycopg's form, a key for the consumer, and the token of page 10,000."""
    from catalog.load import load as read
    from connectors.database import session
    from hub.api import token
    from hub.granted import Granted, _look
    from hub.open import open_hub
    from hub.rows import Walk
    from hub.sharing import grant
    from hub.store import keys

    hub = open_hub(read(folder))
    it = grant(hub, "bench", "application", "api", now=NOW)
    assert it is not None
    with session(it.published.system) as connection:
        reading = Granted(it, connection, _look(connection, it)).reading(it.fields)
        values = ", ".join(reading.dialect.canonical(expr, column) for expr, column in reading.values())
        found = []
        for after, limit in ((("0",), 101), (None, None)):
            tail, binds = reading.keyset(after=after, limit=limit)
            statement = f"select {values} {tail if after else tail.rpartition(' order by ')[0]}".replace("%", "%%")
            for name, value in sorted(binds.items(), reverse=True):
                statement = statement.replace(f":{name}", "%(after)s" if value == "0" else "'" + value + "'")
            found.append(statement)
    key = keys.issue(hub.store, "bench", now=NOW, by="bench")
    deep = token.page(SECRET.encode(), it, Walk(None, ("999900",)), "")
    return found[0], found[1], key, deep


def pages(floor: Server, ours: Server, headers: str, *, clients: int, seconds: float, rounds: int) -> dict[str, object]:
    """Measure pages of both in turns, and what each takes of the processor: that ratio moves less when the machine is shared."""
    found, spent = [], []
    for _ in range(rounds):
        before = busy(floor), busy(ours)
        low = asyncio.run(load(floor[0], "/page?x=1", "", clients=clients, seconds=seconds))
        own = asyncio.run(load(ours[0], "/v1/datasets/application/rows?limit=100", headers, clients=clients, seconds=seconds))
        found.append((own[0] / low[0], own[1] / low[1], low, own))
        spent.append(((busy(floor) - before[0]) / low[0] / seconds * 1000, (busy(ours) - before[1]) / own[0] / seconds * 1000))
    middle = sorted(found)[len(found) // 2]
    return {
        "measure": f"pages of 100, {clients} clients",
        "floor/s": round(middle[2][0]), "ours/s": round(middle[3][0]), "ratio": round(statistics.median(it[0] for it in found), 2),
        "floor p99 ms": round(middle[2][1]), "ours p99 ms": round(middle[3][1]),
        "p99 ratio": round(statistics.median(it[1] for it in found), 2),
        "floor cpu ms": round(statistics.median(it[0] for it in spent), 2),
        "ours cpu ms": round(statistics.median(it[1] for it in spent), 2),
    }  # fmt: skip


def exports(floor: Server, ours: Server, headers: str, *, rounds: int, rows: int) -> dict[str, object]:
    """Measure full exports of both in turns, and what ours took of memory above idle."""
    port, process = ours
    idle, found = process.memory_info().rss >> 20, []
    for _ in range(rounds):
        low, read = stream(floor[0], "/whole", "")
        own, got = stream(port, "/v1/datasets/application/export", headers)
        if (read, got) != (rows, rows):
            raise RuntimeError(f"floor told {read} rows, ours {got}")
        found.append((low / own, low, own))
    middle = sorted(found)[len(found) // 2]
    return {
        "measure": f"export of {rows} rows",
        "floor rows/s": round(rows / middle[1]), "ours rows/s": round(rows / middle[2]), "ratio": round(middle[0], 2),
        "idle MB": idle, "peak above MB": peak(process) - idle,
    }  # fmt: skip


def depth(port: int, headers: str, token: str, *, seconds: float, rounds: int) -> dict[str, object]:
    """Measure page 1 and page 10,000 in turns, one client."""
    first, deep = [], []
    path = "/v1/datasets/application/rows?limit=100"
    for _ in range(rounds):
        for times, asked in ((first, path), (deep, f"{path}&after={token}")):
            times.append(ask(port, asked, headers, seconds=seconds))
    return {
        "measure": "milliseconds of page 1 and page 10,000",
        "page 1": round(statistics.median(first), 2), "page 10000": round(statistics.median(deep), 2),
        "ratio": round(statistics.median(b / a for a, b in zip(first, deep, strict=True)), 2),
    }  # fmt: skip


def datasette(root: Path, program: str, *, rows: int, seconds: float, rounds: int) -> Iterator[dict[str, object]]:
    """Measure pages of both on one SQLite file, in turns."""
    file = root / "bench.db"
    folder = campus(root / "sqlite", f"sqlite:///{file}", f"sqlite:///{root}/sqlite/store.db")
    _, _, key, _ = statements(folder)
    port = _free()
    command = [
        program,
        "serve",
        str(file),
        "--port",
        str(port),
        "--setting",
        "max_returned_rows",
        "1000",
        "--setting",
        "num_sql_threads",
        "4",
    ]
    with started(command, port, {}), served(root, "ours_sqlite", OURS, **environment(folder)) as (own, _):
        found = []
        for _ in range(rounds):
            path = "/bench/application.json?_size=100&_shape=objects"
            other = asyncio.run(load(port, path, "", clients=8, seconds=seconds, then=b"&_next="))
            mine = asyncio.run(
                load(own, "/v1/datasets/application/rows?limit=100", f"Authorization: Bearer {key}\r\n", clients=8, seconds=seconds)
            )
            found.append((mine[0] / other[0], other[0], mine[0]))
        middle = sorted(found)[len(found) // 2]
        yield {
            "measure": "pages of 100 on SQLite, 8 clients",
            "datasette/s": round(middle[1]),
            "ours/s": round(middle[2]),
            "ratio": round(middle[0], 2),
        }


def environment(folder: Path) -> dict[str, str]:
    """Return what our service is started with."""
    return {"HUB_CAMPUS": str(folder), "HUB_NOW": NOW.isoformat(), "HUB_CURSOR_KEY": SECRET}


def to_sqlite(url: str, file: Path) -> None:
    """Copy the table into a SQLite file."""
    engine = create_engine(f"sqlite:///{file}")
    with psycopg.connect(url) as source, engine.begin() as target:
        target.execute(text(TABLE.replace("numeric(12,2)", "decimal_text(12,2)").replace("timestamp(6)", "timestamp_text")))
        names = ", ".join(COLUMNS)
        copied = source.cursor(name="all")
        copied.execute(f"select {', '.join(STORED.get(name, name) for name in COLUMNS)} from application")
        while rows := copied.fetchmany(10_000):
            binds = ", ".join(f":{name}" for name in COLUMNS)
            target.execute(
                text(f"insert into application ({names}) values ({binds})"), [dict(zip(COLUMNS, row, strict=True)) for row in rows]
            )
    engine.dispose()


def measured(arguments: argparse.Namespace, root: Path, url: str) -> Iterator[dict[str, object]]:
    """Measure one thing after another."""
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        connection.execute(TABLE)
        connection.execute(ROWS.format(rows=arguments.rows))
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum analyze application")
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    folder = campus(root, url, url if arguments.store == "postgresql" else f"sqlite:///{root}/store.db")
    page, whole, key, deep = statements(folder)
    headers = f"Authorization: Bearer {key}\r\n"
    low = {"FLOOR_URL": plain, "FLOOR_PAGE": page, "FLOOR_WHOLE": whole, "FLOOR_NAMES": ",".join(COLUMNS)}
    with served(root, "floor", FLOOR, **low) as floor, served(root, "ours", OURS, **environment(folder)) as ours:
        warm = {"seconds": 1.0, "rounds": 1}
        pages(floor, ours, headers, clients=4, **warm)
        yield pages(floor, ours, headers, clients=32, seconds=arguments.seconds, rounds=arguments.rounds)
        yield pages(floor, ours, headers, clients=1, seconds=arguments.seconds, rounds=arguments.rounds)
        yield depth(ours[0], headers, deep, seconds=1.0, rounds=arguments.rounds)
        if not arguments.pages:
            yield exports(floor, ours, headers, rounds=min(arguments.rounds, 3), rows=arguments.rows)
    if program := os.environ.get("DATASETTE"):
        to_sqlite(plain, root / "bench.db")
        yield from datasette(root, program, rows=arguments.rows, seconds=arguments.seconds, rounds=arguments.rounds)


def main() -> None:
    """Print one line a measure; as JSON with --json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--pages", action="store_true", help="no exports")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    admin = os.environ.get("TEST_POSTGRES_URL") or "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
    with tempfile.TemporaryDirectory() as root, database(admin, NAME) as url:
        for found in measured(arguments, Path(root), url):
            print(json.dumps(found, ensure_ascii=False) if arguments.json else "  ".join(f"{k}: {v}" for k, v in found.items()), flush=True)


if __name__ == "__main__":
    main()
