"""The states of an issue and who may lead from one to the next. Nobody approves what they made themselves.

送审稿 ──► 部门核对 ──► 定稿 ──► 已发布 ──► 更正
  ▲  ▲        │         │         │         │
  │  └────────┘ 第2稿    └────┬────┴─────────┘
  └──────────────────────── 撤回
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, insert, select, update

from catalog.errors import BusyError, CatalogError, DeniedError, RejectedError
from catalog.messages import say
from hub.store.tables import issues, release_acts

State = Literal["送审稿", "部门核对", "定稿", "已发布", "更正", "撤回"]
DRAFT, VERIFYING, FINAL, RELEASED, CORRECTED, WITHDRAWN = "送审稿", "部门核对", "定稿", "已发布", "更正", "撤回"
ISSUED = (RELEASED, CORRECTED)
Act = Literal["build", "circulate", "return", "finalise", "release", "correct", "withdraw"]
MOVES: Mapping[Act, tuple[tuple[State | None, ...], State]] = {  # from which states, to which
    "build": ((None, "送审稿", "部门核对", "撤回"), "送审稿"),
    "circulate": (("送审稿", "部门核对"), "部门核对"),
    "return": (("部门核对",), "部门核对"),
    "finalise": (("部门核对", "定稿"), "定稿"),
    "release": (("定稿",), "已发布"),
    "correct": (("已发布", "更正"), "更正"),
    "withdraw": (("定稿", "已发布", "更正"), "撤回"),
}


@dataclass(frozen=True, slots=True)
class Done:
    """An act that was done: by whom, when, to which draft, and the state after it."""

    act: Act
    draft: int
    state: State
    by: str
    at: str
    reason: str | None
    details: Mapping[str, Any]  # Any: JSON


def state_of(connection: Connection, issue: str) -> State | None:
    """Return an issue's state, None if there is no such issue."""
    found: State | None = connection.execute(select(issues.c.state).where(issues.c.issue == issue)).scalar_one_or_none()
    return found


def allowed(issue: str, state: State | None, act: Act) -> None:
    """Refuse an act that does not lead on from a state (RejectedError)."""
    if state not in MOVES[act][0]:
        wanted = "、".join(name for name in MOVES[act][0] if name)
        raise RejectedError("release.state", issue=issue, state=state or "-", act=say(f"release.act.{act}"), wanted=wanted)


def record(
    connection: Connection,
    issue: str,
    act: Act,
    *,
    draft: int,
    by: str,
    now: datetime,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,  # Any: JSON
) -> None:
    """Move an issue on and write down who did it, inside the caller's transaction. BusyError where another was faster."""
    before = state_of(connection, issue)
    allowed(issue, before, act)
    after = MOVES[act][1]
    moved = connection.execute(update(issues).where(issues.c.issue == issue, issues.c.state == before).values(state=after))
    if before is not None and moved.rowcount != 1:
        raise BusyError("release.busy", issue=issue)
    row = {"issue": issue, "draft": draft, "act": act, "state": after, "done_by": by, "done_at": now.isoformat(), "reason": reason}
    connection.execute(insert(release_acts).values(row | {"details": dict(details or {})}))


def history(store: Engine, issue: str) -> list[Done]:
    """List what was done to an issue, oldest first."""
    with store.connect() as connection:
        rows = connection.execute(select(release_acts).where(release_acts.c.issue == issue).order_by(release_acts.c.seq)).all()
    return [Done(row.act, row.draft, row.state, row.done_by, row.done_at, row.reason, row.details) for row in rows]


def last(store: Engine, issue: str, act: Act, *, draft: int) -> Done | None:
    """Return the newest act of a kind upon a draft."""
    return next((done for done in reversed(history(store, issue)) if done.act == act and done.draft == draft), None)


def not_by_themselves(issue: str, by: str, makers: set[str]) -> None:
    """Refuse that somebody approves what they made (DeniedError)."""
    if by in makers:
        raise DeniedError("release.own", issue=issue)


def named(reason: str | None, *, act: Act | Literal["decide"]) -> str:
    """Return the reason that an act needs. CatalogError without one."""
    if not (reason or "").strip():
        raise CatalogError("release.reason", act=say(f"release.act.{act}"))
    return str(reason).strip()
