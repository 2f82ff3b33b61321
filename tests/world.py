"""A small campus of one dataset and one flow between two systems, for tests of the engine."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from catalog.load import load
from hub.open import Hub, open_hub
from hub.pipeline import Asked, run
from hub.receipt import Receipt
from hub.verify import Verification, verify

NOW = datetime(2026, 11, 5, tzinfo=UTC)  # 08:00 in the school's zone
FIELDS = [
    {"name": "no", "type": "string(20)", "title": "编号"},
    {"name": "name", "type": "string(64)", "title": "名称"},
    {"name": "kind", "type": "string(4)", "title": "类别"},
    {"name": "changed_at", "type": "timestamp", "title": "更新时间"},
]
TABLE = "create table s_thing (no varchar(20) {key}, name varchar(64), kind varchar(4), changed_at {timestamp} null)"


class World:
    """Source and target databases with a flow `thing` between them. `now` moves by `later`."""

    def __init__(self, folder: Path, source: str, target: str, *, key: bool = True, rows: int = 200) -> None:
        self.folder, self.source, self.target, self.now = folder, source, target, NOW
        self.target_system: dict[str, Any] = {}
        self.dataset: dict[str, Any] = {
            "name": "thing", "title": "物", "owner": "信息资源部", "sharing": "conditional", "key": ["no"] if key else [], "fields": list(FIELDS),
        }  # fmt: skip
        self.flow: dict[str, Any] = {
            "name": "thing", "dataset": "thing", "mode": "mirror", "on_delete": "delete",
            "source": {"system": "src", "table": "s_thing"}, "target": {"system": "dst", "table": "thing"},
        }  # fmt: skip
        self.others: dict[str, dict[str, Any]] = {}
        timestamp = "datetime(6)" if source.startswith("mysql") else "timestamp"
        self.at_source(TABLE.format(key="primary key" if key else "", timestamp=timestamp))
        if rows:
            values = ", ".join(f"('n{n:03}', '名{n}', '{n % 2 + 1}', '2026-01-01 00:00:00')" for n in range(rows))
            self.at_source(f"insert into s_thing values {values}")

    def at_source(self, statement: str, **values: object) -> list[Any]:
        return _execute(self.source, statement, values)

    def at_target(self, statement: str, **values: object) -> list[Any]:
        return _execute(self.target, statement, values)

    def later(self, **span: float) -> "World":
        self.now += timedelta(**span)
        return self

    @property
    def hub(self) -> Hub:
        os.environ["HUB_NOW"] = self.now.isoformat()
        systems = {
            name: {"name": name, "title": title, "kind": "sql", "url": url, "owner": "信息资源部"}
            for name, title, url in (("src", "来源系统", self.source), ("dst", "目标系统", self.target))
        }
        files = {
            "campus": {"name": "test", "title": "测试学院", "platform": "dst"},
            "systems/src": systems["src"],
            "systems/dst": systems["dst"] | self.target_system,
            "datasets/thing": self.dataset,
            "flows/thing": self.flow,
            **self.others,
        }
        for name, content in files.items():
            path = self.folder / "campus" / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            text = yaml.safe_dump(content, allow_unicode=True)
            if not path.exists() or path.read_text("utf-8") != text:  # a service may be reading it
                path.write_text(text, "utf-8")
        return open_hub(load(self.folder / "campus"))

    def run(self, flow: str = "thing", **asked: Any) -> Receipt:
        return run(self.hub, flow, now=self.now, by="tester", asked=Asked(**asked))

    def verify(self, flow: str = "thing") -> Verification:
        return verify(self.hub, flow)


def _execute(url: str, statement: str, values: dict[str, object]) -> list[Any]:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        result = connection.execute(text(statement), values)
        return [tuple(row) for row in result] if result.returns_rows else []


def execute(url: str, statement: str) -> None:
    """Execute a statement that takes no transaction."""
    with create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as connection:
        connection.execute(text(statement))


Database = Callable[[str], str]
