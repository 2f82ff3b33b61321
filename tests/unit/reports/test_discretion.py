"""Who may read what, and which small numbers nobody may: columns by name, sensitive items, complaints, the public."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hall import Hall, lay
from printed import REPORT

from catalog.errors import DeniedError
from reports.audience import admit, allowed
from reports.build import Built, build
from reports.report import Chart, Paragraph, Section, Series, Table

NOW = datetime(2026, 11, 5, tzinfo=UTC)
Make = Callable[..., Built]


def hall(*, closed: int = 40, sensitive: int = 3, complaints: int = 3) -> Hall:
    made = Hall().item("I1", item_name="成绩证明").item("I2", item_name="心理咨询预约", owner_unit_id="D2")
    for number, name in ((1, "教务处"), (2, "学生工作处")):
        made.add("org_unit", unit_id=f"D{number}", unit_name=name, peer_group="职能部门", list_order=number)
    for number in range(closed + sensitive):
        day = f"2026-10-{8 + number % 20:02}"
        acts = (("提交", f"{day} 08:00:00"), ("受理", f"{day} 09:00:00"), ("办结", f"{day} 10:00:00"))
        made.case(f"c{number}", *acts, item="I2" if number < sensitive else "I1", due_at=f"2026-10-{11 + number % 20:02} 00:00:00")
    for _ in range(complaints):
        made.add("complaint", unit_id="D1", received_at="2026-10-12 09:00:00", due_at="2026-10-19 00:00:00", closed_at="2026-10-13 09:00:00",
                 verdict="属实", answered_at=None)  # fmt: skip
    return made


@pytest.fixture
def report(tmp_path: Path) -> Make:
    def make(made: Hall, **edition: object) -> Built:
        url = f"sqlite:///{tmp_path}/platform.db"
        hub = lay(tmp_path, made.rows, hall=url, platform=url, edition=edition)
        return build(hub, "operation", "2026-10", now=NOW, out=tmp_path / "out")

    return make


def tables(built: Built) -> dict[str, Table]:
    return {table.title: table for _, table in built.report.tables()}


def test_a_sensitive_item_shows_no_count_below_ten_and_nothing_that_gives_it_back(report: Make) -> None:
    built = report(hall(), indicators=["A2", "G2", "G5", "G6", "G7"], first_page=["A2", "G2", "G6"])
    top = tables(built)["高频事项"]
    assert [row for row in top.rows if row[0] == "心理咨询预约"] == [("心理咨询预约", "学生工作处", "＜10", "—")]
    assert top.note == ""
    chart = next(b for s in built.report.sections for b in s.blocks if isinstance(b, Chart) and b.title == "高频事项")
    assert chart.series[0].values == (40, None)
    whole = next(table for title, table in tables(built).items() if "主要指标" in title)
    assert {row[0]: row[1] for row in whole.rows} == {"新收（件）": "43", "投诉量（件）": "＜10", "投诉属实率": "—"}
    words = [b.text for s in built.report.sections for b in s.blocks if isinstance(b, Paragraph)]
    assert "收到投诉不足10件，不列办结率和属实率。" in words
    scope = tables(built)["指标口径"]
    assert [(row[0], row[2]) for row in scope.rows if row[0].startswith("G")] == [("G2", "＜10"), ("G5", "—"), ("G6", "—"), ("G7", "—")]


def test_ten_may_be_told(report: Make) -> None:
    built = report(hall(sensitive=10, complaints=10), indicators=["A2", "G2"], first_page=["G2"])
    assert ("心理咨询预约", "学生工作处", "10", "20.0%") in tables(built)["高频事项"].rows
    assert "收到投诉10件" in (built.folder / f"{built.issue}.html").read_text("utf-8")


def test_the_public_reads_totals_only_and_no_small_ones(report: Make) -> None:
    made = hall(closed=40)
    made.case("w", ("提交", "2026-09-28 08:00:00"), ("受理", "2026-09-28 09:00:00"), item="I1")
    built = report(made, audience="公开", indicators=["A2", "A3", "A4", "A5", "B1", "B2"], first_page=["A2", "A3", "A4", "A5", "B1", "B2"])
    assert [section.title for section in built.report.sections] == ["一、总体运行情况"]
    assert not any(isinstance(block, Paragraph | Chart) for section in built.report.sections for block in section.blocks)
    shown = {row[0]: row[1] for row in built.report.sections[0].blocks[0].rows}
    # one case was carried in: A4 − A2 and A5 / B1 would both tell it
    assert shown["上期结转（件）"] == "＜5"
    assert "＊" in (shown["新收（件）"], shown["在办总量（件）"])
    assert shown["办结率"] == "—（样本不足）"
    page = (built.folder / f"{built.issue}.html").read_text("utf-8")
    assert "教务处" not in page
    assert "心理咨询预约" not in page


def test_what_nobody_named_is_not_printed() -> None:
    secret = Table("高频事项", ("事项", "新收（件）", "申请人"), (("甲", "12", "王小明"),))
    other = Table("没有列出的表", ("事项",), (("乙",),))
    blocks = (Paragraph("话"), secret, other, Chart("没有列出的图", "bar", ("a",), (Series("s", (1.0,)),), "件"))
    made = replace(REPORT, sections=(Section("三、部门办理情况", blocks), Section("九、没有列出的部分", blocks)), annexes=())
    cut = admit(made, "校内")
    assert [section.title for section in cut.sections] == ["三、部门办理情况"]
    assert cut.sections[0].blocks == (Paragraph("话"), Table("高频事项", ("事项", "新收（件）"), (("甲", "12"),)))


def test_the_security_report_is_not_for_all_departments(report: Make) -> None:
    with pytest.raises(DeniedError, match="没有可以给“校内”看的内容"):
        report(hall(), outline="security", skin="报告", indicators=["R20"], first_page=["R20"])


@pytest.mark.parametrize("outline", ["operation", "security"])
def test_the_office_reads_all_that_is_written(report: Make, outline: str) -> None:
    """A table, column or chart that is new must be named in audience.yaml, or nobody will see it."""
    from reports import build as building

    whole: list[object] = []
    kept = building.admit
    try:
        building.admit = lambda made, audience: (whole.append(made), kept(made, audience))[1]
        built = report(hall(complaints=12), outline=outline, audience="综办", skin="报告", indicators=["A2", "R20"], first_page=["A2"])
    finally:
        building.admit = kept
    (made,) = whole
    assert len(built.report.sections) == len(made.sections)
    shapes = [
        [(type(b).__name__, getattr(b, "title", ""), len(getattr(b, "head", ()))) for s in (*it.sections, *it.annexes) for b in s.blocks]
        for it in (made, built.report)
    ]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("audience", ["公开", "校内", "综办", "信资"])
def test_each_audience_is_given_no_more_than_the_next(audience: str) -> None:
    order = ["公开", "校内", "综办", "信资"]
    mine, wider = allowed(audience), allowed(order[min(order.index(audience) + 1, 3)])
    assert set(mine.sections) <= set(wider.sections)
    assert set(mine.tables) <= set(wider.tables)
