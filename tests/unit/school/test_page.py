"""The page about the sample school says what the planted value says."""

import re
from dataclasses import fields
from pathlib import Path

from app.school.planted import PLANTED

PAGE = (Path(__file__).parents[3] / "docs" / "explanation" / "sample-school.md").read_text("utf-8")
ROW = re.compile(r"^\| ((?:`\w+`(?:, )?)+)[^|]*\| ([\d, ]+) \|", re.M)


def test_the_page_tells_every_planted_number() -> None:
    told = {
        name: int(number)
        for names, numbers in ROW.findall(PAGE)
        for name, number in zip(re.findall(r"`(\w+)`", names), numbers.split(", "), strict=True)
    }
    assert told == {field.name: getattr(PLANTED, field.name) for field in fields(PLANTED) if field.type in (int, "int")}
