"""A campus with mistakes is told all of them at once, each with file, line, what was expected and the nearest name."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog import position
from catalog.errors import CatalogError
from catalog.load import load

Edit = Callable[[str, str, str], None]


@pytest.fixture
def edit(sample: Path) -> Edit:
    def replace(file: str, old: str, new: str) -> None:
        path = sample / file
        content = path.read_text("utf-8")
        assert old in content
        path.write_text(content.replace(old, new, 1), "utf-8")

    return replace


def told(sample: Path) -> list[str]:
    with pytest.raises(CatalogError) as error:
        load(sample)
    assert error.value.exit_code == 2
    return [problem.say("zh") for problem in error.value.problems]


def test_the_sample_school_is_read_whole(sample: Path) -> None:
    catalog = load(sample)
    assert (len(catalog.datasets) >= 14, len(catalog.flows) >= 16) == (True, True)
    assert catalog.flows["staff_to_platform"].brakes.max_quarantine is not None
    assert catalog.systems["hr"].url == f"sqlite:///{sample.parent}/var/hr.db"
    assert load(sample).hash == catalog.hash


def test_every_mistake_of_every_file_is_told_in_one_go(sample: Path, edit: Edit) -> None:
    edit("systems/hr.yaml", "title:", "titel:")
    edit("datasets/staff.yaml", "type: date", "type: datum")
    edit("systems/platform.yaml", "${PLATFORM_URL:-", "${NO_SUCH_VARIABLE}${PLATFORM_URL:-")
    problems = told(sample)
    assert any("systems/hr.yaml:" in p and "titel" in p and "title" in p for p in problems)
    assert any("datasets/staff.yaml:" in p and "decimal(p,s)" in p for p in problems)
    assert any("systems/platform.yaml:" in p and "NO_SUCH_VARIABLE" in p for p in problems)


def test_what_no_single_file_can_know_is_told_beside_the_mistakes_of_files(sample: Path, edit: Edit) -> None:
    edit("datasets/staff.yaml", "title:", "titel:")
    edit("systems/hr.yaml", "${HR_URL:-sqlite:///var/hr.db}", "${HR_URL_THAT_IS_NOT_SET}")
    edit("flows/application_to_platform.yaml", "on_delete: keep", "on_delete: delete")
    edit("flows/org_unit_to_platform.yaml", "dataset: org_unit", "dataset: orgunit")
    edit("datasets/term.yaml", "key: [", "key: [no_such_field, ")
    problems = told(sample)
    wanted = ("staff.yaml", "hr.yaml", "application_to_platform.yaml", "org_unit_to_platform.yaml", "term.yaml")
    assert [any(f"/{file}:" in problem for problem in problems) for file in wanted] == [True] * 5
    assert not any("没有名为 staff 的" in problem or "没有名为 hr 的" in problem for problem in problems)  # their files are there


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: " + "[" * 100_000, "nested too deep"),
        ("".join(" " * n + "a:\n" for n in range(3000)), "nested too deep"),
        ("a: &a [*a]\n", "别名"),
        ("name: 2026-05-45\n", "no timestamp"),
        ("name: " + "9" * 6000, "no int"),
        ("name: a\n---\nname: b\n", "another document"),
        ("", "键: 值"),
    ],
)
def test_no_yaml_whatever_breaks_the_reader(sample: Path, content: str, expected: str) -> None:
    (sample / "codes" / "hr_gender.yaml").write_text(content, "utf-8")
    assert any("codes/hr_gender.yaml" in problem and expected in problem for problem in told(sample))


@pytest.mark.parametrize("place", ["flows/club.yml", "flow/club.yaml", "flows/more/club.yaml", "club.yaml"])
def test_a_yaml_file_that_nobody_would_read_is_no_silent_one(sample: Path, place: str) -> None:
    (sample / place).parent.mkdir(exist_ok=True)
    (sample / place).write_text("name: club\n", "utf-8")
    assert any(f"campus/{place} " in problem and "club.yaml" in problem for problem in told(sample))


@pytest.mark.parametrize("content", [None, b"", "select '在职'".encode("gb18030")])
def test_a_query_that_cannot_be_read_is_told(sample: Path, content: bytes | None) -> None:
    query = sample / "flows" / "open_case.sql"
    query.unlink() if content is None else query.write_bytes(content)
    assert any("flows/open_case_on_platform.yaml:" in problem and "open_case.sql" in problem for problem in told(sample))


def test_windows_line_ends_and_byte_order_marks_say_the_same(sample: Path) -> None:
    before = load(sample)
    for file in (*sample.rglob("*.yaml"), *sample.rglob("*.sql")):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    after = load(sample)
    assert (after.datasets, after.flows, after.agreements) == (before.datasets, before.flows, before.agreements)


@pytest.mark.parametrize("written", ["no", "Yes", "on", "OFF", "0101", "0x1F", "1_000", "12:30", "010.5", ".5"])
def test_a_word_is_no_truth_and_a_number_with_a_leading_zero_no_other_number(written: str) -> None:
    document, problems = position.read(f"value: {written}\n{written}: 1\n".encode(), "x.yaml", {})
    assert (document.data, problems) == ({"value": written, written: 1}, [])


@pytest.mark.parametrize(
    ("written", "meant"), [("true", True), ("False", False), ("101", 101), ("-3", -3), ("0", 0), ("1.5", 1.5), ("null", None)]
)
def test_truths_and_numbers_are_what_they_look_like(written: str, meant: object) -> None:
    assert position.read(f"value: {written}\n".encode(), "x.yaml", {})[0].data == {"value": meant}


def test_a_flow_does_not_take_the_clock_of_another(sample: Path) -> None:
    flow = (sample / "flows" / "term_to_platform.yaml").read_text("utf-8")
    (sample / "flows" / "upkeep.yaml").write_text(
        flow.replace("term_to_platform", "upkeep").replace("table: term", "table: term_2"), "utf-8"
    )
    assert any("flows/upkeep.yaml:" in problem and "调度" in problem for problem in told(sample))


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("flows/staff_to_platform.yaml", "dataset: staff", "dataset: stuff", "最接近的是 staff"),
        ("flows/application_to_platform.yaml", "on_delete: keep", "on_delete: delete", "mark 或 keep"),
        ("datasets/staff.yaml", "key: [staff_no]", "key: [staff_id]", "staff_no"),
        ("datasets/staff.yaml", "name: staff\n", "name: staff\nname: staff\n", "写了两次"),
        ("campus.yaml", "platform: platform", "platform: plattform", "最接近的是 platform"),
        ("agreements/library_staff.yaml", "dept_code]", "dept_kode]", "dept_code"),
        ("systems/hr.yaml", "sqlite:///var/hr.db", "oracle://hr", "postgresql+psycopg://"),
        ("campus.yaml", "sqlite:///var/hub.db", "mysql+pymysql://root@db/hub", "sqlite:/// 或 postgresql+psycopg://"),
        ("campus.yaml", "Asia/Shanghai", "Asia/Shangai", "a time zone such as Asia/Shanghai"),
        ("flows/staff_to_platform.yaml", "mode: incremental", "mode: incremetal", "最接近的是 incremental"),
        ("flows/staff_to_platform.yaml", 'schedule: "30 2 * * *"', 'schedule: "30 26 * * *"', "a cron of five fields"),
        ("datasets/staff.yaml", "rule: matches", "rule: mathces", "最接近的是 matches"),
        ("reports/operation.yaml", "calendar: china", "calendar: chine", "最接近的是 china"),
        ("datasets/staff.yaml", "owner: 人事处", "owner: &unit 人事处\ndescription: *unit", "别名"),
        ("datasets/staff.yaml", "owner: 人事处", "owner: 2026", '写成 "2026"'),
        ("datasets/staff.yaml", "owner: 人事处", "owner: 2026-10-01", '写成 "2026-10-01"'),
    ],
)
def test_a_mistake_is_told_with_what_was_expected(sample: Path, edit: Edit, file: str, old: str, new: str, expected: str) -> None:
    edit(file, old, new)
    problems = told(sample)
    assert any(file in problem and expected in problem for problem in problems), problems


def test_flows_that_wait_for_each_other_are_a_circle(sample: Path) -> None:
    for name, after in (("a", "course"), ("b", "term")):
        source = "term" if name == "a" else "course"
        (sample / "flows" / f"circle_{name}.yaml").write_text(
            f"name: circle_{name}\ndataset: {source}\nsource: {{system: platform, table: x}}\ntarget: {{system: platform, table: circle_{name}}}\n"
            f"mode: mirror\nschedule: {{after: [{after}]}}\n",
            "utf-8",
        )
    assert any("after 形成循环" in problem for problem in told(sample))


def test_a_file_that_is_no_utf8_or_no_yaml_names_the_place(sample: Path) -> None:
    (sample / "systems" / "hr.yaml").write_bytes("title: 人事".encode("gb18030"))
    (sample / "systems" / "hall.yaml").write_text("name: [hall\n", "utf-8")
    problems = told(sample)
    assert any("hr.yaml" in problem and "UTF-8" in problem for problem in problems)
    assert any("hall.yaml:" in problem and "YAML" in problem for problem in problems)


def test_a_folder_without_a_campus_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CatalogError) as error:
        load(tmp_path)
    assert "campus-hub init" in str(error.value)


def test_the_hash_follows_what_the_files_say(sample: Path, edit: Edit, tmp_path: Path) -> None:
    before = load(sample).hash
    other = shutil.copytree(sample, tmp_path / "elsewhere" / "campus")
    assert load(other).hash == before
    edit("flows/staff_to_platform.yaml", "mode: incremental", "mode: mirror")
    assert load(sample).hash != before
