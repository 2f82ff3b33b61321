"""Code tables: what a code means on a day, what a divided one may have become, and a file's mistakes told by line."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from catalog.codes import CodeTable, candidates
from catalog.errors import CatalogError
from catalog.load import load

PLACES = CodeTable.model_validate(
    {
        "name": "place", "title": "地方", "codes": {"11": "东", "12": "西"},
        "retired": {
            "01": {"title": "旧东", "on": "2010-07-01", "to": ["11"]},
            "02": {"title": "更旧的东", "to": ["01"]},
            "03": {"title": "拆开的", "to": ["01", "12"]},
            "04": {"title": "没有了"},
            "05": {"title": "合而又合", "to": ["02", "11"]},
        },
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("code", "on", "means"),
    [
        ("11", None, ("11",)),
        ("01", None, ("11",)),
        ("01", date(2010, 6, 30), ("01",)),
        ("01", date(2010, 7, 1), ("11",)),
        ("02", None, ("11",)),
        ("02", date(2009, 1, 1), ("01",)),
        ("03", None, ("11", "12")),
        ("04", None, ()),
        ("05", None, ("11",)),
    ],
)
def test_a_retired_code_leads_to_what_was_in_force_that_day(code: str, on: date | None, means: tuple[str, ...]) -> None:
    assert PLACES.resolve(code, on) == means


def test_a_code_that_never_was_is_an_error() -> None:
    with pytest.raises(KeyError):
        PLACES.resolve("99")


def test_a_mapping_carries_what_has_one_successor_and_leaves_the_rest_to_a_person() -> None:
    mapping = CodeTable(name="moved", title="沿革", to="place", successors=True, map={"X": "12"})
    assert mapping.carrying(PLACES).map == {"11": "11", "12": "12", "01": "11", "02": "11", "05": "11", "X": "12"}
    assert candidates({"place": PLACES, "moved": mapping}, "moved", "03") == ("11", "12")
    assert candidates({"place": PLACES, "moved": mapping}, "moved", "nonsense") == ()


def test_every_retired_region_leads_to_one_in_force_or_is_told_as_divided_or_ended(sample: Path) -> None:
    catalog = load(sample)
    regions, mapping = catalog.codes["gbt_2260"], catalog.codes["region_successor"].map
    ends = [regions.resolve(code) for code in regions.retired]
    assert (len(regions.codes), len(regions.retired)) == (3433, 3992)
    assert (sum(len(end) > 1 for end in ends), sum(not end for end in ends)) == (76, 23)
    assert all(set(end) <= regions.codes.keys() for end in ends)
    assert (mapping["110103"], mapping["110101"], mapping.get("371200")) == ("110101", "110101", None)
    assert regions.resolve("110103", date(2009, 9, 1)) == ("110103",)


@pytest.mark.parametrize(
    ("standard", "codes", "one"),
    [
        ("gbt_2261_1", 4, ("2", "女性")),
        ("gbt_2261_2", 8, ("30", "丧偶")),
        ("gbt_2261_3", 22, ("10", "健康或良好")),
        ("gbt_2261_4", 13, ("31", "学生")),
        ("gbt_3304", 56, ("01", "汉族")),
        ("gbt_4658", 40, ("21", "大学本科毕业")),
        ("gbt_4762", 13, ("03", "中国共产主义青年团团员")),
        ("gbt_2659", 249, ("CN", "中国")),
    ],
)
def test_a_standards_codes_are_text_and_whole(sample: Path, standard: str, codes: int, one: tuple[str, str]) -> None:
    table = load(sample).codes[standard]
    assert (len(table.codes), table.codes[one[0]]) == (codes, one[1])
    assert table.standard is not None


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("code,title\n1,一\n", 1),
        ("code,title,retired,successors\n1,一,,\n1,又一,,\n", 3),
        ("code,title,retired,successors\n1,一,,\n2,二,sometime,1\n", 3),
        ("code,title,retired,successors\n1,一,,\n2,二\n", 3),
        ("code,title,retired,successors\n1,一,,\n,空,,\n", 3),
    ],
)
def test_a_wrong_line_of_a_code_file_is_named(sample: Path, content: str, line: int) -> None:
    (sample / "codes" / "own.yaml").write_text(yaml.safe_dump({"name": "own", "title": "本校", "file": "own.csv"}), "utf-8")
    (sample / "codes" / "own.csv").write_text(content, "utf-8")
    assert (f"{sample.name}/codes/own.csv", line) in places(sample)


@pytest.mark.parametrize("to", [["99"], ["3"]])
def test_a_succession_that_breaks_off_or_turns_in_a_circle_is_refused(sample: Path, to: list[str]) -> None:
    retired = {"2": {"title": "二", "to": to}, "3": {"title": "三", "to": ["2"]}}
    (sample / "codes" / "own.yaml").write_text(yaml.safe_dump({"name": "own", "title": "本校", "codes": {"1": "一"}, "retired": retired}))
    assert {file for file, _ in places(sample)} == {f"{sample.name}/codes/own.yaml"}


def test_a_missing_code_file_is_named(sample: Path) -> None:
    (sample / "codes" / "gbt_2260.csv").unlink()
    assert (f"{sample.name}/codes/gbt_2260.csv", None) in places(sample)


def places(sample: Path) -> list[tuple[str, int | None]]:
    with pytest.raises(CatalogError) as error:
        load(sample)
    return [(problem.file, problem.line) for problem in error.value.problems]


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("datasets/staff.yaml", ", codes: gbt_2261_1", "", "flows/staff_to_platform.yaml"),  # '?9' would be published as a gender
        ("datasets/staff.yaml", "codes: gbt_2261_1", "codes: gbt_3304", "flows/staff_to_platform.yaml"),
        (
            "datasets/application.yaml",
            "string(8),  title: 状态",
            "string(1),  title: 状态",
            "datasets/application.yaml",
        ),
    ],
)
def test_a_field_that_is_mapped_or_coded_says_so_and_holds_its_codes(sample: Path, file: str, old: str, new: str, told: str) -> None:
    text = (sample / file).read_text("utf-8")
    assert old in text
    (sample / file).write_text(text.replace(old, new), "utf-8")
    assert (told, True) in {(file.removeprefix(f"{sample.name}/"), line is not None) for file, line in places(sample)}
