"""A cell of an office file becomes exactly what its field's type says, or is refused."""

import contextlib
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.field_type import parse
from connectors.cell import BadCellError, Cell, read
from connectors.row import Broken

FITS: list[tuple[str, Cell, object]] = [
    ("string", " 汉 ", " 汉 "),
    ("string", "", ""),
    ("string", None, None),
    ("string(2)", "𬀩𬀪", "𬀩𬀪"),
    ("string", 20230001, "20230001"),
    ("string", 0.1 + 0.2, "0.3"),
    ("string", True, "true"),
    ("string", datetime.fromisoformat("2026-10-01"), "2026-10-01"),
    ("integer", "9223372036854775807", 2**63 - 1),
    ("integer", " -12 ", -12),
    ("integer", "12.0", 12),
    ("integer", 12.0, 12),
    ("integer", "", None),
    ("decimal(12,2)", "0001234567890.50", "1234567890.5"),
    ("decimal(12,2)", "1e3", "1000"),
    ("decimal(38,10)", "1234567890123456789012345678.0123456789", "1234567890123456789012345678.0123456789"),
    ("decimal(12,2)", 0.1 + 0.2, "0.3"),
    ("float", "0.1", 0.1),
    ("float", 0.1 + 0.2, 0.1 + 0.2),
    ("boolean", "是", 1),
    ("boolean", "FALSE", 0),
    ("boolean", True, 1),
    ("date", "2026/10/1", "2026-10-01"),
    ("date", "20261001", "2026-10-01"),
    ("date", "2026.10.01", "2026-10-01"),
    ("date", "2026-10-01 00:00:00", "2026-10-01"),
    ("date", datetime.fromisoformat("2026-10-01"), "2026-10-01"),
    ("date", 46296, "2026-10-01"),
    ("date", 20261001, "2026-10-01"),
    ("timestamp", 20261001, "2026-10-01 00:00:00"),
    ("integer", "1.2345E4", 12345),
    ("integer", "1.23457E+05", 123457),
    ("timestamp", "2026/10/1 8:05", "2026-10-01 08:05:00"),
    ("timestamp", "2026-10-01T08:05:00.000001", "2026-10-01 08:05:00.000001"),
    ("timestamp", 46296.5, "2026-10-01 12:00:00"),
    ("timestamp", date(2026, 10, 1), "2026-10-01 00:00:00"),
    ("timestamptz", "2026-10-01T00:30:00.5+08:00", "2026-09-30 16:30:00.5"),
    ("timestamptz", "2026-10-01 00:30:00 Z", "2026-10-01 00:30:00"),
    ("time", "8:05", "08:05:00"),
    ("time", time(8, 5), "08:05:00"),
    ("time", 0.5, "12:00:00"),
    ("duration", "-26:00:01.5", -93601500000),
    ("duration", timedelta(days=1, hours=2), 93600000000),
    ("bytes", "\\x00ff", b"\x00\xff"),
    ("json", '{"a": [1, null]}', '{"a": [1, null]}'),
]
REFUSED: list[tuple[str, Cell, str]] = [
    ("string(2)", "三个字", "reject.length"),
    ("string", 370211199001011234, "reject.digits"),
    ("integer", "9223372036854775808", "reject.type"),
    ("integer", "3.70211E+17", "reject.digits"),
    ("decimal(20,2)", "1E+11", "reject.digits"),
    ("date", 1990, "reject.type"),
    ("date", 202610, "reject.type"),
    ("timestamp", 1990.5, "reject.type"),
    ("integer", "1.5", "reject.type"),
    ("integer", "１２", "reject.type"),
    ("integer", "1_000", "reject.type"),
    ("decimal(12,2)", "一百元", "reject.type"),
    ("decimal(12,2)", "1,234.50", "reject.type"),
    ("decimal(12,2)", "1.005", "reject.decimal"),
    ("decimal(4,2)", "100", "reject.decimal"),
    ("decimal(12,2)", "NaN", "reject.type"),
    ("float", "1e999", "reject.type"),
    ("boolean", "2", "reject.type"),
    ("date", "2026-02-30", "reject.type"),
    ("date", "2026-W01-1", "reject.type"),
    ("date", "0000-00-00", "reject.type"),
    ("date", "2026-10-01 08:00", "reject.type"),
    ("date", "26-10-01", "reject.type"),
    ("date", "2026111", "reject.type"),
    ("timestamp", "2026-10-01 24:00", "reject.type"),
    ("timestamp", "2026-10-01 08:00+08:00", "reject.type"),
    ("timestamptz", "2026-10-01 08:00:00", "reject.zone"),
    ("timestamptz", "0001-01-01 00:00:00+08:00", "reject.type"),
    ("time", "25:00", "reject.type"),
    ("duration", "90", "reject.type"),
    ("bytes", "xyz", "reject.type"),
    ("json", "{'a': 1}", "reject.type"),
    ("json", "NaN", "reject.type"),
    ("json", "[" * 100_000, "reject.type"),
    ("string", Broken("reject.formula"), "reject.formula"),
]


@pytest.mark.parametrize(("kind", "cell", "stored"), FITS)
def test_a_cell_is_stored_exactly(kind: str, cell: Cell, stored: object):
    found = read(cell, parse(kind))
    assert (found, type(found)) == (stored, type(stored))


@pytest.mark.parametrize(("kind", "cell", "reason"), REFUSED)
def test_a_cell_that_does_not_fit_is_refused_with_its_reason_and_without_its_value(kind: str, cell: Cell, reason: str):
    with pytest.raises(BadCellError) as told:
        read(cell, parse(kind))
    assert (told.value.reason, str(told.value)) == (reason, reason)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=10, min_value=-(10**27), max_value=10**27))
def test_every_decimal_survives_digit_by_digit(number):
    stored = read(f"{number:f}", parse("decimal(38,10)"))
    assert isinstance(stored, str)
    assert number == type(number)(stored)


@given(
    st.text(),
    st.sampled_from(["integer", "decimal(9,2)", "float", "boolean", "date", "time", "timestamp", "timestamptz", "duration", "bytes"]),
)
def test_no_text_whatever_breaks_the_reader(text: str, kind: str):
    with contextlib.suppress(BadCellError):
        read(text, parse(kind))
