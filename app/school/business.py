"""What the business systems hold besides people: terms and classes, funded projects, and the progress of repairs."""

import numpy as np
import pandas as pd

from app.school.units import TEACHING_COLLEGES

TERMS = (
    ("2024-2025-2", "2024-2025学年第二学期", "2025-02-17", "2025-08-31", "2025-02-24", "2025-07-04", "2025-07-05"),
    ("2025-2026-1", "2025-2026学年第一学期", "2025-09-01", "2026-02-27", "2025-09-08", "2026-01-16", "2026-01-17"),
    ("2025-2026-2", "2025-2026学年第二学期", "2026-02-28", "2026-08-30", "2026-03-02", "2026-07-10", "2026-07-11"),
    ("2026-2027-1", "2026-2027学年第一学期", "2026-08-31", "2027-02-21", "2026-09-07", "2027-01-15", "2027-01-16"),
)
COURSES = "高等数学 大学英语 线性代数 程序设计基础 工程制图 管理学 会计基础 设计素描 学前心理学 基础护理 船舶概论 综合英语 视听语言"
PROJECTS = "教学改革研究 实验室建设 校企合作课程 学科平台建设 青年教师培养 横向技术服务 图书资源建设 校园基础设施维修"
TEAMS = ("水电组", "木工组", "空调组", "网络组")
CLASSES, FUNDED = 2400, 640


def terms() -> pd.DataFrame:
    """Return t_xq."""
    return pd.DataFrame(TERMS, columns=["XNXQDM", "XNXQMC", "KSRQ", "JSRQ", "SKRQ", "KSJSRQ", "FJRQ"])


def classes(rng: np.random.Generator, teachers: pd.DataFrame) -> pd.DataFrame:
    """Return t_jxb: the classes of four terms, taught by staff of the college."""
    taught = teachers[teachers["DQZT"].eq("在职") & teachers["SZDW"].isin(TEACHING_COLLEGES)]
    chosen = taught.iloc[rng.integers(0, len(taught), CLASSES)].reset_index(drop=True)
    term = pd.Series(np.repeat([row[0] for row in TERMS], CLASSES // len(TERMS)))
    return pd.DataFrame(
        {
            "JXBH": "(" + term + ")-" + pd.Series(range(1, CLASSES + 1)).astype(str).str.zfill(5),
            "XNXQDM": term,
            "KCMC": rng.choice(COURSES.split(), CLASSES),
            "KKDW": chosen["SZDW"],
            "RKJSH": chosen["GH"],
            "RS": rng.integers(18, 121, CLASSES),
            "ZXS": rng.choice(["2.0", "3.0", "4.0", "1.5"], CLASSES),
        }
    )


def projects(rng: np.random.Generator, teachers: pd.DataFrame) -> pd.DataFrame:
    """Return cw_xm: budgets and what was spent of them, to the cent."""
    leaders = teachers[teachers["DQZT"] == "在职"]
    chosen = leaders.iloc[rng.integers(0, len(leaders), FUNDED)].reset_index(drop=True)
    budget = rng.integers(5_000_00, 900_000_00, FUNDED)
    spent = (budget * rng.random(FUNDED)).astype(np.int64)
    return pd.DataFrame(
        {
            "XMBH": [f"XM{2025 + n % 2}{n:04}" for n in range(1, FUNDED + 1)],
            "XMMC": rng.choice(PROJECTS.split(), FUNDED),
            "BMBH": chosen["SZDW"],
            "FZRGH": chosen["GH"],
            "YSJE": [f"{cents / 100:.2f}" for cents in budget],
            "ZCJE": [f"{cents / 100:.2f}" for cents in spent],
            "XMZT": rng.choice(["在研", "结题"], FUNDED, p=[0.8, 0.2]),
            "GXSJ": np.datetime64("2025-09-01T09:00:00") + rng.integers(0, 425 * 86400, FUNDED),
        }
    )


def repairs(rng: np.random.Generator, orders: pd.DataFrame, now: np.datetime64) -> pd.DataFrame:
    """Return wx_gd for accepted repair cases (id, accept_time, finish_time): dispatched an hour later, done when the case was closed."""
    count = len(orders)
    accepted, finished = orders["accept_time"].to_numpy(), orders["finish_time"].to_numpy()
    dispatched = accepted + rng.integers(600, 5400, count).astype("timedelta64[s]")
    dispatched = np.where(dispatched < np.where(np.isnat(finished), now, finished), dispatched, accepted)
    done = ~np.isnat(finished)
    waiting = ~done & (rng.random(count) < 0.4)
    state = np.where(done, np.where(rng.random(count) < 0.02, "无法修复", "已完工"), np.where(waiting, "待派工", "维修中"))
    never = np.datetime64("NaT")
    return pd.DataFrame(
        {
            "DTBH": orders["id"].to_numpy(),
            "ZT": state,
            "BZ": rng.choice(TEAMS, count),
            "PGSJ": np.where(waiting, never, dispatched),
            "WGSJ": finished,
            "CLF": [f"{cents / 100:.2f}" if cost else None for cents, cost in zip(rng.integers(0, 40_000, count), done, strict=True)],
            "GXSJ": np.where(done, finished, np.where(waiting, accepted, dispatched)),
        }
    )
