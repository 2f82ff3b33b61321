"""The operation report (运行报告, Art. 3(四)): the General Office's outline, filled by rule.

一、总体运行情况 二、上期问题整改情况 三、部门办理情况 四、存在问题 五、下一步工作要求    附件1—3
"""

from reports.editions import annexes, departments, overall, problems
from reports.editions.outline import Part

SECTIONS: tuple[Part, ...] = (
    ("一、总体运行情况", overall.write),
    ("二、上期问题整改情况", problems.mended),
    ("三、部门办理情况", departments.write),
    ("四、存在问题", problems.write),
    ("五、下一步工作要求", problems.asked),
)
ANNEXES: tuple[Part, ...] = (
    ("各部门办件情况统计表", annexes.departments),
    ("超期件情况表（不含个人信息）", annexes.overdue),
    ("统计口径说明", annexes.scope),
)
