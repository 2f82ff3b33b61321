"""A dataset's rows as a file of the snapshot: nothing bent, one state one file, no value told."""

import random
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from catalog.dataset import Field
from catalog.errors import RejectedError, UnavailableError
from connectors.line import join
from reports import fact_file
from reports.pseudonym import pseudonym
from reports.snapshot import file_hash

KINDS = ("string", "integer", "boolean", "date", "timestamp", "timestamptz")
FIELDS = [Field.model_validate({"name": f"f_{kind}", "type": kind, "title": kind}) for kind in KINDS]
KEY = Field.model_validate({"name": "id", "type": "integer", "title": "键"})
PERSON = Field.model_validate({"name": "person_key", "type": "string(20)", "title": "人"})
SHANGHAI = ZoneInfo("Asia/Shanghai")


def chunks(*rows: tuple[str | None, ...], of: int = 2) -> Iterator[bytes]:
    lines = [join(row) + "\n" for row in rows]
    yield from ("".join(lines[at : at + of]).encode() for at in range(0, len(lines), of))


def read(path: Path) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        return connection.execute("select * from read_parquet($1)", [str(path)]).fetchall()


def test_values_arrive_as_they_are_and_instants_in_the_schools_wall_time(tmp_path: Path) -> None:
    rows = [
        ("2", "制表\t换行\n反斜\\杠\r", "-9223372036854775808", "0", "1900-02-28", "2026-11-05 08:00:00.5", "2026-10-31 16:00:00"),
        ("1", "", "0", "1", "9999-12-31", "2026-11-05 08:00:00.000001", "1989-07-01 00:00:00"),  # China had summer time then
        ("3", None, None, None, None, None, None),
        ("4", "\\N", "7", "1", "2026-11-05", "2026-11-05 00:00:00", "2026-11-05 00:00:00"),
    ]
    lines = chunks(*((*row[1:], row[0]) for row in rows))
    assert fact_file.write(tmp_path / "x.parquet", FIELDS, [KEY], lines, zone=SHANGHAI) == 4
    assert read(tmp_path / "x.parquet") == [
        ("", 0, True, date(9999, 12, 31), datetime(2026, 11, 5, 8, 0, 0, 1), datetime(1989, 7, 1, 9)),  # noqa: DTZ001  wall time
        ("制表\t换行\n反斜\\杠\r", -(2**63), False, date(1900, 2, 28), datetime(2026, 11, 5, 8, 0, 0, 500_000), datetime(2026, 11, 1)),  # noqa: DTZ001
        (None, None, None, None, None, None),
        ("\\N", 7, True, date(2026, 11, 5), datetime(2026, 11, 5), datetime(2026, 11, 5, 8)),  # noqa: DTZ001
    ]


def test_persons_stand_under_other_names_the_same_in_every_row(tmp_path: Path) -> None:
    people = ["甲", "乙", "甲", None, "a\\b"]
    lines = chunks(*((person, str(number)) for number, person in enumerate(people)))
    fact_file.write(tmp_path / "x.parquet", [PERSON], [KEY], lines, zone=SHANGHAI)
    assert [name for (name,) in read(tmp_path / "x.parquet")] == [None if p is None else pseudonym(p) for p in people]
    assert "甲".encode() not in (tmp_path / "x.parquet").read_bytes()


def test_the_same_rows_give_the_same_bytes_in_whatever_order_they_come(tmp_path: Path) -> None:
    rows = [(f"文字{number * 7919 % 1000}", str(number)) for number in range(300_000)]  # more than the rows that Parquet keeps together
    hashes = set()
    for seed in (None, 1, 2):
        if seed:
            random.Random(seed).shuffle(rows)
        fact_file.write(tmp_path / "x.parquet", FIELDS[:1], [KEY], chunks(*rows, of=9973), zone=SHANGHAI)
        hashes.add(file_hash(tmp_path / "x.parquet"))
    assert len(hashes) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["x.parquet"]


def test_a_table_without_rows_is_a_file_without_rows(tmp_path: Path) -> None:
    assert fact_file.write(tmp_path / "x.parquet", FIELDS, [KEY], iter(()), zone=SHANGHAI) == 0
    assert read(tmp_path / "x.parquet") == []


@pytest.mark.parametrize("bad", ["infinity", "2026-02-30", "秘密"])
def test_a_value_that_is_not_of_its_type_is_refused_and_never_told(tmp_path: Path, bad: str) -> None:
    with pytest.raises(RejectedError, match="staff") as error:
        fact_file.write(tmp_path / "staff.parquet", [FIELDS[3]], [KEY], chunks((bad, "1")), zone=SHANGHAI)
    assert bad not in str(error.value)
    assert error.value.__cause__ is None


def test_a_platform_that_fails_while_it_is_read_is_told_as_it_failed(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield from chunks(("a", "1"))
        raise UnavailableError("system.unavailable", system="平台", code="08006")

    with pytest.raises(UnavailableError, match="平台"):
        fact_file.write(tmp_path / "x.parquet", FIELDS[:1], [KEY], broken(), zone=SHANGHAI)
