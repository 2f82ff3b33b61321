"""A whole table leaves exactly, in every form, at one moment; a client that is slow holds no transaction, one that leaves is told of."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from online import online, read, request
from openpyxl import load_workbook
from served import Served
from sqlalchemy import create_engine, text
from world import Database

from app.service import create_app
from hub.api import spool

PATH = "/v1/datasets/thing/export"


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def served(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> Served:
    return Served(tmp_path, database(request.param))


@pytest.fixture
def local(tmp_path: Path, database: Database) -> Served:
    return Served(tmp_path, database("sqlite"))


def test_every_form_holds_the_rows_of_the_pages(served: Served) -> None:
    served.agreement |= {"columns": ["no", "name", "pay", "born", "seen_at"]}
    rows = served.rows().json()["rows"]
    lines = served.get(PATH).text.splitlines()
    assert sorted(map(json.loads, lines), key=lambda row: row["no"]) == rows
    for encoding in ("utf-8-sig", "utf-8", "gb18030"):
        answer = served.get(PATH, format="csv", encoding=encoding)
        head, *cells = answer.content.decode(encoding).split("\r\n")
        assert head == "no,name,pay,born,seen_at"
        assert sorted(cells) == sorted(["", *(",".join(row[name] or "" for name in head.split(",")) for row in rows)])
        assert answer.content.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
    sheet = load_workbook(BytesIO(served.get(PATH, format="xlsx").content)).active
    assert sheet is not None
    titles, *values = sheet.iter_rows(values_only=True)
    assert titles == ("工号", "姓名", "岗位工资", "出生日期", "最近入校")
    assert sorted(values) == [tuple(row.values()) for row in rows]
    closing = [(line["outcome"], line["rows"]) for line in served.log()]
    assert closing == [("ok", 3), *[("open", None), ("sent", 3)] * 5]


def test_null_and_an_empty_text_are_two_things_in_csv(local: Served) -> None:
    local.agreement |= {"columns": ["no", "dept"], "mask": {}, "where": []}
    local.world.at_target("delete from thing")
    for no, dept in (("1", None), ("2", ""), ("3", 'a,"b"\nc'), ("4", "=1+1")):
        local.add((no, "名", dept, "在职", None, "1", "1990-01-01", None))
    lines = local.get(PATH, format="csv", encoding="utf-8").text
    assert lines == 'no,dept\r\n1,\r\n2,""\r\n3,"a,""b""\nc"\r\n4,=1+1\r\n'
    sheet = load_workbook(BytesIO(local.get(PATH, format="xlsx").content)).active
    assert sheet is not None
    assert sheet["B5"].data_type == "s"  # no formula


def test_filters_fields_and_denials_are_those_of_the_pages(local: Served) -> None:
    assert local.get(PATH, fields="no", filter="dept.in.D2,D3").text == '{"no":"0002"}\n{"no":"0005"}\n'
    assert local.get(PATH, fields="pay").json()["code"] == "api.column_denied"
    assert local.get(PATH, filter="name.eq.x").json()["code"] == "api.filter_denied"
    local.agreement["state"] = "suspended"
    assert local.get(PATH).json()["code"] == "api.agreement_suspended"


def test_what_the_form_cannot_hold_is_refused_before_anything_leaves(local: Served) -> None:
    local.world.dataset["fields"] = [*local.world.dataset["fields"], {"name": "note", "type": "string", "title": "备注"}]
    local.world.at_target("alter table thing add column note text")
    local.world.at_target("update thing set note = :note", note="长" * 40000)
    local.agreement |= {"columns": ["no", "note"], "mask": {}}
    answer = local.get(PATH, format="xlsx")
    assert (answer.status_code, answer.json()["code"]) == (422, "api.cell_long")
    assert local.get(PATH).status_code == 200


def test_an_unchanged_publication_is_not_sent_again(tmp_path: Path, database: Database) -> None:
    synced = Served(tmp_path, database("postgresql"), synced=True)
    assert synced.hub
    assert synced.world.run().exit_code == 0
    client = synced.client()
    for path in (PATH, "/v1/datasets/thing/rows"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
        assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}, params={"fields": "no"}).status_code == 200
    tag = client.get(PATH).headers["ETag"]
    synced.world.at_source("update s_staff set dept = 'D7' where no = '0001'")
    assert synced.world.run().exit_code == 0
    assert client.get(PATH, headers={"If-None-Match": tag}).status_code == 200
    assert [line["outcome"] for line in synced.log()].count("304") == 2


def test_compression_changes_nothing_that_is_told(local: Served) -> None:
    for number in range(200):
        local.add((f"k{number:03}", "名", "D1", "在职", None, "1", "1990-01-01", None))
    plain = local.client().get(PATH, headers={"Accept-Encoding": "identity"})
    packed = local.client().get(PATH, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    assert [line["bytes"] for line in local.log() if line["outcome"] == "sent"] == [len(plain.content)] * 2


def big(folder: Path, url: str, rows: int) -> Served:
    served = Served(folder, url)
    served.agreement |= {"columns": ["no", "name", "dept"], "mask": {"name": "surname"}}
    served.world.at_target(
        "insert into thing (no, name, dept, status) select 'k' || lpad(cast(i as text), 8, '0'), '欧阳明', repeat('院', 15), '在职'"
        f" from generate_series(1, {rows}) as i"
    )
    return served


def transactions(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        query = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null"
        found = int(connection.execute(text(query)).scalar_one())
    engine.dispose()
    return found


def eventually(holds: Any) -> bool:
    import time

    for _ in range(600):
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_a_slow_client_holds_no_transaction_and_one_that_leaves_is_logged_with_what_it_got(tmp_path: Path, database: Database) -> None:
    url = database("postgresql")
    served = big(tmp_path, url, 60_000)
    head = f"GET {PATH} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {served.key}\r\n\r\n"
    with online(create_app(served.hub)) as port:
        slow = request(port, head, receive_buffer=4096)
        assert slow.recv(1000).startswith(b"HTTP/1.1 200")  # it has read a little, and waits
        assert eventually(lambda: transactions(url) == 0)
        assert served.log()[-1]["outcome"] == "open"
        slow.close()
        assert eventually(lambda: served.log()[-1]["outcome"] == "left")
        whole = read(request(port, head.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")))
    opened, left, again, sent = served.log()
    assert (opened["rows"], again["outcome"], sent["outcome"], sent["rows"]) == (None, "open", "sent", 60_003)
    assert 0 < left["rows"] < 60_003
    assert left["request"] == opened["request"]
    assert whole.count(b'"no"') == 60_003
    assert whole.endswith(b"0\r\n\r\n")


def test_a_spool_that_is_full_ends_the_answer_without_its_end(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    served = big(tmp_path, database("postgresql"), 20_000)
    monkeypatch.setattr(spool, "MOST", 1_000_000)
    head = f"GET {PATH} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nAuthorization: Bearer {served.key}\r\n\r\n"
    with online(create_app(served.hub)) as port:
        found = read(request(port, head))
    assert not found.endswith(b"0\r\n\r\n")
    assert served.log()[-1]["outcome"] == "full"
    assert served.log()[-1]["rows"] == found.count(b'"no"')


def test_a_consumer_has_few_exports_at_a_time(local: Served) -> None:
    client = local.client()
    service = client.app.state.service
    for _ in range(2):
        service.take_export("library")
    answer = client.get(PATH)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (429, "api.exports", "30")
    service.end_export("library")
    assert [client.get(PATH).status_code for _ in range(3)] == [200] * 3
