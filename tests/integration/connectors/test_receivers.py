"""Receivers that are no databases, held to the same suite."""

from pathlib import Path
from typing import Any

import pytest
from conformance import ReceiverConformance
from openpyxl import load_workbook
from receivers import BATCHES, Desk, Receiving

from connectors import csv_file, xlsx_file


class TestRestReceiver(ReceiverConformance):
    place = BATCHES

    @pytest.fixture
    def it(self, tmp_path: Path, desk: Desk) -> Receiving:
        self.desk = desk
        return Receiving(tmp_path / "world", desk.system(), {"rest": self.place})

    def has(self, it: Receiving) -> dict[str, tuple[str | None, ...]]:
        return self.desk.has()

    def change(self, it: Receiving) -> None:
        self.desk.do("update reader set body = replace(body, '名1', '他') where no = 'n001'")


class Folder(ReceiverConformance):
    file: dict[str, Any]

    @pytest.fixture
    def it(self, tmp_path: Path) -> Receiving:
        self.folder = tmp_path / "drop"
        self.folder.mkdir()
        return Receiving(tmp_path / "world", {"kind": "files", "folder": str(self.folder)}, {"file": self.file})

    def has(self, it: Receiving) -> dict[str, tuple[str | None, ...]]:
        path, encoding = self.folder / self.file["name"], self.file.get("encoding", "utf-8").removesuffix("-sig")
        if path.suffix == ".xlsx":
            found = xlsx_file.rows(path, None, header_row=1)
        else:
            found = csv_file.rows(path, encoding, delimiter=self.file.get("delimiter", ","), header_row=1)
        next(found)
        return {str(row.cells[0]): tuple(row.cells[1:3]) for row in found}


class TestCsv(Folder):
    file = {"name": "读者.csv", "done": "{name}.ok"}

    def change(self, it: Receiving) -> None:
        path = self.folder / "读者.csv"
        path.write_text(path.read_text("utf-8").replace("名1", "他"), "utf-8")


class TestXlsx(Folder):
    file = {"name": "readers.xlsx", "sheet": "读者"}

    def change(self, it: Receiving) -> None:
        book = load_workbook(self.folder / "readers.xlsx")
        book["读者"]["B3"] = "他"
        book.save(self.folder / "readers.xlsx")
