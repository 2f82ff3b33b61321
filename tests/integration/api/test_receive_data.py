"""What the page for vendors' developers shows does run, against the sample school's own service."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from online import online

from app.school import generate
from app.service import create_app
from catalog import clock
from catalog.load import load
from hub.open import open_hub
from hub.pipeline import run
from hub.store import keys

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "receive-data.md"
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)


@pytest.fixture
def environment(sample: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    monkeypatch.setenv("HUB_NOW", "2026-11-05T08:00:00+08:00")
    catalog = load(sample)
    generate(catalog)
    hub = open_hub(catalog)
    for flow in ("org_unit_to_platform", "staff_to_platform"):
        assert run(hub, flow, now=clock.now(), by="tester").exit_code == 0
    key = keys.issue(hub.store, "library", now=clock.now(), by="tester")
    with online(create_app(hub)) as port:
        yield os.environ | {"HUB_URL": f"http://127.0.0.1:{port}", "HUB_KEY": key}


def test_every_example_of_the_page_runs(environment: dict[str, str], tmp_path: Path) -> None:
    told = []
    for kind, text in BLOCKS:
        command = ["bash", "-euc", text.replace("curl -sS", "curl -sS --fail")] if kind == "sh" else [sys.executable, "-c", text]
        ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, f"{text}\n{ran.stdout}{ran.stderr}"
        told.append(ran.stdout)
    assert '"name":"staff"' in told[0]
    assert int(told[2]) == len((tmp_path / "staff.csv").read_text("utf-8-sig").splitlines()) - 1 > 100
    assert (tmp_path / "staff.csv").read_text("utf-8-sig") == (tmp_path / "staff-gbk.csv").read_text("gb18030")
    assert told[-2] == "304\n"
    assert told[-1].startswith("201 open\n[{")
