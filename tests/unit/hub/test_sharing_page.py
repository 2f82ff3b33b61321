"""The page that explains the masks shows what they do."""

import re
from pathlib import Path

import pytest

from catalog.field_type import parse
from hub.masking import KEY, MASKS, consumer_key, masker

PAGE = (Path(__file__).parents[3] / "docs" / "explanation" / "sharing.md").read_text("utf-8")
EXAMPLES = [tuple(cell.strip(" `") for cell in line.split("|")[1:-1]) for line in PAGE.splitlines() if re.match(r"\| `\w+` \|", line)]


@pytest.mark.parametrize(("how", "kind", "value", "seen"), EXAMPLES)
def test_each_example_is_what_the_mask_does(how: str, kind: str, value: str, seen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "example key of 32 characters, no less")
    assert (masker(how, parse(kind), consumer_key("library"))(value) or "NULL") == seen


def test_every_mask_has_an_example() -> None:
    assert {how.rstrip("0123456789") for how, *_ in EXAMPLES} == {*MASKS, "last", "round", "pseudonym"}
