"""Discover: a database's own tables become a campus that passes its check and runs, and no value of the sample is told."""

from pathlib import Path

import pytest
import yaml
from sqlalchemy import create_engine, make_url, text
from world import Database

from app.cli import main
from app.start import start_from
from catalog import clock
from catalog.campus import Catalog
from catalog.errors import CatalogError, UnavailableError
from hub.open import open_hub
from hub.pipeline import run

DDL = {
    "postgresql": [
        'create table "T_XS" ("XH" varchar(20) primary key, "XM" varchar(64) not null, "SJ" text, "XB" char(1), score numeric,'
        ' photo bytea, tags text[], "更新时间" timestamp(6), gxsj timestamp(6))',
        "comment on table \"T_XS\" is '学生基本信息'",
        'comment on column "T_XS"."XM" is \'姓名: "曾用名" 除外\'',
        'create index on "T_XS" (gxsj)',
        'create table "选课 2026" (id bigint generated always as identity primary key, "XH" varchar(20) references "T_XS", made timestamptz)',
        "create table log (line text)",
    ],
    "mysql": [
        "create table T_XS (XH varchar(20) primary key, XM varchar(64) not null comment '姓名: \"曾用名\" 除外', SJ text, XB char(1),"
        " score bigint unsigned, photo blob, tags set('a','b'), 更新时间 datetime(6), gxsj timestamp(6) null, key (gxsj)) comment '学生基本信息'",
        "create table `选课 2026` (id bigint auto_increment primary key, XH varchar(20), made timestamp null,"
        " foreign key (XH) references T_XS (XH))",
        "create table log (line text)",
    ],
    "sqlite": [
        "create table T_XS (XH varchar(20) primary key, XM varchar(64) not null, SJ text, XB char(1), score numeric, photo blob, tags text,"
        " 更新时间 datetime, gxsj datetime)",
        "create index T_XS_gxsj on T_XS (gxsj)",
        'create table "选课 2026" (id integer primary key, XH varchar(20) references T_XS, made datetime)',
        "create table log (line text)",
    ],
}
PHONE = "13800138000"


@pytest.fixture(autouse=True)
def own_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_URL", "")  # taken back after the test


@pytest.fixture
def source(database: Database, engine: str) -> str:
    url = database(engine)
    connection = create_engine(url)
    quote = '"' if connection.dialect.name == "postgresql" else ""
    with connection.begin() as open_:
        for statement in DDL[connection.dialect.name]:
            open_.execute(text(statement.replace(":", "\\:")))
        names = ", ".join(f"{quote}{name}{quote}" for name in ("XH", "XM", "SJ", "XB", "gxsj"))
        for number in range(6):
            values = {"xh": f"2026{number}", "xm": "某", "sj": PHONE, "xb": "1", "at": "2026-09-01 08:00:00"}
            open_.execute(text(f"insert into {quote}T_XS{quote} ({names}) values (:xh, :xm, :sj, :xb, :at)"), values)
        open_.execute(text("insert into log values ('a'), ('a')"))
    connection.dispose()
    return url


@pytest.mark.parametrize("engine", ["postgresql", "mariadb", "sqlite"])
def test_a_campus_made_from_a_database_runs_and_every_flow_is_proved(tmp_path: Path, source: str, engine: str) -> None:
    found = start_from(tmp_path / "campus", source)
    students, log = found.datasets["t_xs"], found.datasets["log"]
    assert (students.key, log.key) == (("xh",), ())
    assert {it.name: it.sensitivity for it in students.fields if it.sensitivity != "internal"} == {"xm": "personal", "sj": "personal"}
    assert students.field("xm").required
    if engine != "sqlite":
        assert (students.title, students.field("xm").title) == ("学生基本信息", '姓名: "曾用名" 除外')
    flow = found.flows["t_xs_to_platform"]
    assert (flow.mode, flow.source.cursor, flow.source.columns["xh"]) == ("incremental", "gxsj", "XH")
    assert {it.source.table for it in found.flows.values()} == {"T_XS", "选课 2026", "log"}
    receipts = [run(open_hub(found), name, now=clock.now(), by="tester") for name in found.flows]
    assert {receipt.status for receipt in receipts} == {"proved"}, [receipt.error for receipt in receipts]
    assert sum(receipt.rows.inserted for receipt in receipts) == 8


@pytest.mark.parametrize("engine", ["postgresql"])
def test_no_value_of_the_sample_and_no_password_is_written(tmp_path: Path, source: str, capsys: pytest.CaptureFixture[str]) -> None:
    url = make_url(source).set(password="geheim").render_as_string(hide_password=False)
    assert command("init", str(tmp_path / "campus"), "--from", url) == 0
    said = capsys.readouterr().out
    assert ("SOURCE_URL" in said, "geheim" in said) == (True, False)
    written = "".join(path.read_text("utf-8") for path in (tmp_path / "campus").rglob("*.yaml"))
    assert "${SOURCE_URL}" in written
    assert PHONE not in written
    assert "geheim" not in written


@pytest.mark.parametrize("engine", ["mariadb"])
def test_a_proposal_leaves_what_a_person_wrote_alone(tmp_path: Path, source: str, capsys: pytest.CaptureFixture[str]) -> None:
    found: Catalog = start_from(tmp_path / "campus", source)
    mine = found.folder / "datasets" / "log.yaml"
    mine.write_text(yaml.safe_dump(yaml.safe_load(mine.read_text("utf-8")) | {"title": "我的日志"}, allow_unicode=True), "utf-8")
    (found.folder / "datasets" / "t_xs.yaml").unlink()
    (found.folder / "flows" / "t_xs_to_platform.yaml").unlink()
    assert command("discover", "source", "log", "T_XS", "--write", "--campus", str(found.folder)) == 0
    assert "我的日志" in mine.read_text("utf-8")
    assert (found.folder / "datasets" / "t_xs.yaml").exists()
    assert "datasets/log.yaml" in capsys.readouterr().out
    assert command("discover", "source", "nothing", "--campus", str(found.folder)) == 2


def command(*words: str) -> int:
    with pytest.raises(SystemExit) as done:
        main(list(words))
    return int(done.value.code or 0)


def test_a_url_that_leads_nowhere_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(CatalogError):
        start_from(tmp_path / "a", "db2://nowhere/x")
    with pytest.raises(UnavailableError) as away:
        start_from(tmp_path / "b", make_url("postgresql://nobody@127.0.0.1:1/nothing").set(password="geheim").render_as_string(False))
    assert "geheim" not in str(away.value)
    assert not (tmp_path / "b" / "campus.yaml").exists()


@pytest.mark.parametrize(
    ("url", "told"), [("mysql://root@127.0.0.1", "数据库名"), ("sqlite://", "数据库名"), ("sqlite:///{empty}", "没有")]
)
def test_a_url_without_a_database_or_tables_makes_no_campus(tmp_path: Path, url: str, told: str) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(CatalogError, match=told):
        start_from(tmp_path / "campus", url.format(empty=tmp_path / "empty.db"))
    assert not (tmp_path / "campus").exists()


def test_a_file_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"hr\.db"):
        start_from(tmp_path / "campus", f"sqlite:///{tmp_path}/hr.db")
    assert not list(tmp_path.iterdir())
