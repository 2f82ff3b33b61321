"""What must hold in every report before a word of it is written. UnprovenError names the identity and both sides."""

from collections.abc import Iterator

from catalog.errors import UnprovenError
from reports.definition import definitions
from reports.measure import Measured

Identity = tuple[str, float, float]


def check(measured: Measured) -> None:
    """Check the balance, the parts, the sums over units and the bounds of every rate."""
    for identity, left, right in (*_balance(measured), *_parts(measured), *_sums(measured), *_bounds(measured)):
        if left != right:
            raise UnprovenError("report.identity", identity=identity, left=f"{left:g}", right=f"{right:g}")


def _balance(measured: Measured) -> Iterator[Identity]:
    f = measured.figures
    for unit in sorted({"", *f.units("A2", "A3", "A5", "A6")}):
        opened = f.count("A3", unit) + f.count("A2", unit) + f.count("A4", unit, "reopened")
        ended = f.count("A5", unit) + f.count("A6", unit, "void") + f.count("A6", unit)
        yield f"上期结转 + 新收 + 重办转入 = 办结 + 撤回作废 + 结转下期{_of(unit)}", opened, ended
        yield f"在办总量 = 上期结转 + 新收{_of(unit)}", f.count("A4", unit), f.count("A3", unit) + f.count("A2", unit)


def _parts(measured: Measured) -> Iterator[Identity]:
    f = measured.figures
    on_time = f.get("B2")
    yield (
        "应办结 = 按时办结 + 超期办结 + 超期未结",
        f.count("A7"),
        ((on_time and on_time.numerator) or 0) + f.count("B3", part="late") + f.count("B3", part="open"),
    )
    yield "办结 = 各办结结果之和", f.count("A5"), sum(f.count("A5", part=part) for part in definitions()["A5"].parts)
    for kind in ("", "online_", "guide_"):
        start, added, removed, end = (f.count("E4", part=kind + part) for part in ("start", "added", "removed", "end"))
        yield "期初 + 上线 − 下线 = 期末", start + added - removed, end
    whole, *parts = measured.tables["kinds"]
    for what in ("new", "closed", "due", "on_time"):
        kinds = sum(row[what] for row in parts if row["kind"] is not None)
        yield f"合计 = 即办件 + 承诺件 + 未设承诺时限（{what}）", whole[what] or 0, kinds


def _sums(measured: Measured) -> Iterator[Identity]:
    for indicator in ("A1", "A2", "A3", "A5", "A6", "A7"):
        units = sum(f.value or 0 for f in measured.figures if f.indicator == indicator and f.unit and not f.part)
        yield f"{definitions()[indicator].title} = 各部门之和", measured.figures.count(indicator), units


def _bounds(measured: Measured) -> Iterator[Identity]:
    for figure in measured.figures:
        if definitions()[figure.indicator].form == "rate" and figure.value is not None:
            yield f"0 ≤ {definitions()[figure.indicator].title} ≤ 100%{_of(figure.unit)}", figure.value, min(max(figure.value, 0), 1)


def _of(unit: str) -> str:
    return f"（{unit}）" if unit else ""
