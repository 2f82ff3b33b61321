"""The service items of the hall: 180 of them, heavy-tailed as in a college's hall, and two confidential ones that never leave it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.school.units import NAMES, OFFICE

GUIDES = 23  # 办事指南: described, not handled online
UNPROMISED, ELSEWHERE, ZERO_CASE, RETIRED = 45, 25, 20, 6
PURGED_ITEM, PURGED_CASES = "I0007", 48  # the first after the frequent ones
CONFIDENTIAL = (("涉密文件借阅", "101"), ("涉密载体销毁登记", "110"))


@dataclass(frozen=True, slots=True)
class Frequent:
    """One of the six items that make 85 % of all cases. `levels`: how many approvals; `returned`: the share sent back."""

    name: str
    unit: str
    audience: str
    share: float
    promise: int
    levels: int
    returned: float


FREQUENT = (
    Frequent("学生请假", "105", "学生", 0.38, 1, 1, 0.05),
    Frequent("报修", "107", "师生", 0.17, 3, 1, 0.03),
    Frequent("在读/成绩证明", "104", "学生", 0.10, 0, 0, 0.02),
    Frequent("教室及场地借用", "104", "师生", 0.09, 2, 2, 0.12),
    Frequent("用印申请", "101", "教职工", 0.07, 3, 2, 0.24),
    Frequent("调停课申请", "104", "教职工", 0.04, 2, 2, 0.09),
)
# unit, audience: names
REST = """
105 学生: 宿舍空调租赁申请
101 教职工: 公文流转 会议室预约 领导接待预约 公务用车申请 校名校徽使用备案 合同审核 法律事务咨询 信息公开申请 会务支持申请
102 师生: 统一身份账号申诉 校园网开户 邮箱开通 正版软件申请 校园卡补办 读者证办理
102 教职工: 网站备案 虚拟机申请 数据共享申请 系统上线安全检测 域名申请 机房进出审批
103 教职工: 在职证明 收入证明 入职手续 离校手续 调动申请 职称申报 年度考核 教职工请假 教职工销假 社保转移 公积金提取
103 教职工: 返聘申请 师资培训申请 人才项目申报 进修访学申请
104 学生: 转专业申请 休学申请 复学申请 退学申请 缓考申请 免修申请 学分认定 重修报名 毕业资格复核 学籍信息更正 学位证明书补办
104 教职工: 教材选用 课程建设立项 教学成果申报 监考调换 成绩更正 教改项目结题
105 学生: 奖学金申请 助学金申请 家庭经济困难认定 勤工助学 宿舍调整 走读申请 学生证补办 火车票优惠卡充磁 评优评先
105 学生: 违纪处分申诉 临时困难补助 校外住宿备案 离校返校登记
106 师生: 学费缓缴申请 退费申请 票据查询
106 教职工: 差旅报销 借款申请 劳务费发放 项目经费入账 预算调整 公务卡办理 工资查询 横向经费开票
107 师生: 水电费查询 失物招领 食堂意见反馈 校车预约 公寓钥匙补领
107 教职工: 办公用房申请 资产报废 资产调拨 家具领用 绿化养护申请 零星维修立项 固定资产入账
108 教职工: 科研项目申报 科研项目结题 论文登记 专利资助 学术报告备案 科研用印 实验动物伦理审查 成果转化备案 横向合同登记
109 学生: 就业协议书办理 就业推荐表盖章 招聘场地预约 档案转递 创业扶持申请 应征入伍登记
110 师生: 电动车登记 机动车通行证 户口迁出 户籍证明 大型活动安全审批 监控调阅申请 消防器材申领
111 师生: 因公出国审批 留学生签证延期 外籍教师聘请 交换生报名 出国成绩单 护照借领
112 教职工: 审计资料调阅 工程审计送审 经济责任审计材料 合同价款审核
113 教职工: 宣传品审批 新闻稿投递 讲座论坛审批 党组织关系转接 横幅悬挂申请
114 学生: 社团注册 学生活动审批 志愿服务时长认定 第二课堂学分 校外实践备案
115 教职工: 困难职工慰问 文体场馆预约 工会福利登记
201 学生: 实验室开放预约 生产实习申请
202 学生: 算力资源申请 学科竞赛报销
203 学生: 校外测量实习备案
204 学生: 商科竞赛报名
205 学生: 展厅预约 毕业作品提交
206 学生: 见习证明
207 学生: 临床实习证明
208 学生: 船员培训报名
209 学生: 语言考试报名 口语中心预约
210 学生: 摄影棚预约 设备借用
212 师生: 体育场馆预约 体质测试免测申请
213 学生: 继续教育学籍证明
301 师生: 离校清书证明 馆际互借 图书荐购 查新服务 研修间预约 论文查重
302 师生: 录播教室预约 课件制作支持 多媒体设备借用
303 师生: 实训耗材申领 大型仪器预约 开放实验项目
304 师生: 学籍档案查询 人事档案查阅 档案复印
305 师生: 转诊证明 医药费报销 体检预约 健康证明 疫苗接种登记
306 学生: 心理咨询预约
"""
SEASONS = {"转专业申请": "5,6", "奖学金申请": "9,10", "助学金申请": "9,10", "家庭经济困难认定": "9,10", "就业协议书办理": "3,4,5,6",
           "毕业资格复核": "5,6", "重修报名": "3,9", "年度考核": "12,1", "应征入伍登记": "2,8", "职称申报": "9,10,11"}  # fmt: skip
SYSTEMS = {
    "103": "人事管理系统",
    "104": "教务管理系统",
    "105": "学工系统",
    "106": "财务系统",
    "108": "科研管理系统",
    "301": "图书馆自动化系统",
}


def service_items(rng: np.random.Generator, total: int) -> pd.DataFrame:
    """Return the items with their table's columns, and what only the generator needs: cases, levels, returned."""
    items = _names()
    items["id"] = [f"I{number:04}" for number in range(1, len(items) + 1)]
    items["version"] = rng.integers(1, 6, len(items))
    _kinds(items, rng)
    _promises(items, rng)
    _cases(items, rng, total)
    _describe(items, rng)
    return pd.concat([items, _confidential(items)], ignore_index=True)


def _names() -> pd.DataFrame:
    rows = [(f.name, f.unit, f.audience, f.promise, f.levels, f.returned, f.share) for f in FREQUENT]
    for line in REST.strip().splitlines():
        unit, _, rest = line.partition(" ")
        audience, _, names = rest.partition(": ")
        rows += [(name, unit, audience, -1, 1, 0.08, 0.0) for name in names.split()]
    return pd.DataFrame(rows, columns=["name", "owner_unit", "audience", "promise", "levels", "returned", "share"])


def _kinds(items: pd.DataFrame, rng: np.random.Generator) -> None:
    """Choose guides, items handled elsewhere, zero-case and retired items among the rest."""
    rest = items.index[len(FREQUENT) :][items["id"][len(FREQUENT) :] != PURGED_ITEM]
    rest = rest[~items.loc[rest, "name"].isin([*SEASONS, "读者证办理"])]
    chosen = rng.permutation(rest.to_numpy())
    parts = np.split(chosen, np.cumsum([GUIDES, ZERO_CASE, RETIRED - 1]))
    items["guide"], items["zero"], items["retired"] = (items.index.isin(part) for part in parts[:3])
    items.loc[items["id"] == PURGED_ITEM, "retired"] = True
    candidates = items.index[items["owner_unit"].isin(list(SYSTEMS)) & ~items["guide"] & (items.index >= len(FREQUENT))]
    elsewhere = items.index.isin(rng.permutation(candidates.to_numpy())[:ELSEWHERE])
    items["outer_system"] = items["owner_unit"].map(SYSTEMS).where(elsewhere, None)


def _promises(items: pd.DataFrame, rng: np.random.Generator) -> None:
    count = len(items)
    drawn = pd.Series(rng.choice([0, 1, 2, 3, 5, 7, 10, 15, 20], count, p=[0.14, 0.1, 0.1, 0.2, 0.24, 0.08, 0.07, 0.05, 0.02]))
    items["promise"] = items["promise"].where(items["promise"] >= 0, drawn).astype("Int64")
    online = items.index[~items["guide"] & (items.index >= len(FREQUENT))]
    items.loc[rng.permutation(online.to_numpy())[:UNPROMISED], "promise"] = pd.NA
    items["levels"] = items["levels"].where((items.index < len(FREQUENT)) | (items["promise"].fillna(2) < 3), 2)
    items.loc[items["promise"].eq(0).fillna(False), "levels"] = 0


def _cases(items: pd.DataFrame, rng: np.random.Generator, total: int) -> None:
    """Deal the cases out: fixed shares for the frequent items, a Zipf tail for the rest."""
    items["cases"] = (items.pop("share") * total).round().astype(int)
    tail = items.index[(items["cases"] == 0) & ~items["guide"] & ~items["zero"] & (items["id"] != PURGED_ITEM)]
    tail = pd.Index(rng.permutation(tail.to_numpy()))
    left = total - int(items["cases"].sum()) - PURGED_CASES
    weight = 1 / np.arange(3, len(tail) + 3) ** 1.1
    share = np.floor(weight / weight.sum() * left).astype(int)
    share[0] += left - share.sum()
    items.loc[tail, "cases"] = share
    items.loc[items["id"] == PURGED_ITEM, "cases"] = PURGED_CASES


def _describe(items: pd.DataFrame, rng: np.random.Generator) -> None:
    count, first = len(items), np.datetime64("2023-06-12")
    unit_names = dict(zip(_unit_ids(), " ".join(NAMES.values()).split(), strict=True))
    items["code"] = [f"{unit}-{item[1:]}-01" for unit, item in zip(items["owner_unit"], items["id"], strict=True)]
    items["kind"] = np.where(items["guide"], "办事指南", "网上办理")
    items["category"] = np.where(items["levels"] == 2, "审批", np.where(items["name"].str.contains("查询"), "查询", "办理"))
    items["coop_units"] = pd.Series("102,106", items.index).where(rng.random(count) < 0.08)
    items["secret_state"] = "已审查"
    items["secret_date"] = _day(first - 7 + rng.integers(0, 5, count))
    items["handle_mode"] = np.where(items["guide"], "窗口办理", "全程网办")
    items["case_type"] = np.where(items["promise"].eq(0).fillna(False), "即办件", "承诺件")
    items["promise_unit"] = pd.Series("工作日", items.index).where(items["promise"].notna())
    items["statutory"] = (items["promise"] * 2 + 1).where(rng.random(count) < 0.3)
    items["offline_visits"] = np.where(items["guide"], 1, rng.choice([0, 0, 0, 0, 1], count))
    items["consult_way"] = items["owner_unit"].map(unit_names).radd("线上咨询·")
    items["complain_way"] = f"线上投诉·{unit_names[OFFICE]}"
    items["plan_id"] = ("P" + items["owner_unit"]).where(rng.random(count) < 0.6)
    recent = ~items.index.isin(range(len(FREQUENT))) & ~items["retired"] & (rng.random(count) < 0.1)
    online = np.where(recent, np.datetime64("2025-09-10") + rng.integers(0, 410, count), first + rng.integers(0, 780, count))
    items["online_at"] = _day(online)
    offline = np.where(items["retired"], np.datetime64("2026-01-15") + rng.integers(0, 200, count), np.datetime64("NaT"))
    items["offline_at"] = _day(offline)
    items.loc[items["id"] == PURGED_ITEM, "offline_at"] = "2026-06-30"
    items["state"] = np.where(items["retired"], "已下线", np.where(rng.random(count) < 0.03, "变更中", "已上线"))
    items["guide_date"] = _day(np.maximum(online, np.datetime64("2026-10-31") - rng.integers(0, 560, count)))
    items["months"] = items["name"].map(SEASONS)


def _confidential(items: pd.DataFrame) -> pd.DataFrame:
    """Copy a guide's row for each confidential item: it stands in the hall's own table and must never leave it."""
    rows = pd.concat([items[items["guide"]].head(1)] * len(CONFIDENTIAL), ignore_index=True)
    rows["id"] = [f"S{number:04}" for number in range(1, len(CONFIDENTIAL) + 1)]
    rows["name"], rows["owner_unit"] = zip(*CONFIDENTIAL, strict=True)
    rows["code"] = rows["owner_unit"] + "-" + rows["id"].str[1:] + "-01"
    return rows.assign(secret_state="涉密", kind="办事指南", coop_units=None, outer_system=None)


def item_requests(rng: np.random.Generator, items: pd.DataFrame) -> pd.DataFrame:
    """Return the requests to bring online, change or retire items: approved in order, executed a few days later."""
    shown = items[items["secret_state"] != "涉密"]
    online, changed, retired = shown[shown["online_at"] >= "2025-01-01"], shown.sample(24, random_state=rng), shown[shown["retired"]]
    parts = [online.assign(kind="online", done=online["online_at"]), changed.assign(kind="change", done=changed["guide_date"]),
             retired.assign(kind="offline", done=retired["offline_at"])]  # fmt: skip
    asked = pd.concat(parts, ignore_index=True)
    done = asked["done"].to_numpy().astype("datetime64[s]") + np.timedelta64(10 * 3600, "s")
    gaps = np.cumsum(rng.integers(1, 4, (4, len(asked))), axis=0) * np.timedelta64(86400, "s")
    guide = asked["guide"].to_numpy() & (asked["kind"] == "online").to_numpy()
    return pd.DataFrame(
        {
            "id": [f"Q{number:05}" for number in range(1, len(asked) + 1)],
            "item_id": asked["id"],
            "kind": asked["kind"],
            "unit_id": asked["owner_unit"],
            "applied_at": done - gaps[3],
            "tech_confirmed_at": np.where(guide, np.datetime64("NaT"), done - gaps[2]),
            "lead_reviewed_at": np.where(guide, done - gaps[1], np.datetime64("NaT")),
            "office_decision": pd.Series("同意", asked.index).mask(guide),
            "office_decided_at": np.where(guide, np.datetime64("NaT"), done - gaps[0]),
            "executed_at": done,
            "retained_rows": asked["cases"].where(asked["kind"] == "offline"),
        }
    )


def _unit_ids() -> list[str]:
    return [str(first + n) for first, names in zip((101, 201, 301), NAMES.values(), strict=True) for n in range(len(names.split()))]


def _day(days: "np.ndarray[tuple[int], np.dtype[np.datetime64]]") -> list[str | None]:
    return [None if np.isnat(day) else str(day) for day in days.astype("datetime64[D]")]
