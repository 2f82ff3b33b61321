"""Region codes between engines: retired ones arrive as what they became, divided ones wait with their candidates."""

from pathlib import Path

import pytest
from openpyxl import load_workbook
from world import Database, World

from hub.quarantine import counts, export
from hub.unmapped import unmapped

ROOT = Path(__file__).parents[3]
REGIONS = {"n000": "110101", "n001": "110103", "n002": "371200", "n003": "999999", "n004": None}


@pytest.mark.parametrize(("source", "target"), [("sqlite", "mariadb"), ("mariadb", "postgresql"), ("postgresql", "sqlite")])
def test_a_divided_region_waits_with_its_candidates_and_the_rest_is_proved(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = regions(tmp_path, database(source), database(target))
    receipt = it.run()
    assert (receipt.status, receipt.rows.quarantined) == ("proved_with_exceptions", 2), receipt.error
    assert it.at_target("select no, region from thing order by no") == [("n000", "110101"), ("n001", "110101"), ("n004", None)]
    assert it.verify().equal
    assert counts(it.hub, "thing") == {"in_codes:region": 2}  # though '?371200' is longer than the field, too
    told = [(found.code, found.rows, found.candidates) for found in unmapped(it.hub, "thing")]
    assert told == [("371200", 1, ("370116", "370117")), ("999999", 1, ())]
    export(it.hub, "thing", tmp_path / "out.xlsx")
    head, *rows = load_workbook(tmp_path / "out.xlsx").active.iter_rows(values_only=True)
    found = {row[head.index("主键")]: row[head.index("可改为")] for row in rows}
    assert found == {"n002": "370116、370117", "n003": None}


def regions(folder: Path, source: str, target: str) -> World:
    it = World(folder, source, target, rows=0)
    for name in ("gbt_2260.yaml", "gbt_2260.csv", "region_successor.yaml"):
        (folder / "campus" / "codes").mkdir(parents=True, exist_ok=True)
        (folder / "campus" / "codes" / name).write_bytes((ROOT / "campus" / "codes" / name).read_bytes())
    it.at_source("alter table s_thing add column region varchar(20)")
    for no, region in REGIONS.items():
        it.at_source("insert into s_thing (no, region) values (:no, :region)", no=no, region=region)
    it.dataset["fields"].append({"name": "region", "type": "string(6)", "title": "生源地", "codes": "gbt_2260"})
    it.flow["source"]["codes"] = {"region": "region_successor"}
    return it
