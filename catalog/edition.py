"""An edition: what one kind of report shows, over which calendar, and where its thresholds lie. Decisions are data, not code."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from catalog.model import Model, Name, Share
from catalog.sharing import Address


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error:
        raise ValueError(r"expected a regular expression such as 20\d{8}") from None
    return pattern


Audience = Literal["公开", "校内", "综办", "信资"]
Pattern = Annotated[str, AfterValidator(_compiles)]


class Thresholds(Model):
    """When a figure becomes a problem candidate; all of them are printed in the annex."""

    on_time: Share = 0.95
    on_time_drop: Share = 0.02
    returned: Share = 0.2
    step_share: Share = 0.3
    idle_months: Literal[1, 3, 12] = 3
    rank_min_due: int = Field(default=10, ge=1)
    counts_below: int = Field(default=30, ge=1)
    failed_runs: int = Field(default=2, ge=1)
    sign_days: int = Field(default=1, ge=0)


FIRST_PAGE = ("A2", "A3", "A5", "A6", "A7", "B1", "B2", "B3", "C1", "C3", "D1", "E4", "E6", "F1", "F2", "H4")


class Edition(Model):
    """A report of one period. `high_frequency` names items whose cases would drown the rest: totals stand with and without them.

    `outline` says which sections it has, `every` how often it is made. `title` may hold a | where a long one breaks; `mark`,
    `addressees` and `label` override what the skin says. `scores` are the points of the five grades, from the worst to the best.
    `audience` decides what may be read; items whose name holds a word of `sensitive` show no count below ten to anyone.
    `student_numbers` are patterns of the school's 学号 and 工号, which no report may hold.
    `notify` are the channels of campus.yaml by which the office is told of a draft.
    `first_page` are the indicators of the first table, in its order; all of `indicators` stand in the annex.
    """

    name: Name
    title: str
    outline: Literal["operation", "security"] = "operation"
    every: Literal["month", "quarter"] = "month"
    skin: Literal["简报", "通报", "报告"] = "简报"
    mark: str | None = None
    addressees: str | None = None
    label: str = ""
    office: str
    basis: str
    calendar: str
    cut_off_days: int = Field(default=3, ge=0)
    indicators: tuple[str, ...]
    first_page: tuple[str, ...] = Field(default=FIRST_PAGE, max_length=16)
    high_frequency: tuple[str, ...] = ()
    without_accept_step: bool = False
    merge: tuple[tuple[int, int], ...] = ()
    notify: tuple[Address, ...] = ()
    scores: tuple[float, float, float, float, float] = (0, 3, 6, 8, 10)
    audience: Audience = "校内"
    sensitive: tuple[str, ...] = ("困难认定", "心理", "医疗", "处分", "投诉")
    student_numbers: tuple[Pattern, ...] = ()
    thresholds: Thresholds = Thresholds()
