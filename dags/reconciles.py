"""One DAG per flow that says `reconcile:`: finds what a window cannot see (deletes, very late rows) and runs exactly those keys."""

from airflow.sdk import DAG, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowFailException

from catalog.campus import Catalog
from catalog.clock import now
from catalog.flow import Flow
from dags.assets import published
from dags.campus import campus
from dags.retry import RETRY

# Quiet hours of the school's day, after the night's flows and before the working day.
CRONS = {"daily": "0 5 * * *", "weekly": "0 5 * * 6", "monthly": "0 5 1 * *"}


def reconcile_dag(catalog: Catalog, flow: Flow, cron: str) -> DAG:
    """Build the flow's second clock."""

    @task(pool=flow.source.system, outlets=[published(flow.dataset, flow.target.system)])
    def reconcile() -> str:
        from hub.open import open_hub
        from hub.reconcile import reconcile

        receipt = reconcile(open_hub(catalog), flow.name, now=now(), by="airflow")
        if receipt.exit_code:
            raise AirflowFailException(receipt.error or receipt.status)
        return receipt.run

    with DAG(
        f"reconcile_{flow.name}",
        dag_display_name=f"{flow.title or flow.name}（全量核对）",
        doc_md=__doc__,
        schedule=CronTriggerTimetable(cron, timezone=catalog.campus.timezone),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args={"owner": flow.owner, **RETRY},
        tags=["reconcile", flow.dataset, flow.source.system, flow.target.system],
    ) as dag:
        reconcile()
    return dag


for flow in campus().flows.values():
    if flow.reconcile:
        globals()[f"dag:{flow.name}"] = reconcile_dag(campus(), flow, CRONS[flow.reconcile])  # a flow may be called `campus`
