"""A hall's cases reach a platform on each engine by real flows; the report over them is the same, to the byte where it does not say when."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hall import Hall, lay
from world import Database

from hub.open import Hub
from hub.pipeline import run
from reports.build import Built, build

NOW = datetime(2026, 11, 5, tzinfo=UTC)


def hall() -> Hall:
    it = Hall().item("I1", item_name="成绩证明").item("I2", item_name="用印申请", promise_days=None).item("I3", owner_unit_id="D2")
    it.add("org_unit", unit_id="D1", unit_name="教务处", peer_group="职能部门", list_order=1)
    it.add("org_unit", unit_id="D2", unit_name="𬀩学院", peer_group="二级学院", list_order=2)
    for number in range(60):
        day = datetime(2026, 9, 21) + timedelta(days=number % 40, seconds=number)  # noqa: DTZ001  wall time of the school
        acts = [("提交", str(day)), ("受理", str(day + timedelta(hours=1)))]
        if number % 5:
            acts.append(("办结", str(day + timedelta(days=number % 7, microseconds=number))))
        it.case(f"c{number:02}", *acts, item=f"I{1 + number % 3}", due_at=str(day.date() + timedelta(days=4)) + " 00:00:00")
        it.add("rating", app_id=f"c{number:02}", level=1 + number % 5, is_default=number % 3 == 0, rated_at=str(day + timedelta(days=8)))
    it.add("application_pause", app_id="c12", started_at="2026-10-04 10:00:00", ended_at=None)
    return it


def flown(hub: Hub, *, at: datetime) -> None:
    for flow in hub.catalog.flows:
        receipt = run(hub, flow, now=at, by="tester")
        assert receipt.status == "proved", (flow, receipt.error)


def reported(folder: Path, source: str, platform: str, *, flown_at: datetime = NOW) -> Built:
    hub = lay(folder, hall().rows, hall=source, platform=platform)
    flown(hub, at=flown_at)
    return build(hub, "operation", "2026-10", now=NOW, out=folder / "out")


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"])
def test_every_platform_gives_the_same_figures_and_frozen_facts(tmp_path: Path, database: Database, engine: str) -> None:
    near, far = tmp_path / "sqlite", tmp_path / engine
    one = reported(near, database("sqlite"), database("sqlite"))
    other = reported(far, database(engine), database(engine))
    assert (one.folder / "figures.json").read_bytes() == (other.folder / "figures.json").read_bytes()
    facts = {name: source["sha256"] for name, source in one.snapshot.sources.items()}
    assert {name: source["sha256"] for name, source in other.snapshot.sources.items()} == facts
    assert one.measured.count("A5") > 20
    page = (other.folder / "operation-2026-10.html").read_text("utf-8")
    assert "𬀩学院" in page
    assert "报告所用6个数据集均已核对一致" in page


def test_the_snapshot_names_the_receipt_behind_each_dataset(tmp_path: Path, database: Database) -> None:
    built = reported(tmp_path, database("sqlite"), database("sqlite"))
    manifest = json.loads((built.folder / "manifest.json").read_text("utf-8"))
    assert {source["status"] for source in manifest["sources"].values()} == {"proved"}
    assert all(source["run"].startswith("R2026") and source["digest"] for source in manifest["sources"].values())


def test_a_dataset_proved_before_the_cut_off_is_named(tmp_path: Path, database: Database) -> None:
    built = reported(tmp_path, database("sqlite"), database("sqlite"), flown_at=datetime(2026, 10, 31, tzinfo=UTC))
    page = (built.folder / "operation-2026-10.html").read_text("utf-8")
    assert "以下数据集最近一次核对早于统计截止，相关数字可能不全" in page
    assert "均已核对一致" not in page


def test_a_dataset_whose_last_run_failed_is_named(tmp_path: Path, database: Database) -> None:
    source = database("sqlite")
    hub = lay(tmp_path, hall().rows, hall=source, platform=database("sqlite"))
    flown(hub, at=NOW)
    Path(source.removeprefix("sqlite:///")).write_bytes(b"no database")
    assert run(hub, "rating", now=NOW + timedelta(minutes=1), by="tester").status == "unavailable"
    built = build(hub, "operation", "2026-10", now=NOW + timedelta(minutes=2), out=tmp_path / "out")
    assert "最近一次未能核对一致，相关数字以上一次核对为准：rating" in (built.folder / "operation-2026-10.html").read_text("utf-8")
