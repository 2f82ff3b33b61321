"""Guards: what the value of each field must meet to enter its type on the target. A row that fails one is kept out of the lane."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors import mariadb_guard


@dataclass(frozen=True, slots=True)
class Guard:
    """The tests of one value, as SQL."""

    expr: str
    tests: tuple[str, ...]
    loud: bool = False  # the target's stage refuses such a value by itself: the load ends, and nothing is bent

    def __str__(self) -> str:
        return f"({self.expr} is null or case when {' and '.join(self.tests)} then 1 else 0 end = 1)"


Guards = Mapping[str, Guard]  # by field


def quiet(guards: Guards) -> Guards:
    """Return the guards without which a value could be bent unseen."""
    return {field: guard for field, guard in guards.items() if not guard.loud}


def passed(guards: Guards) -> str:
    """SQL for a row that meets all guards. A MariaDB searches all texts for NUL together, where nothing else is asked of them."""
    searched = [guard.expr for guard in guards.values() if guard.tests == (mariadb_guard.without_nul(guard.expr),)]
    others = [str(guard) for guard in guards.values() if guard.expr not in searched]
    return " and ".join([*([mariadb_guard.without_nul(*searched)] if searched else []), *others])
