"""The human page of a dataset's rules."""

from pathlib import Path

from catalog.load import load
from quality.page import page
from quality.verdict import Finding, Verdict

ROOT = Path(__file__).parents[3]


def test_the_page_tells_each_rule_and_its_failures_and_asks_nothing_of_a_network() -> None:
    dataset = load(ROOT / "campus").datasets["staff"]
    bad = Finding("in_codes:gender", "in_codes", ("gender",), "quarantine", 3, ("20070067",))
    shown = page(dataset, Verdict(1286, (bad,), 3), when="2026-11-05T08:00")
    assert "性别 在代码表内" in shown
    assert '<span class="bad">3</span>' in shown
    assert "20070067" in shown
    assert "http" not in shown
    assert "script" not in shown


def test_a_verdict_survives_its_way_through_the_store() -> None:
    it = Verdict(2, (Finding("unique:a,b", "unique", ("a", "b"), "warn", 1, ("k",)),), 0)
    assert Verdict.from_json(it.to_json()) == it
