"""Who may do what in the hall: accounts, roles and their filings, people who moved on, the handlers of every step, exports, changes.

Without a fault: every role is filed, whoever moves on is reported within two working days and loses the old role a day later.
"""

import numpy as np
import pandas as pd

from app.school.office import Office
from app.school.units import INFORMATION, MERGED, RENAMED

CLERKS = 4  # the first of each unit's staff at work handle its cases; the next may have moved on
HANDLER, ADMIN = "办理人", "部门管理员"
SERVICES = ("svc-sync", "svc-print", "svc-sign")
MOVED_ON = ("103", "104", "105", "201", "202", "203")  # units from which somebody moved on, once a month since May
NODES = ("受理", "部门审核", "办结")
DAY = np.timedelta64(86400, "s")


def clerks(users: pd.DataFrame) -> pd.DataFrame:
    """Return the handlers of each unit, and the one who may have moved on, with their place in the unit."""
    staff = users[(users["kind"] == "教职工") & (users["state"] == "在校") & ~users["unit_id"].isin([RENAMED, MERGED])]
    place = staff.groupby("unit_id").cumcount()
    return staff.assign(place=place)[place <= CLERKS].reset_index(drop=True)


def accounts(rng: np.random.Generator, office: Office, users: pd.DataFrame) -> pd.DataFrame:
    """Return hall_account: one a person through the unified identity, and three of services."""
    count = len(users)
    staff = clerks(users)
    admins = set(staff.loc[staff["unit_id"] == INFORMATION, "uid"])
    gone = (users["state"] != "在校").to_numpy()
    never = np.datetime64("NaT", "s")
    kind = np.where(users["uid"].isin(admins), "管理员", "个人")
    people = pd.DataFrame(
        {
            "account_id": users["uid"],
            "person": users["uid"],
            "kind": kind,
            "auth": "统一认证",
            "state": np.where(gone, "停用", "启用"),
            "created_at": np.datetime64("2025-09-01T07:00:00"),
            "disabled_at": np.where(gone, users["state_time"].to_numpy().astype("datetime64[s]"), never),
            "last_login": office.now - rng.integers(0, 30 * 86400, count).astype("timedelta64[s]"),
            "pwd_grade": rng.choice(["强", "中"], count, p=[0.7, 0.3]),
            "pwd_changed": office.now - rng.integers(40 * 86400, 80 * 86400, count).astype("timedelta64[s]"),
            "mfa": kind == "管理员",
        }
    )
    services = people.head(len(SERVICES)).assign(account_id=SERVICES, person=None, kind="服务", state="启用", disabled_at=never, mfa=False)
    return pd.concat([people, services], ignore_index=True)


def grants(users: pd.DataFrame) -> pd.DataFrame:
    """Return hall_grant: the handlers of each unit, and its administrator; one who moves on loses the role the day after the report."""
    staff = clerks(users)
    admins = staff[staff["place"] == 0].assign(role=ADMIN)
    held = pd.concat([staff.assign(role=HANDLER), admins], ignore_index=True)
    held = held[(held["place"] < CLERKS) | held["unit_id"].isin(MOVED_ON)].reset_index(drop=True)
    left = events(users).set_index("uid")["reported_at"] + pd.Timedelta(days=1)
    number = pd.Series(range(1, len(held) + 1)).astype(str).str.zfill(5)
    return pd.DataFrame(
        {
            "id": "G" + number,
            "account_id": held["uid"],
            "role": held["role"],
            "unit_id": held["unit_id"],
            "granted_at": pd.Timestamp("2025-09-03 10:00:00"),
            "revoked_at": held["uid"].map(left),
            "filing_id": "B" + number,
        }
    )


def filings(granted: pd.DataFrame) -> pd.DataFrame:
    """Return hall_filing: a filing stands behind every role."""
    return pd.DataFrame(
        {
            "id": granted["filing_id"],
            "unit_id": granted["unit_id"],
            "person": granted["account_id"],
            "role": granted["role"],
            "filed_at": pd.Timestamp("2025-09-02 09:00:00"),
            "valid_to": "2027-08-31",
        }
    )


def events(users: pd.DataFrame) -> pd.DataFrame:
    """Return hall_move: in each of six units somebody took another post, reported the next working day."""
    staff = clerks(users)
    moved = staff[(staff["place"] == CLERKS) & staff["unit_id"].isin(MOVED_ON)].reset_index(drop=True)
    effective = pd.to_datetime([f"2026-{month:02}-{day:02}" for month, day in ((5, 12), (6, 9), (7, 7), (8, 11), (9, 8), (10, 13))])
    return pd.DataFrame(
        {
            "id": [f"M{number:04}" for number in range(1, len(moved) + 1)],
            "uid": moved["uid"],
            "unit_id": moved["unit_id"],
            "kind": "调岗",
            "effective_at": effective,
            "reported_at": effective + pd.Timedelta(days=1, hours=9),
        }
    )


def nodes(items: pd.DataFrame) -> pd.DataFrame:
    """Return hall_node: the steps of every item that is handled online."""
    online = items[(items["kind"] == "网上办理") & (items["secret_state"] != "涉密")]
    frame = online[["id"]].rename(columns={"id": "item_id"}).merge(pd.DataFrame({"seq": range(1, 4), "name": NODES}), how="cross")
    return frame.assign(id=frame["item_id"] + "-" + frame["seq"].astype(str))


def handlers(node: pd.DataFrame, items: pd.DataFrame, users: pd.DataFrame) -> pd.DataFrame:
    """Return hall_node_user: the first two handlers of the item's unit stand at each of its steps."""
    owner = items.set_index("id")["owner_unit"]
    staff = clerks(users)
    pools = staff[staff["place"] < 2].groupby("unit_id")["uid"].agg(list)
    frame = node.assign(uid=node["item_id"].map(owner).map(pools)).explode("uid", ignore_index=True)
    frame["id"] = frame["id"] + "-" + (frame.groupby("id").cumcount() + 1).astype(str)
    return frame.assign(valid_to=None)[["id", "item_id", "seq", "uid", "valid_to"]]


def changes(items: pd.DataFrame) -> pd.DataFrame:
    """Return hall_item_change: each version of an item, approved two days before it holds."""
    shown = items[items["secret_state"] != "涉密"]
    frame = shown.loc[shown.index.repeat(shown["version"])].reset_index(drop=True)
    version = frame.groupby("id").cumcount() + 1
    effective = pd.to_datetime(frame["online_at"]) + pd.to_timedelta((version - 1) * 30, unit="D")
    return pd.DataFrame(
        {
            "id": frame["id"] + "-v" + version.astype(str),
            "item_id": frame["id"],
            "version": version,
            "fields": "办理材料,办理流程",
            "approved_at": effective - pd.Timedelta(days=2),
            "effective_at": effective,
        }
    )


def exports(rng: np.random.Generator) -> pd.DataFrame:
    """Return hall_export: three a week, the great ones approved."""
    count = 180
    rows = rng.integers(20, 4000, count)
    moment = np.datetime64("2025-09-01T10:00:00") + np.arange(count) * 2 * DAY
    return pd.DataFrame(
        {
            "id": [f"E{number:05}" for number in range(1, count + 1)],
            "unit_id": rng.choice(["101", "102", "104", "105"], count),
            "exported_at": moment,
            "row_count": rows,
            "approval": pd.Series([f"OA-{number:04}" for number in range(count)]).where(rows >= 1000, None),
        }
    )


def rectified(rng: np.random.Generator, office: Office, rating: pd.DataFrame) -> pd.DataFrame:
    """Return hall_rectify: every bad rating is to be looked into within five working days, and is within three."""
    bad = rating[(rating["stars"] <= 2) & ~rating["auto_flag"]].reset_index(drop=True)
    given = bad["rate_time"].to_numpy().astype("datetime64[s]")
    done = office.later(given, rng.integers(3600, 3 * 25_200, len(bad)))
    called = office.later(given, rng.integers(600, 25_200, len(bad)))
    named = (~bad["anonymous"]).to_numpy() & (called <= office.now)
    never = np.datetime64("NaT", "s")
    return pd.DataFrame(
        {
            "rating_id": bad["id"],
            "due_at": office.due(given, np.full(len(bad), 5)),
            "result": rng.choice(["属实", "误评"], len(bad), p=[0.8, 0.2]),
            "rectified_at": np.where(done <= office.now, done, never),
            "called_at": np.where(named, called, never),
        }
    )
