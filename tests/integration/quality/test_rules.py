"""Every rule on every engine: the rows that fail are counted alike by Great Expectations and by us, and named."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text
from world import Database

from catalog.codes import CodeTable
from catalog.dataset import Dataset
from catalog.errors import UnprovenError
from catalog.system import System
from connectors.database import connect, dialect_of
from connectors.line import join
from connectors.selection import Column
from quality import judge as judging
from quality.batch import Batch
from quality.judge import judge

CODES = {"kinds": CodeTable.model_validate({"name": "kinds", "title": "类别", "codes": {"1": "甲", "a": "乙"}})}
FIELDS = {
    "no": "string(12)",
    "kind": "string(4)",
    "fee": "decimal(12,2)",
    "start": "date",
    "end": "date",
    "unit": "string(8)",
    "seen": "timestamp",
}
GOOD = ("k1", "1", "10", "2026-01-01", "2026-01-02", "u1", "2026-11-05 07:00:00")


def dataset(*rules: dict[str, Any], **fields: dict[str, Any]) -> Dataset:
    described = [{"name": name, "type": kind, "title": name} | fields.get(name, {}) for name, kind in FIELDS.items()]
    return Dataset.model_validate(
        {"name": "thing", "title": "物", "owner": "x", "sharing": "none", "key": ["no"], "fields": described, "rules": list(rules)}
    )


class Stage:
    """A staged table on one engine."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = connect(System.model_validate({"name": "s", "title": "s", "kind": "sql", "url": url, "owner": "x"}))
        self.dialect = dialect_of(url)

    def make(self, rows: list[tuple[str | None, ...]], published: list[tuple[str | None, ...]] | None = None) -> "Stage":
        columns = [Column(name, field.type, name) for name, field in ((f.name, f) for f in dataset().fields)]
        with self.engine.connect() as connection:
            for table, content in (("stage", rows), ("thing", published)):
                if content is None:
                    continue
                body = ", ".join(
                    f"{self.dialect.quote(c.field)} {self.dialect.declare_staged(c.type, key=c.field == 'no')}" for c in columns
                )
                connection.execute(text(f"create table {table} ({self.dialect.row_number()}, {body})"))
                self.dialect.load(connection, table, columns, iter(["".join(join(row) + "\n" for row in content).encode()]))
            connection.execute(text("create table bad (hub_row bigint not null, rule integer not null, primary key (hub_row, rule))"))
            connection.execute(text("create table unit (unit_id varchar(8) primary key)"))
            connection.execute(text("insert into unit values ('u1')"))
            connection.commit()
        self.published = published is not None
        return self

    def judge(self, judged: Dataset) -> dict[str, tuple[int, tuple[str, ...]]]:
        batch = Batch(
            engine=self.engine, schema=None, table="stage", bad="bad", fields=tuple(FIELDS), target_schema=None,
            target="thing" if self.published else None, whole=not self.published, references={"unit": (None, "unit", "unit_id")},
            as_of=datetime(2026, 11, 5, tzinfo=UTC), zone=ZoneInfo("Asia/Shanghai"),
        )  # fmt: skip
        self.verdict = judge(batch, judged, CODES)
        return {finding.id: (finding.failed, finding.keys) for finding in self.verdict.findings}


@pytest.fixture
def stage(engine_url: str) -> Stage:
    return Stage(engine_url)


def row(no: str | None, **values: str | None) -> tuple[str | None, ...]:
    return tuple(({"no": no} | values).get(name, good) for name, good in zip(FIELDS, GOOD, strict=True))


def test_rules_that_follow_from_the_fields(stage: Stage) -> None:
    rows = [
        row("k1"),
        row("k2", kind="9"),
        row("k3", kind="A"),
        row("k4", unit=None),
        row("k5", unit=""),
        row("dup"),
        row("dup"),
        row("Dup"),
        row("dup "),
    ]
    found = stage.make(rows).judge(dataset(kind={"codes": "kinds"}, unit={"required": True}))
    assert found == {
        "in_codes:kind": (2, ("k2", "k3")),
        "required:unit": (2, ("k4", "k5")),
        "key_unique:no": (2, ("dup", "dup")),
    }
    assert (stage.verdict.quarantined, stage.verdict.blocked) == (6, False)


def test_texts_are_counted_in_characters(stage: Stage) -> None:
    found = stage.make([row("k1", kind="杨𬀩杨𬀩"), row("k2", kind="杨𬀩杨𬀩杨")]).judge(dataset())
    assert found == {"max_length:kind": (1, ("k2",))}


def test_a_pattern_means_the_whole_value_and_ascii_on_every_engine(stage: Stage) -> None:
    values = ["12345678", "１２３４５６７８", "12345678\n", "x12345678", "", None, "1234567a"]
    rule = {"rule": "matches", "field": "unit", "pattern": r"^\d{8}$", "on_fail": "quarantine"}
    wide = dataset(rule, unit={"type": "string(20)"})
    found = stage.make([row(f"k{n}", unit=value) for n, value in enumerate(values)]).judge(wide)
    assert found == {"matches:unit": (5, ("k1", "k2", "k3", "k4", "k6"))}


@pytest.mark.parametrize(
    ("rule", "rows", "failing"),
    [
        (
            {"rule": "in_range", "field": "fee", "min": 9, "max": 10.5},
            [row("k1"), row("k2", fee="100"), row("k3", fee="8.99"), row("k4", fee=None)],
            ("k2", "k3"),
        ),
        ({"rule": "in_range", "field": "start", "min": "2026-01-01"}, [row("k1"), row("k2", start="2025-12-31")], ("k2",)),
        ({"rule": "not_before", "field": "end", "than": "start"}, [row("k1"), row("k2", end="2025-12-31"), row("k3", end=None)], ("k2",)),
        (
            {"rule": "references", "field": "unit", "dataset": "unit"},
            [row("k1"), row("k2", unit="U1"), row("k3", unit="u2"), row("k4", unit=None)],
            ("k2", "k3"),
        ),
        (
            {"rule": "unique", "fields": ["unit", "kind"]},
            [row("k1"), row("k2", unit="x"), row("k3", unit="x"), row("k4", unit="X")],
            ("k2", "k3"),
        ),
    ],
)
def test_a_rule_names_the_rows_that_fail(
    stage: Stage, rule: dict[str, Any], rows: list[tuple[str | None, ...]], failing: tuple[str, ...]
) -> None:
    (finding,) = stage.make(rows).judge(dataset(rule | {"on_fail": "warn"})).values()
    assert finding == (len(failing), failing)
    assert stage.verdict.quarantined == 0


def test_rules_about_the_table_block_the_batch(stage: Stage) -> None:
    rules = (
        {"rule": "row_count_between", "min": 2, "max": 9, "on_fail": "block"},
        {"rule": "fresh_within", "field": "seen", "within": "30m", "on_fail": "block"},
    )
    found = stage.make([row("k1")]).judge(dataset(*rules))
    assert {name: count for name, (count, _) in found.items()} == {"row_count_between:*": 1, "fresh_within:seen": 1}
    assert stage.verdict.blocked


def test_a_window_is_judged_together_with_what_is_published(stage: Stage) -> None:
    rules = (
        {"rule": "unique", "fields": ["unit"], "on_fail": "quarantine"},
        {"rule": "row_count_between", "min": 3, "on_fail": "block"},
    )
    found = stage.make([row("k1", unit="taken"), row("k2", unit="own")], [row("k9", unit="taken"), row("k2", unit="own")]).judge(
        dataset(*rules)
    )
    assert found == {"unique:unit": (1, ("k1",))}


@pytest.mark.parametrize(
    ("bounds", "failed"),
    [
        ({"min": 3}, False), ({"min": 4}, True), ({"max": 3}, False), ({"max": 2}, True), ({"min": 0, "max": 3}, False),
        ({"min": 2, "max": 10**6}, False), ({"min": 3, "max": 10**6}, False), ({"min": 4, "max": 10**6}, True),
    ],
)  # fmt: skip
def test_a_window_is_counted_with_what_is_published(stage: Stage, bounds: dict[str, int], failed: bool) -> None:
    stage.make([row("k3", unit="new")], [row("k1"), row("k2"), row("k3")])
    found = stage.judge(dataset({"rule": "row_count_between", "on_fail": "block"} | bounds))
    assert found == ({"row_count_between:*": (1, ())} if failed else {})


def test_the_rows_of_a_tables_children_are_counted_with_it(database: Database) -> None:
    stage = Stage(database("postgresql")).make([row("k3")], [row("k1"), row("k2"), row("k3")])
    with stage.engine.connect() as connection:
        connection.execute(text("alter table thing rename to of_2026"))
        connection.execute(text("create table thing (like of_2026)"))
        connection.execute(text("alter table of_2026 inherit thing"))
        connection.commit()
    assert stage.judge(dataset({"rule": "row_count_between", "max": 2, "on_fail": "block"})) == {"row_count_between:*": (1, ())}


def test_two_counts_that_differ_are_an_error(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.make([row("k1", kind="9")])
    count = judging.count_failures
    monkeypatch.setattr(judging, "count_failures", lambda *given: [n + 1 if n else 0 for n in count(*given)])
    with pytest.raises(UnprovenError) as error:
        stage.judge(dataset(kind={"codes": "kinds"}))
    assert error.value.key == "quality.disagree"


def test_a_rule_that_cannot_be_run_is_an_error_and_no_failure(stage: Stage) -> None:
    stage.make([row("k1")])
    with stage.engine.connect() as connection:
        connection.execute(text("drop table unit"))
        connection.commit()
    with pytest.raises(UnprovenError) as error:
        stage.judge(dataset({"rule": "references", "field": "unit", "dataset": "unit", "on_fail": "warn"}))
    assert error.value.key == "quality.errored"


def test_among_rules_that_are_counted_together_the_one_that_cannot_be_run_is_named(stage: Stage) -> None:
    stage.make([row("k1")])
    with stage.engine.connect() as connection:
        connection.execute(text("alter table stage drop column fee"))
        connection.commit()
    cheap = {"rule": "in_range", "field": "fee", "min": 0, "on_fail": "warn"}
    with pytest.raises(UnprovenError) as error:
        stage.judge(dataset(cheap, start={"required": True}, unit={"required": True}))
    assert (error.value.key, error.value.names["rule"]) == ("quality.errored", "in_range:fee")


def test_a_row_that_fails_two_rules_counts_for_both_and_a_missing_value_for_neither(stage: Stage) -> None:
    stage.make([row("k1", fee="-1", start="2026-01-03"), row("k2", fee="-2"), row("k3", fee=None, start=None), row("k4")])
    early = {"rule": "not_before", "field": "end", "than": "start", "on_fail": "warn"}
    cheap = {"rule": "in_range", "field": "fee", "min": 0, "on_fail": "warn"}
    found = stage.judge(dataset(early, cheap, unit={"required": True}))
    assert {rule: failed for rule, (failed, _) in found.items() if failed} == {"not_before:end,start": 1, "in_range:fee": 2}
