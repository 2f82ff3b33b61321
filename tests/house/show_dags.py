"""Print every DAG of the campus as JSON, as `airflow.sdk` sees it. A script: Airflow stays out of the test process."""

import json
import sys

from airflow.sdk import DAG

from catalog.order import order
from dags import editions, flows, reconciles, upkeep
from dags.campus import campus


def show(dag: DAG) -> dict[str, object]:
    dag.validate()
    dag.check_cycle()
    timetable = dag.timetable
    waits = timetable.asset_condition
    clock = getattr(timetable, "timetable", timetable)  # the time in a schedule of assets or time
    return {
        "owner": dag.owner,
        "tags": sorted(dag.tags),
        "doc": dag.doc_md,
        "runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "cron": getattr(clock, "expression", None),
        "zone": str(getattr(clock, "timezone", "")),
        "after": sorted(asset.name for asset in waits.objects) if waits else [],
        "tasks": [task.task_id for task in dag.topological_sort()],
        "pools": {task.task_id: task.pool for task in dag.tasks},
        "retries": {task.task_id: [task.retries, bool(task.retry_exponential_backoff)] for task in dag.tasks},
        "outlets": [outlet.name for task in dag.tasks for outlet in task.outlets],
    }


dags = {dag.dag_id: show(dag) for module in (flows, reconciles, editions, upkeep) for dag in vars(module).values() if isinstance(dag, DAG)}
json.dump({"dags": dags, "order": order(campus())}, sys.stdout)
