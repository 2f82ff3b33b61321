"""The API as an application sees it: its columns, rows and masks, and nothing else; every answer and refusal in the log."""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import create_engine, delete, text, update
from starlette.testclient import TestClient
from world import Database

from app.service import create_app
from catalog.load import load
from hub.open import Hub, open_hub
from hub.pipeline import run
from hub.store import access, keys
from hub.store.access import Fault
from hub.store.tables import access as lines

NOW = datetime(2026, 11, 5, tzinfo=UTC)
STAFF = [
    ("B2", "欧阳明", "在职", "8000.50", "1980-05-06", "2026-01-01 08:00:00", 0),
    ("a1", "杨𬀩", "在职", "12345678901.10", "1990-01-02", "2026-01-01 08:00:00.5", 0),
    ("A1", "李四", "在职", None, None, None, 0),
    ("c3", "赵六", "离职", "1", "1970-01-01", "2026-01-01 08:00:00", 0),
    ("s9", "保密", "在职", "1", "1970-01-01", "2026-01-01 08:00:00", 1),
]  # fmt: skip
DATASET = {
    "name": "staff", "title": "教职工", "owner": "人事处", "sharing": "conditional", "key": ["no"],
    "confidential": [{"field": "secret", "eq": 1}],
    "fields": [
        {"name": "no", "type": "string(20)", "title": "工号"},
        {"name": "name", "type": "string(64)", "title": "姓名", "sensitivity": "personal"},
        {"name": "status", "type": "string(8)", "title": "状态"},
        {"name": "salary", "type": "decimal(15,2)", "title": "工资", "sensitivity": "sensitive"},
        {"name": "born", "type": "date", "title": "出生日期", "sensitivity": "personal"},
        {"name": "changed_at", "type": "timestamp", "title": "更新时间"},
        {"name": "secret", "type": "integer", "title": "涉密"},
    ],
}  # fmt: skip
AGREEMENT = {
    "name": "library_staff", "dataset": "staff", "consumer": "library", "purpose": "读者证开户",
    "columns": ["no", "name", "born", "changed_at"], "where": [{"field": "status", "in": ["在职"]}], "mask": {"name": "surname", "born": "year"},
    "valid": ["2026-09-01", "2027-08-31"], "channels": ["api"], "state": "active",
    "approved": {"provider": "人事处", "manager": "信息资源部", "document": "OA-1", "on": "2026-08-25"},
}  # fmt: skip


class School:
    """A campus with one published dataset, its API, and the library's key."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.files: dict[str, Any] = {
            "campus": {"name": "test", "title": "测试学院", "platform": "platform"},
            "systems/hr": {"name": "hr", "title": "人事", "kind": "sql", "url": f"sqlite:///{folder}/hr.db", "owner": "人事处"},
            "systems/platform": {"name": "platform", "title": "平台", "kind": "sql", "url": url, "owner": "信息资源部"},
            "datasets/staff": DATASET,
            "flows/staff": {
                "name": "staff", "dataset": "staff", "mode": "mirror", "on_delete": "mark",
                "source": {"system": "hr", "table": "t"}, "target": {"system": "platform", "table": "staff"},
            },
            "consumers/library": {"name": "library", "title": "图书馆", "department": "图书馆"},
            "consumers/other": {"name": "other", "title": "其他", "department": "其他"},
            "agreements/library_staff": dict(AGREEMENT),
        }  # fmt: skip
        self.source("create table t (no text primary key, name text, status text, salary text, born text, changed_at text, secret integer)")
        for row in STAFF:
            self.source("insert into t values (:a, :b, :c, :d, :e, :f, :g)", **dict(zip("abcdefg", row, strict=True)))

    def source(self, statement: str, **values: object) -> None:
        engine = create_engine(f"sqlite:///{self.folder}/hr.db")
        with engine.begin() as connection:
            connection.execute(text(statement), values)
        engine.dispose()

    @property
    def hub(self) -> Hub:
        for name, content in self.files.items():
            path = self.folder / "campus" / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
        return open_hub(load(self.folder / "campus"))

    def sync(self) -> None:
        receipt = run(self.hub, "staff", now=NOW, by="tester")
        assert receipt.exit_code == 0, receipt.error

    def client(self, consumer: str | None = "library") -> TestClient:
        hub = self.hub
        headers = {"Authorization": f"Bearer {keys.issue(hub.store, consumer, now=NOW, by='tester')}"} if consumer else {}
        return TestClient(create_app(hub, look=0.0), headers=headers, raise_server_exceptions=False)


@pytest.fixture
def school(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[School]:
    monkeypatch.setenv("HUB_NOW", NOW.isoformat())
    it = School(tmp_path, database(getattr(request, "param", "sqlite")))
    it.sync()
    yield it
    assert access.verify(it.hub.store) == []


every_engine = pytest.mark.parametrize("school", ["sqlite", "postgresql", "mariadb"], indirect=True)


@every_engine
def test_only_granted_columns_rows_and_masks_leave(school: School) -> None:
    answer = school.client().get("/v1/datasets/staff/rows")
    assert answer.status_code == 200
    assert {name: value for name, value in answer.json().items() if name != "since"} == {
        "rows": [
            {"no": "A1", "name": "李*", "born": None, "changed_at": None},
            {"no": "B2", "name": "欧**", "born": "1980-01-01", "changed_at": "2026-01-01T08:00:00"},
            {"no": "a1", "name": "杨*", "born": "1990-01-01", "changed_at": "2026-01-01T08:00:00.5"},
        ],
        "next": None,
    }


@every_engine
def test_pages_skip_and_repeat_nothing_while_rows_come_and_go(school: School) -> None:
    for number in range(30):
        school.source("insert into t values (:no, '名', '在职', null, null, null, 0)", no=f"k{number:02}")
    school.sync()
    client, seen, after = school.client(), [], None
    while True:
        page = client.get("/v1/datasets/staff/rows", params={"limit": 7, "fields": "no"} | ({"after": after} if after else {})).json()
        seen += [row["no"] for row in page["rows"]]
        if len(seen) == 7:
            school.source("delete from t where no in ('A1', 'k03', 'k29')")
            school.source("insert into t values ('0new', '新', '在职', null, null, null, 0), ('k03b', '新', '在职', null, null, null, 0)")
            school.sync()
        if (after := page["next"]) is None:
            break
    assert seen == sorted(set(seen))
    assert {f"k{n:02}" for n in range(29)} - {"k03"} <= set(seen)
    assert "k29" not in seen


def test_rows_marked_as_gone_are_no_longer_served(school: School) -> None:
    school.source("delete from t where no = 'B2'")
    school.sync()
    assert [row["no"] for row in school.client().get("/v1/datasets/staff/rows").json()["rows"]] == ["A1", "a1"]


def test_a_bad_key_is_told_nothing_more_than_another(school: School) -> None:
    client, hub = school.client(), school.hub
    good = client.headers["Authorization"]
    expired = keys.issue(hub.store, "library", now=NOW - timedelta(days=400), by="tester", days=1)
    bad = ["", "Bearer", "Bearer chk_unknown", f"{good[:-2]}xx", f"Bearer {expired}"]
    answers = [client.get("/v1/datasets/staff/rows", headers={"Authorization": header}) for header in bad]
    keys.revoke(hub.store, "library", now=NOW)
    answers.append(client.get("/v1/datasets/staff/rows"))
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}
    assert answers[0].headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/v1/datasets/staff/rows?fields=no,salary", 403, "协议 library_staff 未授权字段：salary。可用字段：no, name, born, changed_at"),
        ("/v1/datasets/staff/rows?filter=name.eq.李四", 403, "协议 library_staff 不允许按字段 name 筛选。可用字段：no, changed_at"),
        ("/v1/datasets/staff/rows?filter=salary.gt.1", 403, "协议 library_staff 不允许按字段 salary 筛选。可用字段：no, changed_at"),
        ("/v1/datasets/wages/rows", 404, "没有名为 wages 的数据集，或没有相应的共享协议"),
        ("/v1/datasets/staff/rows?filter=no", 422, None),
        ("/v1/datasets/staff/rows?filter=changed_at.like.A%25", 422, None),
        ("/v1/datasets/staff/rows?filter=changed_at.gt.昨天", 422, None),
        ("/v1/datasets/staff/rows?limit=0", 422, "参数不正确：limit"),
        ("/v1/datasets/staff/rows?limit=99999", 422, "参数不正确：limit"),
        ("/v1/datasets/staff/rows?after=abc", 422, None),
        ("/v1/runs/R1/receipt", 404, None),
        ("/v1/nothing", 404, None),
    ],
)
def test_a_refusal_says_what_is_allowed_and_is_logged(school: School, path: str, status: int, title: str | None) -> None:
    client = school.client()
    before = len(access.lines(school.hub.store))
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert title in (None, answer.json()["title"])
    assert "李四" not in answer.text
    logged = access.lines(school.hub.store)
    if path != "/v1/nothing":
        assert len(logged) == before + 1
        assert str(logged[0]["outcome"]).startswith(str(status))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"state": "suspended"}, "api.agreement_suspended"),
        ({"state": "revoked"}, "api.agreement_revoked"),
        ({"valid": ["2025-01-01", "2026-11-04"]}, "api.agreement_expired"),
        ({"valid": ["2026-11-06", "2027-01-01"]}, "api.agreement_early"),
        ({"channels": ["push"]}, "api.agreement_channel"),
    ],
)
def test_an_agreement_out_of_force_stops_the_next_request(school: School, change: dict[str, Any], code: str) -> None:
    school.files["agreements/library_staff"] |= change
    answer = school.client().get("/v1/datasets/staff/rows")
    assert (answer.status_code, answer.json()["code"]) == (403, code)


def test_without_an_agreement_a_dataset_does_not_exist(school: School) -> None:
    client = school.client("other")
    assert client.get("/v1/datasets").json() == {"datasets": []}
    assert client.get("/v1/datasets/staff").json()["code"] == "api.dataset"
    assert client.get("/v1/runs").json() == {"runs": []}


def test_a_test_consumer_gets_no_real_row(school: School) -> None:
    school.files["consumers/library"]["environment"] = "test"
    rows = school.client().get("/v1/datasets/staff/rows").json()["rows"]
    assert len(rows) > 30
    assert not {row["no"] for row in rows} & {row[0] for row in STAFF}
    assert {row["name"] for row in rows if row["name"]} == {"示*******"}


def test_an_address_outside_the_list_is_refused(school: School) -> None:
    school.files["consumers/library"]["addresses"] = ["10.8.3.0/24"]
    client = TestClient(create_app(school.hub, look=0.0), headers=dict(school.client().headers), client=("10.9.9.9", 1))
    assert client.get("/v1/datasets/staff/rows").json()["code"] == "api.address"


def test_a_cursor_belongs_to_its_agreement(school: School) -> None:
    client = school.client()
    after = client.get("/v1/datasets/staff/rows?limit=1").json()["next"]
    assert b'"A1"' not in urlsafe_b64decode(after)
    school.files["agreements/other_staff"] = {**AGREEMENT, "name": "other_staff", "consumer": "other"}
    other = school.client("other")
    other.app.state.secret = client.app.state.secret
    assert other.get("/v1/datasets/staff/rows", params={"after": after}).json()["code"] == "api.cursor"


def test_a_dataset_tells_its_granted_fields_and_its_proof(school: School) -> None:
    told = school.client().get("/v1/datasets/staff").json()
    assert [(field["name"], field["mask"]) for field in told["fields"]] == [
        ("no", None),
        ("name", "surname"),
        ("born", "year"),
        ("changed_at", None),
    ]
    assert told["last_run"]["status"] == "proved"
    receipt = school.client().get(f"/v1/runs/{told['last_run']['run']}/receipt").json()
    assert receipt["rows"]["inserted"] == 4


def test_what_cannot_be_logged_does_not_leave(school: School) -> None:
    client, store = school.client(), school.hub.store
    with store.begin() as connection:
        connection.execute(text("alter table access rename to access_away"))
    answer = client.get("/v1/datasets/staff/rows")
    assert (answer.status_code, answer.json()["code"]) == (503, "access.unwritten")
    assert "rows" not in answer.json()
    with store.begin() as connection:
        connection.execute(text("alter table access_away rename to access"))


def test_a_changed_or_removed_line_of_the_log_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_NOW", NOW.isoformat())
    school = School(tmp_path, f"sqlite:///{tmp_path}/platform.db")
    school.sync()
    client, store = school.client(), school.hub.store
    for _ in range(4):
        client.get("/v1/datasets")
    assert access.verify(store) == []
    with store.begin() as connection:
        connection.execute(update(lines).where(lines.c.seq == 2).values(rows=7))
    assert access.verify(store) == [Fault("changed", "2")]
    with store.begin() as connection:
        connection.execute(delete(lines).where(lines.c.seq == 3))
    assert Fault("missing", "3") in access.verify(store)


def test_hostile_text_is_never_an_internal_error(school: School, real_data: Path) -> None:
    naughty = [line for line in (real_data / "text" / "blns.txt").read_text("utf-8").splitlines() if line and not line.startswith("#")][::7]
    client = school.client()
    for value in [*naughty, "' or 1=1 --", "%s", "\0", "x" * 5000]:
        for params in ({"filter": f"no.eq.{value}"}, {"fields": value}, {"after": value}):
            answer = client.get("/v1/datasets/staff/rows", params=params)
            assert answer.status_code in (200, 403, 422), (params.keys(), answer.status_code)
            assert answer.status_code != 200 or answer.json()["rows"] == []


def test_health_follows_the_platform(school: School, database: Callable[[str], str]) -> None:
    client = school.client(None)
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json() == {"ready": True, "store": True, "platform": True}
    school.files["systems/platform"]["url"] = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    away = school.client(None).get("/readyz")
    assert (away.status_code, away.json()["platform"]) == (503, False)
