"""Numbers between every pair of engines: each ends equal to the last bit, or quarantined with its reason."""

from pathlib import Path

import pytest
from values import PAIRS, Kind, Value, check, valued
from world import Database

KINDS = {
    "whole": Kind("integer", {"sqlite": "bigint", "postgresql": "bigint", "mariadb": "bigint"}),
    "wide": Kind("decimal(20,0)", {"sqlite": "text", "postgresql": "numeric(20)", "mariadb": "bigint unsigned"}),
    "wide_whole": Kind("integer", {"sqlite": "text", "postgresql": "numeric(20)", "mariadb": "bigint unsigned"}),
    "money": Kind("decimal(38,10)", {"sqlite": "text", "postgresql": "numeric(38,10)", "mariadb": "decimal(38,10)"}),
    "exact": Kind("decimal(65,30)", {"sqlite": "text", "postgresql": "numeric(65,30)", "mariadb": "decimal(65,30)"}),
    "digits": Kind("decimal(65,0)", {"sqlite": "text", "postgresql": "numeric(65)", "mariadb": "decimal(65,0)"}),
    "tiny": Kind("decimal(38,38)", {"sqlite": "text", "postgresql": "numeric(38,38)", "mariadb": "decimal(38,38)"}),
    "loose": Kind("decimal(12,2)", {"sqlite": "text", "postgresql": "numeric", "mariadb": "decimal(30,10)"}),
    "written": Kind("decimal(12,2)", {"sqlite": "text", "postgresql": "text", "mariadb": "varchar(40)"}),
    "counted": Kind("integer", {"sqlite": "text", "postgresql": "text", "mariadb": "varchar(40)"}),
    "rounded": Kind("integer", {"sqlite": "real", "postgresql": "double precision", "mariadb": "double"}),
    "score": Kind("float", {"sqlite": "real_blob", "postgresql": "double precision", "mariadb": "double"}),
    "small": Kind("float", {"postgresql": "real", "mariadb": "float"}),
    "flag": Kind("boolean", {"sqlite": "integer", "postgresql": "boolean", "mariadb": "tinyint(1)"}),
    "bits": Kind("integer", {"postgresql": "bit(8)", "mariadb": "bit(8)"}),
    "pattern": Kind("string(8)", {"postgresql": "bit(8)", "mariadb": "bit(8)"}),
    "year": Kind("integer", {"mariadb": "year"}),
    "padded": Kind("integer", {"mariadb": "int(8) unsigned zerofill"}),
}
ALL = ("sqlite", "postgresql", "mariadb")
HUGE = "99999999999999999999999999999999999.999999999999999999999999999999"
BIG = "9" * 65
VALUES = [
    Value("smallest integer", "whole", -(2**63)),
    Value("largest integer", "whole", 2**63 - 1),
    Value("no integer", "whole", {"sqlite": "null", "postgresql": "null", "mariadb": "null"}),
    Value("largest unsigned", "wide", "18446744073709551615"),
    Value("unsigned zero", "wide", "0"),
    Value("unsigned beyond integer", "wide_whole", "9223372036854775808", refused=ALL),
    Value("unsigned within integer", "wide_whole", "9223372036854775807", 9223372036854775807),
    Value("money", "money", "1234567890123456789012345678.0123456789"),
    Value("money below zero", "money", "-9999999999999999999999999999.9999999999"),
    Value("money without zeros", "money", "0.1000000000", "0.1"),
    Value("exact", "exact", HUGE),
    Value("exact below zero", "exact", "-" + HUGE),
    Value("smallest exact", "exact", "0.000000000000000000000000000001"),
    Value("all digits", "digits", BIG),
    Value("all decimals", "tiny", "0." + "1234567890" * 3 + "12345678"),
    Value("loose that fits", "loose", "1234567890.12"),
    Value("loose with a decimal too many", "loose", "0.123", refused=ALL),
    Value("loose with a digit too many", "loose", "12345678901.5", refused=ALL),
    Value("not a number", "loose", {"postgresql": "'NaN'"}, refused=ALL),
    Value("infinite number", "loose", {"postgresql": "'Infinity'"}, refused=ALL),
    Value("not a number of fixed digits", "money", {"postgresql": "'NaN'"}, "NaN", refused=["sqlite", "mariadb"]),
    Value("written number", "written", "12.50", "12.5"),
    Value("written without whole part", "written", ".5", "0.5"),
    Value("written with sign", "written", "+7", "7"),
    Value("written with leading zeros", "written", "0000000000000012.5", "12.5"),
    Value("written with exponent", "written", {"sqlite": "'1.25e1'", "postgresql": "'1.25e1'"}, "12.5"),
    Value("written with exponent for a cast that clips", "written", {"mariadb": "'1.25e1'"}, refused=ALL),
    Value("written as a word", "written", "十二", refused=ALL),
    Value("written as nothing", "written", "", refused=ALL),
    Value("counted", "counted", "-42", -42),
    Value("counted to the end", "counted", "-9223372036854775808", -(2**63)),
    Value("counted beyond the end", "counted", "9223372036854775808", refused=ALL),
    Value("counted with leading zeros", "counted", "000000000000000000000042", 42),
    Value("counted in full width", "counted", "４２", refused=ALL),
    Value("counted in hexadecimal", "counted", "0x2A", refused=ALL),
    Value("rounded whole", "rounded", 42.0, 42),
    Value("rounded half", "rounded", 1.5, refused=ALL),
    Value("rounded beyond the end", "rounded", 9.3e18, refused=ALL),
    *(
        Value(f"double {x!r}", "score", x, repr(x))
        for x in (1.23456789012345e-10, 1.7976931348623157e308, -1.7976931348623157e308, 5e-324, 0.1, 1 / 3, 1e15, 1e22, -123.456, 0.0)
    ),
    Value("negative zero", "score", {"sqlite": "-0.0", "postgresql": "'-0'"}, "-0.0", refused=["mariadb"]),
    Value("double not a number", "score", {"postgresql": "'NaN'"}, "nan", refused=["sqlite", "mariadb"]),
    Value("infinite double", "score", {"sqlite": "9e999", "postgresql": "'Infinity'"}, "inf", refused=["mariadb"]),
    Value("infinite double below zero", "score", {"sqlite": "-9e999", "postgresql": "'-Infinity'"}, "-inf", refused=["mariadb"]),
    Value("single", "small", 0.1, repr(0.10000000149011612)),
    Value("yes", "flag", True),
    Value("no", "flag", False),
    Value("neither yes nor no", "flag", {"sqlite": "2", "mariadb": "2"}, refused=ALL),
    Value("eight bits", "bits", {"postgresql": "B'10101010'", "mariadb": "b'10101010'"}, 170),
    Value("eight bits as text", "pattern", {"postgresql": "B'00101010'", "mariadb": "b'00101010'"}, "00101010"),
    Value("year", "year", 2026),
    Value("year zero", "year", 0),
    Value("padded", "padded", 42),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_number_ends_equal_or_quarantined(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = valued(tmp_path, database(source), database(target), KINDS, VALUES)
    check(it, KINDS, VALUES)
