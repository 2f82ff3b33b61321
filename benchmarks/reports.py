"""Both reports over a million applications and five million steps in PostgreSQL: `python benchmarks/reports.py`.

A platform of that size is made in a database of its own (BENCH_POSTGRES_URL, the local server without it) and dropped afterwards.
Each line is a process of its own: `first` freezes, measures and renders the two reports of a school that never made one, so that the
periods before are counted too; `both` makes the two of the next month and quarter; `again` measures a frozen snapshot once more.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, make_url, text

from catalog.load import load
from connectors.database import DIALECTS

CAMPUS = Path(__file__).parents[1] / "campus"
SERVER = os.environ.get("BENCH_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
DATABASE = "hub_bench_reports"
NOW = "2026-11-05T08:00:00+08:00"
UNITS, ITEMS = 60, 300
# Thirteen months of cases, five steps each; nothing random, so that two machines measure the same.
CASES = """
create temporary table made as
select i, 'C' || lpad(cast(i as text), 9, '0') as app_id, 'I' || lpad(cast(i * 31 % {items} as text), 4, '0') as item_id,
       i * 31 % {units} as unit, i * 7919 % 50000 as person, accepted,
       case when i % 33 > 0 then accepted + make_interval(days => cast(i % 9 as int), hours => cast(i % 5 as int)) end as closed
from (
    select i, timestamp '2025-10-01 08:00'
              + make_interval(days => cast(i * 396 / {cases} as int), secs => cast(i * 104729 % 36000 as int)) as accepted
    from generate_series(cast(0 as bigint), {cases} - 1) as i
) as counted
"""
ROWS = {
    "org_unit": """(unit_id, unit_name, unit_type, peer_group, list_order)
        select 'U' || i, '单位' || i, '职能部门', case when i % 2 = 0 then '职能部门' else '二级学院' end, i
        from generate_series(0, {units} - 1) as i""",
    "service_item": """(item_id, item_name, item_type, owner_unit_id, case_type, promise_days, online_at)
        select 'I' || lpad(cast(i as text), 4, '0'), '事项' || i, '网上办理', 'U' || i % {units},
               case when i % 7 = 0 then '即办件' else '承诺件' end, case when i % 11 > 0 then 5 end, date '2024-01-01'
        from generate_series(0, {items} - 1) as i""",
    "application": """(app_id, app_no, item_id, applicant_key, submitted_at, accepted_at, due_at, closed_at, close_result, status, is_test)
        select app_id, app_id, item_id, 'P' || person, accepted - interval '1 hour', accepted,
               case when i % 11 > 0 then date_trunc('day', accepted) + interval '6 days' end, closed,
               case when closed is not null then '1' end, case when closed is null then '01' else '04' end, false
        from made""",
    "application_step": """(step_id, app_id, step_no, step_name, action, actor_key, actor_unit_id, arrived_at, opened_at, acted_at, due_at)
        select app_id || '-' || n, app_id, n, (array['提交申请', '受理', '部门审核', '领导审批', '办结'])[n],
               (array['提交', '受理', '审核', '审批', '办结'])[n],
               case when n > 1 then 'S' || (i + n) % 2000 else 'P' || person end,
               case when n > 1 then 'U' || (unit + n * n) % {units} end, at, case when closed is not null then at end,
               case when closed is not null or n < 3 then at + (coalesce(closed, accepted) - accepted) / 4 end,
               case when n > 1 then date_trunc('day', at) + interval '3 days' end
        from made cross join generate_series(1, 5) as n
        cross join lateral (select accepted - interval '1 hour' * cast(n < 2 as int)
                                   + (coalesce(closed, accepted) - accepted) / 4 * greatest(n - 2, 0) as at) as moved""",
    "application_pause": """(app_id, kind, started_at, ended_at)
        select app_id, '补正', accepted + interval '1 hour', accepted + interval '1 day' from made where i % 50 = 0""",
    "rating": """(rating_id, app_id, level, is_default, is_anonymous, rated_at)
        select 'R' || i, app_id, 1 + (i * 13 % 17 + 8) / 5, i % 5 < 4, false, closed + interval '1 day'
        from made where closed is not null and i % 2 = 0""",
}  # fmt: skip
CHILD = """
import json, resource, sys, time
from pathlib import Path
from catalog.clock import now
from catalog.load import load
from hub.open import open_hub
from reports import issues
from reports.build import build, ordered
from reports.measure import measure
from reports.snapshot import thaw
hub, what, began = open_hub(load(Path(sys.argv[1]))), sys.argv[2], time.perf_counter()
periods = {"first": ("2026-09", "2026Q2"), "both": ("2026-10", "2026Q3")}
if what in periods:
    month, quarter = periods[what]
    build(hub, "security", quarter, now=now(), beside=build(hub, "operation", month, now=now()))
else:
    order = ordered(hub, "operation", "2026-10")
    snapshot = thaw(issues.find(hub.store, order.issue).folder / "snapshot")
    measure(snapshot, order.edition, order.calendar, order.period, cut=snapshot.cut, before=order.earlier)
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "what": what, "seconds": round(time.perf_counter() - began, 1), "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
    "megabytes": used.ru_maxrss // 1024,
}))
"""


@contextmanager
def platform(cases: int) -> Iterator[str]:
    """Make the platform's tables as the hub itself creates a target, and fill them in the server."""
    admin, url = create_engine(SERVER, isolation_level="AUTOCOMMIT"), make_url(SERVER).set(database=DATABASE)
    with admin.connect() as connection:
        connection.execute(text(f"drop database if exists {DATABASE} with (force)"))
        connection.execute(text(f"create database {DATABASE} encoding 'UTF8' template template0"))
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        fill(engine, cases)
        yield url.render_as_string(hide_password=False)
    finally:
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f"drop database if exists {DATABASE} with (force)"))


def fill(engine: Engine, cases: int) -> None:
    """Write the rows of every table."""
    datasets, dialect = load(CAMPUS).datasets, DIALECTS["postgresql"]
    names = {"units": UNITS, "items": ITEMS, "cases": cases}
    with engine.connect() as connection:
        connection.execute(text("set synchronous_commit = off"))
        connection.execute(text(CASES.format(**names)))
        for table, rows in ROWS.items():
            key = datasets[table].key
            fields = ", ".join(f"{field.name} {dialect.declare(field.type, key=field.name in key)}" for field in datasets[table].fields)
            connection.execute(text(f"create table {table} ({fields}, primary key ({', '.join(key)}))"))
            connection.execute(text(f"insert into {table} {rows.format(**names)}"))
            connection.execute(text(f"analyze {table}"))


def main() -> None:
    """Make the platform, build both reports over it, measure again; one line each, as JSON with --json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as root, platform(arguments.cases) as url:
        shutil.copytree(CAMPUS, Path(root) / "campus")
        environment = {**os.environ, "PLATFORM_URL": url, "HUB_NOW": NOW, "HUB_STORE_URL": f"sqlite:///{root}/hub.db"}
        for what in ("first", "both", "again"):
            command = [sys.executable, "-c", CHILD, f"{root}/campus", what]
            found = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, cwd=root)
            measured = {"cases": arguments.cases, **json.loads(found.stdout.splitlines()[-1])}
            print(json.dumps(measured) if arguments.json else "  ".join(f"{name} {value}" for name, value in measured.items()), flush=True)


if __name__ == "__main__":
    main()
