"""Masks show what they promise and never most of a short value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.sharing import MaskName
from hub.masking import MASKS, mask


@pytest.mark.parametrize(
    ("how", "value", "seen"),
    [
        ("surname", "欧阳明", "欧**"), ("surname", "王芳", "王*"), ("surname", "王", "*"), ("surname", "", ""), ("surname", "𠮷田", "𠮷*"),
        ("id_card", "370211199001011234", "3****************4"), ("id_card", "X1", "**"),
        ("phone", "13812345678", "138******78"), ("phone", "86057123", "********"),
        ("email", "wang@example.edu.cn", "w***@example.edu.cn"), ("email", "w@example.edu.cn", "***@example.edu.cn"),
        ("email", "wang", "****"), ("email", "@example.edu.cn", "***@example.edu.cn"),
        ("last2", "20210001", "******01"), ("last2", "123", "***"), ("last4", "20210001", "****0001"), ("last4", "12345", "*****"),
        ("year", "1990-05-06", "1990-01-01"), ("year", "2026-10-01 08:00:00.25", "2026-01-01 00:00:00"), ("null", "秘密", None),
    ],
)  # fmt: skip
def test_a_mask_shows_this_and_no_more(how: MaskName, value: str, seen: str | None) -> None:
    assert mask(how, value) == seen


@pytest.mark.parametrize("how", MASKS)
def test_null_stays_null(how: MaskName) -> None:
    assert mask(how, None) is None


@given(st.sampled_from(["surname", "id_card", "phone", "last2", "last4"]), st.text(alphabet="王李ab01", max_size=24))
def test_at_least_half_of_a_value_is_hidden_and_its_length_stays(how: MaskName, value: str) -> None:
    seen = mask(how, value)
    assert seen is not None
    assert len(seen) == len(value)
    assert seen.count("*") * 2 >= len(value)
