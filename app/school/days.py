"""What happens to the source systems after the first day: a second day of changes, and a source that is emptied by mistake."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Select, Table, delete, func, select, text, update

from app.school.cases import cases
from app.school.life import NODES, Step
from app.school.office import Office, open_office
from app.school.planted import CLOCK, PLANTED
from app.school.tables import TABLES
from app.school.units import TEACHING_COLLEGES
from app.school.write import SAVED, insert, marked
from catalog.campus import Catalog
from catalog.errors import RejectedError
from connectors.database import connect

NOW = datetime.fromisoformat(
    CLOCK
)  # every change of the second day bears it: the last instant of the first run's window, the first of the next


def second_day(catalog: Catalog) -> None:
    """Change personnel, academic affairs and the hall as PLANTED says. Done twice it fails: its new rows are there already."""
    with _inside(catalog, "hr") as hr:
        _staff(hr, TABLES["hr"].tables["t_jzg"])
    with _inside(catalog, "academic") as academic:
        _students(academic, TABLES["academic"].tables["t_xs"])
    with _inside(catalog, "hall") as hall:
        _purge(hall, TABLES["hall"].tables)
        _withdraw(hall, TABLES["hall"].tables)
        _submit(hall, TABLES["hall"].tables, open_office(catalog.calendars["china"], CLOCK))


def empty_source(catalog: Catalog) -> None:
    """Empty the table of PLANTED.emptied as a failed upgrade would; its rows are put aside beside it."""
    system, table, _ = PLANTED.emptied
    with _inside(catalog, system) as connection:
        quote = connection.dialect.identifier_preparer.quote
        connection.execute(text(f"create table {quote(table + SAVED)} as select * from {quote(table)}"))
        connection.execute(text(f"delete from {quote(table)}"))


def restore_source(catalog: Catalog) -> None:
    """Bring the emptied table's rows back."""
    system, table, _ = PLANTED.emptied
    with _inside(catalog, system) as connection:
        quote = connection.dialect.identifier_preparer.quote
        connection.execute(text(f"insert into {quote(table)} select * from {quote(table + SAVED)}"))
        connection.execute(text(f"drop table {quote(table + SAVED)}"))


@contextmanager
def _inside(catalog: Catalog, system: str) -> Iterator[Connection]:
    if not marked(catalog.systems[system]):
        raise RejectedError("demo.unmade", system=catalog.systems[system].title)
    with connect(catalog.systems[system]).begin() as connection:
        yield connection


def _frame(connection: Connection, query: Select[Any]) -> pd.DataFrame:  # Any: rows of a legacy table
    result = connection.execute(query)
    return pd.DataFrame(result.mappings().all(), columns=list(result.keys()))


def _staff(hr: Connection, t: Table) -> None:
    hr.execute(update(t).where(t.c.GH.in_([PLANTED.known_teacher])).values(XB=PLANTED.bad_gender, SZDW=PLANTED.moved_to, updated_at=NOW))
    others = hr.execute(select(t.c.GH).where(t.c.DQZT == "在职", t.c.GH.not_in([PLANTED.known_teacher])).order_by(t.c.GH)).scalars().all()
    hr.execute(update(t).where(t.c.GH.in_(others[: PLANTED.changed_staff])).values(SZDW=PLANTED.moved_to, updated_at=NOW))
    gone = hr.execute(select(t.c.GH).where(t.c.DQZT == "离职").order_by(t.c.GH).limit(PLANTED.gone_staff)).scalars().all()
    hr.execute(delete(t).where(t.c.GH.in_(gone)))
    new = _frame(hr, select(t).where(t.c.GH.in_(others[-PLANTED.new_staff :])))
    new["GH"] = [f"2026{9001 + number}" for number in range(len(new))]
    insert(hr, t, new.assign(updated_at=NOW))


def _students(academic: Connection, t: Table) -> None:
    number = academic.execute(select(t.c.XH).where(t.c.NJ == 2026).order_by(t.c.XH)).scalars().all()
    changed, gone = number[: PLANTED.changed_students], number[-PLANTED.gone_students :]
    academic.execute(update(t).where(t.c.XH.in_(changed)).values(ZYMC="人工智能"))
    academic.execute(delete(t).where(t.c.XH.in_(gone)))
    new = _frame(academic, select(t).where(t.c.XH.in_(number[100 : 100 + PLANTED.new_students])).order_by(t.c.XH))
    new["XH"] = [f"2026201{901 + number}" for number in range(len(new))]
    insert(academic, t, new)


def _purge(hall: Connection, tables: Mapping[str, Table]) -> None:
    """Delete the retired item's cases from the hall, whose operator tidies up."""
    case = tables["hall_case"]
    retired = select(case.c.id).where(case.c.item_id == PLANTED.purged_item)
    for name in ("hall_task", "hall_pause", "hall_rating"):
        hall.execute(delete(tables[name]).where(tables[name].c.case_id.in_(retired)))
    hall.execute(delete(case).where(case.c.item_id == PLANTED.purged_item))


def _withdraw(hall: Connection, tables: Mapping[str, Table]) -> None:
    """Let applicants withdraw what nobody has accepted yet: the waiting step becomes theirs."""
    case, task = tables["hall_case"], tables["hall_task"]
    waiting = hall.execute(
        select(case.c.id, case.c.uid).where(case.c.state == "已提交").order_by(case.c.id).limit(PLANTED.withdrawn_cases)
    ).all()
    hall.execute(update(case).where(case.c.id.in_([row.id for row in waiting])).values(state="已撤回", update_time=NOW))
    for row in waiting:
        done = {"action": "撤回", "node": NODES[Step.WITHDRAW], "handler": row.uid, "handler_unit": None, "act_time": NOW, "open_time": NOW}
        hall.execute(update(task).where(task.c.case_id == row.id, task.c.action.is_(None)).values(**done, deadline=None, update_time=NOW))


def _submit(hall: Connection, tables: Mapping[str, Table], office: Office) -> None:
    """Let students ask for leave in the last seconds before the clock; nobody has acted yet."""
    user, case, count = tables["hall_user"], tables["hall_case"], PLANTED.new_cases
    item = tables["hall_item"]
    items = _frame(hall, select(item).where(item.c.name == "学生请假")).assign(levels=1, returned=0.0)
    accounts = [f"2025{college}{number:03}" for college in TEACHING_COLLEGES[:2] for number in range(1, count // 2 + 1)]
    users = _frame(hall, select(user).where((user.c.kind == "教职工") | user.c.account.in_(accounts)).order_by(user.c.account))
    students = users[users["kind"] == "学生"].reset_index(drop=True)
    asked = pd.DataFrame(
        {"item": 0, "uid": students["uid"], "kind": "学生", "unit": students["unit_id"], "channel": "移动", "submitted": NOW}
    )
    first = 1 + int(hall.execute(select(func.max(case.c.id))).scalar_one()[1:])
    made = cases(np.random.default_rng(count), asked, office=office, items=items, users=users, first=first)
    for name, frame in (("hall_case", made.case), ("hall_task", made.task), ("hall_form_leave", made.leave)):
        insert(hall, tables[name], frame)
