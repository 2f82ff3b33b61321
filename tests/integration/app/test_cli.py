"""The command line as a person or a script meets it: exit codes, one JSON object, no password, nothing changed where it says so."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import execute
from openpyxl import load_workbook
from sqlalchemy import URL, make_url
from world import Database, World

from app.cli import main
from catalog.errors import CatalogError
from catalog.load import load
from hub.open import open_hub
from hub.store import access, leases

ROOT = Path(__file__).parents[3]
Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Type a command: exit code, stdout, stderr."""

    def typed(it: World, *words: str) -> tuple[int, str, str]:
        with suppress(CatalogError):  # the command is to tell it
            assert it.hub  # writes the campus
        monkeypatch.setenv("HUB_CAMPUS", str(it.folder / "campus"))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return typed


@pytest.fixture
def it(tmp_path: Path, database: Database) -> World:
    return World(tmp_path, database("sqlite"), database("sqlite"))


def test_every_mistake_of_the_campus_is_exit_2_with_file_and_line(it: World, typed: Typed) -> None:
    it.flow |= {"mode": "mirrror", "on_delet": "delete"}
    it.dataset["key"] = ["nr"]
    code, out, err = typed(it, "run", "thing")
    assert (code, out) == (2, "")
    assert all(part in err for part in ("flows/thing.yaml:", "最接近的是 mirror", "最接近的是 on_delete", "datasets/thing.yaml:", "no"))
    code, out, _ = typed(it, "check", "--json")
    problems = json.loads(out)["problems"]
    assert (code, len(problems), all(problem["line"] for problem in problems)) == (2, 3, True)


def test_a_source_that_is_down_is_exit_4_and_says_no_password(it: World, typed: Typed) -> None:
    typed(it, "run", "thing")
    it.source = URL.create("postgresql+psycopg", "reader", "t0p-secret", "127.0.0.1", 1, "hr").render_as_string(hide_password=False)
    code, out, err = typed(it, "run", "thing")
    assert code == 4
    assert "来源系统" in out + err
    assert "t0p-secret" not in out + err
    assert "目标库未改动" in out + err
    assert it.at_target("select count(*) from thing") == [(200,)]


def test_a_wrong_password_is_exit_4_and_is_repeated_nowhere(it: World, typed: Typed, database: Database) -> None:
    right = make_url(database("mariadb"))
    it.source = right.set(username="hub_nobody", password="t0p-secret").render_as_string(hide_password=False)
    code, out, err = typed(it, "run", "thing", "--json")
    receipt = json.loads(out)
    assert (code, receipt["status"]) == (4, "unavailable")
    assert "来源系统" in receipt["error"]
    assert "t0p-secret" not in out + err
    assert "hub_nobody" not in out + err
    code, out, err = typed(it, "ping")
    assert (code, "t0p-secret" in out + err) == (4, False)


def test_a_source_file_that_is_not_there_is_no_empty_source_and_is_not_made(it: World, typed: Typed, tmp_path: Path) -> None:
    typed(it, "run", "thing")
    it.source = f"sqlite:///{tmp_path / 'gone.db'}"
    for words in (("run", "thing"), ("verify", "thing"), ("plan", "thing"), ("ping",)):
        code, out, err = typed(it, *words)
        assert (code, "gone.db" in out + err) == (4, True), words
    assert not (tmp_path / "gone.db").exists()
    assert it.at_target("select count(*) from thing") == [(200,)]


def test_a_store_that_is_read_only_is_exit_4_and_nothing_is_published(it: World, database: Database) -> None:
    url = database("postgresql")
    it.others["campus"] = {"name": "test", "title": "测试学院", "platform": "dst", "store": url}
    it.hub.store.dispose()
    command = [sys.executable, "-c", "from app.cli import main; main()", "run", "thing", "--campus", str(it.folder / "campus")]
    assert subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode == 0
    it.at_source("delete from s_thing where no = 'n007'")
    execute(url, f"alter database {make_url(url).database} set default_transaction_read_only = on")
    ran = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, "中枢存储不可用" in ran.stderr) == (4, "", True), ran.stderr
    assert it.at_target("select count(*) from thing") == [(200,)]


def test_a_flow_that_another_run_holds_is_exit_4_with_its_holder(it: World, typed: Typed) -> None:
    leases.acquire(it.hub.store, "thing")
    code, _, err = typed(it, "run", "thing")
    assert (code, leases.holder() in err) == (4, True)


def test_a_blocking_rule_is_exit_3_and_a_difference_is_exit_5(it: World, typed: Typed) -> None:
    typed(it, "run", "thing")
    it.at_target("update thing set name = '手改' where no = 'n007'")
    code, out, _ = typed(it, "verify", "thing")
    assert (code, "n007" in out) == (5, True)
    it.dataset["rules"] = [{"rule": "row_count_between", "max": 100, "on_fail": "block"}]
    code, out, _ = typed(it, "run", "thing")
    assert (code, "row_count_between" in out) == (3, True)
    assert it.at_target("select name from thing where no = 'n007'") == [("手改",)]


def test_a_held_run_says_which_commands_answer_and_they_do(it: World, typed: Typed) -> None:
    typed(it, "run", "thing")
    it.at_source("delete from s_thing")
    code, out, _ = typed(it, "run", "thing")
    run = re.findall(r"R\d+-\d+", out)[0]
    assert (code, f"campus-hub approve {run}" in out, f"campus-hub refuse {run}" in out) == (3, True, True)
    assert typed(it, "refuse", run)[0] == 0
    code, out, _ = typed(it, "receipt", run)
    assert (code, "已否决" in out, "campus-hub approve" in out) == (3, True, False)
    assert typed(it, "approve", run)[0] == 2
    assert it.at_target("select count(*) from thing") == [(200,)]


def test_a_paused_flow_says_how_to_go_on(it: World, typed: Typed) -> None:
    assert typed(it, "pause", "thing", "--reason", "升级")[0] == 0
    code, _, err = typed(it, "run", "thing")
    assert (code, "升级" in err, "campus-hub resume thing" in err) == (3, True, True)
    assert typed(it, "resume", "thing")[0] == 0
    assert typed(it, "run", "thing")[0] == 0
    assert typed(it, "resume", "thign")[0] == 2


def test_a_flow_that_cannot_run_now_does_not_keep_the_others(it: World, typed: Typed) -> None:
    it.others["flows/other"] = it.flow | {"name": "other", "target": {"system": "dst", "table": "other"}}
    typed(it, "pause", "other", "--reason", "升级")
    code, out, _ = typed(it, "run", "--all")
    assert (code, "升级" in out) == (3, True)
    assert it.at_target("select count(*) from thing") == [(200,)]
    code, out, _ = typed(it, "run", "--all", "--json")
    assert (code, list(json.loads(out)["stopped"]), len(json.loads(out)["receipts"])) == (3, ["other"], 1)
    it.at_source("delete from s_thing where no = 'n001'")
    assert typed(it, "run", "thing", "thign")[0] == 2
    assert it.at_target("select count(*) from thing") == [(200,)]


COMMANDS = [
    "check", "schema flows", "plan thing", "run thing", "verify thing", "receipt R20261105-1", "reconcile thing", "status", "ping",
    "pause thing --reason x", "resume thing", "quarantine list", "quarantine show thing", "quarantine replay thing", "init {new}",
    "quarantine export thing {new}.xlsx", "rules thing --out {new}.html", "key revoke nobody", "plan nothing", "receipt R1", "chek", "run",
    "refuse R20261105-1", "approve R20261105-1", "evidence operation-2026-10 A1", "report build operation --period 2026-10",
]  # fmt: skip


def test_json_is_one_object_on_stdout_whatever_the_command(it: World, typed: Typed, tmp_path: Path) -> None:
    typed(it, "run", "thing")
    for number, words in enumerate(COMMANDS):
        code, out, err = typed(it, *words.format(new=tmp_path / str(number)).split(), "--json")
        assert isinstance(json.loads(out), dict), words
        assert (("message" in json.loads(out)) == (code in (2, 4, 6)), err) == (True, ""), words


# --- rows of a drop folder that are not as they should be

LINES = [
    "no,name,fee", "n001,好,1.50", "n002,价格是文字,很多", "n003,少一列", "n004,多一列,1.00,x", "n007,狗,1.00", 'n005,"引号未成对,1.00',
    "n006,也好,2.50",
]  # fmt: skip


@pytest.fixture
def drop(it: World) -> World:
    """The flow reads a file with bad rows; three of them have no key that could be read, one is not in the file's encoding."""
    folder = it.folder / "drop"
    folder.mkdir()
    (folder / "a.csv").write_bytes(b"\r\n".join(line.encode("gb18030" if "狗" in line else "utf-8") for line in LINES))
    it.others["systems/drop"] = {"name": "drop", "title": "文件", "kind": "files", "folder": "drop", "owner": "信息资源部"}
    fields = (("no", "string(20)"), ("name", "string(64)"), ("fee", "decimal(12,2)"))
    it.dataset |= {"fields": [{"name": name, "type": kind, "title": name} for name, kind in fields]}
    it.flow["source"] = {"system": "drop", "files": "*.csv"}
    return it


def test_bad_rows_wait_with_line_and_reason_and_the_rest_goes_on(drop: World, typed: Typed, tmp_path: Path) -> None:
    code, out, _ = typed(drop, "run", "thing")
    assert (code, "隔离 5" in out) == (0, True)
    assert drop.at_target("select no from thing order by no") == [("n001",), ("n006",)]
    _, out, _ = typed(drop, "quarantine", "show", "thing", "--json")
    told = {row["place"]: row["reason"] for row in json.loads(out)["rows"]}
    assert told == {
        "a.csv:3": "值与字段类型不符", "a.csv:4": "本行的列数与表头不同", "a.csv:5": "本行的列数与表头不同", "a.csv:6": "本行不是所声明的编码",
        "a.csv:7": "引号未成对",
    }  # fmt: skip
    typed(drop, "quarantine", "export", "thing", str(tmp_path / "bad.xlsx"))
    sheet: Any = load_workbook(tmp_path / "bad.xlsx").active
    assert [(row[2], row[4]) for row in list(sheet.values)[1:2]] == [("很多", "reject.type")]
    outcomes = [line["outcome"] for line in access.lines(open_hub(load(drop.folder / "campus")).store)]
    assert outcomes == ["quarantine export", "quarantine show"]


def test_too_many_bad_rows_are_held_and_can_be_seen_before_anybody_approves(drop: World, typed: Typed) -> None:
    drop.flow["brakes"] = {"max_quarantine": "5%"}
    code, _, _ = typed(drop, "run", "thing")
    assert code == 3
    _, out, _ = typed(drop, "quarantine", "list", "thing", "--json")
    assert sum(row["rows"] for row in json.loads(out)["quarantine"]) == 5
    assert typed(drop, "quarantine", "show", "thing")[1].count("a.csv:") == 5
