"""Rank units fairly: in peer groups, by rates over a base large enough, ties sharing a rank, and nothing due told as such."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit's rate and rank in its peer group; no rank where the base is too small or nothing was due."""

    unit: str
    due: int
    on_time: int
    rank: int | None

    @property
    def rate(self) -> float | None:
        return self.on_time / self.due if self.due else None


def rank(counts: Mapping[str, tuple[int, int]], order: Sequence[str], *, least: int) -> list[Standing]:
    """Rank units by on-time rate (1, 1, 3), ties in the school's own order; `counts` are due and on time by unit.

    Units with fewer than `least` due stand unranked behind, those with nothing due last.
    """
    place = {unit: number for number, unit in enumerate(order)}
    ranked = sorted((u for u, (due, _) in counts.items() if due >= least), key=lambda u: (-_rate(counts[u]), place.get(u, len(place))))
    standings: list[Standing] = []
    for number, unit in enumerate(ranked, start=1):
        before = standings[-1] if standings else None
        same = before is not None and _rate(counts[before.unit]) == _rate(counts[unit])
        standings.append(Standing(unit, *counts[unit], before.rank if before and same else number))
    few = _listed((u for u, (due, _) in counts.items() if 0 < due < least), place)
    none = _listed((u for u, (due, _) in counts.items() if not due), place)
    return standings + [Standing(unit, *counts[unit], None) for unit in few + none]


def _rate(count: tuple[int, int]) -> float:
    return count[1] / count[0]


def _listed(units: Iterable[str], place: Mapping[str, int]) -> list[str]:
    return sorted(units, key=lambda unit: place.get(unit, len(place)))
