"""The security report: one table and three sentences, what has no source and who owes it, and nothing that names a person."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hall import Hall, lay
from pypdf import PdfReader

from catalog.load import load
from hub.open import open_hub
from reports.build import Built, build
from reports.editions import security
from reports.report import Paragraph

NOW = datetime(2026, 11, 5, tzinfo=UTC)
CAMPUS = Path(__file__).parents[3] / "campus"
EDITION = {
    "title": "网上办事大厅|安全运行情况", "outline": "security", "skin": "报告", "audience": "综办", "label": "内部资料　注意保存",
    "indicators": ["R01", "R07", "R12", "R13", "R20", "R27", "S1", "S2", "S3"], "first_page": ["R13", "R12", "R20", "R07"],
}  # fmt: skip


INSIDE = "校领导，综合办公室、信息资源部"


def hall() -> Hall:
    """Two people left and keep their roles, in two departments; two items were not reviewed; one grant was never filed."""
    made = Hall().item(
        "I1", guide_updated_at="2026-06-01", secret_review_state="已审查", secret_review_at="2024-12-01", item_name="在读证明"
    )
    made.item("I2", guide_updated_at="2026-06-01", secret_review_state=None, secret_review_at=None, item_name="保密室预约")
    made.case("c1", ("提交", "2026-10-12 08:00:00"), ("受理", "2026-10-12 09:00:00"))
    for unit, name in (("D1", "教务处"), ("D2", "财务处")):
        made.add("org_unit", unit_id=unit, unit_name=name, valid_to=None, successor_id=None, list_order=1, peer_group="职能部门")
    for number, unit in ((1, "D1"), (2, "D2"), (3, "D1")):
        made.add("account", account_id=f"key{number}", person_key=f"key{number}", state="启用")
        filing = f"F{number}" if number < 3 else None
        made.add(
            "role_grant",
            account_id=f"key{number}",
            role="办理人",
            scope_unit=unit,
            granted_at="2026-01-06 09:00:00",
            revoked_at=None,
            filing_id=filing,
        )
        made.add(
            "authz_filing",
            filing_id=f"F{number}",
            unit_id=unit,
            person_key=f"key{number}",
            role="办理人",
            filed_at="2026-01-05 09:00:00",
            valid_to=None,
        )
        if number < 3:
            made.add(
                "hr_event",
                person_key=f"key{number}",
                unit_id=unit,
                kind="离职",
                effective_at="2026-10-12 00:00:00",
                reported_at="2026-10-14 09:00:00",
            )
    return made


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return make(tmp_path)


def make(tmp_path: Path, **edition: object) -> Built:
    url = f"sqlite:///{tmp_path}/platform.db"
    hub = lay(tmp_path, hall().rows, hall=url, platform=url, edition=EDITION | edition)
    registers = tmp_path / "campus" / "registers"
    registers.mkdir()
    register = {"name": "vuln_scan", "title": "漏洞台账", "dataset": "vuln_scan", "owner": "信息资源部"}
    (registers / "vuln_scan.yaml").write_text(yaml.safe_dump(register, allow_unicode=True), "utf-8")
    dataset = {"name": "vuln_scan", "title": "漏洞", "owner": "信息资源部", "sharing": "none", "key": ["vuln_id"]}
    fields = {"fields": [{"name": "vuln_id", "type": "string(20)", "title": "编号"}]}
    (tmp_path / "campus" / "datasets" / "vuln_scan.yaml").write_text(yaml.safe_dump(dataset | fields, allow_unicode=True), "utf-8")
    return build(open_hub(load(hub.catalog.folder)), "operation", "2026-10", now=NOW, out=tmp_path / "out")


def page(built: Built) -> str:
    return (built.folder / f"{built.issue}.html").read_text("utf-8")


def test_the_first_page_is_a_table_and_three_sentences(built: Built) -> None:
    told = page(built)
    # R13, R12, R20 are not met and S3 follows R12; R07 and R27 have no source; S2 has nothing to measure
    assert "总体结论：需重点整改。检查9项：达标2，未达标4，无数据来源2（见附件2），本期不适用1。" in told
    assert "需领导协调的事项：一是离岗人员仍有办理权限2人，涉2个部门（报备平均迟2.0个工作日）" in told
    assert "内部资料　注意保存" in told
    first = built.report.sections[0].blocks[1]
    rows = {row[0]: row[1:] for row in first.rows}
    assert rows["离岗人员仍有办理权限（人）"] == ("2", "0", "0", "▲未达标", "主管部门报备，信息资源部禁用")
    assert rows["逾期未修的漏洞（个）"] == ("—", "—", "0", "无数据来源", "信息资源部（漏洞台账）")


@pytest.mark.parametrize(("skin", "addressees"), [("报告", "校领导："), ("通报", f"{INSIDE}："), ("简报", "")])
def test_the_first_printed_page_holds_the_table_and_the_three_sentences_in_every_skin(tmp_path: Path, skin: str, addressees: str) -> None:
    campus = yaml.safe_load((CAMPUS / "reports" / "security.yaml").read_text("utf-8"))
    chosen = {key: campus[key] for key in ("indicators", "first_page", "basis", "office")}
    built = make(tmp_path, skin=skin, **chosen)
    assert built.report.addressees == addressees
    foot = built.report.foot
    assert (foot.sent_to, foot.printed_by) == (f"送：{INSIDE}。" if skin == "简报" else "", "")
    overall, table, lead = built.report.sections[0].blocks
    first = re.sub(r"\s", "", PdfReader(built.folder / f"{built.issue}.pdf").pages[0].extract_text())
    # the most that can be asked of one page: many checks without a source, three matters, the longest of all among them
    assert "无数据来源" in overall.text
    assert "（见附件2）" in overall.text
    assert "三是" in lead.text
    assert "报备平均迟2.0个工作日" in lead.text
    for text in (built.report.opening, overall.text, table.title, *(cell for row in table.rows for cell in row), lead.text):
        assert re.sub(r"\s", "", text) in first, text
    assert len(table.rows) == len(campus["first_page"])


def test_an_annex_that_would_be_empty_is_none_and_the_others_move_up(tmp_path: Path) -> None:
    there = make(tmp_path, indicators=["R12", "R13", "R20"], first_page=["R13"]).report
    assert [(label, annex.title) for label, annex in there.labelled()] == [("附件1", "检查结果"), ("附件2", "统计口径说明")]
    assert "检查3项：达标0，未达标3，无数据来源0。" in there.sections[0].blocks[0].text
    assert not any("见附件2" in block.text for section in there.sections for block in section.blocks if isinstance(block, Paragraph))


def test_each_finding_is_said_with_its_target_and_who_must_mend_it(built: Built) -> None:
    told = page(built)
    assert "权限与备案不一致1项（无备案1）" in told
    assert "未达标（目标0）" in told
    assert "未经保密审查已发布的事项1项（责任部门：综合办公室、保密办；信息资源部下架），于　月　日前整改，结果报综合办公室。" in told
    assert "无数据来源的项目：逾期未修的漏洞，报送单位见附件2。" in told
    assert "附件2所列2项无数据来源，请有关单位按附件2报送台账。" in told
    assert "<td>逾期未修的漏洞</td><td>信息资源部（漏洞台账）</td>" in told


@pytest.mark.parametrize(
    ("met", "unmet", "missing", "state"),
    [
        (9, 0, 0, "good"),
        (6, 3, 0, "fair"),
        (5, 4, 0, "poor"),
        (9, 0, 4, "good"),
        (9, 0, 5, "unknown"),  # more than a third cannot be seen: nothing good can be said
        (6, 3, 5, "unknown"),
        (1, 2, 20, "poor"),
        (0, 0, 31, "unknown"),
        (0, 0, 0, "unknown"),
    ],
)
def test_what_cannot_be_seen_is_never_called_under_control(met: int, unmet: int, missing: int, state: str) -> None:
    assert security.state({"checks": met + unmet + missing, "met": met, "unmet": unmet, "missing": missing}) == state


def test_it_names_neither_persons_nor_what_may_be_confidential(built: Built) -> None:
    for path in built.files:
        content = path.read_bytes()
        assert b"key1" not in content, path.name
        assert "保密室预约".encode() not in content, path.name


def test_laws_are_cited_as_they_stand_when_the_period_ends(built: Built) -> None:
    assert "GB/T 22239-2019身份鉴别、访问控制" in page(built)
