"""Each connector, held to the same suite."""

import csv
from pathlib import Path

import pytest
from conformance import FIELDS, ROWS, SourceConformance, TargetConformance

from catalog.flow import From
from catalog.system import System


class TestSQLite(TargetConformance):
    @pytest.fixture
    def engine(self) -> str:
        return "sqlite"


class TestPostgreSQL(TargetConformance):
    @pytest.fixture
    def engine(self) -> str:
        return "postgresql"


class TestMariaDB(TargetConformance):
    @pytest.fixture
    def engine(self) -> str:
        return "mariadb"


class TestDropFolder(SourceConformance):
    source = From.model_validate({"system": "src", "files": "*.csv"})

    @pytest.fixture
    def system(self, tmp_path: Path) -> System:
        folder = tmp_path / "drop"
        folder.mkdir()
        with (folder / "things.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(FIELDS)
            writer.writerows([["" if value is None else value for value in row] for row in ROWS])
        return System.model_validate({"name": "src", "title": "收件夹", "kind": "files", "folder": str(folder), "owner": "x"})
