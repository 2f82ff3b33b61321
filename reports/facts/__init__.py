"""The facts that reports count from: which columns enter a snapshot, and the views over them, one commented .sql file each.

Names of persons and free text are not among them. The views build on each other in the order of VIEWS:

    unit_now → case_fact → act → acceptance → movement → ending → due, handling, step_fact, ratable
"""

from collections.abc import Mapping
from importlib.resources import files

FACTS: Mapping[str, Mapping[str, str]] = {
    "org_unit": {
        "unit_id": "varchar", "unit_name": "varchar", "unit_type": "varchar", "peer_group": "varchar", "valid_to": "date",
        "successor_id": "varchar", "list_order": "bigint",
    },
    "service_item": {
        "item_id": "varchar", "item_name": "varchar", "item_type": "varchar", "owner_unit_id": "varchar", "case_type": "varchar",
        "promise_days": "bigint", "online_at": "date", "offline_at": "date", "season_months": "varchar", "handled_in": "varchar",
        "audience": "varchar", "offline_visits": "bigint", "consult_way": "varchar", "complain_way": "varchar", "guide_updated_at": "date",
    },
    "item_request": {"item_id": "varchar", "kind": "varchar", "executed_at": "timestamp"},
    "application": {
        "app_id": "varchar", "item_id": "varchar", "due_at": "timestamp", "close_result": "varchar", "is_test": "boolean",
        "apply_channel": "varchar",
    },
    "application_step": {
        "app_id": "varchar", "step_no": "bigint", "step_name": "varchar", "action": "varchar", "result": "varchar",
        "actor_unit_id": "varchar", "arrived_at": "timestamp", "acted_at": "timestamp", "due_at": "timestamp",
    },
    "application_pause": {"app_id": "varchar", "started_at": "timestamp", "ended_at": "timestamp"},
    "rating": {
        "rating_id": "varchar", "app_id": "varchar", "level": "bigint", "is_default": "boolean", "is_anonymous": "boolean",
        "rated_at": "timestamp",
    },
    "rating_rectify": {
        "rating_id": "varchar", "due_at": "timestamp", "result": "varchar", "rectified_at": "timestamp", "called_back_at": "timestamp",
    },
    **{
        name: {
            "id": "varchar", "unit_id": "varchar", "received_at": "timestamp", "due_at": "timestamp", "answered_at": "timestamp",
            "closed_at": "timestamp", "verdict": "varchar",
        }
        for name in ("consult", "complaint")
    },
    "login_log": {"ts": "timestamp", "account_id": "varchar", "result": "varchar", "client": "varchar"},
    "exception_register": {"item_name": "varchar", "approved_at": "timestamp", "valid_to": "date"},
    "uptime": {"month": "date", "down_minutes": "bigint", "planned_minutes": "bigint"},
    "offline_run": {"started_at": "timestamp", "ended_at": "timestamp", "cases": "bigint"},
    "problem": {"problem_id": "varchar", "found_at": "timestamp", "due_at": "timestamp", "closed_at": "timestamp"},
}  # fmt: skip
RUNS: Mapping[str, str] = {"flow": "varchar", "status": "varchar", "finished_at": "timestamp"}
NEEDED = (  # without these there is nothing to report
    "service_item.item_id", "application.app_id", "application.item_id",
    "application_step.app_id", "application_step.action", "application_step.acted_at",
)  # fmt: skip
VIEWS = (
    "period", "unit_now", "online_item", "case_fact", "act", "submission", "acceptance", "movement", "ending", "due", "arrears",
    "paused", "handling", "step_fact", "ratable", "live_item", "soon_due", "promised", "response", "quality", "consult_fact",
    "complaint_fact",
)  # fmt: skip


def view(name: str) -> str:
    """Read the statement that makes a view."""
    return (files("reports.facts") / f"{name}.sql").read_text("utf-8")
