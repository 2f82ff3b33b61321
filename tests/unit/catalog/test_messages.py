"""One catalogue of messages, whole in both languages; and the reference page that follows the vocabulary."""

import re
from pathlib import Path
from string import Formatter

import pytest
import yaml

from catalog.messages import say, texts
from catalog.schema import reference

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("key", sorted(texts()))
def test_a_message_stands_in_both_languages_and_english_names_nothing_else(key: str) -> None:
    names = [{name for _, name, _, _ in Formatter().parse(texts()[key][lang]) if name} for lang in ("zh", "en")]
    assert set(texts()[key]) == {"zh", "en"}
    assert names[1] <= names[0]


def test_every_message_that_the_code_names_is_there() -> None:
    named = set()
    for package in ("catalog", "connectors", "quality", "hub", "reports", "app", "dags"):
        for file in (ROOT / package).rglob("*.py"):
            named |= set(
                re.findall(r'(?:Error|say|problem|line|done)\((?:[a-z_]+, |\d+, )?"([a-z]+\.[a-z_0-9.]+)"', file.read_text("utf-8"))
            )
    assert len(named) > 80
    assert named - set(texts()) == set()


def test_no_key_stands_in_two_files() -> None:
    files = [yaml.safe_load(file.read_text("utf-8")) for file in (ROOT / "catalog" / "messages").glob("*.yaml")]
    keys = [key for file in files for key in file]
    assert sorted(keys) == sorted(texts())


def test_the_language_is_chinese_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "没有" in say("flow.unknown", flow="x", known="y")
    monkeypatch.setenv("HUB_LANG", "en")
    assert say("flow.unknown", flow="x", known="y").startswith("There is no flow")


def test_the_yaml_reference_is_up_to_date() -> None:
    assert (ROOT / "docs" / "reference" / "yaml.md").read_text("utf-8") == reference()
