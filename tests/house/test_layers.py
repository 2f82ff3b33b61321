"""The house's layers hold, and each library stays behind its door."""

import ast
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("catalog", "connectors", "quality", "hub", "reports", "app", "dags")


def imports(file: Path) -> set[str]:
    """Return the names of the top-level packages that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def users(library: str) -> set[str]:
    """Return the files of the house that import a library."""
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return {str(file.relative_to(ROOT)) for file in files if library in imports(file)}


def test_an_import_goes_down_the_house_never_up():
    ran = subprocess.run([Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_great_expectations_stays_behind_one_file():
    assert len(users("great_expectations")) == 1
    assert all(file.startswith("quality/") for file in users("great_expectations"))


DOORS = [("airflow", "dags/"), ("typer", "app/"), ("duckdb", "reports/"), ("docx", "reports/render/")]


@pytest.mark.parametrize(("library", "folder"), DOORS)
def test_a_library_is_used_behind_its_door_only(library: str, folder: str):
    assert users(library), f"nobody uses {library} any more: drop it"
    assert all(file.startswith(folder) for file in users(library))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_top_level_name_belongs_to_this_distribution_alone(package: str):
    assert set(packages_distributions().get(package, ())) <= {"campus-data-hub"}


def test_no_dag_file_shadows_a_package_of_the_house():
    # Airflow puts the DAGs folder on sys.path, before the finder of an editable install: dags/reports.py would become `reports`.
    assert not {file.stem for file in (ROOT / "dags").glob("*.py")} & set(PACKAGES)


def test_a_dag_file_imports_no_other_dag_file():
    # Airflow registers every DAG made while it reads a file as that file's own: it would see the DAG twice.
    files = [file for file in (ROOT / "dags").glob("*.py") if "DAG(" in file.read_text("utf-8")]
    stems = {file.stem for file in files}
    for file in files:
        nodes = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
        modules = {str(node.module).removeprefix("dags.") for node in nodes if str(node.module).startswith("dags.")}
        names = {alias.name for node in nodes if node.module == "dags" for alias in node.names}
        assert not (modules | names) & stems, file.name
