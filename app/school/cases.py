"""The hall's cases as its tables hold them at the clock: cases, steps, pauses and the two forms that other systems need."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.school.life import ACTIONS, BY_APPLICANT, NEVER, NODES, Life, Step, live
from app.school.office import Mask, Office, Seconds, Times
from app.school.people import unit_then

HALL = "网上办事大厅"
CERTIFICATES = ("在读/成绩证明", "在职证明", "收入证明", "户籍证明")
LEAVES, LEAVE_SHARES = ("事假", "病假", "公假"), (0.62, 0.3, 0.08)
FAULTS, FAULT_SHARES = ("水电", "门窗家具", "空调", "网络", "其他"), (0.4, 0.25, 0.15, 0.12, 0.08)
BUILDINGS = (*(f"{n}号学生公寓" for n in range(1, 17)), "明德楼", "至善楼", "实训中心", "图书馆", "体育馆")
STATE_BEFORE = {  # of a case that waits for the step
    Step.ACCEPT: "已提交",
    Step.RETURN: "已受理",
    Step.AMEND: "待补正",
    Step.TRANSFER: "已受理",
    Step.CHECK: "已受理",
    Step.APPROVE: "办理中",
    Step.CLOSE: "办理中",
    Step.CLOSE_AGAIN: "办理中",
}
RESULTS = {Step.ACCEPT: "受理", Step.RETURN: "退回", Step.CHECK: "通过", Step.APPROVE: "通过", Step.CLOSE: "办结", Step.CLOSE_AGAIN: "办结"}


@dataclass(frozen=True, slots=True)
class Cases:
    """The hall's tables hall_case, hall_task, hall_pause, hall_form_leave and hall_form_repair."""

    case: pd.DataFrame
    task: pd.DataFrame
    pause: pd.DataFrame
    leave: pd.DataFrame
    repair: pd.DataFrame


def cases(
    rng: np.random.Generator, asked: pd.DataFrame, *, office: Office, items: pd.DataFrame, users: pd.DataFrame, first: int = 1
) -> Cases:
    """Let the cases live and write down what the hall knows of them at the clock. `first` numbers the first case."""
    asked = asked.assign(id=[f"A{number:08}" for number in range(first, first + len(asked))])
    mine = items.iloc[asked["item"].to_numpy()].reset_index(drop=True)
    life = live(rng, office, asked, items)
    task = _tasks(rng, office, asked, mine, life, users)
    pause = _pauses(asked, life, office.now)
    case = _cases(rng, office, asked, mine, life, task, pause)
    _turned_down(case, task)
    sent = case[~life.draft]
    leave, repair = (sent[(mine["name"] == name)[~life.draft]] for name in ("学生请假", "报修"))
    return Cases(case, task, pause, _leave(rng, leave), _repair(rng, repair))


def _tasks(
    rng: np.random.Generator, office: Office, asked: pd.DataFrame, mine: pd.DataFrame, life: Life, users: pd.DataFrame
) -> pd.DataFrame:
    """List the steps taken up to the clock, and of every unfinished case the one step that waits. `row` is the case's row in `asked`."""
    task = _dated(life, office.now)
    row, step = task["row"].to_numpy(), task["step"]
    waits = (task["act_time"] > office.now).to_numpy()
    by_applicant = step.isin(BY_APPLICANT).to_numpy()
    number = task.groupby("row").cumcount() + 1
    task["case_id"] = asked["id"].to_numpy()[row]
    task["id"] = task["case_id"] + "-" + number.astype(str).str.zfill(2)
    task["seq"] = number
    task["node"] = step.map(dict(enumerate(NODES)))
    task["action"] = step.map(dict(enumerate(ACTIONS))).mask(waits)
    unit = _units(step, asked.iloc[row], mine.iloc[row])
    task["handler_unit"] = unit_then(unit, task["arrive_time"]).mask(by_applicant)
    applicant = asked["uid"].take(row).set_axis(task.index)
    task["handler"] = _clerks(rng, unit, users, applicant).mask(by_applicant, applicant)
    opened = task["act_time"] - pd.to_timedelta(rng.integers(15, 900, len(task)), unit="s")
    task["open_time"] = opened.where(opened > task["arrive_time"], task["arrive_time"]).mask(waits)
    task["act_time"] = task["act_time"].mask(waits)
    promise = mine["promise"].fillna(0).to_numpy(dtype=np.int64)[row]
    limit = np.where(step == Step.ACCEPT, 1, -(-promise // 2))
    due = pd.Series(office.due(task["arrive_time"].to_numpy().astype("datetime64[s]"), limit))
    task["deadline"] = due.mask(by_applicant | (promise == 0))
    task["result"] = step.map(RESULTS).mask(life.refused[row] & (step == Step.ACCEPT), "不予受理").mask(waits)
    task["update_time"] = task["act_time"].fillna(task["arrive_time"])
    return task


def _dated(life: Life, now: np.datetime64) -> pd.DataFrame:
    """List each case's steps in order, each arriving when the one before was done (or a special procedure ended)."""
    step, row = np.nonzero(life.taken)
    task = pd.DataFrame({"row": row, "step": step, "act_time": life.at[step, row]}).sort_values(["row", "step"], ignore_index=True)
    arrived = task.groupby("row")["act_time"].shift().fillna(task["act_time"])
    special = pd.Series(life.special[task["row"].to_numpy()])
    task["arrive_time"] = arrived.mask((task["step"] == Step.APPROVE) & (special <= now), special)
    return task[task["arrive_time"] <= now].reset_index(drop=True)


def _units(step: "pd.Series[int]", asked: pd.DataFrame, mine: pd.DataFrame) -> "pd.Series[str]":
    """A leave is the college's own affair; whatever needs two approvals is checked by the applicant's unit first."""
    own = (mine["name"] == "学生请假").to_numpy() | ((mine["levels"] == 2).to_numpy() & (step == Step.CHECK).to_numpy())
    return asked["unit"].set_axis(step.index).where(own, mine["owner_unit"].set_axis(step.index))


def _clerks(rng: np.random.Generator, unit: "pd.Series[str]", users: pd.DataFrame, applicant: "pd.Series[str]") -> "pd.Series[str]":
    """Name the clerk: one of the first four of the unit's staff at work, and another where it would be the applicant."""
    clerks = users[(users["kind"] == "教职工") & (users["state"] == "在校")]
    pools = clerks[clerks.groupby("unit_id").cumcount() < 4].groupby("unit_id")["uid"].agg(list)
    place = pools.index.get_indexer(pd.Index(unit))
    staff, first = np.array(pools.to_list()), rng.choice(4, len(unit), p=[0.4, 0.3, 0.2, 0.1])
    chosen = np.where(staff[place, first] == applicant.to_numpy(), staff[place, (first + 1) % 4], staff[place, first])
    return pd.Series(chosen.tolist(), index=unit.index, dtype=str)


def _turned_down(case: pd.DataFrame, task: pd.DataFrame) -> None:
    """A case that was closed by 退回 was not passed by the last who judged it."""
    judged = task[task["action"].isin(["审核", "审批"])].drop_duplicates("case_id", keep="last")
    turned = judged["case_id"].isin(case.loc[case["finish_code"] == "1", "id"])
    task.loc[judged.index[turned], "result"] = "不通过"


def _pauses(asked: pd.DataFrame, life: Life, now: np.datetime64) -> pd.DataFrame:
    """The clock of a case stands from 退回 to 补正, and during a special procedure."""
    at, taken = life.at, life.taken
    special = taken[Step.CHECK] & ~np.isnat(life.special)
    parts = [
        _pause(asked, taken[Step.RETURN], at[Step.RETURN], at[Step.AMEND], now).assign(kind="补正", reason="01"),
        _pause(asked, special, at[Step.CHECK], life.special, now).assign(kind="特别程序", reason="11"),
    ]
    return pd.concat(parts, ignore_index=True)


def _pause(asked: pd.DataFrame, paused: Mask, start: Times, end: Times, now: np.datetime64) -> pd.DataFrame:
    row = np.flatnonzero(paused & (start <= now))
    ended = np.where(end <= now, end, NEVER)[row]
    return pd.DataFrame({"row": row, "case_id": asked["id"].to_numpy()[row], "start_time": start[row], "end_time": ended})


def _cases(
    rng: np.random.Generator,
    office: Office,
    asked: pd.DataFrame,
    mine: pd.DataFrame,
    life: Life,
    task: pd.DataFrame,
    pause: pd.DataFrame,
) -> pd.DataFrame:
    count, at = len(asked), life.at
    done = life.taken & (at <= office.now)
    accepted = np.where(done[Step.ACCEPT] & ~life.refused, at[Step.ACCEPT], NEVER)
    reopened = done[Step.REOPEN] & ~done[Step.CLOSE_AGAIN]
    closed_once = np.where(done[Step.CLOSE] & ~reopened, at[Step.CLOSE], NEVER)
    closed = np.where(done[Step.CLOSE_AGAIN], at[Step.CLOSE_AGAIN], closed_once)
    paused = _pause_days(office, pause, count)
    answer = pd.Series(np.where(life.refused, "不予受理", "受理"))
    return pd.DataFrame(
        {
            "id": asked["id"],
            "serial_no": "WB" + asked["submitted"].dt.strftime("%Y%m%d") + asked["id"].str[3:],
            "item_id": mine["id"],
            "item_ver": mine["version"],
            "uid": asked["uid"],
            "user_kind": asked["kind"],
            "channel": asked["channel"],
            "submit_time": np.where(life.draft, NEVER, at[Step.SUBMIT]),
            "pre_time": np.where((mine["levels"] == 2) & ~np.isnat(accepted), _halfway(at[Step.SUBMIT], at[Step.ACCEPT]), NEVER),
            "accept_time": accepted,
            "accept_result": answer.where(done[Step.ACCEPT]),
            "deadline": _deadline(office, accepted, mine["promise"], paused),
            "deadline_open": False,
            "finish_time": closed,
            "finish_code": _codes(rng, mine["name"]).mask(np.isnat(closed)),
            "state": _states(life, done, closed, task, office.now),
            "back_times": done[Step.RETURN].astype(int),
            "transfer_times": done[Step.TRANSFER].astype(int),
            "redo_times": done[Step.REOPEN].astype(int),
            "pause_days": paused,
            "test_flag": life.test,
            "origin": mine["outer_system"].fillna(HALL),
            "update_time": task.groupby("row")["update_time"].max().reindex(range(count)).fillna(asked["submitted"]),
        }
    )


def _halfway(start: Times, end: Times) -> Times:
    return np.asarray(start + ((end - start).astype(np.int64) // 2).astype("timedelta64[s]"))


def _codes(rng: np.random.Generator, name: "pd.Series[str]") -> "pd.Series[str]":
    """办结, or a certificate issued (0); a few closed by 退回 (1) or passed on (4)."""
    drawn = pd.Series(rng.choice(["6", "1", "4"], len(name), p=[0.975, 0.02, 0.005]))
    return drawn.mask(name.isin(CERTIFICATES), "0")


def _deadline(office: Office, accepted: Times, promise: "pd.Series[int]", paused: Seconds) -> Times:
    """24:00 of the N-th working day after acceptance, later by the working days that the clock stood."""
    due = np.full(len(accepted), NEVER)
    bound = ~np.isnat(accepted) & promise.notna().to_numpy()
    due[bound] = office.due(accepted[bound], promise.fillna(0).to_numpy(dtype=np.int64)[bound] + paused[bound])
    return due


def _pause_days(office: Office, pause: pd.DataFrame, count: int) -> Seconds:
    ended = pause[pause["end_time"].notna()]
    start, end = (ended[name].to_numpy().astype("datetime64[s]") for name in ("start_time", "end_time"))
    return np.bincount(ended["row"], weights=office.between(start, end), minlength=count).astype(np.int64)


def _states(life: Life, done: Mask, closed: Times, task: pd.DataFrame, now: np.datetime64) -> "pd.Series[str]":
    waiting = task[task["action"].isna()].set_index("row")["step"].map(STATE_BEFORE)
    state = waiting.reindex(range(len(closed)))
    state = state.mask(done[Step.CHECK] & ~done[Step.CLOSE] & (life.special > now), "特别程序")
    state = state.mask(~np.isnat(closed), "已办结").mask(life.refused & done[Step.ACCEPT], "不予受理")
    return state.mask(done[Step.WITHDRAW], "已撤回").mask(done[Step.VOID], "已作废").mask(life.draft, "草稿")


def _leave(rng: np.random.Generator, case: pd.DataFrame) -> pd.DataFrame:
    count = len(case)
    start = case["submit_time"].to_numpy().astype("datetime64[D]") + rng.integers(0, 4, count)
    days = rng.choice([1, 2, 3, 5, 7], count, p=[0.5, 0.25, 0.13, 0.08, 0.04])
    half = (days == 1) & (rng.random(count) < 0.3)
    return pd.DataFrame(
        {
            "case_id": case["id"].to_numpy(),
            "leave_type": rng.choice(LEAVES, count, p=LEAVE_SHARES),
            "leave_from": start.astype(str),
            "leave_to": (start + days - 1).astype(str),
            "days": np.where(half, "0.5", days.astype(str)),
        }
    )


def _repair(rng: np.random.Generator, case: pd.DataFrame) -> pd.DataFrame:
    count = len(case)
    room = rng.integers(1, 7, count) * 100 + rng.integers(1, 40, count)
    return pd.DataFrame(
        {
            "case_id": case["id"].to_numpy(),
            "fault_type": rng.choice(FAULTS, count, p=FAULT_SHARES),
            "building": rng.choice(BUILDINGS, count),
            "room": room.astype(str),
            "urgency": rng.choice(["一般", "紧急"], count, p=[0.9, 0.1]),
        }
    )
