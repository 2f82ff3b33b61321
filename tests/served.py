"""A platform with one table of staff, an agreement of the library about it, and the hub API before it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from starlette.testclient import TestClient
from world import World

from app.service import create_app
from hub.open import Hub
from hub.store import access, keys
from hub.store.tables import access as lines

FIELDS: list[dict[str, Any]] = [
    {"name": "no", "type": "string(20)", "title": "工号"},
    {"name": "name", "type": "string(64)", "title": "姓名", "sensitivity": "personal"},
    {"name": "dept", "type": "string(20)", "title": "单位"},
    {"name": "status", "type": "string(8)", "title": "状态"},
    {"name": "level", "type": "string(4)", "title": "密级"},
    {"name": "pay", "type": "decimal(12,2)", "title": "岗位工资", "sensitivity": "sensitive"},
    {"name": "born", "type": "date", "title": "出生日期", "sensitivity": "personal"},
    {"name": "seen_at", "type": "timestamp", "title": "最近入校"},
]
TABLE = (
    "create table thing (no varchar(20), name varchar(64), dept varchar(20), status varchar(8), level varchar(4), "
    "pay {decimal}, born date, seen_at {timestamp} null)"
)
ROWS: list[tuple[object, ...]] = [
    ("0001", "欧阳明", "D1", "在职", None, "8000.50", "1990-05-06", "2026-10-01 08:00:00.250000"),
    ("0002", "王芳", "D2", "在职", None, "7000", "1985-02-03", None),
    ("0003", "李雷", "D1", "离职", None, "6000.10", "1970-12-31", "2026-09-01 08:00:00"),
    ("0004", "机密人", "D1", "在职", "密", "9999.99", "1980-01-01", None),
    ("0005", "𠮷田", "D3", "在职", None, "5000.05", "1999-09-09", None),
]


def excepted(fields: Sequence[Mapping[str, Any]], agreement: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Except every personal and sensitive column of an agreement that it does not mask, until it ends."""
    guarded = {field["name"] for field in fields if field.get("sensitivity") in ("personal", "sensitive")}
    names = [name for name in agreement["columns"] if name in guarded and name not in agreement.get("mask", {})]
    return {name: {"reason": "测试", "until": agreement["valid"][1]} for name in names}


class Served:
    """The library asks for `thing` under the agreement `library_thing`; `agreement` and `consumer` may be changed before asking.

    Its rows stand on the platform already, or (`synced`) in a source from which the flow `thing` brings them.
    """

    def __init__(
        self, folder: Path, platform: str, *, source: str | None = None, rows: Sequence[tuple[object, ...]] = ROWS, synced: bool = False
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.world = World(folder, source or f"sqlite:///{folder / 'source.db'}", platform, rows=0)
        self.world.dataset |= {"fields": FIELDS, "confidential": [{"field": "level", "eq": "密"}]}
        self.consumer: dict[str, Any] = {"name": "library", "title": "图书馆", "department": "图书馆"}
        self.agreement: dict[str, Any] = {
            "name": "library_thing", "dataset": "thing", "consumer": "library", "purpose": "读者证开户",
            "columns": ["no", "name", "dept", "born", "seen_at"], "where": [{"field": "status", "in": ["在职"]}],
            "mask": {"name": "surname", "born": "year"}, "valid": ["2026-09-01", "2027-08-31"],
            "approved": {"provider": "人事处", "manager": "信息资源部", "document": "OA-1", "on": "2026-08-25"},
            "channels": ["api"], "state": "active",
        }  # fmt: skip
        self.others: dict[str, Mapping[str, Any]] = {}
        self.synced = synced
        if synced:
            self.world.flow["source"]["table"] = "s_staff"
        url = self.world.source if synced else platform
        mysql = url.startswith("mysql")
        decimal = "text" if url.startswith("sqlite") else "decimal(12,2)"
        self._at(TABLE.replace("thing", self.table).format(decimal=decimal, timestamp="datetime(6)" if mysql else "timestamp"))
        for row in rows:
            self.add(row)
        self._key: str | None = None

    @property
    def table(self) -> str:
        return "s_staff" if self.synced else "thing"

    def _at(self, statement: str, **values: object) -> None:
        act = self.world.at_source if self.synced else self.world.at_target
        act(statement, **values)

    def add(self, row: tuple[object, ...]) -> None:
        names = [field["name"] for field in FIELDS]
        statement = f"insert into {self.table} values ({', '.join(f':{name}' for name in names)})"
        self._at(statement, **dict(zip(names, row, strict=True)))

    @property
    def hub(self) -> Hub:
        agreement = {"unmasked": excepted(FIELDS, self.agreement)} | self.agreement
        self.world.others = {"consumers/library": self.consumer, "agreements/library_thing": agreement, **self.others}
        return self.world.hub

    @property
    def store(self) -> Engine:
        return self.hub.store

    @property
    def key(self) -> str:
        if self._key is None:
            self._key = keys.issue(self.store, "library", now=self.world.now, by="tester")
        return self._key

    def client(self, *, key: str | None = None, address: str = "127.0.0.1") -> TestClient:
        """Open the API as the library (or with another key; an empty one is none)."""
        sent = self.key if key is None else key
        headers = {"Authorization": f"Bearer {sent}"} if sent else {}
        return TestClient(create_app(self.hub, look=0.0), raise_server_exceptions=False, headers=headers, client=(address, 50000))

    def get(self, path: str, **asked: Any) -> Any:
        return self.client().get(path, params=asked)

    def rows(self, **asked: Any) -> Any:
        return self.get("/v1/datasets/thing/rows", **asked)

    def log(self) -> list[dict[str, Any]]:
        """Return the access log, oldest first, once it is seen to hold."""
        store = self.store
        assert access.verify(store) == []
        with store.connect() as connection:
            return [dict(row) for row in connection.execute(select(lines).order_by(lines.c.seq)).mappings()]
