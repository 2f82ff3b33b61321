"""A cron of five fields, as far as a school's day needs it: numbers, spans, lists, steps and *. What Airflow would trip over is refused."""

import re

FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # minute, hour, day, month, weekday
PART = re.compile(r"(?:\*|(?P<first>\d{1,2})(?:-(?P<last>\d{1,2}))?)(?:/(?P<step>\d{1,2}))?")


def is_cron(text: str) -> bool:
    """Say whether the text is a cron whose every number lies within its field."""
    fields = text.split()
    return len(fields) == len(FIELDS) and all(
        _fits(part, low, high) for field, (low, high) in zip(fields, FIELDS, strict=True) for part in field.split(",")
    )


def _fits(part: str, low: int, high: int) -> bool:
    match = PART.fullmatch(part)
    if match is None or match["step"] == "0":
        return False
    first, last = int(match["first"] or low), int(match["last"] or match["first"] or high)
    return low <= first <= last <= high
