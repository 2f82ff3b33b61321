"""The second day changes what PLANTED says, and an emptied source comes back whole."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app.school import empty_source, generate, restore_source, second_day
from app.school.planted import CLOCK, PLANTED
from catalog.campus import Catalog
from catalog.load import load
from connectors.database import session

CAMPUS = Path(__file__).parents[3] / "campus"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    root = tmp_path_factory.mktemp("school")
    shutil.copytree(CAMPUS, root / "campus")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HR", "ACADEMIC", "FINANCE", "HALL", "PLATFORM", "LIBRARY", "LOGISTICS"):
            patch.delenv(f"{name}_URL", raising=False)
        catalog = load(root / "campus")
        generate(catalog)
        yield catalog


def count(catalog: Catalog, system: str, rest: str) -> int:
    with session(catalog.systems[system]) as connection:
        return int(connection.execute(text(f"select count(*) from {rest}")).scalar_one())


def test_an_emptied_source_is_empty_until_it_is_restored(made: Catalog) -> None:
    system, table, flow = PLANTED.emptied
    before = count(made, system, table)
    assert made.flows[flow].source.table == table
    empty_source(made)
    assert count(made, system, table) == 0
    restore_source(made)
    assert count(made, system, table) == before == 12_000


def test_the_second_day_changes_what_is_planted_and_nothing_else(made: Catalog) -> None:
    cases = count(made, "hall", "hall_case")
    second_day(made)
    changed = f"where updated_at = '{CLOCK}'"
    assert count(made, "hr", f"t_jzg {changed}") == PLANTED.new_staff + PLANTED.changed_staff + 1
    assert count(made, "hr", f"t_jzg where GH = '{PLANTED.known_teacher}' and XB = '{PLANTED.bad_gender}'") == 1
    assert count(made, "hr", "t_jzg") == 1286 + PLANTED.new_staff - PLANTED.gone_staff
    assert count(made, "academic", "t_xs") == 12_000 + PLANTED.new_students - PLANTED.gone_students
    assert count(made, "hall", "hall_case") == cases + PLANTED.new_cases - PLANTED.purged_cases
    assert count(made, "hall", f"hall_case where item_id = '{PLANTED.purged_item}'") == 0
    assert count(made, "hall", "hall_task where case_id not in (select id from hall_case)") == PLANTED.orphan_steps
    touched = PLANTED.tied_cases + PLANTED.new_cases + PLANTED.withdrawn_cases
    assert count(made, "hall", f"hall_case where update_time = '{CLOCK}'") == touched
