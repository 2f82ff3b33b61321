"""The daily upkeep DAG: staging that a crash left behind, quarantine and before-images past their time, agreements about to end."""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

from catalog.clock import now
from dags.campus import campus

with DAG(
    "upkeep",
    dag_display_name="日常维护",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("30 5 * * *", timezone=campus().campus.timezone),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={"owner": campus().campus.defaults.owner, "retries": 2, "retry_delay": timedelta(minutes=10)},
    tags=["upkeep"],
) as dag:

    @task
    def upkeep() -> None:
        """Clean up and look ahead, once a day."""
        from hub.open import open_hub
        from hub.store.anchors import keep
        from hub.upkeep import upkeep
        from hub.watch import watch

        hub = open_hub(campus())
        upkeep(hub, now=now())
        keep(hub.store, hub.catalog, now=now())
        watch(hub, now=now(), by="airflow")

    upkeep()
