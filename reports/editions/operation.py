"""The operation report (运行报告, Art. 3(四)): the General Office's outline, filled by rule.

一、总体运行情况 二、上期问题整改情况 三、部门办理情况 四、存在问题 五、下一步工作要求    附件1—3
"""

from datetime import datetime, timedelta

from reports.editions import annexes, departments, overall, problems
from reports.editions.desk import Desk
from reports.issues import DRAFT
from reports.report import Paragraph, Report, Section
from reports.sentence import tell
from reports.skin import skin

DAY = timedelta(days=1)
SECTIONS = (
    ("一、总体运行情况", overall.write),
    ("二、上期问题整改情况", problems.mended),
    ("三、部门办理情况", departments.write),
    ("四、存在问题", problems.write),
    ("五、下一步工作要求", problems.asked),
)
ANNEXES = (
    ("各部门办件情况统计表", annexes.departments),
    ("超期件情况表（不含个人信息）", annexes.overdue),
    ("统计口径说明", annexes.scope),
)


def compose(desk: Desk) -> Report:
    """Write the draft of one period's operation report; the office's own paragraphs end their sections."""
    edition, now = desk.edition, desk.now
    dress = skin(edition, now.period, school=desk.catalog.campus.title, year=desk.snapshot.cut.year, settings=desk.note.settings)
    return Report(
        head=dress.head,
        lines=dress.lines,
        addressees=dress.addressees,
        opening=_opening(desk, dress.verb),
        sections=tuple(Section(title, (*write(desk), *map(Paragraph, desk.note.under(title)))) for title, write in SECTIONS),
        annexes=tuple(Section(title, tuple(write(desk))) for title, write in ANNEXES),
        foot=dress.foot,
        office=f"{desk.catalog.campus.title}{edition.office}",
        state=DRAFT,
        skin=edition.skin,
    )


def _opening(desk: Desk, verb: str) -> str:
    period, cut = desk.now.period, desk.snapshot.cut
    return tell(
        "report.opening",
        basis=desk.edition.basis,
        period=period.title,
        title=desk.edition.title.replace("|", ""),
        verb=verb,
        first=_day(period.begins),
        last=_day(period.ends - DAY),
        cut=f"{_day(cut - DAY)}24时" if cut == datetime.combine(cut.date(), datetime.min.time()) else f"{_day(cut)}{cut:%H时%M分}",
    )


def _day(moment: datetime) -> str:
    return f"{moment.year}年{moment.month}月{moment.day}日"
