"""The loop of corrections from the hub's side: found, told to the owner, closed by the run that shows the row mended, forgotten."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pushed import Push
from robot import Robot
from sqlalchemy import text
from world import Database, World

from app.cli import main
from catalog.errors import CatalogError
from hub import corrections
from hub.rollback import rollback
from hub.store import access
from hub.store import corrections as store
from hub.watch import watch

BAD = "update s_thing set kind = '9' where no in ('n003', 'n005')"


@pytest.fixture(params=["postgresql", "mariadb"])
def it(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> World:
    return ruled(World(tmp_path, f"sqlite:///{tmp_path / 'source.db'}", database(request.param), rows=20))


@pytest.fixture
def local(tmp_path: Path, database: Database) -> World:
    return ruled(World(tmp_path, f"sqlite:///{tmp_path / 'source.db'}", database("sqlite"), rows=20))


@pytest.fixture
def robot() -> Iterator[Robot]:
    it = Robot()
    yield it
    it.server.shutdown()
    it.server.server_close()
    it.thread.join()


def ruled(world: World) -> World:
    world.dataset["rules"] = [{"rule": "matches", "field": "kind", "pattern": "[12]", "on_fail": "quarantine"}]
    return world


def states(world: World) -> list[tuple[str, str, str | None]]:
    return [(it.state, it.rule, it.closed_run) for it in store.listed(world.hub.store)]


def test_a_finding_is_opened_once_and_closed_by_the_run_that_no_longer_refuses_the_row(it: World) -> None:
    it.at_source(BAD)
    first = it.run()
    assert first.rows.quarantined == 2
    opened = store.listed(it.hub.store)
    assert [(c.state, c.origin, c.dataset, c.rule, c.fields, c.owner, c.opened_run) for c in opened] == [
        ("open", "finding", "thing", "matches:kind", ("kind",), "信息资源部", first.run)
    ] * 2
    assert {corrections.key(it.hub, c) for c in opened} == {("n003",), ("n005",)}
    it.later(days=1).run()
    assert [c.correction for c in store.listed(it.hub.store)] == [c.correction for c in opened]
    it.at_source("update s_thing set kind = '1' where no = 'n003'")
    mending = it.later(days=1).run()
    assert sorted(states(it), key=str) == [("closed", "matches:kind", mending.run), ("open", "matches:kind", None)]
    it.at_source("delete from s_thing where no = 'n005'")
    last = it.later(days=1).run()
    assert sorted(run for _, _, run in states(it) if run) == sorted([mending.run, last.run])
    it.at_source("update s_thing set kind = '9' where no = 'n003'")
    it.later(days=1).run()
    assert [state for state, *_ in states(it)].count("open") == 1, "the same row refused again is another correction"


def test_the_store_keeps_no_key_of_a_finding_and_a_closed_one_tells_of_no_row(local: World) -> None:
    local.at_source(BAD)
    local.run()
    with local.hub.store.connect() as connection:
        assert connection.execute(text("select count(*) from corrections where key_line is not null or note is not null")).scalar() == 0
    local.at_source("update s_thing set kind = '1'")
    local.later(days=1).run()
    assert {(it.same, it.key_line, it.note, it.content) for it in store.listed(local.hub.store)} == {(None, None, None, None)}


def test_a_held_run_opens_what_it_refuses_and_closes_nothing(local: World) -> None:
    local.at_source(BAD)
    local.run()
    local.flow["brakes"] = {"max_quarantine": "5%"}
    local.at_source("update s_thing set kind = '1' where no = 'n003'")
    local.at_source("update s_thing set kind = '9' where no in ('n007', 'n009', 'n011')")
    assert local.later(days=1).run().status == "held"
    keys = {corrections.key(local.hub, it) for it in store.listed(local.hub.store, state="open")}
    assert {("n005",), ("n007",), ("n009",), ("n011",)} <= keys
    assert len(store.listed(local.hub.store, state="open")) == 5, "nothing was published, so n003 is not known to be mended"


@pytest.mark.parametrize("fault", ["drop table corrections", "update corrections set fields = '7'"])
def test_a_fault_of_the_loop_turns_no_proved_run_red(local: World, fault: str) -> None:
    local.at_source(BAD)
    local.run()
    with local.hub.store.begin() as connection:
        connection.execute(text(fault))
    local.at_source("update s_thing set kind = '1' where no = 'n003'")
    assert local.later(days=1).run().status == "proved_with_exceptions"


def test_what_a_rollback_brings_back_is_open_again(local: World) -> None:
    local.at_source(BAD)
    local.run()
    local.at_source("update s_thing set kind = '1', name = '改' where no in ('n003', 'n005')")
    local.later(days=1).run()
    assert not store.listed(local.hub.store, state="open")
    assert rollback(local.hub, "thing", now=local.later(hours=1).now, by="t").status == "rolled_back"
    assert len(store.listed(local.hub.store, state="open")) == 2


def test_rows_without_key_stay_open_over_a_window_that_cannot_look_them_up(local: World) -> None:
    local.flow |= {"mode": "incremental", "source": {"system": "src", "table": "s_thing", "cursor": "changed_at", "lag": "10m"}}
    local.dataset["rules"] = [{"rule": "required", "field": "no", "on_fail": "quarantine"}]
    local.at_source("drop table s_thing")
    local.at_source("create table s_thing (no varchar(20), name varchar(64), kind varchar(4), changed_at timestamp)")
    local.at_source("insert into s_thing values (null, '无号', '1', '2026-01-01 00:00:00'), ('n001', '有号', '1', '2026-01-01 00:00:00')")
    assert local.run().rows.quarantined == 1
    local.at_source("insert into s_thing values ('n002', '新', '1', '2026-11-05 08:30:00')")
    local.later(days=1).run()
    assert {state for state, *_ in states(local)} == {"open"}
    local.at_source("delete from s_thing where no is null")
    local.later(days=1).run(full=True)
    assert {state for state, *_ in states(local)} == {"closed"}


def test_a_receiver_that_gives_no_schema_is_followed_all_the_same(tmp_path: Path, database: Database) -> None:
    local = ruled(World(tmp_path, f"sqlite:///{tmp_path / 'source.db'}", database("postgresql"), rows=20))
    local.target_system = {"hub_schema": False}
    local.at_target("create table thing (no varchar(20) primary key, name varchar(64), kind varchar(4), changed_at timestamp)")
    local.at_source(BAD)
    local.run()
    assert {corrections.key(local.hub, it) for it in store.listed(local.hub.store)} == {("n003",), ("n005",)}
    local.at_source("update s_thing set kind = '1'")
    local.later(days=1).run()
    assert {state for state, *_ in states(local)} == {"closed"}


def test_withdrawing_forgets_the_corrections_of_the_push(tmp_path: Path, database: Database) -> None:
    push = Push(tmp_path, f"sqlite:///{tmp_path / 'source.db'}", database("sqlite"), rows=20)
    push.dataset["rules"] = [{"rule": "matches", "field": "no", "pattern": r"^n\d{3}$", "on_fail": "quarantine"}]
    push.at_source("insert into s_thing values ('x', '某', '1', '2026-01-01 00:00:00')")
    push.run()
    assert len(store.listed(push.hub.store)) == 1
    push.agreement |= {"state": "revoked", "withdraw": True}
    assert push.run().mode == "withdraw"
    assert store.listed(push.hub.store) == []


def test_the_owner_is_told_once_of_a_runs_findings_and_again_where_it_could_not_be(local: World, robot: Robot) -> None:
    local.dataset["notify"] = ["wecom"]
    local.others["campus"] = {"name": "test", "title": "测试学院", "platform": "dst", "channels": {"wecom": robot.url}}
    local.at_source(BAD)
    robot.answer = (500, {})
    local.run()
    assert len(robot.heard) == 1
    robot.answer = (200, {"errcode": 0})
    for _ in range(2):
        watch(local.hub, now=local.later(days=1).now, by="t")
    assert robot.heard[1:] == [robot.heard[0]]
    assert "信息资源部：物 有 2 处数据待更正" in robot.heard[0]
    assert "n003" not in robot.heard[0]


def test_the_command_line_lists_shows_and_closes(local: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def typed(*words: str) -> tuple[int, str]:
        with suppress(CatalogError):
            assert local.hub  # writes the campus
        monkeypatch.setenv("HUB_CAMPUS", str(local.folder / "campus"))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out + told.err

    assert "没有" in typed("corrections", "list")[1]
    local.at_source(BAD)
    run = local.run().run
    told: Any = json.loads(typed("corrections", "list", "--json")[1])["corrections"]
    assert [(it["state"], it["rule"], it["owner"], it["opened_run"]) for it in told] == [("open", "matches:kind", "信息资源部", run)] * 2
    assert json.loads(typed("corrections", "list", "--dataset", "other", "--json")[1]) == {"corrections": []}
    assert json.loads(typed("corrections", "list", "--origin", "complaint", "--json")[1]) == {"corrections": []}
    code, text = typed("corrections", "list")
    assert (code, "n003" in text, "信息资源部" in text) == (0, False, True)
    shown = json.loads(typed("corrections", "show", str(told[0]["correction"]), "--json")[1])
    assert (shown["key"], "不满足" in shown["evidence"]) == (["n003"], True)
    assert "n003" in typed("corrections", "show", str(told[0]["correction"]))[1]
    assert [line["outcome"] for line in access.lines(local.hub.store)] == ["corrections show"] * 2
    listed = json.loads(typed("quarantine", "show", "thing", "--json")[1])["rows"]
    assert sorted(row["correction"] for row in listed) == [it["correction"] for it in told]
    assert typed("corrections", "close", "1", "--reason", "核对无误") == (
        2,
        "更正 1 由规则发现，数据改正后由流 thing 的下一次运行自动办结\n",
    )
    assert typed("corrections", "show", "99")[0] == 2
    local.at_source("update s_thing set kind = '1'")
    mended = local.later(days=1).run().run
    assert typed("corrections", "list")[1] == "没有符合条件的更正\n"
    closed = json.loads(typed("corrections", "list", "--state", "closed", "--json")[1])["corrections"]
    assert [it["closed_run"] for it in closed] == [mended] * 2
    assert mended in typed("corrections", "show", "1")[1]
