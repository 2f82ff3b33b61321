"""Put the faults that the two reports must find into an invented school: a stuck step, one who left, what was not approved."""

from typing import Any

import numpy as np
import pandas as pd

from app.school.office import Office
from app.school.planted import PLANTED
from app.school.safety import ADMIN, CLERKS, HANDLER, clerks

Frames = dict[str, pd.DataFrame]
Rows = Any  # Any: labels of rows, of which pandas says less than it takes
WEEK = pd.Timedelta(days=7)


def _put(frame: pd.DataFrame, rows: Rows, **values: Any) -> None:  # Any: a moment, a word, none
    """Write values into the named columns of some rows."""
    for name, value in values.items():
        frame.loc[rows, name] = value


def plant_safety(frames: Frames, office: Office) -> None:
    """Change the frames in place; the numbers are those of PLANTED."""
    _over_the_holiday(frames)
    _leave(frames)
    _stuck(frames, office)
    _kept_roles(frames)
    _unfiled(frames)
    _unapproved(frames)
    _handlerless(frames)
    _accounts(frames)
    _devices(frames)
    _logins(frames)
    _careless(frames)
    _night(frames)


def _over_the_holiday(frames: Frames) -> None:
    """Cases of three days accepted on 29 September and closed on 9 October: on time by the calendar, late by weekdays."""
    case, task, rating = frames["hall_case"], frames["hall_task"], frames["hall_rating"]
    promise = case["item_id"].map(frames["hall_item"].set_index("id")["promise"])
    steps = case["id"].map(task.groupby("case_id").size())
    day = case["accept_time"].dt.normalize() == pd.Timestamp("2026-09-29")
    chosen = case.index[day & promise.eq(3).fillna(False) & (case["state"] == "已办结") & (steps == 4)][: PLANTED.over_the_holiday]
    at, closed = pd.Timestamp(PLANTED.holiday_accepted), pd.Timestamp("2026-10-09 15:00:00")
    times = {"submit_time": at - pd.Timedelta(hours=1), "accept_time": at, "finish_time": closed}
    _put(case, chosen, **times, deadline=pd.Timestamp("2026-10-10"), update_time=closed)
    mine = task[task["case_id"].isin(case.loc[chosen, "id"])]
    moments = [at - pd.Timedelta(hours=1), at, at + pd.Timedelta(hours=2), closed]
    for place, moment in enumerate(moments):
        rows = mine.index[mine["seq"] == place + 1]
        _put(task, rows, act_time=moment, open_time=moment, update_time=moment, arrive_time=moments[max(place - 1, 0)])
    rated = rating["case_id"].isin(case.loc[chosen, "id"])
    rating.loc[rated, "rate_time"] = closed + WEEK


def _leave(frames: Frames) -> None:
    """One left on 15 September, was reported on the 28th and lost the role on the 29th."""
    user, move, grant, filing = frames["hall_user"], frames["hall_move"], frames["hall_grant"], frames["hall_filing"]
    uid = leaver(frames)
    row = ("M9001", uid, PLANTED.left_unit, "离职", PLANTED.left_at, PLANTED.left_reported)
    frames["hall_move"] = pd.concat([move, _rows(move, [row])], ignore_index=True)
    held = ("G90001", uid, HANDLER, PLANTED.left_unit, "2025-09-03 10:00:00", PLANTED.left_disabled, "B90001")
    frames["hall_grant"] = pd.concat([grant, _rows(grant, [held])], ignore_index=True)
    filed = ("B90001", PLANTED.left_unit, uid, HANDLER, "2025-09-02 09:00:00", "2027-08-31")
    frames["hall_filing"] = pd.concat([filing, _rows(filing, [filed])], ignore_index=True)
    _put(user, user["uid"] == uid, state="离职", state_time=pd.Timestamp(PLANTED.left_at))


def leaver(frames: Frames) -> str:
    """Name the handler who left: the fifth of their unit, who handles nothing else."""
    staff = frames["hall_user"]
    mine = staff[(staff["kind"] == "教职工") & (staff["unit_id"] == PLANTED.left_unit)]
    return str(mine.sort_index().iloc[CLERKS + 8]["uid"])


def _stuck(frames: Frames, office: Office) -> None:
    """Cases wait at one step of one unit since long; the first of them on the desk of who left."""
    case, task = frames["hall_case"], frames["hall_task"]
    steps = task.groupby("case_id").size()
    waiting = task[task["action"].isna() & (task["node"] == PLANTED.stuck_node) & (task["case_id"].map(steps) == 3)]
    chosen = waiting[waiting["case_id"].isin(case.loc[case["deadline"].notna(), "id"])].tail(PLANTED.stuck_steps)
    staff, gone = clerks(frames["hall_user"]), leaver(frames)
    others = staff.loc[staff["unit_id"] == PLANTED.left_unit, "uid"]
    for place, (index, row) in enumerate(chosen.iterrows()):
        mine = place < PLANTED.open_tasks
        weeks = 8 if mine else 3  # whole weeks back: a working day stays one
        those = task.index[task["case_id"] == row["case_id"]]
        for name in ("arrive_time", "open_time", "act_time", "update_time"):
            task.loc[those, name] = task.loc[those, name] - weeks * WEEK
        one = case.index[case["id"] == row["case_id"]]
        for name in ("submit_time", "pre_time", "accept_time", "update_time", "deadline"):
            case.loc[one, name] = case.loc[one, name] - weeks * WEEK
        arrived = task.loc[[index], "arrive_time"].to_numpy().astype("datetime64[s]")
        due = office.due(arrived, np.array([2], dtype=np.int64))[0]
        _put(task, index, deadline=due, handler_unit=PLANTED.left_unit, handler=gone if mine else others.iloc[0])


def _kept_roles(frames: Frames) -> None:
    """Some who took another post in the summer keep their old role."""
    move, grant = frames["hall_move"], frames["hall_grant"]
    summer = move[(move["effective_at"] >= "2026-07-01") & (move["effective_at"] < "2026-09-01")]["uid"].head(PLANTED.kept_roles)
    grant.loc[grant["account_id"].isin(summer) & (grant["role"] == HANDLER), "revoked_at"] = pd.NaT


def _unfiled(frames: Frames) -> None:
    """Roles without a filing, with one that has run out, for another role, or for another unit."""
    grant, filing = frames["hall_grant"], frames["hall_filing"]
    held = grant.index[grant["revoked_at"].isna() & (grant["role"] == HANDLER) & ~grant["account_id"].isin(frames["hall_move"]["uid"])]
    first, second, third, fourth = PLANTED.unfiled, PLANTED.expired_filings, PLANTED.other_role, PLANTED.other_unit
    rest = list(held[10 : 10 + first + second + third + fourth])
    grant.loc[rest[:first], "filing_id"] = None
    filed = filing.set_index("id").index.get_indexer(grant.loc[rest[first:], "filing_id"])
    filing.loc[filed[:second], "valid_to"] = "2026-06-30"
    filing.loc[filed[second : second + third], "role"] = ADMIN
    filing.loc[filed[second + third :], "unit_id"] = "101"


def _unapproved(frames: Frames) -> None:
    """Items online without an approval, without a review; changes that nobody approved; great exports without a number."""
    request, item, change, export = (frames[name] for name in ("hall_item_request", "hall_item", "hall_item_change", "hall_export"))
    fresh = request[(request["kind"] == "online") & (request["office_decision"] == "同意")]
    fresh = fresh[fresh["item_id"].isin(item.loc[item["offline_at"].isna() & (item["online_at"] < "2026-06-01"), "id"])]
    _put(request, fresh.index[: PLANTED.unapproved_items], office_decision=None, office_decided_at=pd.NaT)
    plain = item.index[(item["kind"] == "网上办理") & item["offline_at"].isna() & (item["online_at"] < "2026-01-01")]
    _put(item, plain[20 : 20 + PLANTED.unreviewed_items], secret_state="未审查", secret_date=None)
    online = change[change["item_id"].isin(item.loc[plain, "id"])]
    newest = online.groupby("item_id").tail(1)
    last = newest.index[newest["version"] >= 3].to_numpy()
    _put(change, last[: PLANTED.unapproved_changes], approved_at=pd.NaT, effective_at=pd.Timestamp("2026-09-10 09:00:00"))
    gaps = last[PLANTED.unapproved_changes :][: PLANTED.version_gaps]
    _put(change, gaps, approved_at=pd.Timestamp("2026-09-11 09:00:00"), effective_at=pd.Timestamp("2026-09-12 09:00:00"))
    frames["hall_item_change"] = change.drop(index=list(gaps - 1)).reset_index(drop=True)
    great = export.index[(export["row_count"] >= 1000) & export["exported_at"].between("2026-08-01", "2026-08-31")]
    export.loc[great[: PLANTED.unapproved_exports], "approval"] = None


def _handlerless(frames: Frames) -> None:
    """Steps without a handler, with one whose time is over, or with the one who left alone."""
    user = frames["hall_node_user"]
    live = frames["hall_item"].loc[frames["hall_item"]["offline_at"].isna() & (frames["hall_item"]["online_at"] < "2026-01-01"), "id"]
    places = user[user["item_id"].isin(live)].groupby(["item_id", "seq"], sort=False).groups
    chosen = [list(rows) for rows in places.values()][30 : 30 + PLANTED.handlerless_steps]
    user.loc[chosen[1], "valid_to"] = "2026-06-30"
    user.loc[chosen[2], "uid"] = leaver(frames)
    frames["hall_node_user"] = user.drop([*chosen[0], *chosen[2][1:]]).reset_index(drop=True)


def _accounts(frames: Frames) -> None:
    """Weak and initial passwords by the identity platform's grade, accounts nobody uses, and local ones."""
    account = frames["hall_account"]
    used = account.index[(account["state"] == "启用") & (account["kind"] == "个人")]
    weak, first, unused = PLANTED.weak_passwords, PLANTED.initial_passwords, PLANTED.unused_accounts
    account.loc[used[100 : 100 + weak], "pwd_grade"] = "弱"
    account.loc[used[200 : 200 + first], "pwd_changed"] = pd.NaT
    account.loc[used[300 : 300 + unused], "last_login"] = pd.Timestamp("2026-03-02 09:00:00")
    account.loc[account.index[account["kind"] == "服务"][: PLANTED.local_accounts], "auth"] = "本地"


def _devices(frames: Frames) -> None:
    """One account was seen on four devices in a day."""
    login = frames["hall_login"]
    day = login.index[login["login_time"].dt.normalize() == pd.Timestamp("2026-09-10")][:4]
    login.loc[day, "uid"] = login.loc[day[0], "uid"]
    _put(login, day, result="成功", auth="统一认证", geo_code="370211")
    login.loc[day, "device"] = [f"planted{number}" for number in range(len(day))]


def _logins(frames: Frames) -> None:
    """Logins past the unified identity, passwords tried out on one account and on many, and a login of the one who left."""
    login, gone = frames["hall_login"], leaver(frames)
    late = login.index[(login["uid"] == gone) & (login["login_time"] >= PLANTED.left_at)]
    _put(login, late, uid=login["uid"].iloc[0])
    days = login[login["uid"] != gone].groupby(login["login_time"].dt.strftime("%Y-%m-%d")).groups
    _put(login, days["2026-09-14"][: PLANTED.local_logins], auth="本地", result="成功")
    for number in range(PLANTED.bursts):
        tried = days["2026-09-15"][5 * number : 5 * number + 5]
        at = login.loc[tried[0], "login_time"] + pd.to_timedelta(range(0, 10, 2), unit="min")
        _put(login, tried, uid=login.loc[tried[0], "uid"], login_time=at, result="失败")
    for number in range(PLANTED.sprayed):
        tried = login.loc[days[f"2026-09-{16 + number}"]].drop_duplicates("uid").index[:20]
        _put(login, tried, ip_net=f"10.99.{number}.0/24", result="失败")
    _put(login, days["2026-09-18"][: PLANTED.logins_after_leaving], uid=gone, result="成功")


def _careless(frames: Frames) -> None:
    """Approvals in seconds, of one's own case, and without one that was turned down."""
    case, task = frames["hall_case"].set_index("id"), frames["hall_task"]
    quarter = task["act_time"].between("2026-07-01", "2026-09-30 23:59:59") & task["action"].isin(["审核", "审批"])
    judged = task[quarter].sort_values(["handler", "act_time", "case_id", "seq"])
    hands = list(judged.groupby("handler").groups.values())
    for rows in [rows for rows in hands if 20 <= len(rows) < 200][: PLANTED.swift_handlers]:
        _put(task, rows[:20], open_time=task.loc[rows[:20], "act_time"] - pd.Timedelta(seconds=3))
    for rows in [rows for rows in hands if len(rows) >= 200][PLANTED.all_passing :]:
        _put(task, rows[0], result="不通过")
    for rows in [rows for rows in hands if len(rows) >= 200][: PLANTED.all_passing]:
        _put(task, rows, result="通过")
    unit = frames["hall_user"].set_index("uid")["unit_id"]
    applicant = judged["case_id"].map(case["uid"])
    own = judged[(judged["case_id"].map(case["user_kind"]) == "教职工") & (applicant.map(unit) == judged["handler_unit"])]
    own = own[own["handler"].isin([mine for mine, rows in judged.groupby("handler") if len(rows) < 20])][: PLANTED.own_approvals]
    _put(task, own.index, handler=applicant[own.index])


def _night(frames: Frames) -> None:
    """A case that came in the evening was accepted at three in the night."""
    case, task = frames["hall_case"], frames["hall_task"]
    day = task["act_time"].dt.normalize()
    early = task[(task["action"] == "受理") & (task["arrive_time"] < day) & (day >= "2026-09-01") & (day < "2026-09-30")]
    for index in early.index[: PLANTED.night_handlers]:
        at = day[index] + pd.Timedelta(hours=3)
        one, seq = task.loc[index, "case_id"], task.loc[index, "seq"]
        _put(task, index, act_time=at, open_time=at, update_time=at)
        _put(task, task.index[(task["case_id"] == one) & (task["seq"] == seq + 1)], arrive_time=at)
        _put(case, case.index[case["id"] == one], accept_time=at)


def _rows(like: pd.DataFrame, rows: list[tuple[object, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=like.columns)
    return frame.astype({name: kind for name, kind in like.dtypes.items() if kind.kind == "M"})
