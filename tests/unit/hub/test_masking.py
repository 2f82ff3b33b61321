"""Masks show what they promise and never most of a short value."""

import hashlib
import hmac
import os
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import UnavailableError
from catalog.field_type import parse
from hub.masked_lane import MaskedLane
from hub.masking import KEY, Masker, consumer_key, masker

ALL = ["surname", "id_card", "phone", "email", "last1", "last2", "last4", "last9", "year", "null", "pseudonym", "round10"]


def of(how: str, kind: str = "string(64)") -> Masker:
    return masker(how, parse(kind), b"a key")


@pytest.mark.parametrize(
    ("how", "value", "seen"),
    [
        ("surname", "欧阳明", "欧**"), ("surname", "王芳", "王*"), ("surname", "王", "*"), ("surname", "", ""), ("surname", "𠮷田", "𠮷*"),
        ("id_card", "370211199001011234", "3****************4"), ("id_card", "X1", "**"),
        ("phone", "13812345678", "138******78"), ("phone", "86057123", "********"),
        ("email", "wang@example.edu.cn", "w***@example.edu.cn"), ("email", "w@example.edu.cn", "***@example.edu.cn"),
        ("email", "wang", "****"), ("email", "@example.edu.cn", "***@example.edu.cn"),
        ("last2", "20210001", "******01"), ("last2", "123", "***"), ("last4", "20210001", "****0001"), ("last4", "12345", "*****"),
        ("last1", "12", "*2"), ("last3", "20210001", "*****001"), ("last9", "20210001", "********"),
        ("year", "1990-05-06", "1990-01-01"), ("year", "2026-10-01 08:00:00.25", "2026-01-01 00:00:00"), ("null", "秘密", None),
    ],
)  # fmt: skip
def test_a_mask_shows_this_and_no_more(how: str, value: str, seen: str | None) -> None:
    assert of(how)(value) == seen


@pytest.mark.parametrize(
    ("how", "kind", "value", "seen"),
    [
        ("round1000", "decimal(12,2)", "8499.99", "8000"), ("round1000", "decimal(12,2)", "8500", "9000"),
        ("round1000", "decimal(12,2)", "-8500", "-9000"), ("round1000", "decimal(12,2)", "3.5", "0"),
        ("round1000", "decimal(12,2)", "-3.5", "0"), ("round100", "decimal(3,0)", "960", "900"), ("round10", "integer", "45", "50"),
        ("round10", "integer", str(2**63 - 1), "9223372036854775800"), ("round10", "integer", str(-(2**63)), "-9223372036854775800"),
        ("round5", "decimal(65,0)", "9" * 65, "9" * 64 + "5"), ("round1000", "float", "8499e0", "8e3"), ("round10", "float", "NaN", None),
        ("round10", "float", "-Infinity", None), ("round10", "float", "1e308", "1e308"),
    ],
)  # fmt: skip
def test_a_number_is_rounded_and_stays_within_its_type(how: str, kind: str, value: str, seen: str | None) -> None:
    assert of(how, kind)(value) == seen


@pytest.mark.parametrize("how", ALL)
def test_null_stays_null(how: str) -> None:
    assert MaskedLane(["name"], [parse("string(64)")], {"name": of(how)}).row([None]) == (None,)


@given(st.sampled_from(["surname", "id_card", "phone", "last2", "last4"]), st.text(alphabet="王李ab01", max_size=24))
def test_at_least_half_of_a_value_is_hidden_and_its_length_stays(how: str, value: str) -> None:
    seen = of(how)(value)
    assert seen is not None
    assert len(seen) == len(value)
    assert seen.count("*") * 2 >= len(value)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**10) + 1, max_value=10**10 - 1, places=2),
    st.sampled_from([10, 1000, 250]),
)
def test_a_rounded_number_lies_within_one_step_and_tells_no_more_than_its_multiple(value: Decimal, step: int) -> None:
    seen = Decimal(of(f"round{step}", "decimal(12,2)")(f"{value:f}") or "0")
    assert seen % step == 0
    assert abs(seen - value) <= step
    assert abs(seen) < 10**10


def test_a_pseudonym_is_hmac_sha256_that_nobody_makes_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "k" * 32)
    seen = masker("pseudonym", parse("string(64)"), consumer_key("library"))("20210001")
    digest = hmac.new(hmac.new(b"k" * 32, b"library", hashlib.sha256).digest(), b"20210001", hashlib.sha256).digest()
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    number = int.from_bytes(digest)
    assert seen == "".join(letters[number >> (256 - 5 * at) & 31] for at in range(1, 27))


def test_two_consumers_cannot_join_their_pseudonyms_and_one_can_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, os.urandom(16).hex())
    people = [f"{number:08}" for number in range(500)]
    keys = {consumer: consumer_key(consumer) for consumer in ("library", "card")}
    seen = {consumer: {masker("pseudonym", parse("string(20)"), key)(p) for p in people} for consumer, key in keys.items()}
    assert [len(names) for names in seen.values()] == [500, 500]
    assert not seen["library"] & seen["card"]
    assert {len(name or "") for name in seen["card"]} == {20}
    assert masker("pseudonym", parse("string(20)"), keys["card"])(people[7]) in seen["card"]


@pytest.mark.parametrize("key", [None, "", "k" * 31])
def test_without_a_good_key_there_is_no_pseudonym(key: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY, raising=False) if key is None else monkeypatch.setenv(KEY, key)
    with pytest.raises(UnavailableError, match=KEY):
        consumer_key("library")
