"""The school's calendar: working days and terms, and an honest end beyond which it refuses to guess."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from catalog.errors import CatalogError
from catalog.model import Model, Name

DAY = timedelta(days=1)


def _days(value: Any) -> Any:  # Any: whatever YAML holds
    """Read a list of days and of spans written `2026-02-15/2026-02-23`."""
    if not isinstance(value, list | tuple):
        return value
    found: list[date] = []
    for part in value:
        first, _, last = str(part).partition("/")
        day, end = date.fromisoformat(first), date.fromisoformat(last or first)
        found += [day + DAY * n for n in range((end - day).days + 1)]
    return tuple(found)


Days = Annotated[tuple[date, ...], BeforeValidator(_days)]


class Term(Model):
    """A term of the school's own calendar (校历): it is read, never computed."""

    code: str = Field(pattern=r"^\d{4}-\d{4}-[123]$")
    title: str
    start: date
    end: date


class OwnDays(Model):
    """Days on which the school decided otherwise than the official notices, and the document that says so."""

    document: str
    holidays: Days = ()
    workdays: Days = ()


class Calendar(Model):
    """Which days are working days between `first` and `last`, by the notices named in `sources`.

    `weekend` are ISO weekdays of rest (6 Saturday, 7 Sunday); `holidays` rest although they are weekdays, `workdays` work although
    they are weekend days (调休); the `school`'s own days stand above both.
    """

    name: Name
    title: str
    sources: tuple[str, ...]
    first: date
    last: date
    weekend: tuple[int, ...] = (6, 7)
    holidays: Days = ()
    workdays: Days = ()
    school: OwnDays | None = None
    terms: tuple[Term, ...] = ()

    @model_validator(mode="after")
    def one_answer_a_day(self) -> "Calendar":
        own = self.school or OwnDays(document="")
        for days, others in ((self.holidays, self.workdays), (own.holidays, own.workdays)):
            if both := set(days) & set(others):
                raise ValueError(f"expected either a holiday or a working day: {min(both)}")
        if beyond := [day for day in (*self.holidays, *self.workdays, *own.holidays, *own.workdays) if not self.first <= day <= self.last]:
            raise ValueError(f"expected days between {self.first} and {self.last}: {min(beyond)}")
        return self

    def works(self, day: date) -> bool:
        """Say whether a day is a working day. CatalogError beyond the calendar's days: what to load, never a guess."""
        if not self.first <= day <= self.last:
            raise CatalogError("calendar.beyond", calendar=self.name, day=day, first=self.first, last=self.last)
        if self.school and day in (*self.school.holidays, *self.school.workdays):
            return day in self.school.workdays
        return day in self.workdays or (day.isoweekday() not in self.weekend and day not in self.holidays)

    def between(self, start: date, end: date) -> int:
        """Count the working days after `start` up to and with `end`: the day something begins is not counted."""
        return sum(self.works(start + DAY * n) for n in range(1, (end - start).days + 1))

    def add(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day`."""
        while count:
            day += DAY
            count -= self.works(day)
        return day

    def days(self) -> Iterator[tuple[date, bool]]:
        """Yield every day of the calendar and whether it is a working day."""
        for n in range((self.last - self.first).days + 1):
            yield self.first + DAY * n, self.works(self.first + DAY * n)
