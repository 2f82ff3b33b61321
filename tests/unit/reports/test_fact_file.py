"""A dataset's rows as a file of the snapshot: nothing bent, one state one file, no value told."""

import random
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hall import Hall, lay

from catalog.dataset import Field
from catalog.errors import RejectedError, UnavailableError
from connectors.line import join
from reports import fact_file
from reports.build import ordered
from reports.freeze import freeze
from reports.pseudonym import pseudonym

KINDS = ("string", "integer", "boolean", "date", "timestamp", "timestamptz")
FIELDS = [Field.model_validate({"name": f"f_{kind}", "type": kind, "title": kind}) for kind in KINDS]
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
        ("制表\t换行\n反斜\\杠\r", "-9223372036854775808", "0", "1900-02-28", "2026-11-05 08:00:00.5", "2026-10-31 16:00:00"),
        ("", "0", "1", "9999-12-31", "2026-11-05 08:00:00.000001", "1989-07-01 00:00:00"),  # China had summer time then
        (None, None, None, None, None, None),
        ("\\N", "7", "1", "2026-11-05", "2026-11-05 00:00:00", "2026-11-05 00:00:00"),
    ]
    assert fact_file.write(tmp_path / "x.parquet", FIELDS, chunks(*rows), zone=SHANGHAI) == 4
    assert read(tmp_path / "x.parquet") == [
        ("制表\t换行\n反斜\\杠\r", -(2**63), False, date(1900, 2, 28), datetime(2026, 11, 5, 8, 0, 0, 500_000), datetime(2026, 11, 1)),  # noqa: DTZ001  wall time
        ("", 0, True, date(9999, 12, 31), datetime(2026, 11, 5, 8, 0, 0, 1), datetime(1989, 7, 1, 9)),  # noqa: DTZ001  wall time
        (None, None, None, None, None, None),
        ("\\N", 7, True, date(2026, 11, 5), datetime(2026, 11, 5), datetime(2026, 11, 5, 8)),  # noqa: DTZ001  wall time
    ]


def test_persons_stand_under_other_names_the_same_in_every_row(tmp_path: Path) -> None:
    people = ["甲", "乙", "甲", None, "a\\b"]
    lines = chunks(*((person,) for person in people))
    fact_file.write(tmp_path / "x.parquet", [PERSON], lines, zone=SHANGHAI)
    assert [name for (name,) in read(tmp_path / "x.parquet")] == [None if p is None else pseudonym(p) for p in people]
    assert "甲".encode() not in (tmp_path / "x.parquet").read_bytes()


def test_one_state_of_the_platform_gives_one_file_in_whatever_order_its_rows_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fact_file, "BLOCK", 1 << 12)  # so that the rows are parsed in many pieces
    made = Hall().item("I1")
    for number in range(300):
        made.case(f"C{number * 7919 % 1000}", ("提交", "2026-10-08 09:00:00"), ("受理", "2026-10-09 09:00:00"))
    hashes = set()
    for seed in range(3):
        rows = {name: random.Random(seed).sample(lines, len(lines)) for name, lines in made.rows.items()}
        folder, url = tmp_path / str(seed), f"sqlite:///{tmp_path}/{seed}.db"
        hub = lay(folder, rows, hall=url, platform=url)
        october = ordered(hub, "operation", "2026-10").period
        frozen = freeze(hub, october, october.ends, folder / "snapshot")
        hashes.add(tuple((name, source["rows"], source["sha256"]) for name, source in frozen.sources.items()))
    assert len(hashes) == 1
    assert ("application_step", 600) in {it[:2] for it in next(iter(hashes))}


def test_a_table_without_rows_is_a_file_without_rows(tmp_path: Path) -> None:
    assert fact_file.write(tmp_path / "x.parquet", FIELDS, iter(()), zone=SHANGHAI) == 0
    assert read(tmp_path / "x.parquet") == []


@pytest.mark.parametrize("bad", ["infinity", "2026-02-30", "秘密"])
def test_a_value_that_is_not_of_its_type_is_refused_and_never_told(tmp_path: Path, bad: str) -> None:
    with pytest.raises(RejectedError, match="staff") as error:
        fact_file.write(tmp_path / "staff.parquet", [FIELDS[3]], chunks((bad,)), zone=SHANGHAI)
    assert bad not in str(error.value)
    assert error.value.__cause__ is None


def test_a_platform_that_fails_while_it_is_read_is_told_as_it_failed(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield from chunks(("a",))
        raise UnavailableError("system.unavailable", system="平台", code="08006")

    with pytest.raises(UnavailableError, match="平台"):
        fact_file.write(tmp_path / "x.parquet", FIELDS[:1], broken(), zone=SHANGHAI)
