"""The page of indicators is the definitions, written out."""

from pathlib import Path

from reports.definition import definitions
from reports.reference import GROUPS, reference

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "indicators.md"


def test_the_page_of_indicators_is_what_the_definitions_say() -> None:
    assert PAGE.read_text("utf-8") == reference(), "write it anew: python -m reports.reference > docs/reference/indicators.md"


def test_every_indicator_has_its_place_on_the_page() -> None:
    assert [line.split("　")[0][4:] for line in reference().splitlines() if line.startswith("### ")] == list(definitions())
    assert {name[0] for name in definitions()} == set(GROUPS)
    assert "。。" not in reference()
