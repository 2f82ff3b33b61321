"""One gate: whatever the agreement and the data, every channel delivers the same rows and cells, and never one outside the agreement."""

import itertools
import json
import sqlite3
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from served import FIELDS, Served
from world import Database

from catalog.field_type import parse
from connectors.line import canonical
from connectors.stamp import COLUMNS
from hub.approval import approve
from hub.masking import KEY, consumer_key, masker
from hub.pipeline import run

Row = dict[str, Any]
TYPES = {field["name"]: parse(field["type"]) for field in FIELDS}
NAMES = list(TYPES)
POOLS: dict[str, list[Any]] = {
    "dept": ["D1", "d1", "D1 ", "Ｄ1", "", "D'1", "%", None],
    "status": ["在职", "离职", "在职 ", None],
    "level": ["密", "公开", "密 ", None],
    "pay": ["8000.50", "8000.5", "-3", "0", "9999999999.99", None],
    "born": ["1990-05-06", "1990-01-01", "2026-02-28", None],
    "seen_at": ["2026-10-01 08:00:00.250000", "2026-10-01 08:00:00", None],
}
MASKS = {
    "name": ["surname", "null", "email", "phone", "last2", "pseudonym"], "dept": ["null", "last1", "pseudonym"], "status": ["null", "surname"],
    "pay": ["round1000", "round7", "null"], "born": ["year", "null"], "seen_at": ["year"],
}  # fmt: skip
CONFIDENTIAL = [
    [], [{"field": "level", "eq": "密"}], [{"field": "level", "ne": "公开"}], [{"field": "level", "in": ["密", "密 "]}, {"field": "dept", "eq": "D1"}],
    [{"field": "level", "not_in": ["公开"]}, {"field": "pay", "ge": "0"}],
]  # fmt: skip
values = {name: st.sampled_from(pool) for name, pool in POOLS.items()}
data = st.lists(st.fixed_dictionaries(values), max_size=12)


def conditions() -> st.SearchStrategy[dict[str, Any]]:
    """Draw a condition on any field, granted or not."""

    def on(name: str) -> st.SearchStrategy[dict[str, Any]]:
        given_values = st.sampled_from([value for value in POOLS[name] if value is not None])
        compared = st.tuples(st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]), given_values)
        listed = st.tuples(st.sampled_from(["in", "not_in"]), st.lists(given_values, min_size=1, max_size=3))
        missing = st.tuples(st.just("is_null"), st.booleans())
        return st.one_of(compared, listed, missing).map(lambda pair: {"field": name, pair[0]: pair[1]})

    return st.sampled_from(sorted(POOLS)).flatmap(on)


agreements = st.builds(
    lambda columns, where, masks: {
        "columns": ["no", *sorted(columns, key=NAMES.index)],
        "where": where,
        "mask": {name: how for name, how in masks.items() if name in columns},
    },
    st.sets(st.sampled_from([name for name in NAMES if name != "no"])),
    st.lists(conditions(), max_size=2),
    st.fixed_dictionaries({}, optional={name: st.sampled_from(ways) for name, ways in MASKS.items()}),
)


def text(name: str, value: Any) -> str | None:
    return canonical(TYPES[name].kind, value)


def meets(condition: Mapping[str, Any], row: Row, *, doubt: bool) -> bool:
    """Say in plain words whether a row meets a condition; `doubt` is what a missing value means to `ne` and `not_in`."""
    name = condition["field"]
    ((operator, wanted),) = ((key, value) for key, value in condition.items() if key != "field")
    value = text(name, row[name])
    if operator == "is_null":
        return (value is None) == wanted
    if value is None:
        return doubt and operator in ("ne", "not_in")

    def ordered(it: str | None) -> Any:
        return Decimal(it or "") if TYPES[name].kind == "decimal" else (it or "").encode()

    if operator in ("in", "not_in"):
        return (value in [text(name, it) for it in wanted]) == (operator == "in")
    left, right = ordered(value), ordered(text(name, wanted))
    return {"eq": left == right, "ne": left != right, "lt": left < right, "le": left <= right, "gt": left > right, "ge": left >= right}[
        operator
    ]


def granted(rows: list[Row], agreement: Mapping[str, Any], confidential: list[dict[str, Any]]) -> dict[str, list[str | None]]:
    """Say in plain words what leaves: key → cells."""
    key = consumer_key("library")
    shows = {name: masker(how, TYPES[name], key) for name, how in agreement["mask"].items()}
    found = {}
    for row in rows:
        hidden = bool(confidential) and all(meets(condition, row, doubt=True) for condition in confidential)
        if not hidden and all(meets(condition, row, doubt=False) for condition in agreement["where"]):
            cells = [(name, text(name, row[name])) for name in agreement["columns"]]
            found[row["no"]] = [shows[name](value) if name in shows and value is not None else value for name, value in cells]
    return found


class Channels(Served):
    """The library's agreement over all three channels; a push brings it into the library's own file."""

    def __init__(self, folder: Path, platform: str, receiver: str) -> None:
        super().__init__(folder, platform, source=receiver, rows=())
        self.agreement["channels"] = ["api", "push", "export"]
        self.consumer["systems"] = ["src"]
        self.others["flows/to_library"] = {
            "name": "to_library", "dataset": "thing", "mode": "mirror", "on_delete": "delete", "under": "library_thing", "drift": "evolve",
            "source": {"system": "dst", "table": "thing"}, "target": {"system": "src", "table": "received"},
        }  # fmt: skip
        self.rounds = itertools.count()

    def take(self, agreement: Mapping[str, Any], rows: list[Row], confidential: list[dict[str, Any]]) -> list[Row]:
        """Let the platform hold these rows under this agreement; return them whole, with a name that no earlier row had."""
        told = next(self.rounds)
        self.agreement |= agreement
        self.world.dataset["confidential"] = confidential
        self.world.at_target("delete from thing")
        full = [{"no": f"k{at}", "name": f"名字{told}号{at}@x.cn", **row} for at, row in enumerate(rows)]
        for row in full:
            self.add(tuple(row[name] for name in NAMES))
        return full

    def pulled(self) -> dict[str, list[str | None]]:
        """Read all pages of the API."""
        client, found, after = self.client(), {}, None
        while True:
            answer = client.get("/v1/datasets/thing/rows", params={"limit": 5} | ({"after": after} if after else {}))
            assert answer.status_code == 200, answer.text
            found |= self._told(answer.json()["rows"])
            after = answer.json()["next"]
            if after is None:
                return found

    def exported(self) -> dict[str, list[str | None]] | None:
        """Read the export; None of a service that has none."""
        if "/v1/datasets/{name}/export" not in self.get("/openapi.json").json()["paths"]:
            return None
        answer = self.get("/v1/datasets/thing/export", format="ndjson")
        assert answer.status_code == 200, answer.text
        return self._told([json.loads(line) for line in answer.text.splitlines()])

    def pushed(self) -> dict[str, list[str | None]]:
        """Push, and read the library's table."""
        hub = self.hub
        receipt = run(hub, "to_library", now=self.world.now, by="tester")
        while receipt.status == "held":  # nothing is granted any more: a person says that this is so
            receipt = approve(hub, receipt.run, now=self.world.now, by="tester")
        assert receipt.exit_code == 0, receipt.error
        columns = self.agreement["columns"]
        rows = self.world.at_source(f"select {', '.join(columns)} from received")
        assert receipt.target is not None
        assert receipt.target.count == len(rows)
        return {row[0]: [text(name, value) for name, value in zip(columns, row, strict=True)] for row in rows}

    def _told(self, rows: list[Row]) -> dict[str, list[str | None]]:
        columns = self.agreement["columns"]
        assert all(list(row) == columns for row in rows)
        return {
            row["no"]: [None if row[name] is None else row[name].replace("T", " ") if name == "seen_at" else row[name] for name in columns]
            for row in rows
        }

    def dump(self) -> str:
        """Return all that stands in the library's file, the hub's own tables included."""
        with sqlite3.connect(self.world.source.removeprefix("sqlite:///")) as connection:
            return "\n".join(connection.iterdump())


@pytest.fixture
def local(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Channels:
    monkeypatch.setenv(KEY, "k" * 40)
    return Channels(tmp_path, database("sqlite"), database("sqlite"))


@pytest.fixture(params=[("postgresql", "mariadb"), ("mariadb", "postgresql")], ids="-".join)
def served(request: pytest.FixtureRequest, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Channels:
    monkeypatch.setenv(KEY, "k" * 40)
    return Channels(tmp_path, *map(database, request.param))


anything = given(agreement=agreements, rows=data, confidential=st.sampled_from(CONFIDENTIAL))
calm = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@settings(max_examples=8, **calm)
@anything
def test_every_channel_delivers_the_same_between_servers(
    served: Channels, agreement: dict[str, Any], rows: list[Row], confidential: list[dict[str, Any]]
) -> None:
    full = served.take(agreement, rows, confidential)
    expected = granted(full, agreement, confidential)
    assert served.pulled() == expected
    assert served.exported() in (expected, None)
    assert served.pushed() == expected


@settings(max_examples=25, **calm)
@anything
def test_every_channel_delivers_the_granted_rows_and_cells_and_nothing_else(
    local: Channels, agreement: dict[str, Any], rows: list[Row], confidential: list[dict[str, Any]]
) -> None:
    full = local.take(agreement, rows, confidential)
    expected = granted(full, agreement, confidential)
    assert local.pulled() == expected
    assert local.exported() in (expected, None)
    assert local.pushed() == expected
    everything = local.dump()
    for row in full:
        if not (row["no"] in expected and "name" in agreement["columns"] and "name" not in agreement["mask"]):
            assert row["name"] not in everything
    received = {row[1] for row in local.world.at_source("select * from pragma_table_info('received')")}
    emptied = sorted(received - {"no", *agreement["columns"]} - {column.source for column in COLUMNS})
    for name in emptied:
        assert local.world.at_source(f"select count(*) from received where {name} is not null") == [(0,)]
