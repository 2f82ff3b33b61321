"""What every connector must hold: a new kind inherits `SourceConformance`, `TargetConformance` (databases) or `ReceiverConformance` (the rest).

It says only how to make its world.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from crashing import dead, killed
from receivers import Receiving
from sqlalchemy import Connection, text
from texts import lines as real_lines

from catalog.condition import Condition
from catalog.dataset import Dataset
from catalog.errors import UnavailableError
from catalog.field_type import parse
from catalog.flow import From
from catalog.system import System
from connectors.database import dialect_of, session
from connectors.difference import Difference
from connectors.digest import Digest
from connectors.line import join, row_hash, split
from connectors.reading import Reading, mixed
from connectors.selection import Column, Relation, Selection, Window
from connectors.source import Snapshot, snapshot
from connectors.workspace import Workspace
from hub import quarantine
from hub.rollback import rollback
from hub.store import decisions

FIELDS = {
    "id": "string(12)",
    "note": "string",
    "fee": "decimal(12,2)",
    "amount": "integer",
    "day": "date",
    "moment": "timestamp",
    "ok": "boolean",
}
DATASET = Dataset.model_validate(
    {
        "name": "thing",
        "title": "物",
        "owner": "x",
        "sharing": "none",
        "key": ["id"],
        "fields": [{"name": n, "type": t, "title": n} for n, t in FIELDS.items()],
    }
)
TYPES = [parse(kind) for kind in FIELDS.values()]
# canonical text, in the order of the fields
ROWS: list[tuple[str | None, ...]] = [
    ("a", "青岛 杨𬀩", "12.5", "1", "2026-01-01", "2026-01-01 08:00:00.5", "1"),
    ("A", "tab\tline\nreturn\r back\\slash", "0", "-9223372036854775808", "0001-01-01", "9999-12-31 23:59:59.999999", "0"),
    ("b", None, None, None, None, None, None),
    ("c", "'quote' \"double\" %s :x {y}", "-9999999999.99", "9223372036854775807", "2026-02-28", "2026-03-01 00:00:00", "1"),
    ("杨𬀩", "\\N", "100", "0", "2026-10-08", "2026-10-08 00:00:00.000001", "0"),
]


def columns() -> tuple[Column, ...]:
    return tuple(Column(name, parse(kind), name) for name, kind in FIELDS.items())


class SourceConformance(ABC):
    """Rows of a source, read at one moment: faithful, whole, digested as Python digests them."""

    @abstractmethod
    @pytest.fixture
    def system(self, request: pytest.FixtureRequest) -> System:
        """A system that holds ROWS."""

    source = From.model_validate({"system": "src", "table": "thing"})

    @contextmanager
    def opened(self, system: System) -> Iterator[tuple[Snapshot, Selection]]:
        with snapshot(system, self.source, DATASET, queries=Path()) as it:
            shape = it.shape()
            assert shape is not None
            found = tuple(replace(c, native=n.type, collation=n.collation) for c in columns() if (n := shape.named(c.field)))
            yield it, Selection(it.relation, found, ("id",), condition_columns={c.field: c for c in found})

    def rows(self, reading: Reading) -> set[tuple[str | None, ...]]:
        lines = b"".join(reading.lines()).decode().split("\n")[:-1]
        assert len(lines) == len(set(lines))
        return {split(line) for line in lines}

    def test_every_row_is_read_once_and_as_it_is(self, system: System) -> None:
        with self.opened(system) as (it, selection):
            assert self.rows(it.reading(selection)) == set(ROWS)

    def test_the_digest_is_the_one_that_python_computes(self, system: System) -> None:
        with self.opened(system) as (it, selection):
            assert it.reading(selection).digest() == Digest(len(ROWS), sum(row_hash(TYPES, row) for row in ROWS))

    def test_buckets_add_up_and_name_the_rows(self, system: System) -> None:
        with self.opened(system) as (it, selection):
            reading = it.reading(selection)
            assert sum(reading.buckets(4).values(), Digest()) == reading.digest()
            assert dict(reading.hashes(4)) == {join(row[:1]): row_hash(TYPES, row) for row in ROWS}

    def test_keys_are_looked_up_in_binary(self, system: System) -> None:
        with self.opened(system) as (it, selection):
            chosen = replace(selection, keys=(("a",), ("杨𬀩",), ("gone",)))
            assert {row[0] for row in self.rows(it.reading(chosen))} == {"a", "杨𬀩"}

    def test_a_window_is_closed_and_holds_rows_without_cursor(self, system: System) -> None:
        with self.opened(system) as (it, selection):
            cursor = next(c for c in selection.columns if c.field == "moment")
            window = Window(cursor, "2026-01-01 08:00:00.5", "2026-03-01 00:00:00")
            assert {row[0] for row in self.rows(it.reading(replace(selection, window=window)))} == {"a", "b", "c"}
            later = Window(cursor, "2026-03-01 00:00:00", None, open_low=True, nulls=False)
            assert {row[0] for row in self.rows(it.reading(replace(selection, window=later)))} == {"A", "杨𬀩"}

    @pytest.mark.parametrize(
        ("condition", "keys"),
        [
            ({"field": "id", "eq": "a"}, {"a"}),
            ({"field": "id", "in": ["a", "b"]}, {"a", "b"}),
            ({"field": "note", "ne": "\\N"}, {"a", "A", "c"}),
            ({"field": "note", "is_null": True}, {"b"}),
            ({"field": "amount", "ge": 1}, {"a", "c"}),
            ({"field": "day", "lt": "2026-01-01"}, {"A"}),
            ({"field": "ok", "eq": False}, {"A", "杨𬀩"}),
        ],
    )
    def test_conditions_choose_rows(self, system: System, condition: dict[str, object], keys: set[str]) -> None:
        with self.opened(system) as (it, selection):
            chosen = replace(selection, where=(Condition.model_validate(condition),))
            assert {row[0] for row in self.rows(it.reading(chosen))} == keys

    def test_rows_that_meet_the_confidential_condition_are_left_out_and_unknown_ones_kept(self, system: System) -> None:
        with self.opened(system) as (it, selection):
            chosen = replace(selection, but_not=(Condition.model_validate({"field": "ok", "eq": True}),))
            assert {row[0] for row in self.rows(it.reading(chosen))} == {"A", "b", "杨𬀩"}

    def test_pages_follow_each_other_in_binary_order(self, system: System) -> None:
        with self.opened(system) as (it, selection):
            reading = it.reading(selection)
            first = [split(line)[0] for line in reading.page(after=None, limit=2)]
            rest = [split(line)[0] for line in reading.page(after=(first[-1],), limit=9)]
            assert first + rest == ["A", "a", "b", "c", "杨𬀩"]

    def test_rows_can_be_told_in_binary_order_of_a_key_that_is_not_told(self, system: System) -> None:
        with self.opened(system) as (it, selection):
            lines = b"".join(it.reading(selection).ordered(["amount"])).decode().split("\n")[:-1]
            told = {row[0]: row[3] for row in ROWS}
            assert [split(line) for line in lines] == [(told[key],) for key in ("A", "a", "b", "c", "杨𬀩")]

    def test_rows_come_in_an_order_that_a_salt_alone_decides(self, system: System) -> None:
        with self.opened(system) as (it, selection):
            reading, key = it.reading(selection), selection.key_columns[0].type
            order = sorted((row[0] for row in ROWS), key=lambda no: mixed("salt", [key], [no]))
            lines = b"".join(reading.shuffled("salt")).decode().split("\n")[:-1]
            assert [split(line)[0] for line in lines] == order


class TargetConformance(SourceConformance):
    """A database that the hub writes: what was loaded comes back, and the difference ends equal."""

    @pytest.fixture
    def system(self, engine: str, database: object) -> System:
        url = database(engine)
        it = System.model_validate({"name": "src", "title": "系统", "kind": "sql", "url": url, "owner": "x"})
        self.make(it)
        return it

    def make(self, system: System) -> None:
        """Make table `thing` with ROWS by the dialect's own DDL and loader."""
        dialect = dialect_of(system.url or "")
        with session(system) as connection:
            body = ", ".join(
                f"{dialect.quote(c.field)} {dialect.declare(c.type)}{' not null' if c.field == 'id' else ''}" for c in columns()
            )
            connection.execute(text(f"create table {dialect.quote('thing')} ({body}, primary key ({dialect.quote('id')}))"))
            dialect.load(connection, dialect.quote("thing"), columns(), iter([lines(ROWS)]))
            connection.commit()

    def difference(self, connection: Connection, system: System, rows: list[tuple[str | None, ...]]) -> Difference:
        workspace = Workspace.of(system)
        workspace.prepare(connection)
        workspace.stage(connection, "R1-1", columns(), key=("id",), mapped=())
        shape = workspace.dialect.shape(connection, Relation("thing"))
        assert shape is not None
        landed = tuple(replace(c, native=n.type, collation=n.collation) for c in columns() if (n := shape.named(c.field)))
        it = Difference(connection, workspace, "thing", "R1-1", Relation("thing"), landed, ("id",), datetime(2026, 11, 5, tzinfo=UTC))
        workspace.dialect.load(connection, it.staged, columns(), iter([lines(rows)]))
        connection.commit()
        return it

    def test_the_difference_makes_the_target_what_was_staged(self, system: System) -> None:
        wanted = [*ROWS[1:4], ("a", "改", *ROWS[0][2:]), ("new", "新", None, None, None, None, None)]
        with session(system) as connection:
            it = self.difference(connection, system, wanted)
            it.dialect.begin_publish(connection, it.table)
            counts = (it.delete(f"not {it.in_stage('t')}"), it.update(), it.insert())
            assert counts == (1, 1, 1)
            assert it.target().digest() == it.stage().digest() == Digest(5, sum(row_hash(TYPES, row) for row in wanted))
            connection.commit()
            images = connection.execute(text(f"select op, key_line, before_line from {it.workspace.name('change')} order by seq")).all()
            assert [(row[0], row[1]) for row in images] == [("D", "杨𬀩"), ("U", "a"), ("I", "new")]
            assert split(images[1][2]) == ROWS[0]
            it.workspace.drop(connection, "R1-1")
            assert it.workspace.staged_runs(connection) == []

    def test_a_rolled_back_publication_leaves_nothing(self, system: System) -> None:
        with session(system) as connection:
            it = self.difference(connection, system, [])
            before = it.target().digest()
            connection.rollback()
            it.dialect.begin_publish(connection, it.table)
            it.delete("1 = 1")
            connection.rollback()
            assert it.target().digest() == before

    def test_a_source_at_its_moment_does_not_see_later_writes(self, system: System) -> None:
        with self.opened(system) as (it, selection):
            before = it.reading(selection).digest()
            with session(system) as other:
                other.execute(text("delete from thing where id = 'b'"))
                other.commit()
            assert it.reading(selection).digest() == before

    def test_a_wrong_address_is_told_without_its_password(self, system: System) -> None:
        url = (
            str(system.url)
            .replace("postgres@127.0.0.1:", "postgres:geheim@127.0.0.1:1")
            .replace("root@127.0.0.1:", "root:geheim@127.0.0.1:1")
        )
        away = system.model_copy(update={"url": url if "geheim" in url else "sqlite:////no/such/folder/x.db"})
        with pytest.raises(UnavailableError) as error, session(away):
            pass
        assert "geheim" not in str(error.value)
        assert "系统" in str(error.value)


def lines(rows: list[tuple[str | None, ...]]) -> bytes:
    return "".join(join(row) + "\n" for row in rows).encode()


class ReceiverConformance(ABC):
    """A receiver that is no database: what the source has arrives, is proved where it arrived, and no stop leaves anything half."""

    @abstractmethod
    @pytest.fixture
    def it(self, tmp_path: Path) -> Iterator[Receiving]:
        """A world whose flow goes to such a receiver."""

    @abstractmethod
    def has(self, it: Receiving) -> dict[str, tuple[str | None, ...]]:
        """Return what stands at the receiver: key → the other columns."""

    @abstractmethod
    def change(self, it: Receiving) -> None:
        """Be other hands at the receiver: give row n001 another name."""

    def test_what_is_new_changed_and_gone_arrives_and_is_proved(self, it: Receiving) -> None:
        first = it.run()
        assert (first.status, first.rows.inserted, self.has(it)) == ("proved", 6, it.expected()), first.error
        assert it.run().status == "unchanged"
        it.at_source("update s_thing set name = '改' where no = 'n001'")
        it.at_source("delete from s_thing where no = 'n002'")
        it.at_source("insert into s_thing (no, name) values ('n9', null), ('n8', '')")
        second = it.run()
        assert (second.status, second.rows.inserted, second.rows.updated, second.rows.deleted) == ("proved", 2, 1, 1), second.error
        assert self.has(it) == it.expected()
        assert it.verify().equal

    def test_what_other_hands_did_there_is_healed(self, it: Receiving) -> None:
        assert it.run().status == "proved"
        self.change(it)
        assert it.verify().differing == {"n001": "different"}
        healed = it.run()
        assert (healed.status, healed.rows.updated, healed.rows.healed) == ("proved", 1, 1), healed.error
        assert self.has(it) == it.expected()

    def test_a_first_run_onto_rows_of_others_asks_a_person(self, it: Receiving) -> None:
        assert it.run().status == "proved"
        for file in it.hub.catalog.receivers.iterdir():
            file.unlink()  # the hub never wrote here
        it.at_source("update s_thing set name = '改' where no = 'n003'")
        held = it.run()
        assert held.held
        assert held.held["brake"] == "foreign_table"
        assert self.has(it) != it.expected()
        assert it.run(approval=dict(held.held)).status == "proved"
        assert self.has(it) == it.expected()

    @pytest.mark.parametrize("point", ["handed over", "proved there", "shadow committed"])
    def test_a_crash_is_healed_by_running_again(self, it: Receiving, point: str) -> None:
        killed(it, point)
        dead(it)
        it.at_source("delete from s_thing where no = 'n002'")
        again = it.run()
        assert (again.exit_code, self.has(it)) == (0, it.expected()), again.error
        assert it.verify().equal

    def test_a_rollback_takes_back_there_too(self, it: Receiving) -> None:
        assert it.run().status == "proved"
        before = self.has(it)
        it.at_source("update s_thing set name = '改' where no = 'n001'")
        it.at_source("delete from s_thing where no = 'n002'")
        it.at_source("insert into s_thing (no, name) values ('n9', '新')")
        assert it.run().status == "proved"
        assert rollback(it.hub, "thing", now=it.now, by="tester").status == "rolled_back"
        assert self.has(it) == before
        decisions.resume(it.hub.store, "thing")
        assert it.run().status == "proved"
        assert self.has(it) == it.expected()

    def test_a_withdrawn_agreement_leaves_no_row_there(self, it: Receiving) -> None:
        assert it.run().status == "proved"
        it.agreement |= {"state": "revoked", "withdraw": True}
        taken = it.run()
        assert (taken.status, taken.rows.deleted, self.has(it)) == ("proved", 6, {}), taken.error

    def test_a_mask_goes_there_too(self, it: Receiving) -> None:
        it.agreement["mask"] = {"name": "surname"}
        receipt = it.run()
        assert receipt.status == "proved", receipt.error
        assert {row[0] for row in self.has(it).values()} == {"名*"}
        assert it.verify().equal

    def test_all_characters_and_naughty_strings_arrive(self, it: Receiving, real_data: Path) -> None:
        it.dataset["fields"] = [it.dataset["fields"][0], {"name": "word", "type": "string", "title": "词"}]
        it.agreement["columns"] = ["no", "word"]
        it.at_source("alter table s_thing add column word text")
        it.at_source("delete from s_thing")
        rows = {
            f"w{number}": word for number, word in enumerate([*real_lines(real_data), "\x01\x1f\x80", "a\rb\r\nc", "_x0041_", "0" * 40])
        }
        with session(System.model_validate({"name": "s", "title": "s", "kind": "sql", "url": it.source, "owner": "x"})) as source:
            source.execute(text("insert into s_thing (no, word) values (:no, :word)"), [{"no": no, "word": w} for no, w in rows.items()])
            source.commit()
        receipt = it.run()
        assert (receipt.status, receipt.rows.inserted) == ("proved", len(rows)), receipt.error
        assert {no: values[0] for no, values in self.has(it).items()} == rows
        assert not list(quarantine.rows(it.hub, "thing"))
