"""The SQL of every engine that our tests do not run, as it leaves for its driver: `python tests/compiled.py` writes tests/golden/ anew.

What an engine says is compared with these files word by word, so that a change of the common SQL shows what it does on each of them.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import make_url, text
from sqlalchemy.engine import default
from sqlalchemy.schema import CreateIndex, CreateTable

from catalog.condition import Condition
from catalog.dataset import Dataset
from catalog.errors import CampusError
from catalog.field_type import parse
from catalog.rule import FreshWithin, RowCountBetween
from connectors import speech
from connectors.database import DIALECTS
from connectors.difference import Difference
from connectors.quarantined import Quarantined
from connectors.reading import Reading
from connectors.retained import Retained
from connectors.selection import Column, Group, Relation, Selection, Window
from connectors.type_pairs import FIELDS, NATIVES
from connectors.workspace import Workspace
from hub.ledger import BLANK, MAKE
from quality.batch import Batch
from quality.predicates import failing_table, predicate

GOLDEN = Path(__file__).parent / "golden"
URLS = {
    "postgresql": "postgresql+psycopg://u@h/d", "kingbase": "kingbase+psycopg://u@h/d", "opengauss": "opengauss+psycopg://u@h/d",
    "mariadb": "mysql+pymysql://u@h/d", "oracle": "oracle+oracledb://u@h/?service_name=d", "mssql": "mssql+pymssql://u@h/d",
}  # fmt: skip
COMPARED = ("kingbase", "opengauss", "oracle", "mssql")  # the others answer for themselves
SAY = {"oracle": speech.oracle, "mssql": speech.sqlserver}
# native types of id, note, fee, amount, rate, day, moment, ok
HELD: Mapping[str, Sequence[str]] = {
    "postgresql": (
        "character varying(12)",
        "text",
        "numeric(12,2)",
        "bigint",
        "double precision",
        "date",
        "timestamp without time zone",
        "boolean",
    ),
    "mariadb": ("varchar(12)", "longtext", "decimal(12,2)", "bigint(20)", "double", "date", "datetime(6)", "tinyint(1)"),
    "oracle": ("varchar2(12)", "clob", "number(12,2)", "number(19,0)", "binary_double", "date", "timestamp(6)", "number(1,0)"),
    "mssql": ("nvarchar(12)", "nvarchar(max)", "decimal(12,2)", "bigint", "float", "date", "datetime2(6)", "bit"),
}
TYPES = {
    "id": "string(12)", "note": "string", "fee": "decimal(12,2)", "amount": "integer", "rate": "float", "day": "date",
    "moment": "timestamp", "ok": "boolean",
}  # fmt: skip
AT = datetime(2026, 11, 5, tzinfo=UTC)


class Told:
    """A result of nothing."""

    rowcount = 1

    def one(self) -> tuple[int, str]:
        return 0, "0"

    def scalar_one(self) -> int:
        return 1

    def scalar(self) -> None:
        return None

    first = scalar

    def all(self) -> list[Any]:
        return []

    def scalars(self) -> Iterator[Any]:
        return iter(())

    def partitions(self, _: int) -> Iterator[Any]:
        return iter(())

    def __iter__(self) -> Iterator[Any]:
        return iter(())


class Recorder:
    """A connection to nowhere, that keeps what it would have sent."""

    def __init__(self, engine: str) -> None:
        self.engine, self.sent = engine, list[str]()
        self.dialect: default.DefaultDialect = make_url(URLS[engine]).get_dialect()()
        self.info: dict[str, Any] = {}
        self.connection = SimpleNamespace(driver_connection=None)

    def said(self, clause: Any) -> str:
        clause = text(SAY.get(self.engine, str)(clause.text)) if hasattr(clause, "text") else clause
        return str(clause.compile(dialect=self.dialect)).strip()

    def execute(self, clause: Any, binds: Any = None) -> Told:
        self.sent.append(self.said(clause))
        return Told()

    def execution_options(self, **_: Any) -> "Recorder":
        return self

    @contextmanager
    def begin_nested(self) -> Iterator[None]:
        self.sent.append("savepoint")
        yield

    def commit(self) -> None:
        self.sent.append("commit")

    def rollback(self) -> None:
        self.sent.append("rollback")


def held(engine: str) -> tuple[Column, ...]:
    """Describe a receiver's own table."""
    natives = HELD.get(engine, HELD["postgresql"])
    return tuple(
        Column(name, parse(kind), name, native, "utf8mb4_general_ci" if engine == "mariadb" and "char" in native else None)
        for (name, kind), native in zip(TYPES.items(), natives, strict=True)
    )


def reading(engine: str, connection: Any) -> Iterator[tuple[str, Any]]:
    """Yield what is asked of a source: a title, and the act."""
    columns = held(engine)
    conditions = [
        Condition.model_validate(it)
        for it in ({"field": "id", "in": ["a", "b"]}, {"field": "moment", "ge": "2026-11-05 08:00:00.5"}, {"field": "fee", "lt": "1.5"})
    ]
    s = Selection(Relation("thing", "own"), columns, ("id",), condition_columns={c.field: c for c in columns})
    it = Reading(connection, DIALECTS[engine], s)
    kept = replace(s, where=tuple(conditions), but_not=(Condition.model_validate({"field": "ok", "ne": True}),))
    window = Window(columns[6], "2026-01-01 00:00:00", "2026-03-01 00:00:00")
    asked = Group(True, (conditions[0], Condition.model_validate({"field": "id", "like": "a%_"})))
    guards = it.guards("oracle" if engine == "postgresql" else "postgresql")
    yield "digest", it.digest
    yield "tally with guards", lambda: it.tally(guards)
    yield "buckets by hash", lambda: it.buckets(64)
    yield "buckets by block", lambda: replace(it, selection=replace(s, key=("amount",))).buckets(64, "block")
    yield "conditions, not the confidential ones", replace(it, selection=kept).count
    yield "window", replace(it, selection=replace(s, window=window)).count
    yield "asked by a reader", replace(it, selection=replace(s, asked=asked)).any
    yield "keys", replace(it, selection=replace(s, keys=(("a",), ("b",)))).count
    yield "code tables", replace(it, selection=replace(s, codes={"id": {"1": "01", "二": "02"}})).digest
    yield "unmapped codes", lambda: list(replace(it, selection=replace(s, codes={"id": {"1": "01"}})).unmapped("id", most=5))
    yield "highest cursor", lambda: it.highest("moment")
    if engine in SAY:  # elsewhere the driver is used directly
        yield "rows", lambda: list(it.lines())
        yield "page", lambda: list(it.page(after=("a",), limit=2))
        yield "hashes of two buckets", lambda: list(it.hashes(64, [1, 2]))
    yield "key line", lambda: connection.execute(text(f"select {it.key_line()} as k from x as r"))


def writing(engine: str, connection: Any) -> Iterator[tuple[str, Any]]:
    """Yield what is done to a target: a title, and the act."""
    d = DIALECTS[engine]
    workspace = Workspace(d, *d.workspace(make_url(URLS[engine])))
    columns = held(engine)
    it = Difference(connection, workspace, "thing", "R1-1", Relation("thing", "own"), columns, ("id",), AT)
    pushed = replace(it, stamp="2026-11-05 08:00:00")
    keyless = replace(it, key=())
    yield "staging tables", lambda: workspace.stage(connection, "R1-1", columns, key=("id",), mapped=())
    yield "staging tables dropped", lambda: workspace.drop(connection, "R1-1")
    yield "settled", lambda: d.settle(connection, it.staged, columns[:1])
    yield "publishing begins", lambda: d.begin_publish(connection, it.table)
    yield "ledger's row", lambda: connection.execute(text(MAKE[d.engine].format(**_ledger(workspace))))
    yield "deleted", lambda: it.delete(f"not {it.in_stage('t')} and not {it.spared('t')}")
    yield "updated", it.update
    yield "inserted", it.insert
    yield "pushed rows updated and stamped", pushed.update
    yield "pushed rows inserted", pushed.insert
    yield "values that swap", lambda: it.replace(it.differs(), ["own"])
    yield "without key", keyless.replace_multiset
    yield "quarantined", lambda: Quarantined(it).move(["required:id"])
    yield "quarantine settled", lambda: Quarantined(it).settle(whole=False, undo="R1-0")
    yield "stale since", Quarantined(it).stale_since
    yield "retained", lambda: Retained(it).add("1 = 1", "mark")
    yield "released", Retained(it).release
    yield "retained digest", Retained(it).digest
    yield "keys gone", it.has_gone
    yield "exceptions", it.has_exceptions


def _ledger(workspace: Workspace) -> dict[str, str]:
    row = BLANK | {"flow": "f"}
    return {"table": workspace.name("ledger"), "names": ", ".join(row), "values": ", ".join(f":{name}" for name in row)}


def pairs(engine: str) -> Iterator[tuple[str, str]]:
    """Yield canonical text, guard and fitness of each type of the engine."""
    d, recorder = DIALECTS[engine], Recorder(engine)
    for native, collation in NATIVES.get({"sqlserver": "mssql"}.get(d.name, d.name), ()):
        for field in FIELDS:
            column = Column("x", parse(field), "x", native, collation)
            if d.reads(column.type, native):
                parts = [d.canonical("x", column), d.fits("x", column, "sqlite")]
                yield f"{native} → {field}", "\n".join(recorder.said(text(part)) for part in parts if part)
            if d.holds(column.type, native) and (test := d.takes("x", column)):
                yield f"{field} → {native}", recorder.said(text(test))


def judging(engine: str) -> Iterator[tuple[str, str]]:
    """Yield the predicate of each kind of rule."""
    recorder = Recorder(engine)
    batch = Batch(
        engine=SimpleNamespace(dialect=recorder.dialect, url=make_url(URLS[engine])),
        schema=None, table="stage", bad="bad", fields=tuple(TYPES), target_schema=None, target="thing", whole=False,
        references={"dept": (None, "dept", "no")}, as_of=AT, zone=ZoneInfo("Asia/Shanghai"),
    )  # fmt: skip
    dataset = Dataset.model_validate(
        {"name": "thing", "title": "物", "owner": "x", "sharing": "none", "key": ["id"],
         "fields": [{"name": name, "type": kind, "title": name} for name, kind in TYPES.items()], "rules": RULES}
    )  # fmt: skip
    for rule in dataset.rules:
        whole = isinstance(rule, RowCountBetween | FreshWithin)
        try:
            sql = (
                failing_table(rule, batch, dataset)[0]
                if whole
                else f"select 1 from {batch.staged} as s where " + predicate(rule, batch, dataset, {})[0]
            )
            yield rule.rule, recorder.said(text(sql))
        except CampusError as error:
            yield rule.rule, f"refused: {error.key}"


RULES = [
    {"rule": "required", "field": "id", "on_fail": "quarantine"}, {"rule": "max_length", "field": "note", "max": 9, "on_fail": "warn"},
    {"rule": "key_unique", "on_fail": "quarantine"}, {"rule": "matches", "field": "id", "pattern": r"\d{3}", "on_fail": "quarantine"},
    {"rule": "in_range", "field": "fee", "min": 0, "max": 10, "on_fail": "quarantine"},
    {"rule": "not_before", "field": "moment", "than": "moment", "on_fail": "warn"},
    {"rule": "references", "field": "id", "dataset": "dept", "on_fail": "warn"},
    {"rule": "unique", "fields": ["note"], "on_fail": "warn"}, {"rule": "row_count_between", "min": 1, "on_fail": "block"},
    {"rule": "fresh_within", "field": "moment", "within": "2d", "on_fail": "block"},
]  # fmt: skip


def errors(engine: str) -> Iterator[tuple[str, str]]:
    """Yield what becomes of a driver's errors: by code alone, and the name of a constraint."""
    for error in ERRORS.get(engine, ()):
        told = DIALECTS[engine].translate(error, "系统")
        yield str(getattr(error.args[0], "full_code", error.args[0])), f"{type(told).__name__} {told.key} {told.names}"


def _ora(code: str, message: str = "") -> Exception:
    kind, _, number = code.partition("-")
    return Exception(SimpleNamespace(code=int(number) if kind == "ORA" else 0, full_code=code, message=f"{code}: {message}"))


ERRORS: Mapping[str, Sequence[Exception]] = {
    "oracle": [
        _ora("ORA-00001", "unique constraint (HUB.PK_THING) violated on table HUB.THING columns (NO) (row with '欧阳明')"),
        _ora("ORA-01400", 'cannot insert NULL into ("HUB"."THING"."NO")'), _ora("ORA-02291", "integrity constraint (HUB.FK_DEPT) violated"),
        _ora("ORA-12899", "value too large for column: 欧阳明"), _ora("ORA-01722", "invalid number '欧阳明'"), _ora("ORA-01489"),
        _ora("ORA-01017", "invalid username"), _ora("ORA-12541"), _ora("ORA-01555"), _ora("ORA-00942"), _ora("DPY-3010"), _ora("DPY-6005"),
        _ora("DPY-4011"),
    ],
    "mssql": [
        Exception(2627, "Violation of PRIMARY KEY constraint 'PK_thing'. Cannot insert duplicate key. The duplicate key value is (欧阳明).".encode()),
        Exception(2601, b"Cannot insert duplicate key row in object 'dbo.thing' with unique index 'ux_name'. The duplicate key value is (x)."),
        Exception(515, b"Cannot insert the value NULL into column 'no', table 'd.dbo.thing'"),
        Exception(547, b'The INSERT statement conflicted with the FOREIGN KEY constraint "FK_dept".'),
        Exception(2628, "String or binary data would be truncated. Truncated value: '欧阳明'.".encode()), Exception(8115, b"overflow"),
        Exception(18456, b"Login failed"), Exception(1205, b"deadlock"), Exception(3952, b"snapshot"), Exception(208, b"Invalid object name"),
        Exception(20009, b"Unable to connect"),
    ],
}  # fmt: skip


def written(engine: str) -> str:
    """Write one engine's file."""
    parts = [f"-- {engine}: what is sent to its driver. Written by `python tests/compiled.py`; compared by test_golden.py"]
    for heading, acts in (("reading", reading), ("writing", writing)):
        recorder = Recorder(engine)
        for title, act in acts(engine, recorder):
            recorder.sent.clear()
            try:
                act()
            except CampusError as error:
                recorder.sent.append(f"-- refused: {error.key}")
            parts.append(f"-- {heading}: {title}\n" + "".join(f"{statement};\n" for statement in recorder.sent))
    recorder = Recorder(engine)
    d = DIALECTS[engine]
    tables = Workspace(d, *d.workspace(make_url(URLS[engine]))).tables().sorted_tables
    made = [CreateTable(it) for it in tables] + [
        CreateIndex(index) for it in tables for index in sorted(it.indexes, key=lambda i: str(i.name))
    ]
    parts.append("-- the hub's own tables\n" + "".join(f"{recorder.said(it)};\n" for it in made))
    declared = [
        f"{field}: {d.declare(parse(field))} | staged {d.declare_staged(parse(field), key=False)}" for field in ("string(20)", *FIELDS)
    ]
    parts.append("-- declared\n" + "\n".join(declared) + f"\nkey string(20): {d.declare(parse('string(20)'), key=True)}\n")
    for heading, found in (("judging", judging(engine)), ("types", pairs(engine) if engine in SAY else ()), ("errors", errors(engine))):
        parts += [f"-- {heading}: {title}\n{said}\n" for title, said in found]
    return "\n".join(line.rstrip() for line in "\n".join(parts).splitlines()) + "\n"


if __name__ == "__main__":
    for name in COMPARED:
        (GOLDEN / f"{name}.sql").write_text(written(name), "utf-8")
        sys.stdout.write(f"{name}\n")
