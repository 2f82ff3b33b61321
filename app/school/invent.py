"""Make the sample school: the same seed gives the same rows, on any engine, on any day."""

import numpy as np
import pandas as pd

from app.school import business, people, units, voices
from app.school.cases import cases
from app.school.demand import applications
from app.school.items import item_requests, service_items
from app.school.office import Office, open_office
from app.school.planted import CLOCK
from app.school.planting import plant
from app.school.write import write
from catalog.campus import Catalog

CASES = 60_000


def generate(catalog: Catalog, *, seed: int = 2026) -> None:
    """Fill the source systems' tables with the sample school. The platform and the other targets stay as they are."""
    frames = school(open_office(catalog.calendars["china"], CLOCK), seed)
    plant(frames)
    write(catalog, frames)


def school(office: Office, seed: int) -> dict[str, pd.DataFrame]:
    """Invent the school: every table of the source systems by name, without a fault in it."""
    parts = iter(np.random.default_rng(seed).spawn(14))  # a part's own generator: a change in one leaves the others as they are
    unit = units.org_units()
    staff, students = people.staff(next(parts), unit), people.students(next(parts))
    users = people.hall_users(next(parts), staff, students)
    items = service_items(next(parts), CASES)
    hall = cases(next(parts), applications(next(parts), office, items=items, users=users), office=office, items=items, users=users)
    owner = items.set_index("id")["owner_unit"]
    accepted = hall.case[hall.case["id"].isin(hall.repair["case_id"]) & hall.case["accept_time"].notna()]
    return {
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
