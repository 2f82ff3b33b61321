"""What people say of the hall, and that they were there: ratings, consultations, complaints and logins."""

import hashlib

import numpy as np
import pandas as pd

from app.school.office import Office, Times

DEFAULT_SHARE = 0.82  # nobody rated; a week after closing the hall filled in five stars
CONSULTS, COMPLAINTS, LOGINS = 1900, 160, 60_000
LEVELS, LEVEL_SHARES = (5, 4, 3, 2, 1), (0.62, 0.22, 0.09, 0.04, 0.03)
TAGS = {5: "办理快", 4: "流程清楚", 3: "一般", 2: "等待久", 1: "多次退回"}
RESULTS, RESULT_SHARES = ("成功", "失败", "锁定"), (0.955, 0.042, 0.003)
DAY = 86400
BEGIN = np.datetime64("2025-09-01T00:00:00")


def ratings(rng: np.random.Generator, office: Office, case: pd.DataFrame) -> pd.DataFrame:
    """Return hall_rating: every closed case is rated, most of them by default."""
    closed = case[case["finish_time"].notna() & ~case["test_flag"]].reset_index(drop=True)
    count = len(closed)
    default = rng.random(count) < DEFAULT_SHARE
    delay = np.where(default, 7 * DAY, rng.integers(120, 6 * DAY, count)).astype("timedelta64[s]")
    level = np.where(default, 5, rng.choice(LEVELS, count, p=LEVEL_SHARES))
    spoke = ~default & (rng.random(count) < 0.3)
    rated = pd.DataFrame(
        {
            "id": closed["id"] + "-P",
            "case_id": closed["id"],
            "stars": level,
            "auto_flag": default,
            "anonymous": ~default & (rng.random(count) < 0.25),
            "tags": pd.Series(level).map(TAGS).where(spoke, None),
            "rate_time": closed["finish_time"].to_numpy() + delay,
            "channel": np.where(default, "系统", closed["channel"]),
            "text_hash": [
                hashlib.blake2b(text.encode(), digest_size=8).hexdigest() if said else None
                for text, said in zip(closed["id"], spoke, strict=True)
            ],
        }
    )
    return rated[rated["rate_time"] <= office.now].reset_index(drop=True)


def consults(rng: np.random.Generator, office: Office, case: pd.DataFrame, owner: "pd.Series[str]") -> pd.DataFrame:
    """Return hall_consult: questions about items, to be answered within two working days."""
    asked = case[case["submit_time"].notna()].sample(CONSULTS, random_state=rng).sort_values("submit_time")
    received = asked["submit_time"].to_numpy() - rng.integers(600, DAY, CONSULTS).astype("timedelta64[s]")
    answered = office.later(np.maximum(received, BEGIN), rng.exponential(15_000, CONSULTS).astype(np.int64) + 120)
    return _asked(office, "Z", asked["item_id"], owner, np.maximum(received, BEGIN), answered, limit=2)


def complaints(rng: np.random.Generator, office: Office, case: pd.DataFrame, owner: "pd.Series[str]") -> pd.DataFrame:
    """Return hall_complaint: complaints about closed cases, to be answered within five working days."""
    asked = case[case["finish_time"].notna() & (case["finish_time"] < office.now - np.timedelta64(12 * DAY, "s"))].sample(
        COMPLAINTS, random_state=rng
    )
    received = asked["finish_time"].to_numpy() + rng.integers(3600, 10 * DAY, COMPLAINTS).astype("timedelta64[s]")
    answered = office.later(received, rng.exponential(60_000, COMPLAINTS).astype(np.int64) + 600)
    told = _asked(office, "T", asked["item_id"], owner, received, answered, limit=5)
    told["verdict"] = pd.Series(rng.choice(["属实", "部分", "不属实"], COMPLAINTS, p=[0.3, 0.25, 0.45])).where(
        told["closed_at"].notna(), None
    )
    return told


def _asked(
    office: Office, letter: str, item: "pd.Series[str]", owner: "pd.Series[str]", received: Times, answered: Times, *, limit: int
) -> pd.DataFrame:
    count = len(received)
    due = office.due(received, np.full(count, limit))
    replied = np.where(answered <= office.now, answered, np.datetime64("NaT"))
    return pd.DataFrame(
        {
            "id": [f"{letter}{number:06}" for number in range(1, count + 1)],
            "item_id": item.to_numpy(),
            "unit_id": item.map(owner).to_numpy(),
            "received_at": received,
            "due_at": due,
            "answered_at": replied,
            "closed_at": replied,
            "verdict": None,
        }
    )


def logins(rng: np.random.Generator, case: pd.DataFrame, users: pd.DataFrame) -> pd.DataFrame:
    """Return hall_login: most logins shortly precede a submission; a few fail."""
    submitted = case[case["submit_time"].notna()]
    chosen = submitted.iloc[np.sort(rng.choice(len(submitted), LOGINS - 5000, replace=False))]
    uid = np.concatenate([chosen["uid"], users["uid"].to_numpy()[rng.integers(0, len(users), 5000)]])
    moment = np.concatenate([chosen["submit_time"].to_numpy(), BEGIN + rng.integers(DAY, 428 * DAY, 5000).astype("timedelta64[s]")])
    moment = np.maximum(moment - rng.integers(20, 900, LOGINS).astype("timedelta64[s]"), BEGIN)
    order = np.argsort(moment, kind="stable")
    uid, moment = uid[order], moment[order]
    client = rng.choice(["PC", "移动"], LOGINS, p=[0.28, 0.72])
    return pd.DataFrame(
        {
            "id": np.arange(1, LOGINS + 1),
            "login_time": moment,
            "uid": uid,
            "result": rng.choice(RESULTS, LOGINS, p=RESULT_SHARES),
            "auth": "统一认证",
            "ip_net": [f"10.{a}.{b}.0/24" for a, b in rng.integers(8, 40, (LOGINS, 2))],
            "geo_code": rng.choice(["370211", "370202", "370102"], LOGINS, p=[0.93, 0.05, 0.02]),
            "device": [f"{text[:8]}{kind}" for text, kind in zip(uid, np.where(client == "PC", "01", "02"), strict=True)],
            "client": client,
        }
    )
