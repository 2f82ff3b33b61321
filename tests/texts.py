"""The texts that must survive every way: the characters of 通用规范汉字表 and the naughty strings."""

import csv
from pathlib import Path


def lines(real_data: Path) -> list[str]:
    """Return the 8,105 characters, then the naughty strings, each as it is."""
    with (real_data / "text" / "tygfhzb_8105.csv").open(encoding="utf-8") as file:
        characters = [row["char"] for row in csv.DictReader(file)]
    naughty = (real_data / "text" / "blns.txt").read_text("utf-8").split("\n")
    assert len(characters) == 8105
    assert len(naughty) > 500
    return characters + naughty
