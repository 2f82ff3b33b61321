"""What a period is compared with: the issue before as it was told, or its period counted again in this snapshot."""

from dataclasses import dataclass

from reports.figures import Figures
from reports.measure import Measured


@dataclass(frozen=True, slots=True)
class Comparison:
    """The figures of the period before. `issue` names the report that told them; None means they were counted for this one."""

    figures: Figures
    last: str  # what the period before is called
    issue: str | None
    adjusted: int  # cases carried in beyond those the issue before carried out (口径调整)


def compare(measured: Measured, earlier: Figures, *, last: str, issue: str | None) -> Comparison:
    """Lay the figures before beside those of now. Late data change no issue: they show as an adjustment of what was carried in."""
    return Comparison(earlier, last, issue, measured.count("A3") - earlier.count("A6") if issue else 0)
