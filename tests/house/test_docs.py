"""The commands that README and docs show do run, in order, in a copy of the sample school. `make` targets aside (```sh blocks)."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    file
    for file in (*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md"))
    if re.search(r"^```(console|bash)$", file.read_text("utf-8"), re.M)
]
BLOCK = re.compile(r"^```(console|bash)\n(.*?)^```$", re.M | re.S)
EXIT = re.compile(r"#\s*(?:exit|退出码) (\d)\s*$")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def commands(page: Path) -> Iterator[tuple[str, int]]:
    """Yield each command with the exit code the page promises: a whole ```bash block, a `$ ` line of a ```console block."""
    for kind, text in BLOCK.findall(page.read_text("utf-8")):
        for command in [text] if kind == "bash" else [line[2:] for line in text.splitlines() if line.startswith("$ ")]:
            promised = EXIT.search(command)
            yield command, int(promised[1]) if promised else 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_can_be_typed(page: Path, tmp_path: Path):
    shutil.copytree(ROOT / "campus", tmp_path / "campus")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environment |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}", "HUB_NOW": "2026-11-05T08:00:00+08:00"}
    for command, promised in commands(page):
        ran = subprocess.run(["bash", "-ec", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == promised, f"{command}\n{ran.stdout}{ran.stderr}"


def test_some_page_shows_commands():
    assert {page.name for page in PAGES} >= {"README.md", "README.zh-CN.md", "first-flow.md"}


def test_a_link_between_pages_leads_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    lost = [f"{page.name}: {link}" for page in pages for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert not lost


def test_both_readmes_show_the_same_commands():
    assert list(commands(ROOT / "README.md")) == list(commands(ROOT / "README.zh-CN.md"))


def test_the_makefile_has_every_target_that_is_told():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    told = {
        name
        for page in [*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")]
        for name in re.findall(r"`make ([a-z]+)", page.read_text("utf-8"))
    }
    assert told <= targets


def test_the_places_that_a_new_kind_is_told_in_are_there():
    page = (ROOT / "docs" / "how-to" / "add-a-kind.md").read_text("utf-8")
    named = set(re.findall(r"`((?:catalog|connectors|hub|tests)/[a-z_/]+\.py)`", page))
    assert len(named) > 8
    assert [name for name in named if not (ROOT / name).is_file()] == []
    suites = (ROOT / "tests" / "conformance.py").read_text("utf-8")
    assert set(re.findall(r"`(\w+Conformance)`", page)) == set(re.findall(r"^class (\w+Conformance)", suites, re.M))
