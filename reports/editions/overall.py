"""一、总体运行情况: the balance, what fell due, how long it took, what applicants said, and whether the data can be trusted."""

from collections.abc import Iterator

from reports import sentence
from reports.definition import Form, definitions
from reports.editions.desk import Desk
from reports.figures import Figure, Figures
from reports.report import Block, Chart, Paragraph, Series, Table
from reports.sentence import DASH, tell


def write(desk: Desk) -> Iterator[Block]:
    """Write the first section."""
    yield Paragraph(_balance(desk))
    if pace := _pace(desk):
        yield Paragraph(pace)
    yield Paragraph(_due(desk))
    yield Paragraph(_durations(desk))
    yield Paragraph(_kinds(desk))
    yield desk.missing("F1") or Paragraph(_ratings(desk))
    yield Paragraph(f"{_platform(desk)}{_quality(desk)}")
    yield _first_page(desk)
    yield _kind_table(desk)
    yield _months(desk)


def _months(desk: Desk) -> Chart:
    months = desk.now.tables["months"]
    counts = tuple(Series(title, tuple(row[name] for row in months)) for title, name in (("新收", "new"), ("办结", "closed")))
    on_time = Series("按时办结率", tuple(row["on_time"] for row in months), rate=True)
    rated = any(value is not None for value in on_time.values)
    return Chart(
        "近十三个月新收、办结与按时办结率", "line", tuple(row["month"] for row in months), (*counts, on_time) if rated else counts, "件"
    )


def _balance(desk: Desk) -> str:
    now = desk.now
    told = tell(
        "report.balance",
        period=now.period.title,
        last=desk.last,
        handled=now.count("A4"),
        carried=now.count("A3"),
        new=now.count("A2"),
        new_change=desk.change("A2"),
        reopened=now.count("A4", part="reopened"),
        closed=now.count("A5"),
        closed_change=desk.change("A5"),
        void=now.count("A6", part="void"),
        next=now.count("A6"),
        rate=desk.written("B1"),
    )
    if desk.before is None or not desk.before.adjusted:
        return told
    return told + tell("report.adjusted", told=desk.before.figures.count("A6"), now=now.count("A3"), change=f"{desk.before.adjusted:+d}")


def _pace(desk: Desk) -> str:
    """Say the daily average, the change against the year before where the data reach back so far, and what went one way for long."""
    now = desk.now
    days = now.tables["work_days"][0]["days"]
    told = tell("report.daily", days=days, daily=sentence.one(now.count("A2") / days)) if days else ""
    then = now.tables["year_ago"][0]
    if then["covered"]:
        small, last = desk.edition.thresholds.counts_below, "上年同期"
        counts = {
            name: sentence.count_change(now.count(indicator), then[name], last=last, small=small, against="同比")
            for name, indicator in (("new", "A2"), ("closed", "A5"))
        }
        rate = Figure("B2", "", "", then["on_time"], then["due"], then["on_time"] / then["due"] if then["due"] else None)
        told += tell(
            "report.year_ago", **counts, on_time=sentence.change("rate", now.get("B2"), rate, last=last, small=small, against="同比")
        )
    if now.period.kind == "month" and now.period.months == 1:
        months = now.tables["months"]
        trends: tuple[tuple[str, Form, str], ...] = (
            ("新收", "count", "new"),
            ("办结", "count", "closed"),
            ("按时办结率", "rate", "on_time"),
        )
        said = [title + way for title, form, name in trends if (way := sentence.streak(form, [row[name] for row in months]))]
        told += tell("report.streaks", what="、".join(said)) if said else ""
    return told


def _due(desk: Desk) -> str:
    now, on_time = desk.now, desk.now.get("B2")
    without = {"items": now.bases["items_without_limit"], "cases": now.bases["cases_without_limit"]}
    if not now.count("A7") or on_time is None:
        return tell("report.nothing_due", **without)
    parts = {part: now.count("B3", part=part) for part in ("late", "open", "arrears")}
    rates = {"rate": desk.written("B2"), "change": desk.change("B2"), "on_time": sentence.count(on_time.numerator)}
    return tell("report.due", due=now.count("A7"), **rates, **parts, **without)


def _durations(desk: Desk) -> str:
    parts = {part: desk.written("C3", part=part) for part in ("median", "p90", "median_days", "p90_days")}
    means = {"mean": desk.written("C1"), "natural": desk.written("C2")}
    return tell("report.durations", **means, **parts, returned=desk.written("D1"), change=desk.change("D1"))


def _kinds(desk: Desk) -> str:
    rows = desk.now.tables["kinds"]
    new = {row["kind"]: row["new"] for row in rows if row["kind"]}
    counts = {"instant": new.get("即办件", 0), "promised": new.get("承诺件", 0), "unlimited": new.get("未设承诺时限", 0)}
    told = tell("report.kinds", **counts)
    frequent = {row["frequent"]: row["new"] for row in rows if row["frequent"] is not None}
    if frequent.get(True):
        names = "、".join(desk.edition.high_frequency)
        told += tell("report.frequent", names=names, frequent=frequent[True], others=frequent.get(False, 0))
    return told


def _ratings(desk: Desk) -> str:
    real = desk.now.get("F2")
    if real is None or not real.denominator:
        return tell("report.no_ratings")
    rates = {"rate": desk.written("F1"), "good": desk.written("F2"), "strict": desk.written("F3")}
    return tell("report.ratings", real=sentence.count(real.denominator), change=desk.change("F2"), **rates)


def _platform(desk: Desk) -> str:
    runs = desk.now.get("H4")
    if runs is None or not runs.denominator:
        return tell("report.no_runs")
    return tell(
        "report.runs", runs=sentence.count(runs.denominator), good=sentence.count(runs.numerator), rate=sentence.percent(runs.value)
    )


def _quality(desk: Desk) -> str:
    """Name every dataset that is not proved, or was proved before the cut-off: never hide it."""
    it = desk.snapshot
    told = [
        tell(key, datasets="、".join(desk.catalog.datasets[name].title for name in names))
        for key, names in (("report.unproved", it.unproved), ("report.stale", it.stale))
        if names
    ]
    if it.quarantined:
        told.append(tell("report.quarantined", rows=it.quarantined))
    return "".join(told if it.unproved or it.stale else [tell("report.proved", count=len(it.sources)), *told])


def _first_page(desk: Desk) -> Table:
    shown = [name for name in desk.edition.first_page if name in desk.edition.indicators]
    rows = tuple(row for name in shown for row in _rows(desk, name))
    return Table(tell("report.main_table", period=desk.now.period.title), ("指标", "本期", desk.last, "变化"), rows, _compared(desk))


def _rows(desk: Desk, name: str) -> Iterator[tuple[str, ...]]:
    """Write an indicator's row; one that has only parts has a row for each."""
    it = definitions()[name]
    if name in desk.now.missing:
        yield (it.heading, tell("report.no_data"), DASH, DASH)
        return
    for part, title in (it.parts if desk.now.get(name) is None and it.parts else {"": ""}).items():
        before = desk.before.figures.value(name, part=part) if desk.before else None
        heading = it.heading.replace(it.title, f"{it.title}：{title}", 1) if part else it.heading
        yield (heading, desk.written(name, part=part), sentence.written(it.form, before), desk.change(name, part=part))


def cell(name: str, figures: Figures) -> str:
    """Write an indicator's value; one that has only parts shows them all."""
    it = definitions()[name]
    if figures.get(name) is not None or not it.parts:
        return sentence.written(it.form, figures.value(name))
    values = {title: figures.value(name, part=part) for part, title in it.parts.items()}
    return "，".join(f"{title}{sentence.written(it.form, value)}" for title, value in values.items() if value is not None) or DASH


def _compared(desk: Desk) -> str:
    if desk.before is None:
        return tell("report.nothing_before")
    return tell("report.compared_issue", issue=desk.before.issue) if desk.before.issue else tell("report.compared_snapshot")


def _kind_table(desk: Desk) -> Table:
    """即办件 and 承诺件 apart, totals with and without the frequent items."""
    whole, *others = desk.now.tables["kinds"]
    kinds = [(row["kind"], row) for row in others if row["kind"] is not None]
    frequent = [("高频事项" if row["frequent"] else "其余事项", row) for row in others if row["frequent"] is not None]
    chosen = [*kinds, *(frequent if any(row["frequent"] for row in others) else []), ("合计", whole)]
    rows = []
    for title, row in chosen:
        counts = [int(row[name] or 0) for name in ("new", "closed", "due", "on_time")]
        mean = (row["workdays"] or 0) / row["closed"] if row["closed"] else None
        rows.append((title, *map(str, counts), sentence.percent(counts[3] / counts[2] if counts[2] else None), sentence.one(mean)))
    heads = ("类别", "新收（件）", "办结（件）", "应办结（件）", "按时办结（件）", "按时办结率", "平均时长（工作日）")
    return Table("分类办理情况", heads, tuple(rows))
