"""Figures: what was measured, by indicator, unit and part; folded under successors where units were renamed or merged."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Figure:
    """One value: for a unit ('' is the whole school) and a part of an indicator ('' is the indicator itself)."""

    indicator: str
    unit: str
    part: str
    numerator: float | None
    denominator: float | None
    value: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one period. What was not measured has no value; a count of nothing is zero."""

    of: Mapping[tuple[str, str, str], Figure]

    @classmethod
    def gather(cls, figures: Iterable[Figure]) -> "Figures":
        """Gather figures by indicator, unit and part, in that order."""
        ordered = sorted(figures, key=lambda f: (f.indicator, f.unit, f.part))
        return cls({(f.indicator, f.unit, f.part): f for f in ordered})

    def __iter__(self) -> Iterator[Figure]:
        return iter(self.of.values())

    def get(self, indicator: str, unit: str = "", part: str = "") -> Figure | None:
        """Return a figure, or None where nothing was measured."""
        return self.of.get((indicator, unit, part))

    def value(self, indicator: str, unit: str = "", part: str = "") -> float | None:
        """Return a figure's value; None is not applicable."""
        figure = self.get(indicator, unit, part)
        return figure.value if figure else None

    def count(self, indicator: str, unit: str = "", part: str = "") -> int:
        """Return a count; nothing counted is zero."""
        return round(self.value(indicator, unit, part) or 0)

    def units(self, *indicators: str) -> set[str]:
        """Return the units for which some of the indicators are not zero."""
        return {f.unit for f in self if f.unit and f.indicator in indicators and f.value}

    def under(self, successors: Mapping[str, str]) -> "Figures":
        """Fold units into their successors: counts and bases add up; a median of two units cannot be had from theirs."""
        folded: dict[tuple[str, str, str], Figure] = {}
        for figure in self:
            moved = replace(figure, unit=successors.get(figure.unit, figure.unit))
            key = (moved.indicator, moved.unit, moved.part)
            folded[key] = _together(folded[key], moved) if key in folded else moved
        return Figures.gather(folded.values())


def _together(one: Figure, other: Figure) -> Figure:
    if one.denominator is None:
        return replace(one, value=(one.value or 0) + (other.value or 0))
    base = one.denominator + (other.denominator or 0)
    if one.numerator is None:
        return replace(one, denominator=base, value=None)
    total = one.numerator + (other.numerator or 0)
    return replace(one, numerator=total, denominator=base, value=total / base if base else None)
