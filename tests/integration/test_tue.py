"""A real administration through the whole house, its report held against a count of its own straight from the raw files."""

import math
import shutil
from datetime import UTC, datetime
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
START, END = pd.Timestamp("2018-03-01"), pd.Timestamp("2018-04-01")


@pytest.fixture(params=["sqlite", "postgresql"])
def built(request: pytest.FixtureRequest, database: Database, tmp_path: Path, real_data: Path, monkeypatch: pytest.MonkeyPatch) -> Built:
    monkeypatch.setenv("CAMPUS_REAL_DATA", str(real_data))
    monkeypatch.setenv("PLATFORM_URL", database(request.param))
    monkeypatch.setenv("HUB_NOW", NOW.isoformat())
    shutil.copytree(CAMPUS, tmp_path / "campus")
    hub = open_hub(load(tmp_path / "campus"))
    receipts = {flow: run(hub, flow, now=NOW, by="tester") for flow in order(hub.catalog)}
    assert {flow: (receipt.status, receipt.error) for flow, receipt in receipts.items()} == dict.fromkeys(receipts, ("proved", None))
    assert receipts["declaration_event"].rows.inserted == 55_628
    assert receipts["payment_event"].rows.inserted == 36_072
    return build(hub, "operation", "2018-03", now=NOW, out=tmp_path / "out")


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


@pytest.mark.timeout(1200)  # 91,700 real events, twice; the machine may be busy
def test_the_report_counts_what_the_raw_files_hold(built: Built, real_data: Path) -> None:
    cases = counted(real_data)
    ended = cases[["paid", "withdrawn"]].min(axis=1)
    closed = cases[(cases["paid"] >= START) & (cases["paid"] < END)]
    days = ((closed["paid"] - closed["submitted"]).dt.total_seconds() / 86400).sort_values()
    measured = built.measured
    assert measured.count("A2") == int(((cases["submitted"] >= START) & (cases["submitted"] < END)).sum())
    assert measured.count("A3") == int(((cases["submitted"] < START) & ~(ended < START)).sum())
    assert measured.count("A5") == len(closed)
    assert measured.count("A6") == int(((cases["submitted"] < END) & ~(ended < END)).sum())
    parts = {figure.part: figure.value for figure in measured.parts("C3")}
    assert parts["median_days"] == pytest.approx(days.median())
    assert parts["p90_days"] == pytest.approx(days.iloc[math.ceil(0.9 * len(days)) - 1])
    returned = measured.get("D1")
    assert returned is not None
    assert (returned.numerator, returned.denominator) == (int((closed["rejected"] <= closed["paid"]).sum()), len(closed))
    page = (built.folder / "operation-2018-03.html").read_text("utf-8")
    assert "本期无应办结件" in page
    assert "参评率：无数据来源" in page
    assert measured.count("A1") == measured.count("A2")  # drafts that were never submitted stay outside
