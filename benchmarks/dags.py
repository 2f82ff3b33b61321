"""How long the scheduler needs to read the DAGs of a campus of 200 flows, and what it loads for it: `python benchmarks/dags.py`.

Each measurement is a process of its own, as in Airflow. `airflow` is what `import airflow.sdk` alone costs anybody.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HEAVY = ("pandas", "great_expectations", "pyarrow", "duckdb", "docx", "openpyxl")
PROBE = """
import json, resource, sys, time
start = time.perf_counter(); from airflow.sdk import DAG
airflow = time.perf_counter() - start; before = set(sys.modules)
start = time.perf_counter(); from dags import flows
seconds = time.perf_counter() - start
found = [value for value in vars(flows).values() if isinstance(value, DAG)]
print(json.dumps({
    "dags": len(found), "tasks": sum(len(dag.tasks) for dag in found), "airflow": round(airflow, 2), "seconds": round(seconds, 2),
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    "heavy": sorted({module.split(".")[0] for module in set(sys.modules) - before} & set(sys.argv[1].split(","))),
}))
"""
SYSTEM = "name: {name}\ntitle: 系统 {name}\nkind: sql\nurl: sqlite:///var/{name}.db\nowner: 信息资源部\n"
DATASET = """name: table_{number}
title: 数据表 {number}
owner: 信息资源部
sharing: conditional
key: [id]
fields:
  - {{name: id, type: string(20), title: 编号}}
  - {{name: name, type: string(64), title: 名称, required: true}}
  - {{name: kind, type: string(8), title: 类别}}
  - {{name: day, type: date, title: 日期}}
  - {{name: amount, type: "decimal(12,2)", title: 金额}}
  - {{name: updated_at, type: timestamp, title: 更新时间}}
rules:
  - {{rule: matches, field: id, pattern: '^[0-9]+$', on_fail: quarantine}}
"""
FLOW = """name: table_{number}_to_platform
dataset: table_{number}
source: {{system: business, table: t_{number}, cursor: updated_at}}
target: {{system: platform, table: table_{number}}}
mode: incremental
schedule: {schedule}
"""


def write(root: Path, flows: int) -> Path:
    """Write a campus of that many flows."""
    campus = root / "campus"
    for folder in ("systems", "datasets", "flows"):
        (campus / folder).mkdir(parents=True)
    (campus / "campus.yaml").write_text("name: large_school\ntitle: 大型学校\nplatform: platform\n", "utf-8")
    for name in ("business", "platform"):
        (campus / "systems" / f"{name}.yaml").write_text(SYSTEM.format(name=name), "utf-8")
    for number in range(flows):
        (campus / "datasets" / f"table_{number}.yaml").write_text(DATASET.format(number=number), "utf-8")
        flow = FLOW.format(number=number, schedule=f'"{number % 60} 2 * * *"')
        (campus / "flows" / f"table_{number}_to_platform.yaml").write_text(flow, "utf-8")
    return campus


def measure(flows: int) -> dict[str, object]:
    """Read the DAGs of such a campus in a fresh process."""
    with tempfile.TemporaryDirectory() as root:
        environment = {**os.environ, "HUB_CAMPUS": str(write(Path(root), flows)), "AIRFLOW_HOME": root}
        command = [sys.executable, "-c", PROBE, ",".join(HEAVY)]
        found = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, cwd=root)
    measured: dict[str, object] = json.loads(found.stdout.splitlines()[-1])
    return measured


def main() -> None:
    """Print one line per size; as JSON with --json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, nargs="*", default=[1, 16, 200])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    for flows in arguments.flows:
        measured = measure(flows)
        print(json.dumps(measured) if arguments.json else "  ".join(f"{name} {value}" for name, value in measured.items()))


if __name__ == "__main__":
    main()
