"""One DAG per flow of the campus: extract → judge → publish. It keeps time, order and courtesy; the work is hub's.

Only the run's id travels from task to task. A schedule is a cron in the school's zone, or `after:` as assets named
dataset@system. A task waits in the pool of the system it talks to, and is tried again only when that system was unavailable.
Nothing heavy is imported here: the scheduler parses this file again and again.
"""

from airflow.sdk import DAG, Asset, CronTriggerTimetable, Param, get_current_context, get_parsing_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from catalog.campus import Catalog
from catalog.clock import now
from catalog.errors import DeniedError, RejectedError
from catalog.flow import After, Flow
from dags.assets import published
from dags.campus import campus
from dags.retry import RETRY


def schedule(catalog: Catalog, flow: Flow) -> CronTriggerTimetable | list[Asset] | None:
    """Return when the flow runs: at hours of the school's day, after other datasets, or only when asked."""
    match flow.schedule:
        case After(after=datasets):
            return [published(dataset, flow.source.system) for dataset in datasets]
        case str(cron):
            return CronTriggerTimetable(cron, timezone=catalog.campus.timezone)
    return None


def doc(catalog: Catalog, flow: Flow) -> str:
    """Tell in Markdown what moves from where to where, for the person who opens the DAG."""
    dataset = catalog.datasets[flow.dataset]
    systems = [catalog.systems[system].title for system in (flow.source.system, flow.target.system)]
    fields = "\n".join(f"| {field.name} | {field.title} | {field.type} | {field.sensitivity} |" for field in dataset.fields)
    return (
        f"**{flow.title or dataset.title}**: {systems[0]} → {systems[1]}（{flow.target.table}）\n\n"
        f"数据责任单位 {dataset.owner}，模式 {flow.mode}，源端删除 {flow.on_delete}，结构变化 {flow.drift}\n\n"
        f"| 字段 | 名称 | 类型 | 敏感级别 |\n|---|---|---|---|\n{fields}\n"
    )


def flow_dag(catalog: Catalog, flow: Flow) -> DAG:
    """Build the flow's DAG."""

    @task(pool=flow.source.system)
    def extract() -> str:
        from hub import pipeline
        from hub.open import open_hub

        asked = pipeline.Asked(full=bool(get_current_context()["params"]["full"]))
        try:
            return pipeline.extract(open_hub(catalog), flow.name, now=now(), by="airflow", asked=asked)
        except DeniedError as error:  # an agreement that was suspended, or has ended, is no fault of the flow
            raise AirflowSkipException(error.say()) from None
        except RejectedError as error:
            if error.key == "flow.paused":
                raise AirflowSkipException(error.say()) from None
            raise

    @task(pool=flow.target.system)
    def judge(run: str) -> str:
        from hub import pipeline
        from hub.open import open_hub

        pipeline.judge(open_hub(catalog), run, now=now())
        return run

    # The asset is updated only when the task succeeds, and it succeeds only on a receipt that proves something:
    # publishing a finished run again returns the receipt it ended with, whatever that was.
    @task(pool=flow.target.system, outlets=[published(flow.dataset, flow.target.system)])
    def publish(run: str) -> str:
        from hub import pipeline
        from hub.open import open_hub

        receipt = pipeline.publish(open_hub(catalog), run, now=now())
        if receipt.exit_code:
            raise AirflowFailException(receipt.error or receipt.status)
        return receipt.run

    with DAG(
        flow.name,
        dag_display_name=flow.title or flow.name,
        doc_md=doc(catalog, flow),
        schedule=schedule(catalog, flow),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args={"owner": flow.owner, **RETRY},
        tags=["flow", flow.dataset, flow.source.system, flow.target.system],
        params={"full": Param(False, type="boolean", title="整表重读 / read everything again")},
    ) as dag:
        publish(judge(extract()))  # type: ignore[arg-type]  # Airflow hands the values over, later
    return dag


wanted = get_parsing_context().dag_id  # a task's process needs its own DAG only
for flow in campus().flows.values():
    if wanted in (None, flow.name):
        globals()[f"dag:{flow.name}"] = flow_dag(campus(), flow)  # a flow may be called `campus`
