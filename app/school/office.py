"""The office's clock: which days a school works, by its calendar file, and time counted in office hours only.

    wall time   Tue 17:00 ──── night ──── Wed 09:00
    office time      7.0 h → 7.0 h  …  7.5 h          (08:30–12:00 and 14:00–17:30)

A moment outside the calendar is an error, not a guess.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.calendar import Calendar
from catalog.errors import CatalogError

Times = NDArray[np.datetime64]
Seconds = NDArray[np.int64]
Mask = NDArray[np.bool_]

MORNING, NOON, AFTERNOON = 8 * 3600 + 1800, 12 * 3600, 14 * 3600
HALF = NOON - MORNING
DAY = 2 * HALF  # office seconds a working day


@dataclass(frozen=True, slots=True)
class Office:
    """Working days as arrays: `works` says it of each day since `first`, `begun` counts them, `days` lists them. `now` is the clock."""

    now: np.datetime64
    first: np.datetime64
    works: Mask
    begun: Seconds
    days: Times

    def rests(self, moments: Times) -> Mask:
        """Say which moments lie on a day off."""
        return ~self.works[self._number(moments)]

    def due(self, moments: Times, count: Seconds) -> Times:
        """Return 24:00 of the count-th working day after each moment's day, which is not counted; for 0 of the day itself."""
        number = self._number(moments)
        day = np.where(count > 0, self.days[self.begun[number] + np.maximum(count, 1) - 1], self.first + number)
        return np.asarray((day + np.timedelta64(1, "D")).astype("datetime64[s]"))

    def later(self, moments: Times, seconds: Seconds) -> Times:
        """Return when so many office seconds have passed since each moment."""
        day, second = np.divmod(self._passed(moments) + seconds, DAY)
        moment = np.where(second < HALF, MORNING + second, AFTERNOON + second - HALF)
        return np.asarray(self.days[day].astype("datetime64[s]") + moment.astype("timedelta64[s]"))

    def between(self, start: Times, end: Times) -> Seconds:
        """Count the working days after the start's day up to and including the end's day."""
        return np.asarray(self.begun[self._number(end)] - self.begun[self._number(start)], dtype=np.int64)

    def _passed(self, moments: Times) -> Seconds:
        """Count the office seconds since the first day; what happens in rest counts as the next opening."""
        number = self._number(moments)
        second = (moments - moments.astype("datetime64[D]")).astype(np.int64)
        today = np.clip(second - MORNING, 0, HALF) + np.clip(second - AFTERNOON, 0, HALF)
        return np.where(self.works[number], (self.begun[number] - 1) * DAY + today, self.begun[number] * DAY).astype(np.int64)

    def _number(self, moments: Times) -> Seconds:
        number = (moments.astype("datetime64[D]") - self.first).astype(np.int64)
        if number.size and (number.min() < 0 or number.max() >= self.works.size):
            last = self.first + self.works.size - 1
            beyond = moments[(number < 0) | (number >= self.works.size)][0].astype("datetime64[D]")
            raise CatalogError("calendar.beyond", calendar="china", day=beyond, first=self.first, last=last)
        return np.asarray(number, dtype=np.int64)


def open_office(calendar: Calendar, now: str) -> Office:
    """Read the school's calendar as arrays; `now` is wall time of the school."""
    works = np.array([works for _, works in calendar.days()])
    first = np.datetime64(calendar.first, "D")
    return Office(np.datetime64(now, "s"), first, works, np.cumsum(works), first + np.flatnonzero(works))
