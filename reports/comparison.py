"""What a period is compared with: the issue before as it was told, or its period counted again in this snapshot."""

from dataclasses import dataclass

from reports.figures import Figures
from reports.measure import Measured
from reports.period import Period, called


@dataclass(frozen=True, slots=True)
class Comparison:
    """The figures of the period before. `issue` names the report that told them; None means they were counted for this one."""

    figures: Figures
    last: str  # what the period before is called
    issue: str | None
    as_long: bool  # whether its data are of as long a time: counts of one month and of two, or of the end of one, are not compared
    adjusted: int  # cases carried in beyond those the issue before carried out (口径调整)


def compare(measured: Measured, earlier: Figures, period: Period, *, issue: str | None) -> Comparison:
    """Lay the figures before beside those of now. Late data change no issue: they show as an adjustment of what was carried in."""
    as_long = (period.kind != "month" or period.months == measured.period.months) and not measured.bases["begun"]
    return Comparison(earlier, called(period, measured.period), issue, as_long, measured.count("A3") - earlier.count("A6") if issue else 0)
