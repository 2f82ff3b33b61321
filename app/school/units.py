"""The units of the sample school: 36, of which one was renamed and one merged. All invented."""

import pandas as pd

FUNCTION, COLLEGE, SUPPORT = "职能部门", "二级学院", "教辅"
OFFICE, INFORMATION, PERSONNEL, TEACHING, STUDENTS, FINANCE, LOGISTICS = "101", "102", "103", "104", "105", "106", "107"
RENAMED, RENAMED_TO, RENAMED_ON = "116", "111", "2026-03-01"
MERGED, MERGED_INTO, MERGED_ON = "117", "107", "2026-08-01"

NAMES = {
    FUNCTION: "综合办公室 信息资源部 人事处 教务处 学生工作处 财务处 后勤管理处 科研处 招生就业处 安全保卫处 国际交流合作处 审计处"
    " 组织宣传部 团委 工会 国际交流处 资产管理处",
    COLLEGE: "智能制造学院 大数据学院 建筑工程学院 商学院 艺术设计学院 学前教育学院 护理与健康学院 海洋工程学院 外国语学院 影视传媒学院"
    " 马克思主义学院 体育学院 继续教育学院",
    SUPPORT: "图书馆 现代教育技术中心 工程训练中心 档案馆 校医院 心理健康教育中心",
}
TEACHING_COLLEGES = tuple(str(201 + n) for n in range(10))  # the last three colleges enrol no students of their own


def org_units() -> pd.DataFrame:
    """Return the table t_dw of the personnel system."""
    rows = []
    for first, (group, names) in zip((101, 201, 301), NAMES.items(), strict=True):
        for number, name in enumerate(names.split(), first):
            rows.append((str(number), f"10{number}", name, group[:2], group, None, "2011-06-01", None, None))
    units = pd.DataFrame(rows, columns=["DWH", "DWDM", "DWMC", "DWLB", "TLZ", "LSDWH", "JLRQ", "CXRQ", "QXDWH"], dtype=object)
    units["DWLB"] = units["TLZ"].map({FUNCTION: "职能", COLLEGE: "学院", SUPPORT: "教辅"})
    units["PXH"] = range(1, len(units) + 1)
    units = units.set_index("DWH", drop=False)
    units.loc["306", "LSDWH"] = STUDENTS
    units.loc[RENAMED_TO, "JLRQ"] = RENAMED_ON
    units.loc[RENAMED, ["CXRQ", "QXDWH"]] = ["2026-02-28", RENAMED_TO]
    units.loc[MERGED, ["CXRQ", "QXDWH"]] = ["2026-07-31", MERGED_INTO]
    return units.reset_index(drop=True)
