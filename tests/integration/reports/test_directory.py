"""The catalogue of information resources: every dataset with its core metadata, and since when it is published."""

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from world import World

from app.cli import app
from catalog.campus import Catalog
from catalog.load import load
from hub.open import open_hub
from reports.directory import HEAD, dcat, entries
from reports.frequency import frequency


def test_every_dataset_of_the_school_stands_in_the_catalogue_with_its_items(sample: Path, tmp_path: Path) -> None:
    catalog = load(sample)
    with pytest.raises(SystemExit) as done:
        app(["catalog", "export", "--out", str(tmp_path / "out"), "--campus", str(sample)])
    assert done.value.code == 0
    book = load_workbook(tmp_path / "out" / "catalog.xlsx")
    head, *rows = [row for row in book.worksheets[0].iter_rows(min_row=3, values_only=True) if row[1]]
    assert head == HEAD
    assert {row[0] for row in rows} == set(catalog.datasets)
    assert len(book.worksheets) == 1 + len(catalog.datasets)
    staff = dict(zip(head, next(row for row in rows if row[0] == "staff"), strict=True))
    assert (staff["信息资源提供方"], staff["共享类型"], staff["共享方式"], staff["更新周期"]) == (
        "人事处",
        "有条件共享",
        "接口、中间库",
        "每日",
    )
    page = (tmp_path / "out" / "catalog.html").read_text("utf-8")
    assert all(dataset.title in page for dataset in catalog.datasets.values())
    assert "GB/T 2261.1-2003" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_dcat_names_every_dataset_and_offers_no_way_to_what_is_not_shared(sample: Path) -> None:
    hub = open_hub(load(sample))
    found = {it["@id"]: it for it in json.loads(json.dumps(dcat(hub)))["dcat:dataset"]}
    assert len(found) == len(hub.catalog.datasets)
    assert found["urn:campus:sample_school:staff"]["dct:accrualPeriodicity"]["@id"].endswith("/DAILY")
    closed = {f"urn:campus:sample_school:{name}" for name, it in hub.catalog.datasets.items() if it.sharing == "none"}
    assert closed
    assert all(not found[name]["dcat:distribution"] for name in closed)


def test_a_resource_is_published_from_its_first_proof_on(tmp_path: Path) -> None:
    it = World(tmp_path, f"sqlite:///{tmp_path}/a.db", f"sqlite:///{tmp_path}/b.db")
    assert [entry.issued for entry in entries(it.hub)] == [None]
    it.later(hours=17).run()  # the school's next day, not yet that of UTC
    it.later(days=3).run()
    assert [entry.issued for entry in entries(it.hub)] == ["2026-11-06"]


@pytest.mark.parametrize(
    ("schedule", "title"),
    [
        ("30 2 * * *", "每日"),
        ("*/15 * * * *", "实时"),
        ("0 * * * 1-5", "实时"),
        ("10,40 7-22 * * *", "实时"),
        ("0 2,14 * * *", "每日"),
        ("0 6 * * 1", "每周"),
        ("0 6 1 * *", "每月"),
        ("0 6 1 9 *", "每年"),
        (None, "不定期"),
        ({"after": ["nothing"]}, "不定期"),
    ],
)
def test_a_schedule_is_an_update_cycle(sample: Path, schedule: object, title: str) -> None:
    catalog = load(sample)
    flow = type(catalog.flows["staff_to_platform"]).model_validate(catalog.flows["staff_to_platform"].model_dump() | {"schedule": schedule})
    assert frequency(catalog, flow).title == title


def test_what_runs_after_others_is_as_slow_as_the_slowest(sample: Path) -> None:
    catalog: Catalog = load(sample)
    assert frequency(catalog, catalog.flows["staff_to_library"]).title == "每日"
