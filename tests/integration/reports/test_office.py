"""The DOCX in a real office program: it must open, and say the same in the same order as the PDF."""

import io
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from hall import Hall, lay
from pypdf import PdfReader

from reports.build import build

NOW = datetime(2026, 11, 5, tzinfo=UTC)


@pytest.fixture
def office() -> str:
    found = shutil.which("soffice")
    if found is None:
        reason = "no LibreOffice: install libreoffice-writer-nogui"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return str(found)


def hall() -> Hall:
    made = Hall().item("I1", item_name="成绩证明").item("I2", item_name="用印申请", promise_days=None)
    for number in range(24):
        day = 8 + number % 12
        acts = (("提交", f"2026-10-{day:02} 08:00:00"), ("受理", f"2026-10-{day:02} 09:00:00"))
        done = ("办结", f"2026-10-{day + number % 5:02} 10:00:00")
        made.case(f"c{number}", *acts, done, item=f"I{1 + number % 2}", due_at=None if number % 2 else f"2026-10-{day + 3:02} 00:00:00")
        made.add("rating", app_id=f"c{number}", level=1 + number % 5, is_default=number % 3 == 0, rated_at="2026-10-28 09:00:00")
    return made.add("org_unit", unit_id="D1", unit_name="教务处", unit_type="职能", peer_group="职能部门", list_order=1)


def said(content: bytes) -> str:
    """Return what a file says: without spaces, page numbers, the draft's mark, and the minus sign, which pypdf reads out of its place."""
    pages = (re.sub(r"—\s*\d+\s*—\s*$", "", page.extract_text().strip()) for page in PdfReader(io.BytesIO(content)).pages)
    return re.sub(r"\s|送审稿|−", "", "".join(pages))


OPERATION = {"indicators": ["A2", "A3", "A5", "A6", "A7", "B1", "B2"], "first_page": ["A2", "B2"]}
SECURITY = {
    "indicators": ["R12", "R13", "R17", "R20", "R27"],
    "first_page": ["R13", "R12", "R17", "R20", "R27"],
    "outline": "security",
    "audience": "综办",
}


@pytest.mark.parametrize("edition", [{"skin": "通报"} | OPERATION, {"skin": "简报"} | OPERATION, {"skin": "报告"} | SECURITY])
def test_the_document_opened_in_an_office_program_says_what_the_pdf_says(tmp_path: Path, office: str, edition: dict[str, object]) -> None:
    url = f"sqlite:///{tmp_path}/platform.db"
    built = build(
        lay(tmp_path, hall().rows, hall=url, platform=url, edition=edition), "operation", "2026-10", now=NOW, out=tmp_path / "out"
    )
    profile = f"-env:UserInstallation=file://{tmp_path}/office"
    command = [office, "--headless", profile, "--convert-to", "pdf", "--outdir", tmp_path, built.folder / f"{built.issue}.docx"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    ours, theirs = said((built.folder / f"{built.issue}.pdf").read_bytes()), said((tmp_path / f"{built.issue}.pdf").read_bytes())
    different = [op for op in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes() if op[0] != "equal"]
    assert [(tag, ours[a:b], theirs[c:d]) for tag, a, b, c, d in different] == []
    if edition["skin"] == "报告":
        assert built.report.sections[0].blocks[1].rows[-1][0] in PdfReader(tmp_path / f"{built.issue}.pdf").pages[0].extract_text()
