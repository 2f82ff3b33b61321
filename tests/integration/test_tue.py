"""A real administration through the whole house, its report held against a count of its own straight from the raw files."""

import math
import shutil
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from world import Database

from catalog.load import load
from catalog.order import order
from hub.open import open_hub
from hub.pipeline import run
from reports.build import Built, build

CAMPUS = Path(__file__).parents[1] / "campuses" / "tue" / "campus"
NOW = datetime(2018, 4, 5, 6, tzinfo=UTC)
MONTHS = ("2018-01", "2018-02", "2018-03")


@pytest.fixture(params=["sqlite", "postgresql"])
def reports(
    request: pytest.FixtureRequest, database: Database, tmp_path: Path, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Built]:
    """Bring the files to a platform, and build the reports of three months one after the other."""
    monkeypatch.setenv("CAMPUS_REAL_DATA", str(real_data))
    monkeypatch.setenv("PLATFORM_URL", database(request.param))
    monkeypatch.setenv("HUB_NOW", NOW.isoformat())
    shutil.copytree(CAMPUS, tmp_path / "campus")
    hub = open_hub(load(tmp_path / "campus"))
    receipts = {flow: run(hub, flow, now=NOW, by="tester") for flow in order(hub.catalog)}
    assert {flow: (receipt.status, receipt.error) for flow, receipt in receipts.items()} == dict.fromkeys(receipts, ("proved", None))
    assert receipts["declaration_event"].rows.inserted == 55_628
    assert receipts["payment_event"].rows.inserted == 36_072
    return {month: build(hub, "operation", month, now=NOW, out=tmp_path / "out") for month in MONTHS}


@cache
def counted(real_data: Path) -> pd.DataFrame:
    """Count every submitted case from the raw files alone: when submitted, closed or withdrawn in local time, and whether returned."""
    cases = []
    for log in ("DomesticDeclarations", "RequestForPayment"):
        events = pd.read_csv(real_data / "bpic2020" / log / "events.csv.gz", dtype=str, keep_default_na=False)
        events["at"] = pd.to_datetime(events["timestamp"].str.slice(0, 19))
        events["event_no"] = events["event_no"].astype(int)
        for case, rows in events.sort_values("event_no").groupby("case_id"):
            submitted = rows[rows["activity"].str.contains("SUBMITTED")]
            if submitted.empty:
                continue
            paid = rows[rows["activity"] == "Payment Handled"]["at"].min()
            last = rows.iloc[-1]
            withdrawn = last["at"] if last["activity"].endswith("REJECTED by EMPLOYEE") else pd.NaT
            rejected = rows[rows["activity"].str.contains("REJECTED")]["at"].min()
            cases.append((case, submitted["at"].min(), paid, withdrawn, rejected))
    return pd.DataFrame(cases, columns=["case", "submitted", "paid", "withdrawn", "rejected"])


def month_of(cases: pd.DataFrame, month: str) -> dict[str, float]:
    """Count one month by hand."""
    start = pd.Timestamp(f"{month}-01")
    end = start + pd.DateOffset(months=1)
    ended = cases[["paid", "withdrawn"]].min(axis=1)
    closed = cases[(cases["paid"] >= start) & (cases["paid"] < end)]
    days = ((closed["paid"] - closed["submitted"]).dt.total_seconds() / 86400).sort_values()
    return {
        "A2": ((cases["submitted"] >= start) & (cases["submitted"] < end)).sum(),
        "A3": ((cases["submitted"] < start) & ~(ended < start)).sum(),
        "A5": len(closed),
        "A6": ((cases["submitted"] < end) & ~(ended < end)).sum(),
        "returned": (closed["rejected"] <= closed["paid"]).sum(),
        "mean": days.mean(),
        "median": days.median(),
        "p90": days.iloc[math.ceil(0.9 * len(days)) - 1],
    }


def growth(now: float, before: float) -> str:
    """Say a count's change as an office would, worked out on its own."""
    change = (Decimal(int(now)) / Decimal(int(before)) - 1) * 100
    return f"环比{'增长' if change > 0 else '下降'}{abs(change).quantize(Decimal('0.1'), ROUND_HALF_UP)}%"


@pytest.mark.timeout(1200)  # 91,700 real events, twice; the machine may be busy
def test_three_reports_count_what_the_raw_files_hold_and_compare_month_by_month(reports: dict[str, Built], real_data: Path) -> None:
    cases = counted(real_data)
    hand = {month: month_of(cases, month) for month in ("2017-12", *MONTHS)}
    for before, month in pairwise(hand):
        built, mine = reports[month], hand[month]
        measured, returned = built.measured, built.measured.get("D1")
        parts = {figure.part: figure.value for figure in measured.parts("C3")}
        assert [measured.count(name) for name in ("A2", "A3", "A5", "A6")] == [mine[name] for name in ("A2", "A3", "A5", "A6")]
        assert measured.count("A1") == measured.count("A2")  # drafts that were never submitted stay outside
        assert (parts["median_days"], parts["p90_days"]) == pytest.approx((mine["median"], mine["p90"]))
        assert measured.figures.value("C2") == pytest.approx(mine["mean"])
        assert returned is not None
        assert (returned.numerator, returned.denominator) == (mine["returned"], mine["A5"])
        assert mine["A3"] == hand[before]["A6"]
        page = (built.folder / f"operation-{month}.html").read_text("utf-8")
        assert f"新收{mine['A2']}件，{growth(mine['A2'], hand[before]['A2'])}）" in page
        assert f"办结{mine['A5']}件，{growth(mine['A5'], hand[before]['A5'])}；" in page
        assert "口径调整" not in page
        assert "本期无应办结件" in page
        assert "参评率：无数据来源" in page
        assert {path.suffix for path in built.files} == {".docx", ".pdf", ".xlsx", ".html", ".json"}
    assert "上期数据由本期快照按同一口径计算" in (reports["2018-01"].folder / "operation-2018-01.html").read_text("utf-8")
    for earlier, month in pairwise(MONTHS):
        assert f"上期数据取自已生成的报告 operation-{earlier}" in (reports[month].folder / f"operation-{month}.html").read_text("utf-8")
