"""After any sequence of changes, hands, new shapes, crashes, rollbacks and runs: a green run is equal, and `verify` tells the truth.

CI takes a few sequences, always the same; `make fuzz` takes many new ones.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from crashing import POINTS, dead, started
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from world import Database, World

from hub.approval import approve
from hub.receipt import PROVES, Receipt
from hub.reconcile import reconcile
from hub.rollback import rollback
from hub.store import decisions

PAIRS = [("sqlite", "sqlite"), ("postgresql", "mariadb"), ("mariadb", "postgresql")]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
KEYS = st.integers(0, 11).map(lambda n: f"n{n:03}")
NAMES = st.sampled_from(["青岛", "岛青", "", None, "a", "A", "a ", "\\N", "tab\there", "杨𬀩", "杨𬀪", "'\""])
EVERY = "select no, name, kind, changed_at from {} order by no"


def seen(rows: list[Any]) -> list[list[str | None]]:
    """Write rows alike for every engine, without the hub."""
    return [[None if value is None else str(value) for value in row] for row in rows]


class Life(RuleBasedStateMachine):
    """A flow's life. `last` is its newest receipt, until something moves at either end; `quiet` says that nothing has."""

    def __init__(self, make: Any) -> None:
        super().__init__()
        self.make = make

    @initialize(mode=st.sampled_from(["mirror", "incremental"]), rows=st.sampled_from([0, 6]))
    def begin(self, mode: str, rows: int) -> None:
        self.it: World = self.make(rows)
        self.mode, self.renamed, self.last = mode, False, None
        if mode == "incremental":
            self.it.flow |= {"mode": mode, "source": {"system": "src", "table": "s_thing", "cursor": "changed_at"}}

    def moved(self) -> None:
        self.last: Receipt | None = None

    def name(self) -> str:
        return "title" if self.renamed else "name"

    @rule(no=KEYS, name=NAMES, dated=st.booleans())
    def change_at_the_source(self, no: str, name: str | None, dated: bool) -> None:
        self.it.later(minutes=7)
        at = f"{self.it.now.hour + 8:02}:{self.it.now.minute:02}:00" if self.it.now.hour < 16 else "23:59:00"
        self.it.at_source("delete from s_thing where no = :no", no=no)
        cursor = f"2026-11-05 {at}" if dated else None
        self.it.at_source("insert into s_thing values (:no, :name, '1', :at)", no=no, name=name, at=cursor)
        self.moved()

    @rule(no=KEYS)
    def delete_at_the_source(self, no: str) -> None:
        self.it.at_source("delete from s_thing where no = :no", no=no)
        self.moved()

    @precondition(lambda self: self.published())
    @rule(no=KEYS, name=NAMES, act=st.sampled_from(["change", "add", "delete"]))
    def lay_hands_on_the_target(self, no: str, name: str | None, act: str) -> None:
        if act != "change":
            self.it.at_target("delete from thing where no = :no", no=no)
        if act == "add":
            self.it.at_target("insert into thing (no, name) values (:no, :name)", no=no, name=name)
        if act == "change":
            self.it.at_target("update thing set name = :name where no = :no", no=no, name=name)
        self.moved()

    @rule()
    def rename_a_column(self) -> None:
        self.it.at_source(f"alter table s_thing rename column {self.name()} to {'name' if self.renamed else 'title'}")
        self.renamed = not self.renamed
        self.moved()

    @rule(full=st.booleans())
    def run(self, full: bool) -> None:
        self.it.later(minutes=1)
        self.last = self.it.run(full=full)
        if self.last.status == "held" and not self.renamed:
            self.last = approve(self.it.hub, self.last.run, now=self.it.now, by="主任")
        if self.renamed:
            assert self.last.exit_code != 0
        self.whole = full or self.mode == "mirror"

    @rule(point=st.sampled_from(sorted(POINTS)))
    def be_killed_in_a_run(self, point: str) -> None:
        if self.renamed:
            return
        self.it.later(minutes=1)
        started(self.it, point).join(120)  # killed, or done where the run never comes to the point
        dead(self.it)
        self.moved()

    @precondition(lambda self: self.published())
    @rule()
    def reconcile(self) -> None:
        if self.renamed:
            return
        self.last = reconcile(self.it.hub, "thing", now=self.it.later(minutes=1).now, by="tester")
        assert self.last.exit_code == 0, self.last.error
        self.whole = True

    @precondition(lambda self: self.published())
    @rule()
    def roll_back(self) -> None:
        receipt = rollback(self.it.hub, "thing", now=self.it.now, by="主任")
        assert receipt.status in ("rolled_back", "rejected"), receipt.error
        decisions.resume(self.it.hub.store, "thing")
        if receipt.status == "rolled_back":
            self.moved()

    def published(self) -> bool:
        try:
            self.it.at_target("select 1 from thing")
        except Exception:
            return False
        return True

    @invariant()
    def green_is_equal_and_verify_tells_the_truth(self) -> None:
        if not hasattr(self, "it") or self.renamed or not self.published():
            return
        equal = seen(self.it.at_source(EVERY.format("s_thing"))) == seen(self.it.at_target(EVERY.format("thing")))
        assert self.it.verify().equal == equal
        if self.last and self.last.status in PROVES and self.whole:
            assert equal, self.last


@pytest.mark.timeout(0 if EXAMPLES else 600)
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_never_green_while_different(tmp_path: Path, database: Database, source: str, target: str) -> None:
    made: list[World] = []

    def make(rows: int) -> World:
        made.append(World(tmp_path / str(len(made)), database(source), database(target), rows=rows))
        return made[-1]

    run_state_machine_as_test(
        lambda: Life(make),
        settings=settings(
            max_examples=EXAMPLES or 3,
            stateful_step_count=40 if EXAMPLES else 12,
            deadline=None,
            derandomize=not EXAMPLES,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
        ),
    )
    assert made
