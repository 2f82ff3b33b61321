"""The API against who means ill: nothing it is asked ends in an internal error, tells a value, or goes without limits."""

import logging
import socket
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from online import online, read, request
from schemathesis.specs.openapi.checks import positive_data_acceptance
from served import Served
from world import Database

from app.service import create_app
from hub.api import meter
from hub.store import keys

ROWS = "/v1/datasets/thing/rows"
EXPORT = "/v1/datasets/thing/export"
CHANGES = "/v1/datasets/thing/changes"
INJECTED = [
    "' or 1=1 --",
    "'; drop table thing; --",
    '" or ""="',
    "1) or (1=1",
    "\\",
    "%' or '%'='",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "../../etc/passwd",
]
TELLING = ("Traceback", "select ", "sqlalchemy", "psycopg", "欧阳明", "王芳", "机密人", 'File "')


@pytest.fixture
def local(tmp_path: Path, database: Database) -> Served:
    return Served(tmp_path, database("sqlite"))


def harmless(answer: Any) -> None:
    assert answer.status_code in (200, 304, 403, 404, 410, 414, 422), (answer.status_code, answer.text)
    if answer.status_code != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert not [word for word in TELLING if word in answer.text], answer.text


def test_the_document_tells_every_answer_there_is(local: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "GUESSES", 10**6)  # it asks without a good key again and again
    local.others = {"campus": {"name": "test", "title": "测试学院", "platform": "dst", "api": {"requests_per_minute": 10**6}}}
    with online(create_app(local.hub)) as port:
        schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{port}/openapi.json")
        assert schema.specification.version == "3.1.0"
        headers = {"Authorization": f"Bearer {local.key}"}
        for found in schema.get_all_operations():
            operation = found.ok()

            @settings(
                max_examples=8,
                deadline=None,
                database=None,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def holds(case: Any) -> None:
                case.path_parameters = {name: "thing" if name == "name" else value for name, value in (case.path_parameters or {}).items()}
                case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])  # no schema tells which tokens are good

            holds()


def test_the_document_is_chinese_and_shows_examples(local: Served) -> None:
    document = local.client().get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for told in methods.values():
            assert any("一" <= letter <= "鿿" for letter in told["summary"]), path
            assert path.startswith("/v1") == (told.get("security") == [{"key": []}])
            for parameter in told.get("parameters", []):
                assert parameter["in"] == "path" or any("一" <= letter <= "鿿" for letter in parameter["schema"]["title"]), parameter
    assert document["paths"]["/v1/datasets/{name}/corrections"]["post"]["requestBody"]["content"]["application/json"]["schema"]["examples"]


def test_injected_and_naughty_text_passes_through_no_parameter(local: Served, real_data: Path) -> None:
    naughty = [line for line in (real_data / "text" / "blns.txt").read_text("utf-8").splitlines() if line and not line.startswith("#")]
    client = local.client()
    before = local.rows().json()["rows"]
    since = local.rows().json()["since"]
    for number, value in enumerate([*INJECTED, *naughty[::9]]):
        name = ["fields", "filter", "after", "limit", "count", "format", "encoding", "since"][number % 8]
        for path in (ROWS, EXPORT, CHANGES):
            harmless(client.get(path, params={"since": since} | {name: value}))
        harmless(client.get(ROWS, params={"filter": f"dept.{['eq', 'like', 'in', 'gt'][number % 4]}.{value}"}))
        harmless(client.get(ROWS, params={"filter": f'or(dept.eq."{value}",no.in.({value}))'}))
        harmless(client.get(ROWS, headers={"X-Request-Id": value.encode("ascii", "ignore").decode() or "x", "If-None-Match": "W/"}))
    assert local.rows().json()["rows"] == before


@pytest.mark.parametrize(
    "asked",
    [
        "or(" * 1000 + "no.eq.1" + ")" * 1000,
        "and(" + ",".join(["no.eq.1"] * 51) + ")",
        "and(" + ",".join(["no.eq.1"] * 2_000) + ")",
        "or(no.eq.1",
        "or()",
        "or(no.eq.1))",
        "in(no.eq.1)",
        'or(no.eq."a)',
        "no.in.(" + ",".join(["1"] * 201) + ")",
        "no.like." + "%a" * 101,
        "no.like.a\\",
        "no.eq.1" * 3000,
    ],
)
def test_filters_too_deep_too_many_or_broken_are_refused(local: Served, asked: str) -> None:
    answer = local.rows(filter=asked)
    assert answer.status_code in (414, 422)
    harmless(answer)


def test_ten_thousand_filters_and_ten_megabytes_are_refused_before_they_are_read(local: Served) -> None:
    many = "and(" + ",".join(["no.eq.1"] * 10_000) + ")"
    with online(create_app(local.hub)) as port:
        # beyond 64 KB the server itself reads no further
        asked = {
            "&".join(["filter=no.eq.1"] * 2_000): 414,
            "&".join(["filter=no.eq.1"] * 10_000): 400,
            f"filter={many}": 400,
            "filter=" + "x" * 10_000_000: 400,
        }
        for query, status in asked.items():
            head = f"GET {ROWS}?{query} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nAuthorization: Bearer {local.key}\r\n\r\n"
            answer = read(request(port, head))
            assert answer.startswith(f"HTTP/1.1 {status}".encode())
            assert (b"api.long" in answer) == (status == 414)


def test_and_or_and_like_mean_what_they_say_on_every_engine(tmp_path: Path, database: Database) -> None:
    for engine in ("sqlite", "postgresql", "mariadb"):
        served = Served(tmp_path / engine, database(engine))
        served.agreement |= {"columns": ["no", "name", "dept", "pay"], "mask": {}, "where": []}
        for no, dept in (("a%b", "D[1]"), ("A_b", "d*"), ("a\\b", "D?")):
            served.add((no, "名", dept, "在职", None, "12345678.10", "1990-01-01", None))
        for asked, expected in (
            ("or(dept.eq.D2,and(no.eq.0001,pay.ge.8000.5))", ["0001", "0002"]),
            ('or(no.in.(0001,"0002"),dept.like.D[_])', ["0001", "0002", "a%b"]),
            ("no.like.a%", ["a%b", "a\\b"]),
            ("no.like.a\\%b", ["a%b"]),
            ("no.like.A\\_b", ["A_b"]),
            ("no.like.a_b", ["a%b", "a\\b"]),
            ("dept.like.D[1]", ["a%b"]),
            ("dept.like.D?", ["a\\b"]),
            ("name.like.欧_明", ["0001"]),
            ("pay.gt.8000.504", ["A_b", "a%b", "a\\b"]),
            ("pay.eq.8000.504", []),
            ("dept.eq.D1xxxxxxxxxxxxxxxxxxxxxxxxxxx", []),
        ):
            found = served.rows(filter=asked)
            assert [row["no"] for row in found.json()["rows"]] == expected, (engine, asked, found.text)


def test_guessing_is_throttled_and_a_known_key_goes_on(local: Served) -> None:
    good = local.client()
    assert good.get(ROWS).status_code == 200
    app = good.app
    answers = [good.get(ROWS, headers={"Authorization": f"Bearer chk_guess{number}"}) for number in range(22)]
    assert [answer.status_code for answer in answers] == [401] * 20 + [429] * 2
    assert len({answer.text for answer in answers[:20]}) == 1
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert good.get(ROWS).status_code == 200
    unmet = keys.issue(local.store, "library", now=local.world.now, by="tester")
    assert good.get(ROWS, headers={"Authorization": f"Bearer {unmet}"}).status_code == 429
    local.world.later(seconds=61)
    assert local.hub
    assert good.get(ROWS, headers={"Authorization": f"Bearer {unmet}"}).status_code == 200
    assert app


def test_a_rate_and_a_quota_end_in_429_with_the_standard_fields(local: Served) -> None:
    local.agreement["limits"] = {"requests_per_minute": 3, "rows_per_day": 4}
    client = local.client()
    first = client.get(ROWS, params={"limit": 3})
    assert first.headers["ratelimit-policy"] == '"requests";q=3;w=60'
    assert first.headers["ratelimit"] == '"requests";r=2;t=60'
    second = client.get(ROWS, params={"limit": 3})
    assert (len(second.json()["rows"]), second.json()["next"] is None) == (1, False)  # what is left of the day
    assert client.get(ROWS).json()["code"] == "api.quota"
    refused = client.get(ROWS)
    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (429, "api.rate", "60")
    local.world.later(minutes=2)
    assert local.hub
    assert client.get(EXPORT).json()["code"] == "api.quota"
    assert local.get(EXPORT).json()["code"] == "api.quota"  # another process reads it from the log
    local.world.later(hours=16)
    assert local.hub
    assert client.get(ROWS, params={"limit": 3}).status_code == 200
    assert client.get(EXPORT).json()["code"] == "api.quota"  # three rows are more than what is left


def test_answers_at_the_same_time_share_one_quota(local: Served) -> None:
    local.agreement["limits"] = {"rows_per_day": 4}  # three rows are granted
    client = local.client()
    service, hub, now = client.app.state.service, local.hub, local.world.now
    other = service.meter.take(hub, service.grant(hub, "library", "thing", now=now), 3, now=now)  # as an export under way holds them
    assert len(client.get(ROWS).json()["rows"]) == 1
    assert client.get(ROWS).json()["code"] == "api.quota"
    assert client.get(EXPORT).json()["code"] == "api.quota"
    other.used = 1
    other.end()
    assert len(client.get(ROWS).json()["rows"]) == 2
    assert client.get(ROWS).json()["code"] == "api.quota"


def test_a_suspended_agreement_stops_the_next_request_of_a_running_service(local: Served) -> None:
    client = local.client()
    assert client.get(ROWS).status_code == 200
    local.agreement["state"] = "suspended"
    assert local.hub
    assert client.get(ROWS).json()["code"] == "api.agreement_suspended"
    path = local.world.folder / "campus" / "agreements" / "library_thing.yaml"
    path.write_text("name: [", "utf-8")
    assert client.get(ROWS).json()["code"] == "api.catalog"


def test_other_methods_bodies_and_origins_get_nothing(local: Served) -> None:
    client = local.client()
    for method in ("post", "put", "delete", "patch", "options", "head"):
        answer = client.request(method, ROWS, headers={"Origin": "https://elsewhere.example", "Content-Type": "text/x-strange"})
        assert answer.status_code == 405
        assert "access-control-allow-origin" not in answer.headers
    assert client.get("/metrics").status_code == 200
    assert local.client(address="10.9.9.9").get("/metrics").json()["code"] == "api.monitor"


def test_metrics_tell_requests_rows_denials_and_freshness_and_no_value(tmp_path: Path, database: Database) -> None:
    synced = Served(tmp_path, database("sqlite"), synced=True)
    assert synced.hub
    assert synced.world.run().exit_code == 0
    client = synced.client()
    client.get(ROWS)
    client.get(ROWS, params={"fields": "pay"})
    told = client.get("/metrics").text
    for line in (
        'hub_api_requests_total{route="/v1/datasets/{name}/rows",status="200"} 1.0',
        'hub_api_rows_total{consumer="library",dataset="thing"} 3.0',
        'hub_api_denials_total{code="api.column_denied"} 1.0',
        'hub_flow_age_seconds{flow="thing"} 0.0',
    ):
        assert line in told
    assert 'hub_api_seconds_bucket{le="+Inf",route="/v1/datasets/{name}/rows"} 2.0' in told
    assert not [word for word in TELLING if word in told]


def test_a_client_that_dribbles_keeps_nobody_waiting(local: Served) -> None:
    with online(create_app(local.hub)) as port:
        dribbling = [request(port, f"POST {ROWS} HTTP/1.1\r\nHost: hub\r\nContent-Length: 1000000000\r\n\r\nx") for _ in range(20)]
        begun = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        for connection in begun:
            connection.sendall(b"GET /v1/data")
        answer = read(request(port, f"GET {ROWS} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nAuthorization: Bearer {local.key}\r\n\r\n"))
        assert answer.startswith(b"HTTP/1.1 200")
        assert all(it.recv(100).startswith(b"HTTP/1.1 405") for it in dribbling)
        for connection in (*dribbling, *begun):
            connection.close()


def test_no_secret_and_no_value_ever_stands_in_a_log(local: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = local.client()
    since = client.get(ROWS, params={"limit": 1}).json()
    client.get(ROWS, params={"after": since["next"], "filter": "dept.eq.secret-word"})
    client.get(CHANGES, params={"since": since["since"]})
    client.get(ROWS, headers={"Authorization": "Bearer chk_secret-word"})
    local.world.at_target("alter table thing rename column status to state")
    client.get(ROWS)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    told = str(ours) + str(local.log())
    for secret in (local.key, local.key[12:], "secret-word", since["next"], since["since"], "欧阳明"):
        assert secret not in told
