"""From a printed figure back to what it was made of: the same number again, the keys that were counted, and a refusal where it is not so."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hall import EDITION, Hall, lay
from sqlalchemy import update
from typer.testing import CliRunner

from app.cli import app
from catalog.errors import CatalogError, UnprovenError
from hub.open import Hub
from hub.store import access
from hub.store.tables import figures as stored
from reports.build import Built, build
from reports.definition import definitions
from reports.evidence import evidence, keys

NOW = datetime(2026, 11, 5, tzinfo=UTC)
ISSUE = "operation-2026-10"
LISTED = [name for name, it in definitions().items() if it.keys]


def hall() -> Hall:
    """Cases of three items and two units, at every stage; the second unit was renamed into a third."""
    made = Hall().item("I1").item("I2", owner_unit_id="D2", promise_days=None).item("I3", owner_unit_id="D2")
    for number in range(40):
        day, item = 1 + number % 20, f"I{1 + number % 3}"
        month = "2026-09" if number % 7 == 0 else "2026-10"
        acts: list[tuple[str, str]] = [("提交", f"{month}-{day:02} 08:00:00"), ("受理", f"{month}-{day:02} 09:00:00")]
        if number % 5 == 0:
            acts.append(("退回", f"{month}-{day:02} 10:00:00"))
        if number % 4:
            acts.append(("办结", f"2026-10-{day + number % 9:02} 10:00:00"))
        if number % 8 == 1:
            acts += [("重办", f"2026-10-{day + number % 9 + 1:02} 08:00:00"), ("办结", f"2026-10-{day + number % 9 + 1:02} 12:00:00")]
        if number % 11 == 4:
            acts.append(("撤回", f"2026-10-{day + 2:02} 12:00:00"))
        made.case(f"c{number}", *acts, item=item, due_at=None if item == "I2" else f"{month}-{day + 3:02} 00:00:00")
        made.add("rating", app_id=f"c{number}", level=1 + number % 5, is_default=number % 3 == 0, rated_at="2026-10-29 09:00:00")
    for unit, until, after in (("D1", None, None), ("D2", "2026-10-15", "D3"), ("D3", None, None)):
        made.add("org_unit", unit_id=unit, unit_name=unit, valid_to=until, successor_id=after, list_order=1)
    return made


@pytest.fixture
def world(tmp_path: Path) -> tuple[Hub, Built]:
    url = f"sqlite:///{tmp_path}/platform.db"
    hub = lay(tmp_path, hall().rows, hall=url, platform=url, edition={"indicators": [*EDITION["indicators"], "C6"]})
    return hub, build(hub, "operation", "2026-10", now=NOW, out=tmp_path / "out")


def test_the_keys_that_are_listed_are_those_that_were_counted(world: tuple[Hub, Built]) -> None:
    hub, built = world
    there = [name for name in LISTED if name not in built.measured.missing]
    assert len(there) >= 20
    for indicator in there:
        form = definitions()[indicator].form
        figures = [f for f in built.measured.figures if f.indicator == indicator and f.part in ("", "median")]
        assert figures[0].unit == "", indicator
        for figure in figures:
            listed = keys(hub, ISSUE, indicator, figure.unit)
            assert {it.unit for it in listed} == {figure.unit} or figure.unit == "", indicator
            assert len(listed) == (figure.value if form == "count" else figure.denominator), indicator
            assert form != "rate" or sum(it.counted for it in listed) == figure.numerator, indicator


def test_every_count_and_rate_of_cases_can_list_its_keys() -> None:
    without = {name for name, it in definitions().items() if it.keys is None and name[0] in "ABCDF"}
    assert without == {"B1", "B7", "F6", "F7"}


def test_evidence_names_definition_query_parameters_snapshot_and_receipts(world: tuple[Hub, Built]) -> None:
    hub, built = world
    found = evidence(hub, ISSUE, "B2", "D3")
    told = built.measured.get("B2", "D3")
    assert told is not None
    assert found.figures[0].value == pytest.approx(told.value)
    assert found.definition.formula.startswith("应办结中")
    assert "from due" in found.sql
    assert found.parameters["t0"] == datetime(2026, 10, 1)  # noqa: DTZ001  the school's wall time
    assert found.snapshot.hash == built.snapshot.hash
    assert {"flow", "run", "status", "sha256"} <= set(found.snapshot.sources["application"])


def test_a_snapshot_that_was_changed_proves_nothing(world: tuple[Hub, Built]) -> None:
    hub, built = world
    path = built.folder / "snapshot" / "application.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(UnprovenError, match=r"application\.parquet"):
        evidence(hub, ISSUE, "A2")


def test_a_manifest_that_was_changed_proves_nothing(world: tuple[Hub, Built]) -> None:
    hub, built = world
    path = built.folder / "snapshot" / "snapshot.json"
    path.write_text(path.read_text("utf-8").replace('"rows": 40', '"rows": 41'), "utf-8")
    with pytest.raises(UnprovenError, match=r"snapshot\.json"):
        evidence(hub, ISSUE, "A2")


def test_a_figure_that_comes_out_otherwise_is_not_evidence(world: tuple[Hub, Built]) -> None:
    hub, _ = world
    with hub.store.begin() as connection:
        connection.execute(update(stored).where(stored.c.indicator == "A2", stored.c.unit == "").values(value=999))
    with pytest.raises(UnprovenError, match="999"):
        evidence(hub, ISSUE, "A2")


@pytest.mark.parametrize(
    ("issue", "indicator", "unit", "said"),
    [
        ("operation-2026-09", "A2", "", "operation-2026-10"),
        (ISSUE, "Z9", "", "A1、A2"),
        (ISSUE, "A2", "D9", "D1、D3"),
        (ISSUE, "E4", "D1", "没有单位 D1"),
    ],
)
def test_a_name_that_is_not_known_is_answered_with_those_that_are(
    world: tuple[Hub, Built], issue: str, indicator: str, unit: str, said: str
) -> None:
    with pytest.raises(CatalogError, match=said):
        evidence(world[0], issue, indicator, unit)


def test_the_command_prints_the_evidence_and_logs_who_saw_the_keys(world: tuple[Hub, Built], monkeypatch: pytest.MonkeyPatch) -> None:
    hub, built = world
    monkeypatch.setenv("HUB_CAMPUS", str(hub.catalog.folder))
    monkeypatch.setenv("HUB_NOW", NOW.isoformat())
    monkeypatch.setenv("HUB_USER", "tester")
    told = CliRunner().invoke(app, ["evidence", ISSUE, "A2"])
    assert told.exit_code == 0
    assert "统计期内受理的办件数" in told.stdout
    assert "由快照重新计算，与报告一致" in told.stdout
    assert access.lines(hub.store) == []
    listed = json.loads(CliRunner().invoke(app, ["evidence", ISSUE, "A2", "--keys", "--json"]).stdout)
    assert len(listed["keys"]) == built.measured.count("A2")
    assert [(line["who"], line["outcome"], line["dataset"], line["rows"]) for line in access.lines(hub.store)] == [
        ("tester", "evidence keys", f"{ISSUE} A2", built.measured.count("A2"))
    ]


def test_late_data_do_not_change_what_was_told(world: tuple[Hub, Built], tmp_path: Path) -> None:
    hub, built = world
    before = evidence(hub, ISSUE, "A2").figures
    (tmp_path / "platform.db").unlink()
    assert evidence(hub, ISSUE, "A2").figures == before
    assert before[0].value == built.measured.count("A2")
