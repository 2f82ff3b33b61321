"""Who asks for what, and when: a school's year of vacations, first weeks and holidays, evenings and weekends."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.school.office import Office, Times

FIRST, LAST = np.datetime64("2025-09-01"), np.datetime64("2026-11-04")
DAYS = np.arange(FIRST, LAST + 1)
VACATIONS = (("2026-01-18", "2026-03-01"), ("2026-07-12", "2026-08-30"))
BUSY = (  # the first weeks, the last weeks, and the days before the autumn holiday
    ("2025-09-08", "2025-09-26", 1.4),
    ("2025-09-28", "2025-09-30", 1.8),
    ("2025-12-22", "2026-01-16", 1.25),
    ("2026-03-02", "2026-03-20", 1.35),
    ("2026-06-15", "2026-07-10", 1.2),
    ("2026-09-07", "2026-09-24", 1.4),
    ("2026-09-28", "2026-09-30", 1.8),
)
# share of submissions in each hour of the day: evenings too
HOURS = np.array([5, 2, 1, 1, 1, 2, 8, 25, 62, 70, 66, 52, 44, 40, 58, 64, 60, 52, 44, 56, 66, 62, 44, 20], dtype=float)
CHANNELS, CHANNEL_SHARES = ("PC", "移动", "自助", "线下"), (0.25, 0.70, 0.04, 0.01)


def applications(rng: np.random.Generator, office: Office, *, items: pd.DataFrame, users: pd.DataFrame) -> pd.DataFrame:
    """Return a row a case in the order of submission: item (its row), uid, kind, unit, channel, submitted."""
    item = np.repeat(np.arange(len(items)), items["cases"])
    submitted = _submitted(rng, office, items, item)
    order = np.argsort(submitted, kind="stable")
    item, submitted = item[order], submitted[order]
    who = users.iloc[_applicants(rng, items["audience"].to_numpy()[item], submitted, users)]
    return pd.DataFrame(
        {
            "item": item,
            "uid": who["uid"].to_numpy(),
            "kind": who["kind"].to_numpy(),
            "unit": who["unit_id"].to_numpy(),
            "channel": rng.choice(CHANNELS, len(item), p=CHANNEL_SHARES),
            "submitted": submitted,
        }
    )


def _submitted(rng: np.random.Generator, office: Office, items: pd.DataFrame, item: NDArray[np.int64]) -> Times:
    """Draw a day by the item's season, within the item's life, and a second by the hour of the day."""
    day = np.empty(len(item), dtype=np.int64)
    month = (DAYS.astype("datetime64[M]").astype(int) % 12) + 1
    for (audience, months), group in items.groupby(["audience", items["months"].fillna("")], sort=True):
        mine = np.isin(item, group.index)
        weight = _weight(office, vacation=0.10 if audience == "学生" else 0.3)
        if months:
            weight = weight * np.isin(month, [int(text) for text in str(months).split(",")])
        reached = np.concatenate([[0.0], np.cumsum(weight)])
        low, high = (reached[_within(items, item[mine], name)] for name in ("online_at", "offline_at"))
        drawn = low + rng.random(int(mine.sum())) * (high - low)
        day[mine] = np.clip(np.searchsorted(reached, drawn, side="right") - 1, 0, len(DAYS) - 1)
    hour = rng.choice(24, len(item), p=HOURS / HOURS.sum())
    second = hour * 3600 + rng.integers(0, 3600, len(item))
    return np.asarray(DAYS[day].astype("datetime64[s]") + second.astype("timedelta64[s]"))


def _within(items: pd.DataFrame, item: NDArray[np.int64], name: str) -> NDArray[np.int64]:
    """Number the first or last day on which the case's item could be applied for."""
    default = FIRST if name == "online_at" else LAST + 1
    day = items[name].fillna(str(default)).to_numpy().astype("datetime64[D]")[item]
    return np.clip((day - FIRST).astype(np.int64), 0, len(DAYS))


def _weight(office: Office, *, vacation: float) -> NDArray[np.float64]:
    weekend = (DAYS.astype(int) + 3) % 7 > 4
    weight = np.where(weekend, 0.45, 1.0)
    for first, last in VACATIONS:
        weight[_between(first, last)] *= vacation
    for first, last, factor in BUSY:
        weight[_between(first, last)] *= factor
    return np.where(office.rests(DAYS) & ~weekend, weight * 0.2, weight)


def _between(first: str, last: str) -> NDArray[np.bool_]:
    return np.asarray((np.datetime64(first) <= DAYS) & (np.datetime64(last) >= DAYS))


def _applicants(rng: np.random.Generator, audience: NDArray[np.object_], moment: Times, users: pd.DataFrame) -> NDArray[np.int64]:
    """Pick a user's row: staff at work, or a student of the four grades then at school."""
    count = len(moment)
    staff = np.flatnonzero((users["kind"] == "教职工") & (users["state"] == "在校"))
    first_student, grade_size = int((users["kind"] == "教职工").sum()), int((users["kind"] == "学生").sum()) // 5
    grade = rng.integers(0, 4, count) + (moment >= np.datetime64("2026-08-01"))
    student = first_student + grade * grade_size + rng.integers(0, grade_size, count)
    by_student = np.where(audience == "学生", 1.0, np.where(audience == "教职工", 0.0, 0.8))
    return np.asarray(np.where(rng.random(count) < by_student, student, rng.choice(staff, count)), dtype=np.int64)
