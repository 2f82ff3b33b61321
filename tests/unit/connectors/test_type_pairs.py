"""The page about types says what the code does."""

from pathlib import Path

import pytest

from connectors.type_pairs import tables

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "types.md"


@pytest.mark.parametrize(("heading", "table"), list(tables()), ids=lambda part: part.partition("\n")[0][:40])
def test_the_page_of_types_holds_every_table_as_the_code_tells_it(heading: str, table: str) -> None:
    assert f"### {heading}\n\n{table}\n" in PAGE.read_text("utf-8"), "run python -m connectors.type_pairs"


def test_the_page_of_types_holds_no_other_table_of_pairs() -> None:
    told = {heading for heading, _ in tables()}
    shown = {line.removeprefix("### ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("### ")}
    assert shown == told
