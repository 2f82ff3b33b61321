"""The campus that is measured: one dataset with eight rules of its own beside those that follow from its fields, and its flows."""

from pathlib import Path
from typing import Any

import yaml
from servers import url

TYPES = {
    "id": "integer", "item_code": "string(32)", "applicant_no": "string(20)", "applicant_name": "string(64)", "dept_code": "string(16)",
    "status": "string(16)", "submitted_at": "timestamp", "due_at": "timestamp", "finished_at": "timestamp", "score": "integer",
    "fee": "decimal(12,2)", "is_online": "boolean", "remark": "string", "updated_at": "timestamp",
}  # fmt: skip
RULES: list[dict[str, Any]] = [
    {"rule": "required", "field": "submitted_at", "on_fail": "quarantine"},
    {"rule": "matches", "field": "item_code", "pattern": "^SX[0-9]{5}$", "on_fail": "quarantine"},
    {"rule": "matches", "field": "applicant_no", "pattern": "^[0-9]{10}$", "on_fail": "quarantine"},
    {"rule": "in_range", "field": "score", "min": 1, "max": 5, "on_fail": "quarantine"},
    {"rule": "in_range", "field": "fee", "min": 0, "max": 100000, "on_fail": "warn"},
    {"rule": "not_before", "field": "finished_at", "than": "submitted_at", "on_fail": "quarantine"},
    {"rule": "in_codes", "field": "status", "codes": "status", "on_fail": "quarantine"},
    {"rule": "row_count_between", "min": 1, "max": 100_000_000, "on_fail": "block"},
]
STATES = ("受理", "办理中", "已办结", "退回", "撤销")


def write(folder: Path, source: str, target: str, *, mode: str = "mirror", small: int = 0) -> Path:
    """Write a campus whose flow `application` leads from one engine to another; `small` more flows of small tables."""
    campus = folder / "campus"
    _write(campus / "campus.yaml", {"name": "bench", "title": "测速学院", "platform": "dst"})
    for name, engine, side in (("src", source, "source"), ("dst", target, "target")):
        system = {"name": name, "title": name, "kind": "sql", "url": url(engine, side), "owner": "信息资源部"}
        _write(campus / "systems" / f"{name}.yaml", system)
    codes = {"name": "status", "title": "状态", "codes": {state: state for state in STATES}}
    _write(campus / "codes" / "status.yaml", codes)
    for name in ["application", *(f"small_{number}" for number in range(small))]:
        _write(campus / "datasets" / f"{name}.yaml", _dataset(name))
        _write(campus / "flows" / f"{name}.yaml", _flow(name, mode))
    return campus


def _dataset(name: str) -> dict[str, Any]:
    fields = [{"name": field, "type": kind, "title": field} for field, kind in TYPES.items()]
    return {
        "name": name, "title": name, "owner": "信息资源部", "sharing": "conditional", "key": ["id"], "fields": fields, "rules": RULES,
    }  # fmt: skip


def _flow(name: str, mode: str) -> dict[str, Any]:
    source = {"system": "src", "table": name} | ({"cursor": "updated_at", "lag": "10m"} if mode == "incremental" else {})
    return {
        "name": name, "dataset": name, "mode": mode, "on_delete": "delete", "source": source, "target": {"system": "dst", "table": name},
    }  # fmt: skip


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
