"""What `check` says of agreements: who is not masked, what contradicts itself, where a personal field went under another name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.errors import CatalogError
from catalog.load import load
from catalog.sensitivity import levels

Edit = Callable[[str, str, str], None]
STAFF = "agreements/library_staff.yaml"


@pytest.fixture
def edit(sample: Path) -> Edit:
    def replace(file: str, old: str, new: str) -> None:
        path = sample / file
        content = path.read_text("utf-8") if path.exists() else ""
        assert old in content
        path.write_text(content.replace(old, new, 1), "utf-8")

    return replace


def told(sample: Path) -> list[str]:
    with pytest.raises(CatalogError) as error:
        load(sample)
    return [problem.say("zh") for problem in error.value.problems]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (STAFF, "mask: {name: surname}\n", "", "agreements/library_staff.yaml:6  字段 name 的级别为 personal，须脱敏"),
        (STAFF, "dept_code]", "dept_code, salary]", "字段 salary 的级别为 sensitive"),
        (STAFF, "{name: surname}", "{name: round10}", "round10 不适用于字段 name（string(64)）"),
        (STAFF, "{name: surname}", "{name: last0}", "a step such as round1000"),
        (STAFF, "{name: surname}", "{name: surname, dept_code: year}", "year 不适用"),
        (STAFF, "mask:", "unmasked: {name: {reason: 测试, until: 2027-01-01}}\nmask:", "已脱敏，不必再写例外"),
        (STAFF, "mask: {name: surname}", "unmasked: {name: {reason: 测试, until: 2027-09-01}}", "2026-09-01 至 2027-08-31"),
        (STAFF, "mask: {name: surname}", "unmasked: {name: {until: 2027-01-01}}", "缺少"),
        (STAFF, "mask: {name: surname}", "unmasked: {name: {reason: '', until: 2027-01-01}}", "unmasked"),
        (STAFF, "mask:", "unmasked: {salary: {reason: 测试, until: 2027-01-01}}\nmask:", "没有名为 salary 的已授权字段"),
        ("agreements/library_org_unit.yaml", "dataset: org_unit", "dataset: staff", "没有名为 unit_id 的字段"),
        ("flows/staff_to_library.yaml", "mode: mirror", "mode: mirror\non_delete: keep", "on_delete 应为 delete 或 mark"),
        ("flows/staff_to_library.yaml", "under: library_staff", "", "系统 library 不是统一数据平台"),
        ("flows/staff_to_library.yaml", "system: library", "system: logistics", "系统 logistics 不是应用 library 的系统（其 systems：library）"),
        ("consumers/library.yaml", "[library]", "[libary]", "没有名为 libary 的系统"),
        ("datasets/staff.yaml", "name: gender", "name: hub_op", "字段名不能以 hub_ 开头"),
        ("flows/open_case_on_platform.yaml", "[application.due_at]", "[application.due_on]", "没有名为 due_on 的字段"),
        ("flows/open_case_on_platform.yaml", "[application.due_at]", "[aplication.due_at]", "最接近的是 application"),
        ("flows/open_case_on_platform.yaml", "due_at:", "due_on:", "没有名为 due_on 的字段"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_where_it_stands(sample: Path, edit: Edit, file: str, old: str, new: str, expected: str) -> None:
    edit(file, old, new)
    problems = told(sample)
    assert any(expected in problem for problem in problems), problems
    assert all(problem.startswith(f"campus/{file}:") for problem in problems if expected in problem)


def test_a_masked_key_is_told_where_the_flow_stands(sample: Path, edit: Edit) -> None:
    edit(STAFF, "{name: surname}", "{name: surname, staff_no: last2}")
    assert told(sample) == [
        "campus/flows/staff_to_library.yaml:8  协议 library_staff 须授权主键字段 staff_no，且不能脱敏（mode: mirror 的流可用 pseudonym）"
    ]


def test_what_tells_a_confidential_row_is_told_at_the_source(sample: Path, edit: Edit) -> None:
    edit("datasets/staff.yaml", "key: [staff_no]", "confidential: [{field: gender, eq: '9'}]\nkey: [staff_no]")
    assert ["按字段 gender 判断涉密" in problem for problem in told(sample)] == [True]


def test_a_bare_null_is_a_mask(sample: Path, edit: Edit) -> None:
    edit(STAFF, "{name: surname}", "{name: null}")
    assert load(sample).agreements["library_staff"].mask == {"name": "null"}


def test_two_agreements_that_would_answer_one_question_are_told(sample: Path, edit: Edit) -> None:
    content = (sample / STAFF).read_text("utf-8")
    second = sample / "agreements" / "library_staff_2.yaml"
    second.write_text(content.replace("name: library_staff\n", "name: library_staff_2\n"), "utf-8")
    assert [problem for problem in told(sample) if "协议 library_staff " in problem]
    second.write_text(second.read_text("utf-8").replace("2026-09-01, 2027-08-31", "2027-09-01, 2028-08-31"), "utf-8")
    load(sample)  # its days begin when the other's end
    second.write_text(content.replace("name: library_staff\n", "name: library_staff_2\n").replace("[api, push]", "[push]"), "utf-8")
    load(sample)  # a push flow says under which agreement it goes


DERIVED = """
name: staff_card
title: 证件
owner: 人事处
sharing: conditional
key: [card_no]
fields:
  - {name: card_no, type: string(20), title: 卡号}
  - {name: holder, type: string(64), title: 持卡人, sensitivity: public}
"""


def test_a_personal_field_stays_personal_under_another_name(sample: Path, edit: Edit) -> None:
    (sample / "datasets" / "staff_card.yaml").write_text(DERIVED, "utf-8")
    flow = sample / "flows" / "staff_card.yaml"
    made = "name: staff_card\ndataset: staff_card\nsource: {source}\ntarget: {system: platform, table: card}\nmode: mirror\n"
    by_table = "{system: platform, table: STAFF, columns: {card_no: staff_no, holder: name}}"
    flow.write_text(made.replace("{source}", by_table), "utf-8")
    assert levels(load(sample))["staff_card", "holder"] == "personal"
    (sample / "flows" / "card.sql").write_text("select staff_no as card_no, name as holder /* from staff */ from staff", "utf-8")
    flow.write_text(made.replace("{source}", "{system: platform, query: card.sql}"), "utf-8")
    assert levels(load(sample))["staff_card", "holder"] == "public"  # nobody receives it
    lineage = "{card_no: [staff.staff_no], holder: [staff.name, staff.salary]}"
    flow.write_text(made.replace("{source}", f"{{system: platform, query: card.sql, lineage: {lineage}}}"), "utf-8")
    assert levels(load(sample))["staff_card", "holder"] == "sensitive"  # the highest wins
    edit("flows/staff_to_library.yaml", "dataset: staff\n", "dataset: staff_card\n")
    edit(STAFF, "dataset: staff\n", "dataset: staff_card\n")
    edit(STAFF, "[staff_no, name, dept_code]", "[card_no, holder]")
    edit(STAFF, "where: [{field: status, in: [在职]}]", "")
    edit(STAFF, "mask: {name: surname}", "")
    assert [problem for problem in told(sample) if "字段 holder 的级别为 sensitive" in problem]
    flow.write_text(made.replace("{source}", "{system: platform, query: card.sql}"), "utf-8")
    assert [problem for problem in told(sample) if "查询读取了 staff" in problem and "card_no, holder" in problem]


def test_a_query_that_only_mentions_a_table_in_a_comment_reads_nothing(sample: Path) -> None:
    (sample / "datasets" / "staff_card.yaml").write_text(DERIVED, "utf-8")
    (sample / "flows" / "card.sql").write_text("-- like staff\nselect no as card_no, who as holder from staff_cards", "utf-8")
    flow = "name: staff_card\ndataset: staff_card\nsource: {system: platform, query: card.sql}\ntarget: {system: platform, table: card}\nmode: mirror\n"
    (sample / "flows" / "staff_card.yaml").write_text(flow, "utf-8")
    assert load(sample).flows["staff_card"].source.lineage == {}
