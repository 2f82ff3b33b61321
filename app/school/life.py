"""The life of a case: which steps it takes, and when, up to the sample's clock. Clerks act in office hours, applicants at any hour.

提交 → 受理 → [退回 → 补正] → [转办] → 审核 → 审批 → 办结 → [重办 → 办结]          撤回 or 作废 cuts it short
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.school.office import DAY, Mask, Office, Seconds, Times


class Step(IntEnum):
    """What can be done to a case, in the order in which it is done."""

    SUBMIT, ACCEPT, RETURN, AMEND, TRANSFER, CHECK, APPROVE, CLOSE, REOPEN, CLOSE_AGAIN, WITHDRAW, VOID = range(12)


ACTIONS = ("提交", "受理", "退回", "补正", "转办", "审核", "审批", "办结", "重办", "办结", "撤回", "作废")
NODES = ("提交申请", "受理", "审查材料", "补充材料", "转交办理", "部门审核", "审批", "办结", "申请重办", "办结", "申请人撤回", "作废")
BY_APPLICANT = (Step.SUBMIT, Step.AMEND, Step.REOPEN, Step.WITHDRAW)
SLOW = {"108": 1.7, "107": 1.2, "112": 1.3, "305": 1.25}  # units whose clerks take longer
# the share of the whole work that is done when a step is taken, by the number of approvals
WORK: dict[Step, tuple[float, float, float]] = {
    Step.RETURN: (0.1, 0.2, 0.15),
    Step.TRANSFER: (0.1, 0.1, 0.1),
    Step.CHECK: (0.0, 0.6, 0.35),
    Step.APPROVE: (0.0, 0.0, 0.35),
    Step.CLOSE: (1.0, 0.3, 0.2),
}
NEVER = np.datetime64("NaT", "s")


@dataclass(frozen=True, slots=True)
class Life:
    """What befell every case: for each of the twelve steps, whether it is taken and when; pauses for special procedures; refusals."""

    taken: NDArray[np.bool_]  # (steps, cases)
    at: NDArray[np.datetime64]  # (steps, cases)
    special: Times  # when a special procedure ended; NaT where there was none
    draft: Mask
    test: Mask
    refused: Mask


def live(rng: np.random.Generator, office: Office, asked: pd.DataFrame, items: pd.DataFrame) -> Life:
    """Let every case live its life, beyond the clock too."""
    count = len(asked)
    mine = items.iloc[asked["item"].to_numpy()]
    levels, promise = mine["levels"].to_numpy(), mine["promise"].fillna(-1).to_numpy().astype(np.int64)

    def some(share: float | NDArray[np.float64]) -> Mask:
        return np.asarray(rng.random(count) < share)

    draft, test = some(0.004), some(0.002)
    refused = some(0.01) & (levels > 0)
    taken = np.zeros((12, count), dtype=bool)
    taken[Step.SUBMIT] = taken[Step.ACCEPT] = ~draft
    taken[Step.RETURN] = taken[Step.AMEND] = some(mine["returned"].to_numpy(dtype=float))
    taken[Step.TRANSFER] = some(0.012) & (levels > 0)
    taken[Step.CHECK], taken[Step.APPROVE], taken[Step.CLOSE] = levels > 0, levels > 1, True
    taken[Step.REOPEN] = taken[Step.CLOSE_AGAIN] = some(0.004)
    taken[Step.RETURN :] &= ~(draft | refused)
    work = _work(rng, promise, np.asarray(mine["owner_unit"].map(SLOW).fillna(1.0), dtype=np.float64))
    at = np.full((12, count), NEVER)
    at[Step.SUBMIT] = asked["submitted"].to_numpy()
    wait = np.where(levels == 0, rng.exponential(300, count), rng.exponential(4500, count) * np.where(some(0.03), 8, 1))
    at[Step.ACCEPT] = office.later(at[Step.SUBMIT], wait.astype(np.int64) + 20)
    special = some(0.02) & taken[Step.APPROVE]
    resumed = np.full(count, NEVER)
    moment = at[Step.ACCEPT]
    for step in (Step.RETURN, Step.AMEND, Step.TRANSFER, Step.CHECK, Step.APPROVE, Step.CLOSE):
        moment = np.where(taken[step], _next(rng, office, step, moment, work, levels), moment)
        at[step] = moment
        if step == Step.CHECK:
            resumed = np.where(special, office.later(moment, rng.integers(3, 9, count) * DAY), NEVER)
            moment = np.where(special, resumed, moment)
    at[Step.REOPEN] = at[Step.CLOSE] + rng.integers(3600, 5 * 86400, count).astype("timedelta64[s]")
    at[Step.CLOSE_AGAIN] = office.later(np.minimum(at[Step.REOPEN], office.now), rng.integers(1800, 2 * DAY, count))
    taken[Step.REOPEN :] &= at[Step.REOPEN] <= office.now
    _break_off(rng, taken, at, some(0.03), some(0.004) | test, office.now)
    return Life(taken, at, np.where(taken[Step.CHECK], resumed, NEVER), draft, test & ~draft, refused & taken[Step.ACCEPT])


def _work(rng: np.random.Generator, promise: Seconds, slow: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draw the office seconds from acceptance to closing: minutes for 即办件, mostly within the promise for others, a few stuck."""
    count = len(promise)
    whole = np.where(promise < 0, 2.5, promise) * DAY * rng.lognormal(-0.98, 0.6, count) * slow
    at_once = rng.lognormal(np.log(240), 0.9, count)
    stuck = np.where(rng.random(count) < 0.004, 25.0, 1.0)
    return np.asarray(np.minimum(np.where(promise == 0, at_once, whole) * stuck, 30 * DAY))


def _next(rng: np.random.Generator, office: Office, step: Step, moment: Times, work: NDArray[np.float64], levels: Seconds) -> Times:
    """Return when a step follows the moment: an applicant amends within days, a clerk after a share of the work."""
    if step == Step.AMEND:
        wait = rng.lognormal(np.log(14 * 3600), 1.0, len(moment)).astype(np.int64) + 300
        return np.asarray(moment + wait.astype("timedelta64[s]"))
    return office.later(moment, (np.array(WORK[step])[levels] * work).astype(np.int64) + 15)


def _break_off(rng: np.random.Generator, taken: Mask, at: Times, withdrawn: Mask, voided: Mask, now: np.datetime64) -> None:
    """Cut withdrawn and voided cases short, a third of them before they were accepted."""
    count = taken.shape[1]
    early = rng.random(count) < 0.35
    accepted = taken[Step.ACCEPT] & ~early
    start = np.where(accepted, at[Step.ACCEPT], at[Step.SUBMIT])
    following = np.where(
        accepted,
        np.where(taken[Step.RETURN], at[Step.RETURN], np.where(taken[Step.CHECK], at[Step.CHECK], at[Step.CLOSE])),
        at[Step.ACCEPT],
    )
    share = rng.uniform(0.05, 0.9, count)
    moment = start + ((following - start).astype(np.int64) * share).astype("timedelta64[s]")
    broken = taken[Step.CLOSE] & (withdrawn | voided) & (moment <= now)
    taken[Step.RETURN :] &= ~broken
    taken[Step.ACCEPT] &= ~(broken & early)
    taken[Step.WITHDRAW], taken[Step.VOID] = broken & ~voided, broken & voided
    at[Step.WITHDRAW] = at[Step.VOID] = moment
