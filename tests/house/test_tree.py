"""What is committed travels: no path of one machine, no registry's host, no credentials, and the version told everywhere alike."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.\-])/(?:home|root|Users|work)/\w"),
    "a registry's host": re.compile(r"https?://[^\s\"'/]*(?:pypi|mirror|nexus|artifactory|devpi)", re.IGNORECASE),
    "credentials in a URL": re.compile(r"://[^\s/:@\"'$]+:[^\s/:@\"'${]+@"),
}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_holds(what: str):
    found = []
    for file in tracked():
        try:
            lines = file.read_text("utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # an image or a table in another encoding
        found += [f"{file.relative_to(ROOT)}:{number}" for number, line in enumerate(lines, 1) if FORBIDDEN[what].search(line)]
    assert not found


def test_the_changelog_tells_of_this_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert re.search(rf"^## {re.escape(version)}\b", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert f"HUB_VERSION:-{version}" in (ROOT / "docker-compose.yml").read_text("utf-8")


def test_the_compose_file_keeps_to_its_schema():
    command = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_no_secret_has_a_default():
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    secrets = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|KEY)\w*)([^}]*)\}", text)
    assert secrets
    assert all(rest.startswith(":?") for _, rest in secrets)
    example = (ROOT / "docker" / "example.env").read_text("utf-8")
    assert all(re.search(rf"^{name}=$", example, re.MULTILINE) for name, _ in secrets)


def test_the_lock_holds_what_the_requirements_ask_for():
    locked = {re.split(r"[=\s]", line)[0] for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines() if line[:1].isalnum()}
    asked = [line for line in (ROOT / "requirements.in").read_text("utf-8").splitlines() if line and not line.startswith("#")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked += [*project["dependencies"], *(name for extra in project["optional-dependencies"].values() for name in extra)]
    assert {re.split(r"[\[~<>=;\s]", name)[0].lower() for name in asked} <= locked
