"""The facts that reports count from: which columns enter a snapshot, and the views over them, one commented .sql file each.

Names of persons and free text are not among them. The views build on each other in the order of VIEWS:

    unit_now → case_fact → act → course → movement → ending → due, handling, step_fact, ratable
"""

from collections.abc import Mapping
from importlib.resources import files

FACTS: Mapping[str, Mapping[str, str]] = {
    "org_unit": {
        "unit_id": "varchar", "unit_name": "varchar", "unit_type": "varchar", "peer_group": "varchar", "valid_to": "date",
        "successor_id": "varchar", "list_order": "bigint",
    },
    "service_item": {
        "item_id": "varchar", "item_name": "varchar", "item_type": "varchar", "owner_unit_id": "varchar", "coop_units": "varchar",
        "case_type": "varchar", "promise_days": "bigint", "online_at": "date", "offline_at": "date", "season_months": "varchar",
        "handled_in": "varchar", "audience": "varchar", "offline_visits": "bigint", "consult_way": "varchar", "complain_way": "varchar",
        "guide_updated_at": "date", "secret_review_state": "varchar", "secret_review_at": "date", "contingency_plan_id": "varchar",
    },
    "item_request": {
        "request_id": "varchar", "item_id": "varchar", "kind": "varchar", "applied_by_unit": "varchar", "applied_at": "timestamp",
        "tech_confirmed_at": "timestamp", "lead_reviewed_at": "timestamp", "office_decision": "varchar", "office_decided_at": "timestamp",
        "executed_at": "timestamp", "retained_rows": "bigint",
    },
    "application": {
        "app_id": "varchar", "item_id": "varchar", "due_at": "timestamp", "close_result": "varchar", "is_test": "boolean",
        "apply_channel": "varchar", "applicant_key": "varchar", "app_no": "varchar",
    },
    "application_step": {
        "app_id": "varchar", "step_no": "bigint", "step_name": "varchar", "action": "varchar", "result": "varchar",
        "actor_unit_id": "varchar", "arrived_at": "timestamp", "acted_at": "timestamp", "due_at": "timestamp",
        "opened_at": "timestamp", "actor_key": "varchar",
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
    "login_log": {
        "log_id": "varchar", "ts": "timestamp", "account_id": "varchar", "result": "varchar", "client": "varchar", "auth_source": "varchar",
        "ip_net": "varchar", "geo_code": "varchar", "device_hash": "varchar",
    },
    "person": {"person_key": "varchar", "user_type": "varchar", "unit_id": "varchar", "status": "varchar"},
    "account": {
        "account_id": "varchar", "person_key": "varchar", "account_type": "varchar", "auth_source": "varchar", "state": "varchar",
        "created_at": "timestamp", "disabled_at": "timestamp", "last_login_at": "timestamp", "pwd_grade": "varchar",
        "pwd_changed_at": "timestamp", "mfa": "boolean",
    },
    "role_grant": {
        "grant_id": "varchar", "account_id": "varchar", "role": "varchar", "scope_unit": "varchar", "granted_at": "timestamp",
        "revoked_at": "timestamp", "filing_id": "varchar",
    },
    "authz_filing": {
        "filing_id": "varchar", "unit_id": "varchar", "person_key": "varchar", "role": "varchar", "filed_at": "timestamp",
        "valid_to": "date",
    },
    "hr_event": {
        "event_id": "varchar", "person_key": "varchar", "unit_id": "varchar", "kind": "varchar", "effective_at": "timestamp",
        "reported_at": "timestamp",
    },
    "handover": {"person_key": "varchar", "done_at": "timestamp", "confidentiality_signed_at": "timestamp"},
    "dept_contact": {
        "unit_id": "varchar", "role": "varchar", "person_key": "varchar", "filed_at": "timestamp", "confirmed_at": "timestamp",
        "ended_at": "timestamp",
    },
    "process_step_def": {"item_id": "varchar", "step_no": "bigint", "step_name": "varchar"},
    "step_assignee": {"item_id": "varchar", "step_no": "bigint", "person_key": "varchar", "valid_to": "date"},
    "contingency_plan": {"plan_id": "varchar", "unit_id": "varchar", "reviewed_at": "date"},
    "item_change": {
        "change_id": "varchar", "item_id": "varchar", "version": "bigint", "approved_at": "timestamp", "effective_at": "timestamp",
    },
    "incident": {
        "incident_id": "varchar", "unit_id": "varchar", "level": "varchar", "occurred_at": "timestamp", "due_at": "timestamp",
        "closed_at": "timestamp",
    },
    "vuln_scan": {"vuln_id": "varchar", "severity": "varchar", "found_at": "timestamp", "fixed_at": "timestamp"},
    "export_log": {"export_id": "varchar", "unit_id": "varchar", "ts": "timestamp", "rows": "bigint", "approval_id": "varchar"},
    "exception_register": {"item_name": "varchar", "approved_at": "timestamp", "valid_to": "date"},
    "uptime": {"month": "date", "down_minutes": "bigint", "planned_minutes": "bigint"},
    "offline_run": {"started_at": "timestamp", "ended_at": "timestamp", "cases": "bigint"},
    "problem": {"problem_id": "varchar", "found_at": "timestamp", "due_at": "timestamp", "closed_at": "timestamp"},
}  # fmt: skip
PSEUDONYMS = frozenset(  # keys of persons: a snapshot holds another name for them, the same in all its tables
    ("account_id", "person_key", "actor_key", "applicant_key", "device_hash", "ip_net")
)
SHARED: Mapping[str, Mapping[str, str]] = {  # what the hub itself knows of sharing: the agreements, and every answer it gave
    "agreement": {"name": "varchar", "dataset": "varchar", "state": "varchar", "valid_from": "date", "valid_to": "date"},
    "delivery": {"seq": "bigint", "answered_at": "timestamp", "agreement": "varchar", "outcome": "varchar", "rows": "bigint"},
}
EXCLUDED: Mapping[str, str] = {
    "app_id": "varchar",
    "step_no": "bigint",
}  # what a department objected to and the office accepted; a case without step_no is out as a whole
RUNS: Mapping[str, str] = {"flow": "varchar", "status": "varchar", "finished_at": "timestamp"}
NEEDED = (  # without these there is nothing to report
    "service_item.item_id", "application.app_id", "application.item_id",
    "application_step.app_id", "application_step.action", "application_step.acted_at",
)  # fmt: skip
VIEWS = (
    "period", "unit_now", "online_item", "case_fact", "act", "end_state", "course", "turn", "submission", "movement", "ending", "due",
    "arrears", "paused", "handling", "step_fact", "ratable", "live_item", "soon_due", "promised", "response", "quality", "consult_fact",
    "complaint_fact", "left_person", "active_grant",
)  # fmt: skip


def view(name: str) -> str:
    """Read the statement that makes a view."""
    return (files("reports.facts") / f"{name}.sql").read_text("utf-8")
