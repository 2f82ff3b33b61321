"""One DAG per edition of a report: waits for what it counts to be published, or for its cut-off, whichever is later; then it freezes,
measures, renders, and tells the office. It wakes at both, and until both have come it says what it still waits for."""

from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from catalog.campus import Catalog
from catalog.clock import now
from catalog.edition import Edition
from catalog.messages import say
from dags.assets import published
from dags.campus import campus
from dags.retry import RETRY
from reports.facts.counted import counted

MONTHS = {"month": "*", "quarter": "1,4,7,10"}


def edition_dag(catalog: Catalog, edition: Edition) -> DAG:
    """Build the edition's clock."""

    @task
    def wait() -> str:
        from hub.open import open_hub
        from reports.due import due

        it = due(open_hub(catalog), edition, now=now())
        if not it.now:
            told = "made" if it.made else "early" if not it.over else "awaited"
            raise AirflowSkipException(say(f"edition.{told}", period=it.period.title, datasets=", ".join(it.awaited)))
        return it.period.code

    @task
    def build(period: str) -> str:
        from hub.open import open_hub
        from reports.announcement import announce
        from reports.build import build

        hub = open_hub(catalog)
        return announce(hub, build(hub, edition.name, period, now=now()))

    @task
    def tell(text: str) -> list[str]:
        from hub.notices import tell
        from hub.open import open_hub

        return tell(open_hub(catalog), text, edition.notify, text, now=now())  # quiet: a silent channel holds no report up

    at = CronTriggerTimetable(f"30 6 {edition.cut_off_days + 1} {MONTHS[edition.every]} *", timezone=catalog.campus.timezone)
    assets = [published(name, catalog.campus.platform) for name in counted(catalog)]
    with DAG(
        f"report_{edition.name}",
        dag_display_name=f"{edition.title.replace('|', '')}（{edition.skin}）",
        doc_md=__doc__,
        schedule=AssetOrTimeSchedule(timetable=at, assets=assets) if assets else at,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args={"owner": edition.office, **RETRY},
        tags=["report", edition.name],
    ) as dag:
        tell(build(wait()))  # type: ignore[arg-type]  # Airflow hands the values over, later
    return dag


for edition in campus().editions.values():
    globals()[f"dag:{edition.name}"] = edition_dag(campus(), edition)  # a flow may be called `campus`
