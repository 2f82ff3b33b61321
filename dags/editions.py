"""One DAG per edition of a report: on the first morning after the cut-off it freezes what is over, measures it and writes the draft."""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

from catalog.campus import Catalog
from catalog.clock import now
from catalog.edition import Edition
from dags.campus import campus
from dags.retry import RETRY

MONTHS = {"month": "*", "quarter": "1,4,7,10"}


def edition_dag(catalog: Catalog, edition: Edition) -> DAG:
    """Build the edition's clock: the cut-off is at midnight, the draft is there when the office opens."""

    @task
    def build() -> str:
        from hub.open import open_hub
        from reports.build import build

        moment = now()
        last = moment.astimezone(catalog.zone).replace(day=1) - timedelta(days=1)
        period = f"{last:%Y-%m}" if edition.every == "month" else f"{last.year}Q{(last.month + 2) // 3}"
        return build(open_hub(catalog), edition.name, period, now=moment).issue

    with DAG(
        f"report_{edition.name}",
        dag_display_name=f"{edition.title.replace('|', '')}（{edition.skin}）",
        doc_md=__doc__,
        schedule=CronTriggerTimetable(f"30 6 {edition.cut_off_days + 1} {MONTHS[edition.every]} *", timezone=catalog.campus.timezone),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args={"owner": edition.office, **RETRY},
        tags=["report", edition.name],
    ) as dag:
        build()
    return dag


for edition in campus().editions.values():
    globals()[f"report_{edition.name}"] = edition_dag(campus(), edition)
