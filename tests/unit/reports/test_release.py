"""From a draft to a released report: who may do what when, what departments see and say, and what the office's own file must say."""

import json
import shutil
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from docx import Document as Word
from hall import Hall, lay
from openpyxl import load_workbook
from sqlalchemy import create_engine, func, text, update
from typer.testing import CliRunner

from app.cli import app
from catalog.errors import CampusError, CatalogError, DeniedError, RejectedError, UnprovenError
from catalog.load import load
from hub.open import Hub, open_hub
from hub.store import access
from hub.store.tables import drafts
from hub.store.tables import issues as stored
from reports import issues
from reports.build import build
from reports.release import correction, objections, publish, sheets, states, worklist
from reports.release.difference import difference
from reports.release.final import Checked, check_final

NOW = datetime(2026, 11, 5, tzinfo=UTC)  # a Thursday: objections until Monday the 9th
LATER = NOW + timedelta(days=5)
ISSUE = "operation-2026-10"
OA = {"number": "综办〔2026〕15号", "dated": date(2026, 11, 10)}


def hall() -> Hall:
    """Two departments; D1's case c2 and D2's step of c4 are overdue."""
    made = Hall().item("I1", item_name="成绩证明").item("I2", item_name="用印申请", owner_unit_id="D2")
    for number, name in ((1, "教务处"), (2, "后勤管理处")):
        made.add("org_unit", unit_id=f"D{number}", unit_name=name, peer_group="职能部门", list_order=number)
    for number in range(1, 5):
        acts = (("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-12 09:00:00"))
        late = {"actor_unit_id": "D2", "due_at": "2026-10-16 00:00:00"}
        done = ("办结", f"2026-10-{14 + number * (number % 2 == 0):02} 10:00:00", late)
        made.case(f"c{number}", *acts, done, item=f"I{1 + (number > 2)}", due_at="2026-10-16 00:00:00", app_no=f"WB2026101200{number}")
    return made


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a hub with a first draft."""
    folder = tmp_path_factory.mktemp("drafted")
    url = f"sqlite:///{folder}/platform.db"
    it = lay(folder, hall().rows, hall=url, platform=url, edition={"student_numbers": [r"20\d{8}"]})
    build(it, "operation", "2026-10", now=NOW, by="clerk")
    return folder


@pytest.fixture
def hub(drafted: Path, tmp_path: Path) -> Hub:
    """A hub of one's own with a first draft: the folder copied, its paths turned to the copy."""
    shutil.copytree(drafted, tmp_path, dirs_exist_ok=True)
    for path in (tmp_path / "campus" / "systems").iterdir():
        path.write_text(path.read_text("utf-8").replace(str(drafted), str(tmp_path)), "utf-8")
    it = open_hub(load(tmp_path / "campus"))
    with it.store.begin() as connection:
        for table in (stored, drafts):
            connection.execute(update(table).values(folder=func.replace(table.c.folder, str(drafted), str(tmp_path))))
    return it


def circulated(hub: Hub) -> dict[str, Path]:
    return dict(sheets.write(hub, ISSUE, by="clerk", now=NOW).files)


def fill(path: Path, case: str, reason: str = "系统停电", yes: str = "是", seen: str = "主管事项") -> Path:
    book = load_workbook(path)
    sheet = book["核对"]
    for row in sheet.iter_rows(min_row=5):
        if (row[0].value, row[2].value) == (case, seen):
            row[7].value, row[8].value = yes, reason
    book.save(path)
    return path


def finalised(hub: Hub) -> Checked:
    circulated(hub)
    return check_final(hub, ISSUE, issues.find(hub.store, ISSUE).folder / f"{ISSUE}.docx", by="clerk", now=LATER, **OA)


def test_an_issue_goes_its_way_and_history_tells_who_did_what(hub: Hub) -> None:
    assert finalised(hub).archived
    files = publish.release(hub, ISSUE, by="director", now=LATER)
    assert sorted(path.suffix for path in files) == [".docx", ".html", ".pdf", ".xlsx"]
    assert "送审稿" not in (files[0].parent / f"{ISSUE}.html").read_text("utf-8")
    publish.withdraw(hub, ISSUE, reason="数据源有误", by="director", now=LATER)
    told = [(done.act, done.state, done.by) for done in states.history(hub.store, ISSUE)]
    assert told == [
        ("build", "送审稿", "clerk"),
        ("circulate", "部门核对", "clerk"),
        ("finalise", "定稿", "clerk"),
        ("release", "已发布", "director"),
        ("withdraw", "撤回", "director"),
    ]


@pytest.mark.parametrize("person", ["clerk"])
def test_nobody_releases_what_they_made(hub: Hub, person: str) -> None:
    finalised(hub)
    with pytest.raises(DeniedError):
        publish.release(hub, ISSUE, by=person, now=LATER)
    assert issues.find(hub.store, ISSUE).state == "定稿"


def test_whoever_built_the_draft_does_not_release_it_though_another_finalised_it(hub: Hub) -> None:
    circulated(hub)
    draft = issues.find(hub.store, ISSUE).folder / f"{ISSUE}.docx"
    check_final(hub, ISSUE, draft, by="other", now=LATER, **OA)
    with pytest.raises(DeniedError):
        publish.release(hub, ISSUE, by="clerk", now=LATER)


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        ("送审稿", ("finalise", "release", "correct", "withdraw", "return")),
        ("部门核对", ("release", "correct", "withdraw")),
        ("定稿", ("build", "circulate", "return", "correct")),
        ("已发布", ("build", "circulate", "return", "finalise", "release")),
        ("更正", ("build", "circulate", "return", "finalise", "release")),
        ("撤回", ("circulate", "return", "finalise", "release", "correct", "withdraw")),
    ],
)
def test_what_does_not_lead_on_from_a_state_is_refused(state: states.State, refused: tuple[states.Act, ...]) -> None:
    for act in states.MOVES:
        if act in refused:
            with pytest.raises(RejectedError):
                states.allowed(ISSUE, state, act)
        else:
            states.allowed(ISSUE, state, act)


def test_a_final_report_is_not_built_again(hub: Hub) -> None:
    finalised(hub)
    before = issues.figures_of(hub.store, ISSUE)
    with pytest.raises(RejectedError, match="定稿"):
        build(hub, "operation", "2026-10", now=LATER)
    assert issues.figures_of(hub.store, ISSUE) == before


def test_each_department_gets_its_own_cases_only_and_the_handing_out_is_logged(hub: Hub) -> None:
    files = circulated(hub)
    cases = {}
    for unit, path in files.items():
        rows = load_workbook(path)["核对"].iter_rows(min_row=5, values_only=True)
        cases[unit] = [(row[0], row[2], row[6]) for row in rows]
    owned = {unit: [line for line in lines if line[1] == "主管事项"] for unit, lines in cases.items()}
    assert owned["D1"] == [("WB20261012001", "主管事项", "按时"), ("WB20261012002", "主管事项", "超期办结")]
    assert owned["D2"] == [("WB20261012003", "主管事项", "按时"), ("WB20261012004", "主管事项", "超期办结")]
    assert len(cases["D2"]) == 6  # it held the last step of all four
    assert len(owned["D1"]) + len(owned["D2"]) == issues.figures_of(hub.store, ISSUE).count("A7")
    assert [(line["outcome"], line["rows"]) for line in access.lines(hub.store)] == [("verify sheet", 6), ("verify sheet", 2)]


def test_a_sheet_lets_only_two_columns_be_filled_and_checks_them(hub: Hub) -> None:
    sheet = load_workbook(circulated(hub)["D1"])["核对"]
    assert sheet.protection.sheet
    assert [cell.protection.locked for cell in sheet[5]] == [True] * 7 + [False, False, True]
    kinds = {str(rule.sqref).split(":")[0][0]: rule.type for rule in sheet.data_validations.dataValidation}
    assert kinds == {"H": "list", "I": "textLength"}
    assert sheet["A5"].data_type == "s"


def test_an_accepted_objection_is_out_of_the_next_draft_which_says_what_changed(hub: Hub) -> None:
    returned = sheets.read(hub, fill(circulated(hub)["D1"], "WB20261012002"), by="clerk", now=NOW)
    assert (returned.unit, returned.lines, len(returned.objections)) == ("D1", 2, 1)
    with pytest.raises(DeniedError):
        objections.decide(hub.store, returned.objections[0], "excluded", reason="属实", by="clerk", now=NOW)
    objections.decide(hub.store, returned.objections[0], "excluded", reason="停电属实", by="director", now=NOW)
    with pytest.raises(CatalogError):
        objections.decide(hub.store, returned.objections[0], "refused", reason="再议", by="director", now=NOW)
    second = build(hub, "operation", "2026-10", now=NOW, by="clerk")
    counts = {name: second.measured.count(name) for name in ("A2", "A5", "A7")}
    assert (second.draft, counts) == (2, {"A2": 4, "A5": 4, "A7": 3})  # in the balance, no more due
    found = difference(hub, ISSUE, 2)
    assert found
    assert ("A7", "", "4", "3") in [(it.indicator, it.unit, it.before, it.now) for it in found.changes]
    assert [(it.decision, it.decided_by, it.decision_reason) for it in found.decided] == [("excluded", "director", "停电属实")]
    assert "经部门核对、综合办公室批准不计入应办结或到期环节的办件1件" in (second.folder / f"{ISSUE}.html").read_text("utf-8")
    assert (second.folder.parent / "draft-1" / f"{ISSUE}.docx").is_file()


def test_an_objection_to_a_step_takes_out_that_step_alone(hub: Hub) -> None:
    returned = sheets.read(hub, fill(circulated(hub)["D2"], "WB20261012004", seen="办理环节"), by="clerk", now=NOW)
    objections.decide(hub.store, returned.objections[0], "excluded", reason="属实", by="director", now=NOW)
    second = build(hub, "operation", "2026-10", now=NOW, by="clerk")
    assert second.measured.count("A7") == 4
    assert {row["unit"]: row["due"] for row in second.measured.tables["step_units"]}["D2"] == 3


def test_a_case_taken_out_as_a_whole_and_by_a_step_counts_each_of_its_steps_once(hub: Hub) -> None:
    whole, step = circulated(hub)["D1"], circulated(hub)["D2"]
    for path, seen in ((whole, "主管事项"), (step, "办理环节")):
        returned = sheets.read(hub, fill(path, "WB20261012002", seen=seen), by="clerk", now=NOW)
        objections.decide(hub.store, returned.objections[0], "excluded", reason="属实", by="director", now=NOW)
    out = build(hub, "operation", "2026-10", now=NOW, by="clerk").measured.tables["step_units"]
    assert {row["unit"]: (row["due"], row["handled"]) for row in out} == {"D1": (0, 4), "D2": (3, 4)}


def test_an_agreed_objection_needs_a_new_draft_and_an_open_one_a_decision(hub: Hub) -> None:
    returned = sheets.read(hub, fill(circulated(hub)["D1"], "WB20261012002"), by="clerk", now=NOW)
    draft = issues.find(hub.store, ISSUE).folder / f"{ISSUE}.docx"
    with pytest.raises(RejectedError, match="没有处理"):
        check_final(hub, ISSUE, draft, by="clerk", now=LATER, **OA)
    objections.decide(hub.store, returned.objections[0], "mended", reason="源头已补", by="director", now=NOW)
    with pytest.raises(RejectedError, match="下一稿"):
        check_final(hub, ISSUE, draft, by="clerk", now=LATER, **OA)


def test_departments_have_two_working_days_before_the_text_is_final(hub: Hub) -> None:
    files = circulated(hub)
    draft = issues.find(hub.store, ISSUE).folder / f"{ISSUE}.docx"
    with pytest.raises(RejectedError, match="2 个部门还没有交回"):
        check_final(hub, ISSUE, draft, by="clerk", now=NOW + timedelta(days=4), **OA)
    for path in files.values():
        sheets.read(hub, path, by="clerk", now=NOW + timedelta(days=4))
    assert check_final(hub, ISSUE, draft, by="clerk", now=NOW + timedelta(days=4), **OA).archived


@pytest.mark.parametrize(
    ("filled", "told"),
    [
        ({"yes": "", "reason": "停电"}, "第6行写了理由而“有异议”没有填“是”"),
        ({"reason": ""}, "第6行有异议而没有理由"),
        ({"reason": "联系 13812345678"}, "个人信息"),
        ({"reason": "长" * 201}, "超过200字"),
    ],
)
def test_a_line_that_cannot_be_taken_is_named_and_nothing_is_read(hub: Hub, filled: dict[str, str], told: str) -> None:
    path = fill(circulated(hub)["D1"], "WB20261012002", **filled)
    with pytest.raises(RejectedError, match=told):
        sheets.read(hub, path, by="clerk", now=NOW)
    assert objections.listed(hub.store, ISSUE) == []


def test_a_case_of_another_department_cannot_be_objected_to(hub: Hub) -> None:
    path = fill(circulated(hub)["D1"], "WB20261012002")
    book = load_workbook(path)
    book["核对"]["J6"] = "c4"
    book.save(path)
    with pytest.raises(RejectedError, match="第6行不是本部门的办件"):
        sheets.read(hub, path, by="clerk", now=NOW)


def test_a_sheet_is_read_in_its_days_for_its_draft_and_twice_says_nothing_new(hub: Hub) -> None:
    path = fill(circulated(hub)["D1"], "WB20261012002")
    assert sheets.read(hub, path, by="clerk", now=NOW + timedelta(days=4)).objections
    assert sheets.read(hub, path, by="clerk", now=NOW + timedelta(days=4)).objections == ()
    with pytest.raises(RejectedError, match="2026-11-09 为止"):
        sheets.read(hub, path, by="clerk", now=LATER)
    build(hub, "operation", "2026-10", now=NOW, by="clerk")
    circulated(hub)
    with pytest.raises(RejectedError, match="是第1稿的核对表，现为第2稿"):
        sheets.read(hub, path, by="clerk", now=NOW)


def test_a_workbook_that_is_no_sheet_of_ours_is_refused(hub: Hub, tmp_path: Path) -> None:
    circulated(hub)
    (tmp_path / "x.xlsx").write_bytes(b"no workbook")
    with pytest.raises(CampusError):
        sheets.read(hub, tmp_path / "x.xlsx", by="clerk", now=NOW)


def test_an_archived_file_that_was_changed_is_not_released(hub: Hub) -> None:
    archived = finalised(hub).archived
    assert archived
    archived.write_bytes(archived.read_bytes() + b" ")
    with pytest.raises(UnprovenError, match="与归档时不同"):
        publish.release(hub, ISSUE, by="director", now=LATER)


def test_a_correction_names_old_and_new_and_the_report_stays_as_it_was(hub: Hub, tmp_path: Path) -> None:
    finalised(hub)
    publish.release(hub, ISSUE, by="director", now=LATER)
    with pytest.raises(RejectedError, match="没有变化"):
        correction.correct(hub, ISSUE, ["B2"], reason="补报", by="clerk", now=LATER)
    it = issues.find(hub.store, ISSUE)
    before = {path.name: path.read_bytes() for path in it.folder.iterdir() if path.is_file()}
    with create_engine(f"sqlite:///{tmp_path}/platform.db").begin() as connection:
        connection.execute(text("update application_step set acted_at = '2026-10-15 10:00:00' where app_id = 'c2' and action = '办结'"))
    made = correction.correct(hub, ISSUE, ["B2"], reason="教务处补报一件", by="clerk", now=LATER)
    assert made.lines == [("按时办结率", "全校", "50.0%", "75.0%")]
    said = "\n".join(p.text for p in Word(str(made.files[0])).paragraphs)
    assert "按时办结率（全校）原为“50.0%”，应为“75.0%”" in said
    assert "（综办〔2026〕15号，2026-11-10）" in said
    assert "教务处补报一件" in said
    assert {path.name: path.read_bytes() for path in it.folder.iterdir() if path.is_file()} == before
    assert issues.figures_of(hub.store, ISSUE).value("B2") == 0.5
    assert issues.told(hub.store, ISSUE).value("B2") == 0.75
    assert issues.find(hub.store, ISSUE).state == "更正"


def test_what_a_person_judged_is_archived_under_their_name(hub: Hub, tmp_path: Path) -> None:
    circulated(hub)
    word = Word(str(issues.find(hub.store, ISSUE).folder / f"{ISSUE}.docx"))
    next(it for it in word.paragraphs if "按时办结率" in it.text).add_run("其中维修设备300件。")
    word.save(str(tmp_path / "final.docx"))
    checked = check_final(hub, ISSUE, tmp_path / "final.docx", by="editor", now=LATER, confirmed=True, **OA)
    assert checked.archived
    assert checked.archived.read_bytes() == (tmp_path / "final.docx").read_bytes()
    done = states.last(hub.store, ISSUE, "finalise", draft=1)
    assert done
    assert (done.by, done.details["number"], done.details["dated"]) == ("editor", "综办〔2026〕15号", "2026-11-10")
    assert "“300”" in done.details["confirmed"][0]


def test_a_withdrawn_issue_is_compared_with_no_more_and_may_be_built_anew(hub: Hub) -> None:
    finalised(hub)
    publish.withdraw(hub, ISSUE, reason="数据源有误", by="director", now=LATER)
    assert issues.told(hub.store, ISSUE) is None
    assert build(hub, "operation", "2026-10", now=LATER, by="clerk").draft == 2


def test_the_commands_say_it_in_chinese_and_in_json(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_CAMPUS", str(hub.catalog.folder))
    monkeypatch.setenv("HUB_NOW", NOW.isoformat())
    monkeypatch.setenv("HUB_USER", "clerk")
    run = CliRunner()
    made = json.loads(run.invoke(app, ["report", "verify-sheets", ISSUE, "--json"]).stdout)
    assert made["until"] == "2026-11-09"
    fill(Path(made["files"]["D1"]), "WB20261012002")
    assert "异议 1 条（编号 1）" in run.invoke(app, ["report", "read-sheets", *made["files"].values()]).stdout
    assert "系统停电" in run.invoke(app, ["report", "objections", ISSUE]).stdout
    monkeypatch.setenv("HUB_USER", "director")
    assert "已处理：不采纳" in run.invoke(app, ["report", "decide", "1", "refused", "--reason", "无停电记录"]).stdout
    draft = issues.find(hub.store, ISSUE).folder / f"{ISSUE}.docx"
    checked = run.invoke(app, ["report", "check-final", ISSUE, str(draft)])
    assert checked.exit_code == 0, checked.stdout
    assert "可以归档" in checked.stdout
    archived = run.invoke(app, ["report", "check-final", ISSUE, str(draft), "--oa", "综办〔2026〕15号", "--dated", "2026-11-10"])
    assert "已归档为定稿" in archived.stdout
    assert "读回核对表" in run.invoke(app, ["report", "history", ISSUE]).stdout


def test_a_worklist_finds_the_platforms_own_keys_again_and_leaves_an_access_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/platform.db"
    made = hall()
    for number in range(1, 3):
        made.add("account", account_id=f"u{number}", person_key=f"u{number}", state="启用")
        made.add("role_grant", account_id=f"u{number}", role="办理人", scope_unit="D1", granted_at="2026-01-06 09:00:00", revoked_at=None)
    made.add("hr_event", person_key="u2", unit_id="D1", kind="离职", effective_at="2026-10-12 00:00:00", reported_at=None)
    it = lay(tmp_path, made.rows, hall=url, platform=url, edition={"indicators": ["R13"], "first_page": []})
    build(it, "operation", "2026-10", now=NOW)
    path = tmp_path / "list.xlsx"
    rows = worklist.write(it, ISSUE, "R13", path, by="officer", now=NOW)
    keys = [row[0] for row in load_workbook(path).active.iter_rows(min_row=4, values_only=True)]
    assert "u2" in keys
    assert [(line["who"], line["outcome"], line["rows"]) for line in access.lines(it.store)] == [("officer", "worklist R13", rows)]
    with pytest.raises(CatalogError, match="没有工作单"):
        worklist.write(it, ISSUE, "R01", path, by="officer", now=NOW)
    assert b"u2" not in zipfile.ZipFile(issues.find(it.store, ISSUE).folder / f"{ISSUE}.docx").read("word/document.xml")
