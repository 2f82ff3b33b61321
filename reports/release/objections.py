"""What departments object to in 部门核对, and what the office makes of it: excluded with a reason and an approver, mended, or refused.

An excluded case or step never falls due, in this issue's next draft and in every issue after it; it stays in the balance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Connection, Engine, insert, select, update

from catalog.errors import CatalogError
from hub.store.tables import objections
from reports.release.states import named, not_by_themselves

Decision = Literal["excluded", "mended", "refused"]


@dataclass(frozen=True, slots=True)
class Raised:
    """What a department wrote in its sheet: a case, or one of its steps, and why."""

    unit: str
    app_id: str
    step_no: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection as it stands."""

    number: int
    draft: int
    raised: Raised
    read_by: str
    decision: Decision | None
    decided_by: str | None
    decision_reason: str | None


def write(connection: Connection, issue: str, raised: Sequence[Raised], *, draft: int, by: str, now: datetime) -> list[int]:
    """Write down what a sheet objects to, inside the caller's transaction; what was written for this draft before is passed over."""
    known = {(it.raised.unit, it.raised.app_id, it.raised.step_no) for it in _read(connection, issue) if it.draft == draft}
    fresh = [it for it in raised if (it.unit, it.app_id, it.step_no) not in known]
    rows = [
        {
            "issue": issue, "draft": draft, "unit": it.unit, "app_id": it.app_id, "step_no": it.step_no, "reason": it.reason,
            "read_by": by, "read_at": now.isoformat(),
        }
        for it in fresh
    ]  # fmt: skip
    return [connection.execute(insert(objections).values(row).returning(objections.c.objection)).scalar_one() for row in rows]


def listed(store: Engine, issue: str) -> list[Objection]:
    """List an issue's objections in the order in which they were read."""
    with store.connect() as connection:
        return _read(connection, issue)


def undecided(store: Engine, issue: str) -> list[Objection]:
    """List those that nobody has decided."""
    return [it for it in listed(store, issue) if it.decision is None]


def decide(store: Engine, number: int, decision: str, *, reason: str | None, by: str, now: datetime) -> Objection:
    """Decide an objection once. CatalogError for an unknown or decided one, DeniedError for whoever read it in."""
    if decision not in get_args(Decision):
        raise CatalogError("release.decision", decision=decision, known="、".join(get_args(Decision)))
    told = named(reason, act="decide")
    with store.begin() as connection:
        row = connection.execute(select(objections).where(objections.c.objection == number)).one_or_none()
        if row is None:
            raise CatalogError("release.no_objection", number=number)
        not_by_themselves(row.issue, by, {row.read_by})
        taken = {"decision": decision, "decided_by": by, "decided_at": now.isoformat(), "decision_reason": told}
        open_ = objections.c.objection == number, objections.c.decision.is_(None)
        if connection.execute(update(objections).where(*open_).values(taken)).rowcount != 1:
            raise CatalogError("release.decided", number=number)
        return next(it for it in _read(connection, row.issue) if it.number == number)


def excluded(store: Engine) -> list[tuple[str, int | None]]:
    """Return every case or step that was taken out, in any issue, in order."""
    columns = objections.c.app_id, objections.c.step_no
    with store.connect() as connection:
        rows = connection.execute(select(*columns).where(objections.c.decision == "excluded").distinct()).all()
    return sorted(((str(app), step) for app, step in rows), key=lambda pair: (pair[0], -1 if pair[1] is None else pair[1]))


def _read(connection: Connection, issue: str) -> list[Objection]:
    rows = connection.execute(select(objections).where(objections.c.issue == issue).order_by(objections.c.objection)).all()
    return [
        Objection(
            row.objection, row.draft, Raised(row.unit, row.app_id, row.step_no, row.reason), row.read_by,
            row.decision, row.decided_by, row.decision_reason,
        )
        for row in rows
    ]  # fmt: skip
