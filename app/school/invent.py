"""Make the sample school: the same seed gives the same rows, on any engine, on any day."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from app.school import business, people, safety, units, voices
from app.school.cases import cases
from app.school.demand import applications
from app.school.items import item_requests, service_items
from app.school.office import Office, open_office
from app.school.planted import CLOCK
from app.school.planting import plant
from app.school.planting_safety import plant_safety
from app.school.registers import fill
from app.school.write import write
from catalog.campus import Catalog

CASES = 60_000


def generate(catalog: Catalog, *, seed: int = 2026) -> None:
    """Fill the source systems' tables with the sample school. The platform and the other targets stay as they are."""
    office = open_office(catalog.calendars["china"], CLOCK)
    frames = school(office, seed)
    plant(frames)
    plant_safety(frames, office)
    write(catalog, frames)
    fill(catalog, frames)


def school(office: Office, seed: int) -> dict[str, pd.DataFrame]:
    """Invent the school: every table of the source systems by name, without a fault in it."""
    parts = iter(np.random.default_rng(seed).spawn(18))  # a part's own generator: a change in one leaves the others as they are
    unit = units.org_units()
    staff, students = people.staff(next(parts), unit), people.students(next(parts))
    users = people.hall_users(next(parts), staff, students)
    items = service_items(next(parts), CASES)
    hall = cases(next(parts), applications(next(parts), office, items=items, users=users), office=office, items=items, users=users)
    owner = items.set_index("id")["owner_unit"]
    accepted = hall.case[hall.case["id"].isin(hall.repair["case_id"]) & hall.case["accept_time"].notna()]
    frames = {
        "t_dw": unit,
        "t_jzg": staff,
        "t_xq": business.terms(),
        "t_xs": students,
        "t_jxb": business.classes(next(parts), staff),
        "cw_xm": business.projects(next(parts), staff),
        "wx_gd": business.repairs(next(parts), accepted, office.now),
        "hall_user": users,
        "hall_item": items,
        "hall_item_request": item_requests(next(parts), items),
        "hall_case": hall.case,
        "hall_task": hall.task,
        "hall_pause": hall.pause,
        "hall_rating": voices.ratings(next(parts), office, hall.case),
        "hall_consult": voices.consults(next(parts), office, hall.case, owner),
        "hall_complaint": voices.complaints(next(parts), office, hall.case, owner),
        "hall_login": voices.logins(next(parts), hall.case, users),
        "hall_form_leave": hall.leave,
        "hall_form_repair": hall.repair,
    }
    return frames | _safety(parts, office, frames)


def _safety(parts: Iterator[np.random.Generator], office: Office, frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Invent who may do what in the hall."""
    users, items, granted = frames["hall_user"], frames["hall_item"], safety.grants(frames["hall_user"])
    node = safety.nodes(items)
    return {
        "hall_account": safety.accounts(next(parts), office, users),
        "hall_grant": granted,
        "hall_filing": safety.filings(granted),
        "hall_move": safety.events(users),
        "hall_node": node,
        "hall_node_user": safety.handlers(node, items, users),
        "hall_item_change": safety.changes(items),
        "hall_export": safety.exports(next(parts)),
        "hall_rectify": safety.rectified(next(parts), office, frames["hall_rating"]),
    }
