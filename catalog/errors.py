"""Every error of the house, named by what to do next. Messages come from the catalogue and never carry a cell value.

CampusError
├── CatalogError        fix the YAML or the arguments (file, line, expected shape)   never retried
├── UnavailableError    the other side is down, slow, throttled                      retried with back-off
│   └── BusyError       another run holds the flow                                   retried later
├── RejectedError       a blocking rule or a brake; carries the verdict              never retried; the owner is told
├── UnprovenError       source and target differ or cannot be compared               rolled back; the operator is told
└── DeniedError         the agreement says no; logged                                API: 403
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.messages import Lang, say


class CampusError(Exception):
    """An error told in the language of its reader: a message key and the names that fill it."""

    exit_code = 1

    def __init__(self, key: str, /, **names: object) -> None:
        super().__init__(key)
        self.key = key
        self.names: Mapping[str, object] = names

    def say(self, lang: Lang | None = None) -> str:
        """Tell the error in `lang`, or in the hub's language (HUB_LANG)."""
        return say(self.key, lang, **self.names)

    def __str__(self) -> str:
        return self.say()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in the campus folder: where it stands and what was expected there."""

    file: str
    line: int | None
    key: str
    names: Mapping[str, object]

    def say(self, lang: Lang | None = None) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}  {say(self.key, lang, **self.names)}"


class CatalogError(CampusError):
    """The YAML or an argument is wrong; all problems in one go."""

    exit_code = 2

    def __init__(self, key: str = "catalog.problems", /, *, problems: Sequence[Problem] = (), **names: object) -> None:
        super().__init__(key, count=len(problems), **names)
        self.problems = tuple(problems)

    def say(self, lang: Lang | None = None) -> str:
        return "\n".join([super().say(lang), *(f"  {problem.say(lang)}" for problem in self.problems)])


class UnavailableError(CampusError):
    """The other side is down, slow or throttled; nothing was changed."""

    exit_code = 4


class BusyError(UnavailableError):
    """Another run holds the flow."""


class RejectedError(CampusError):
    """A blocking rule or a brake stopped the batch before publishing."""

    exit_code = 3


class UnprovenError(CampusError):
    """Source and target differ, or cannot be compared; the transaction was rolled back."""

    exit_code = 5


class DeniedError(CampusError):
    """The agreement says no."""

    exit_code = 6
