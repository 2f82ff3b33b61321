"""Invented rows: after the definitions, the same every time, and nobody's."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.load import load
from connectors.line import canonical
from hub.invented import rows
from hub.pattern import invent

PATTERNS = [r"^\d{8}$", r"20\d{8}", r"[A-Z]{2}-\d{3}", r"\w{1,20}@\w+\.cn", r"1[3-9]\d{9}", r"\d{17}[\dX]", r"[^\s]+", r"示例\d?"]


@given(st.sampled_from(PATTERNS), st.integers(0, 100_000))
def test_a_text_made_after_a_pattern_matches_it(pattern: str, number: int) -> None:
    found = invent(pattern, number)
    assert found is not None
    assert re.fullmatch(pattern, found, re.ASCII)


@pytest.mark.parametrize("pattern", [r"\d{8}", r"20\d{8}", r"[A-Z]{2}\d{3}", r"\w{1,20}@\w+\.cn"])
def test_texts_of_different_numbers_differ(pattern: str) -> None:
    assert len({invent(pattern, number) for number in range(1000)}) == 1000


@pytest.mark.parametrize("pattern", [r"(a|b)c", r"(\d)\1", "a(?:b)"])
def test_a_pattern_with_groups_is_left_alone(pattern: str) -> None:
    assert invent(pattern, 0) is None


def test_every_dataset_of_the_school_has_rows_that_its_own_fields_allow(sample: Path) -> None:
    catalog = load(sample)
    for dataset in catalog.datasets.values():
        made = list(rows(catalog, dataset, 50))
        assert made == list(rows(load(sample), dataset, 50))
        for row in made:
            for field, value in zip(dataset.fields, row, strict=True):
                assert value is not None or not (field.required or field.name in dataset.key), (dataset.name, field.name)
                assert value == canonical(field.type.kind, value), (dataset.name, field.name)
                assert value is None or not field.codes or value in catalog.codes[field.codes].codes
                assert value is None or not field.type.length or len(value) <= field.type.length
        keys = [tuple(row[[f.name for f in dataset.fields].index(name)] for name in dataset.key) for row in made]
        assert len(set(keys)) == len(keys) or not dataset.key, dataset.name


def test_rows_made_for_an_agreement_meet_its_conditions_for_the_most_part(sample: Path) -> None:
    catalog = load(sample)
    agreement = catalog.agreements["library_staff"]
    place = [field.name for field in catalog.datasets["staff"].fields].index("status")
    made = list(rows(catalog, catalog.datasets["staff"], 40, agreement.where))
    assert sum(row[place] == "在职" for row in made) == 30
