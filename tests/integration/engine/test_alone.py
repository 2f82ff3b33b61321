"""A MariaDB's rows are first told without the tests of what PostgreSQL refuses by itself: each field ends alike with no other beside it."""

from pathlib import Path
from runpy import run_path

import pytest
from values import Kind, Value, check, valued
from world import Database

LOOSE = "set sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00'"  # else the server would not take some of them
TABLES = [run_path(str(Path(__file__).with_name(f"test_{of}.py"))) for of in ("numbers", "texts", "times", "types")]
FIELDS: dict[str, tuple[Kind, list[Value]]] = {
    field: (kind, [value for value in table["VALUES"] if value.field == field and value.held("mariadb", kind)])
    for table in TABLES
    for field, kind in table["KINDS"].items()
}
FIELDS["half"] = (
    Kind("boolean", {"mariadb": "double"}),
    [Value("half", "half", "0.4", refused=["postgresql"]), Value("whole", "half", "1", True)],
)


@pytest.mark.parametrize("field", [field for field, (_, values) in FIELDS.items() if any("postgresql" in it.refused for it in values)])
def test_a_refused_value_is_quarantined_when_no_other_field_is_there(tmp_path: Path, database: Database, field: str) -> None:
    kind, values = FIELDS[field]
    check(valued(tmp_path, database("mariadb"), database("postgresql"), {field: kind}, values, session=LOOSE), {field: kind}, values)
