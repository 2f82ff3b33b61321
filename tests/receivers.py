"""Receivers that are no databases, for tests: a desk that takes rows over HTTP and a folder that takes files, and the world that writes to them."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from world import World

DESK = Path(__file__).parent / "rest_desk.py"
COLUMNS = ["no", "name", "kind", "changed_at"]
AGREEMENT = {
    "name": "desk_thing", "dataset": "thing", "consumer": "desk", "purpose": "读者证开户", "columns": COLUMNS, "valid": ["2026-09-01", "2027-08-31"],
    "approved": {"provider": "人事处", "manager": "信息资源部", "document": "OA-1", "on": "2026-08-25"}, "channels": ["push"], "state": "active",
}  # fmt: skip
ROW_BY_ROW: dict[str, Any] = {
    "insert": {"method": "PUT", "path": "/readers/{no}"},
    "delete": {"method": "DELETE", "path": "/readers/{no}"},
    "reason": "why",
    "read": {"path": "/readers", "records": "data.items", "total": "data.total"},
}
BATCHES: dict[str, Any] = {
    "insert": {"method": "POST", "path": "/many"},
    "delete": {"method": "POST", "path": "/remove", "body": "{no}"},
    "batch": 50, "envelope": {"rows": "{rows}", "batch": "{hub_batch_id}"},
    "results": "results", "id": {"no": "no"}, "ok": "taken", "reason": "why",
    "read": {"path": "/readers", "records": "data.items", "total": "data.total"},
}  # fmt: skip


class Receiving(World):
    """A world whose flow `thing` goes to the system `desk` under an agreement."""

    def __init__(self, folder: Path, system: dict[str, Any], place: dict[str, Any], *, rows: int = 6) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(folder, f"sqlite:///{folder}/source.db", f"sqlite:///{folder}/platform.db", rows=rows)
        self.agreement: dict[str, Any] = dict(AGREEMENT)
        self.system = {"name": "desk", "title": "图书馆", "owner": "图书馆", **system}
        self.flow |= {"under": "desk_thing", "target": {"system": "desk", **place}}
        consumer = {"name": "desk", "title": "图书馆系统", "department": "图书馆", "systems": ["desk"]}
        self.others = {"consumers/desk": consumer, "agreements/desk_thing": self.agreement, "systems/desk": self.system}

    def expected(self) -> dict[str, tuple[str, ...]]:
        return {row[0]: tuple(row[1:3]) for row in self.at_source("select no, name, kind from s_thing")}


class Desk:
    """A running receiver and its file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.file = folder / "desk.db"
        self.process = subprocess.Popen([sys.executable, str(DESK), str(self.file)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()

    def system(self, **rest: Any) -> dict[str, Any]:
        limits = {"answer_timeout": "5s", "tries": 3} | rest
        return {"kind": "rest", "url": self.url, "rest": limits, "auth": {"kind": "header", "header": "X-Key", "value": "geheim"}}

    def do(self, statement: str, *values: Any) -> list[Any]:
        with sqlite3.connect(self.file) as database:
            return database.execute(statement, values).fetchall()

    def fault(self, *what: str) -> None:
        for it in what:
            self.do("insert into fault values (?)", it)

    def has(self) -> dict[str, tuple[str, ...]]:
        found = [json.loads(body) for (body,) in self.do("select body from reader")]
        return {row.pop("no"): tuple(value for name, value in row.items() if name != "changed_at") for row in found}

    def asked(self) -> list[tuple[Any, ...]]:
        return self.do("select method, path, key, fresh from asked order by rowid")
