"""Each pair of engines takes the lane that is meant for it, and the fast hash never says equal while rows differ."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, make_url, text
from values import PAIRS
from world import Database, World

from catalog.errors import UnprovenError
from catalog.field_type import parse
from connectors import lane
from connectors.database import dialect_of
from connectors.postgresql import PostgreSQL
from connectors.reading import Reading
from connectors.selection import Column, Relation, Selection
from hub import pipeline
from hub.staging import Staged
from hub.store import runs

INTENDED = {
    ("postgresql", "postgresql"): "binary",
    ("mariadb", "postgresql"): "plain",
    ("postgresql", "mariadb"): "plain",
    ("mariadb", "mariadb"): "plain",
}
# field type, the column's own type, and values of which no two are the same row
ALIKE = {
    "bigints that one half of their bits tells apart": ("integer", "bigint", ["1", "4294967296", "-4294967297", "null", "0"]),
    "texts, nothing and what looks like it": ("string(20)", "text", ["''", "null", "'NULL'", r"'\N'", "' '", "'a'", "'a '", "'A'", "'~'"]),
    "texts of equal length": ("string(20)", "text", ["'青岛'", "'岛青'", "'é'", "'e\u0301'", "'杨𬀩'", "'杨𬀪'"]),
    "doubles to the last bit and the sign of zero": (
        "float",
        "double precision",
        ["0.0", "'-0'", "0.1", "0.10000000000000002", "'NaN'", "'Infinity'", "null"],
    ),
    "a microsecond": (
        "timestamp",
        "timestamp",
        ["'2026-01-01 00:00:00'", "'2026-01-01 00:00:00.000001'", "'infinity'", "'0044-03-15 BC'", "'0044-03-15'"],
    ),
    "decimals": ("decimal(30,4)", "numeric", ["0", "0.0001", "-0.0001", "12345678901234567890.1234", "12345678901234567890.1235"]),
    "bytes": ("bytes", "bytea", [r"'\x00'", r"'\x'", r"'\x0000'", "null"]),
    "json as it is written": ("json", "json", ["'{}'", "'{ }'", "'null'", "null"]),
    "spans": ("duration", "interval", ["'1 second'", "'-1 second'", "'25 hours'", "'24 hours'"]),
}


@pytest.fixture
def postgres(database: Database) -> Connection:
    url = make_url(database("postgresql"))
    with PostgreSQL().open(url, statement_timeout=None).connect() as connection:
        yield connection


def reading(connection: Connection, columns: dict[str, tuple[str, str]], *only: str) -> Reading:
    selected = tuple(Column(name, parse(kind), name, native) for name, (kind, native) in columns.items())
    return Reading(connection, PostgreSQL(), Selection(Relation("thing"), selected, (), only=only), hashed="postgresql 15")


@pytest.mark.parametrize(("source", "target"), PAIRS)
@pytest.mark.parametrize("looked_at", [False, True])
def test_a_pair_takes_the_lane_that_is_meant_for_it(source: str, target: str, looked_at: bool, postgres: Connection) -> None:
    of = Reading(postgres, dialect_of("mysql://" if source == "mariadb" else f"{source}://"), Selection(Relation("t"), (), ("id",)))
    to = dialect_of("mysql://" if target == "mariadb" else f"{target}://")
    assert lane.choose(of, to, looked_at=looked_at) == ("canonical" if looked_at else INTENDED.get((source, target), "canonical"))


@pytest.mark.parametrize("which", ALIKE)
def test_the_hash_of_the_binary_image_tells_rows_apart(postgres: Connection, which: str) -> None:
    kind, native, values = ALIKE[which]
    postgres.execute(text(f"create temporary table thing (n int, v {native})"))
    for number, value in enumerate(values):
        postgres.execute(text(f"insert into thing values ({number}, cast({value} as {native}))".replace(":", "\\:")))
    hashes = {reading(postgres, {"v": (kind, native)}, f"n = {number}").digest().total for number in range(len(values))}
    assert len(hashes) == len(values)


def test_the_hash_of_the_binary_image_knows_one_value_in_two_spellings(postgres: Connection) -> None:
    postgres.execute(text("create temporary table thing (n int, fee numeric, span interval, score float8, small int)"))
    postgres.execute(text("insert into thing values (1, 12.50, '1 day', 'NaN', 7), (2, 12.5, '24 hours', -cast('NaN' as float8), 7)"))
    columns = {"fee": ("decimal(12,2)", "numeric"), "span": ("duration", "interval"), "score": ("float", "double precision")}
    first, second = (reading(postgres, columns, f"n = {number}").digest() for number in (1, 2))
    assert first == second
    as_int, as_bigint = ({"small": ("integer", native)} for native in ("integer", "bigint"))
    assert reading(postgres, as_int).digest() == reading(postgres, as_bigint).digest()


def test_two_values_swapped_between_rows_are_seen(postgres: Connection) -> None:
    postgres.execute(text("create temporary table thing (n int, a text, b text)"))
    postgres.execute(text("insert into thing values (1, 'x', 'p'), (1, 'y', 'q'), (2, 'y', 'p'), (2, 'x', 'q')"))
    columns = {"a": ("string(9)", "text"), "b": ("string(9)", "text")}
    first, second = (reading(postgres, columns, f"n = {number}").digest() for number in (1, 2))
    assert first.count == second.count == 2
    assert first.total != second.total


def test_both_ends_take_the_quickest_hash_that_they_share(postgres: Connection, database: Database) -> None:
    assert lane.hash_of_both(postgres, postgres).startswith("postgresql ")
    for engine, shared in (("mariadb", "sha256"), ("sqlite", "md5")):
        other = create_engine(database(engine))
        with other.connect() as connection:
            assert lane.hash_of_both(postgres, connection) == lane.hash_of_both(connection, postgres) == shared
        other.dispose()


@pytest.mark.parametrize(("source", "target"), [pair for pair in PAIRS if pair in INTENDED])
@pytest.mark.parametrize("tampered", ["delete from {stage}", "update {stage} set name = '改' where no = 'n001'"])
def test_a_stage_that_is_not_what_was_read_is_never_published(
    tmp_path: Path, database: Database, source: str, target: str, tampered: str
) -> None:
    it = World(tmp_path, database(source), database(target), rows=5)
    run = pipeline.extract(it.hub, "thing", now=it.now, by="tester")
    it.at_target(tampered.format(stage=stage_of(it, run)))
    pipeline.judge(it.hub, run, now=it.now)
    with pytest.raises(UnprovenError) as error:
        pipeline.publish(it.hub, run, now=it.now)
    assert error.value.key == "proof.stage_changed"
    assert it.at_target("select count(*) from thing") == [(0,)]
    assert Staged.from_json(runs.get(it.hub.store, run)["stage"]).hashed.startswith(
        "postgresql" if source == target == "postgresql" else "sha256"
    )


def stage_of(it: World, run: str) -> str:
    schema = "campus_hub" if it.target.startswith("postgresql") else f"campus_hub_{make_url(it.target).database}"
    return f"{schema}.stage_{run.lower().replace('-', '_')}"
