"""A flow that pushes `thing` into the library's database under the agreement `library_thing`, for tests of sharing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from world import World

from hub.store import access

FIELDS = [
    {"name": "no", "type": "string(20)", "title": "编号"},
    {"name": "name", "type": "string(64)", "title": "姓名", "sensitivity": "personal"},
    {"name": "kind", "type": "string(4)", "title": "类别"},
    {"name": "changed_at", "type": "timestamp", "title": "更新时间"},
]
AGREEMENT = {
    "name": "library_thing", "dataset": "thing", "consumer": "library", "purpose": "读者证开户", "columns": ["no", "name", "changed_at"],
    "where": [{"field": "kind", "in": ["1"]}], "mask": {"name": "surname"}, "valid": ["2026-09-01", "2027-08-31"],
    "approved": {"provider": "人事处", "manager": "信息资源部", "document": "OA-1", "on": "2026-08-25"},
    "channels": ["push"], "state": "active",
}  # fmt: skip


class Push(World):
    """A world whose flow runs under an agreement of the library; 200 rows, of which half are granted."""

    def __init__(self, folder: Path, source: str, target: str, *, rows: int = 200, **flow: Any) -> None:
        super().__init__(folder, source, target, rows=rows)
        self.dataset["fields"] = FIELDS
        self.flow |= {"under": "library_thing", **flow}
        self.agreement: dict[str, Any] = dict(AGREEMENT)
        consumer = {"name": "library", "title": "图书馆系统", "department": "图书馆", "systems": ["dst"]}
        self.others = {"consumers/library": consumer, "agreements/library_thing": self.agreement}

    def rows(self, *columns: str, where: str = "1 = 1") -> list[Any]:
        return self.at_target(f"select {', '.join(columns)} from thing where {where} order by 1")

    def beside(self, table: str) -> str:
        """Name a table of the hub's own beside the library's."""
        database = self.target.rpartition("/")[2].partition("?")[0]
        engine = self.target.partition(":")[0].partition("+")[0]
        return {"sqlite": "campus_hub_", "postgresql": "campus_hub."}.get(engine, f"campus_hub_{database}.") + table

    def batches(self) -> list[Any]:
        return self.at_target("select run, rows_inserted, rows_updated, rows_deleted from hub_batch order by finished_at, run")


def outcomes(push: Push) -> list[Mapping[str, object]]:
    return [line for line in reversed(access.lines(push.hub.store)) if line["channel"] == "push"]
