"""接口说明: what the receiver's developer reads is what the agreement says, and its statements fetch a batch."""

import io
import sqlite3
from pathlib import Path

import pandas as pd
from docx import Document

from catalog.load import load
from reports.interface import described, statements, write


def test_the_sheet_says_fields_masks_schedule_batches_and_contacts(sample: Path, tmp_path: Path) -> None:
    catalog = load(sample)
    xlsx, docx = write(catalog, catalog.agreements["library_staff"], tmp_path / "out")
    sheets = pd.read_excel(io.BytesIO(xlsx.read_bytes()), sheet_name=None, header=2, dtype=str)
    fields = sheets["字段表"]
    assert list(fields["字段"]) == ["staff_no", "name", "dept_code"]
    assert list(fields["脱敏"]) == ["—", "surname", "—"]
    notes = "\n".join(sheets["说明"]["内容"])
    assert all(said in notes for said in ("读者证开户", "当前状态为 在职", "欧阳明", "教职工基本信息更新之后", "consumed_at", "24 小时"))
    assert list(sheets["联系人"]["单位"]) == ["人事处", "信息资源部", "图书馆", "某某软件"]
    document = Document(io.BytesIO(docx.read_bytes()))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    text += "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    for said in (
        "OA-2026-118",
        "读者证开户",
        "当前状态为 在职",
        "欧阳明",
        "zjk_reader",
        "hub_op",
        "consumed_at",
        "24 小时",
        "某某软件",
        "2027年8月31日",
        "/v1/datasets/staff/rows",
    ):
        assert said in text, said
    assert write(catalog, catalog.agreements["library_staff"], tmp_path / "again")[1].read_bytes() == docx.read_bytes()


def test_every_agreement_of_the_school_has_a_sheet(sample: Path, tmp_path: Path) -> None:
    catalog = load(sample)
    for agreement in catalog.agreements.values():
        assert [path.stat().st_size > 0 for path in write(catalog, agreement, tmp_path)] == [True, True]


def test_every_mask_is_described() -> None:
    for how in ("surname", "id_card", "phone", "email", "last4", "year", "pseudonym", "null", "round1000"):
        assert described(how) not in ("", "—")


def test_the_printed_statements_fetch_a_batch(sample: Path) -> None:
    find, read, done = (sql for _, sql in statements(load(sample).flows["staff_to_library"]))
    with sqlite3.connect(":memory:") as there:
        there.execute("create table hub_batch (run, flow, finished_at, consumed_at)")
        there.execute("create table zjk_reader (staff_no, hub_batch_id)")
        there.execute(
            "insert into hub_batch values ('R2', 'staff_to_library', '2026-11-06', null), ('R1', 'staff_to_library', '2026-11-05', null)"
        )
        there.execute("insert into zjk_reader values ('1', 'R1'), ('2', 'R2')")
        assert there.execute(find).fetchall() == [("R1",), ("R2",)]
        assert there.execute(read, {"run": "R1"}).fetchall() == [("1", "R1")]
        there.execute(done, {"run": "R1"})
        assert there.execute(find).fetchall() == [("R2",)]
