"""A small hall for tests of the reports: cases made by hand in a database, and the campus that reports over them."""

from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import create_engine, text

from catalog.load import load
from hub.open import Hub, open_hub
from reports.facts import FACTS

CALENDAR = Path(__file__).parents[1] / "campus" / "calendar" / "china.yaml"
KEYS = {
    "org_unit": "unit_id", "service_item": "item_id", "item_request": "request_id", "application": "app_id", "application_step": "step_id",
    "application_pause": "pause_id", "rating": "rating_id", "problem": "problem_id", "rating_rectify": "rectify_id", "consult": "id",
    "complaint": "id", "login_log": "log_id", "exception_register": "entry_id", "uptime": "entry_id", "offline_run": "run_id",
    "person": "person_key", "account": "account_id", "role_grant": "grant_id", "authz_filing": "filing_id", "hr_event": "event_id",
    "handover": "handover_id", "dept_contact": "contact_id", "process_step_def": "def_id", "step_assignee": "assign_id",
    "contingency_plan": "plan_id", "item_change": "change_id", "incident": "incident_id", "vuln_scan": "vuln_id", "export_log": "export_id",
}  # fmt: skip
TYPES = {"varchar": "string(64)", "bigint": "integer", "date": "date", "timestamp": "timestamp", "boolean": "boolean"}
NATIVE = {"varchar": "varchar(64)", "timestamp": {"mysql": "datetime(6)"}}
EDITION = {
    "name": "operation", "title": "网上办事大厅运行情况", "office": "综合办公室", "basis": "第三条", "calendar": "china",
    "indicators": ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "B1", "B2", "B3", "B4", "C1", "C2", "C3", "D1", "E4", "E5", "E6", "F1", "F2", "F3", "H4"],
    "thresholds": {"rank_min_due": 1},
}  # fmt: skip
Row = dict[str, Any]
Rows = dict[str, list[Row]]


class Hall:
    """Rows by table. `case` takes what was done, when: ("受理", "2026-10-08 09:00") with a result, a unit or a limit where they matter."""

    def __init__(self) -> None:
        self.rows: Rows = {"service_item": [], "application": [], "application_step": []}

    def add(self, table: str, **row: Any) -> "Hall":
        self.rows.setdefault(table, []).append({KEYS[table]: f"{table}-{len(self.rows.get(table, []))}", **row})
        return self

    def item(self, item_id: str, **row: Any) -> "Hall":
        usual = {"item_name": item_id, "item_type": "网上办理", "owner_unit_id": "D1", "case_type": "承诺件", "promise_days": 3}
        return self.add("service_item", item_id=item_id, **usual | {"online_at": "2025-01-01"} | row)

    def case(self, app_id: str, *acts: tuple[str, str] | tuple[str, str, Row], item: str = "I1", **row: Any) -> "Hall":
        self.add("application", app_id=app_id, item_id=item, **{"due_at": None, "is_test": False} | row)
        for number, (action, at, *more) in enumerate(acts):
            done = {"step_no": number, "step_name": action, "action": action, "arrived_at": at, "acted_at": at, "actor_unit_id": "D1"}
            self.add("application_step", app_id=app_id, **done | {"result": None, "due_at": None} | (more[0] if more else {}))
        return self


def lay(folder: Path, rows: Rows, *, hall: str, platform: str, edition: Row | None = None, daily: bool = False) -> Hub:
    """Write the campus into `folder` and the rows into the database `hall`, whose flows lead to `platform`, every night if `daily`."""
    engine = create_engine(hall)
    files: dict[str, Row] = {
        "campus": {"name": "test", "title": "测试学院", "platform": "platform"},
        "reports/operation": EDITION | (edition or {}),
        **{
            f"systems/{name}": {"name": name, "title": name, "kind": "sql", "url": url, "owner": "信息资源部"}
            for name, url in (("hall", hall), ("platform", platform))
        },
    }
    with engine.begin() as connection:
        for name, lines in rows.items():
            columns = {column: FACTS[name].get(column, "varchar") for column in sorted({c for line in lines for c in line})}
            files[f"datasets/{name}"] = {
                "name": name, "title": name, "owner": "信息资源部", "sharing": "none", "key": [KEYS[name]], "retain": name in FACTS,
                "fields": [{"name": column, "type": TYPES[kind], "title": column} for column, kind in columns.items()],
            }  # fmt: skip
            files[f"flows/{name}"] = {
                "name": name, "dataset": name, "mode": "mirror", "on_delete": "keep",
                "source": {"system": "hall", "table": name}, "target": {"system": "platform", "table": name},
                "schedule": "30 1 * * *" if daily else None,
            }  # fmt: skip
            natives = {c: NATIVE.get(kind, kind) for c, kind in columns.items()}
            types = {c: n if isinstance(n, str) else n.get(engine.dialect.name, "timestamp") for c, n in natives.items()}
            connection.execute(text(f"create table {name} ({', '.join(f'{c} {kind}' for c, kind in types.items())})"))
            insert = text(f"insert into {name} ({', '.join(columns)}) values ({', '.join(f':{c}' for c in columns)})")
            connection.execute(insert, [{c: line.get(c) for c in columns} for line in lines])
    engine.dispose()
    for name, content in files.items():
        path = folder / "campus" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    (folder / "campus" / "calendar").mkdir(exist_ok=True)
    (folder / "campus" / "calendar" / "china.yaml").write_text(CALENDAR.read_text("utf-8"), "utf-8")
    return open_hub(load(folder / "campus"))
