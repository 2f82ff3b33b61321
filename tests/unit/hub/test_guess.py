"""Guesses about columns: right on the names and contents that a school has, silent on the rest."""

import pytest

from hub.guess import cursor, is_bank_card, is_code_table, is_id_card, sensitivity, standard

PHONES = ["13800138000", "+8613912345678", "15000000001", "18612345678", "13700000000"]
CARDS = ["11010519491231002X", "440524188001010014", "11010519491231002x", "440524188001010014", "11010519491231002X"]


@pytest.mark.parametrize(
    ("text", "right"),
    [("11010519491231002X", True), ("11010519491231002x", True), ("110105194912310021", False), ("1101051949123100", False), ("", False)],
)
def test_an_id_number_is_known_by_its_check_digit(text: str, right: bool) -> None:
    assert is_id_card(text) is right


@pytest.mark.parametrize(("text", "right"), [("6222021234567890128", True), ("6222021234567890120", False), ("62220212345", False)])
def test_a_bank_card_is_known_by_its_check_digit(text: str, right: bool) -> None:
    assert is_bank_card(text) is right


@pytest.mark.parametrize(
    ("name", "comment", "sample", "level", "ground"),
    [
        ("XM", "", [], "personal", "name"),
        ("a1", "学生姓名", [], "personal", "name"),
        ("SFZJH", "", CARDS, "sensitive", "both"),
        ("c7", "", CARDS, "sensitive", "content"),
        ("c8", "", PHONES, "personal", "content"),
        ("LXDH", "联系电话", PHONES, "personal", "both"),
        ("GZ", "", [], "sensitive", "name"),
        ("c9", "", ["a@b.edu.cn"] * 5, "personal", "content"),
    ],
)
def test_personal_data_is_found_by_name_or_content(name: str, comment: str, sample: list[str], level: str, ground: str) -> None:
    found = sensitivity(name, comment, sample)
    assert found is not None
    assert (found.value, found.ground) == (level, ground)


@pytest.mark.parametrize(
    ("name", "sample"), [("KCMC", []), ("zxs", ["32", "64"]), ("c8", PHONES[:4]), ("c8", ["13800138000"] * 3 + ["x"] * 2), ("GZRQ", [])]
)
def test_what_nothing_speaks_for_is_left_alone(name: str, sample: list[str]) -> None:
    assert sensitivity(name, "", sample) is None


def test_a_standard_is_sure_only_where_the_content_speaks_it_too() -> None:
    def codes(table: str) -> frozenset[str]:
        return frozenset("0129") if table == "gbt_2261_1" else frozenset()

    sure, unsure = standard("XB", "", ["1", "2", "2", "1", "9"], codes), standard("XB", "", ["男", "女", "男", "女", "男"], codes)
    assert (sure and sure.ground, unsure and unsure.ground) == ("both", "name")
    assert standard("MZ", "", ["01"] * 5, codes) is None  # the campus has no such table


def test_a_cursor_is_a_moment_named_as_one() -> None:
    assert cursor("GXSJ", "", "timestamp without time zone", indexed=True)
    assert cursor("c", "最后更新时间", "datetime(6)", indexed=False)
    assert cursor("GXSJ", "", "varchar(20)", indexed=True) is None
    assert cursor("created_at", "", "timestamp", indexed=True) is None


@pytest.mark.parametrize(
    ("name", "comment", "columns", "rows", "right"),
    [("dm_xb", "", 3, 4, True), ("x", "学历代码", 3, 40, True), ("dm_xb", "", 3, 10**6, False), ("dmgl", "", 3, 4, False)],
)
def test_a_code_table_is_small_and_named_as_one(name: str, comment: str, columns: int, rows: int, right: bool) -> None:
    assert is_code_table(name, comment, columns, rows) is right
