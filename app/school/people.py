"""Staff, students and the hall's accounts. Every name is put together by chance from lists of characters."""

import hashlib

import numpy as np
import pandas as pd

from app.school.units import MERGED, MERGED_INTO, MERGED_ON, RENAMED, RENAMED_ON, RENAMED_TO, TEACHING_COLLEGES

STAFF, STUDENTS_A_GRADE = 1286, 240
SURNAMES = np.array([*"王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎", "欧阳"])
FIRST = np.array(list("嘉子雨思文志海建晓明春秋永国世宇佳若欣梓浩俊立新承安景玉清云"))
SECOND = np.array(["", *"然轩涵怡博杰伟强敏静丽军洋勇艳娟涛磊超霞平刚桂英华兰峰宁琳楠"])
MAJORS = {
    "201": "机械设计制造及其自动化 机器人工程",
    "202": "计算机科学与技术 数据科学与大数据技术",
    "203": "土木工程 工程造价",
    "204": "会计学 市场营销",
    "205": "视觉传达设计 环境设计",
    "206": "学前教育 小学教育",
    "207": "护理学 康复治疗学",
    "208": "轮机工程 航海技术",
    "209": "英语 朝鲜语",
    "210": "广播电视编导 播音与主持艺术",
}
GRADES = (2022, 2023, 2024, 2025, 2026)


def staff(rng: np.random.Generator, units: pd.DataFrame) -> pd.DataFrame:
    """Return t_jzg: colleges and libraries hold most of the 1,286 teachers and clerks."""
    living = units.loc[units["CXRQ"].isna(), ["DWH", "DWLB"]]
    weight = living["DWLB"].map({"职能": 1.0, "学院": 5.0, "教辅": 1.5}).to_numpy(dtype=float)
    year = rng.integers(1996, 2027, STAFF)
    unit = np.concatenate([np.repeat(living["DWH"], 4), rng.choice(living["DWH"], STAFF - 4 * len(living), p=weight / weight.sum())])
    state = rng.choice(["在职", "退休", "离职"], STAFF, p=[0.93, 0.05, 0.02])
    state[: 4 * len(living)] = "在职"
    born = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]") - rng.integers(23 * 365, 33 * 365, STAFF)
    changed = np.datetime64("2025-09-01T08:30:00") + rng.integers(0, 425 * 86400, STAFF)
    return pd.DataFrame(
        {
            "GH": [f"{y}{n:04}" for n, y in enumerate(year, 1)],
            "XM": _names(rng, STAFF),
            "XB": rng.choice(["男", "女", "未说明"], STAFF, p=[0.46, 0.535, 0.005]),
            "SZDW": unit,
            "DQZT": state,
            "CSRQ": born.astype(str),
            "GZ": [f"{cents / 100:.2f}" for cents in rng.integers(420_000, 1_650_000, STAFF)],
            "updated_at": changed,
        }
    )


def students(rng: np.random.Generator) -> pd.DataFrame:
    """Return t_xs: five grades of ten colleges, the eldest graduated in 2026."""
    frame = pd.MultiIndex.from_product([GRADES, TEACHING_COLLEGES, range(1, STUDENTS_A_GRADE + 1)], names=["NJ", "YXDM", "n"]).to_frame(
        index=False
    )
    number = frame.pop("n")
    count, grade = len(frame), frame["NJ"].astype(str)
    frame["XH"] = grade + frame["YXDM"] + number.astype(str).str.zfill(3)
    frame["XM"] = _names(rng, count)
    frame["XBDM"] = rng.choice(["M", "F", "U"], count, p=[0.45, 0.548, 0.002])
    major = frame["YXDM"].map({college: names.split() for college, names in MAJORS.items()})
    frame["ZYMC"] = [names[n % len(names)] for names, n in zip(major, number, strict=True)]
    state = rng.choice(["在读", "休学", "退学"], count, p=[0.985, 0.01, 0.005])
    frame["XJZT"] = np.where((frame["NJ"] == GRADES[0]) & (state == "在读"), "毕业", state)
    frame["RXRQ"] = grade + "-09-06"
    return frame


def hall_users(rng: np.random.Generator, teachers: pd.DataFrame, learners: pd.DataFrame) -> pd.DataFrame:
    """Return hall_user: one account a person, named by a pseudonym."""
    account = pd.concat([teachers["GH"], learners["XH"]], ignore_index=True)
    kind = np.repeat(["教职工", "学生"], [len(teachers), len(learners)])
    state = pd.concat(
        [teachers["DQZT"].replace({"在职": "在校"}), learners["XJZT"].replace({"在读": "在校", "休学": "在校", "退学": "离校"})]
    )
    since = np.datetime64("2025-09-01T07:00:00") + rng.integers(0, 425 * 86400, len(account))
    return pd.DataFrame(
        {
            "uid": [pseudonym(text) for text in account],
            "account": account,
            "kind": kind,
            "unit_id": pd.concat([teachers["SZDW"], learners["YXDM"]], ignore_index=True),
            "state": state.to_numpy(),
            "state_time": since,
        }
    )


def pseudonym(account: str) -> str:
    """Name an account without telling whose it is."""
    return hashlib.blake2b(account.encode(), digest_size=10, key=b"sample school").hexdigest()


def unit_then(unit: "pd.Series[str]", moment: "pd.Series[pd.Timestamp]") -> "pd.Series[str]":
    """Return the unit as it was called at that moment: work done before a change of name stands under the old one."""
    return unit.mask((unit == RENAMED_TO) & (moment < pd.Timestamp(RENAMED_ON)), RENAMED).mask(
        (unit == MERGED_INTO) & (moment < pd.Timestamp(MERGED_ON)) & (moment.dt.second % 5 == 0), MERGED
    )


def _names(rng: np.random.Generator, count: int) -> list[str]:
    parts = (rng.choice(SURNAMES, count), rng.choice(FIRST, count), rng.choice(SECOND, count))
    return ["".join(part) for part in zip(*parts, strict=True)]
