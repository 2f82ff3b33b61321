"""Masks: what a receiver sees instead of a personal value. Text in, text out; NULL stays NULL."""

from collections.abc import Callable, Mapping

from catalog.sharing import MaskName


def mask(how: MaskName, value: str | None) -> str | None:
    """Mask one value in its canonical text.

    surname 欧阳明 → 欧** · id_card 370211199001011234 → 3****************4 · phone 13812345678 → 138******78
    email wang@example.edu.cn → w***@example.edu.cn · last2 20210001 → ******01 · last4 → ****0001
    year 1990-01-02 → 1990-01-01 · null → NULL
    """
    return None if value is None else MASKS[how](value)


def _ends(value: str, first: int, last: int) -> str:
    """Keep the first and last characters; a value of which less than half would be hidden is hidden whole."""
    if len(value) < 2 * (first + last):
        return "*" * len(value)
    return value[:first] + "*" * (len(value) - first - last) + value[len(value) - last :]


def _email(value: str) -> str:
    name, at, domain = value.partition("@")
    return f"{name[:1] if len(name) > 1 else ''}***@{domain}" if at else "*" * len(value)


def _year(value: str) -> str:
    """Keep the year of a date or timestamp, as its first day, so that the type stays."""
    return f"{value[:4]}-01-01" + ("" if len(value) <= 10 else " 00:00:00")


MASKS: Mapping[MaskName, Callable[[str], str | None]] = {
    "surname": lambda value: _ends(value, 1, 0),
    "id_card": lambda value: _ends(value, 1, 1),
    "phone": lambda value: _ends(value, 3, 2),
    "email": _email,
    "last2": lambda value: _ends(value, 0, 2),
    "last4": lambda value: _ends(value, 0, 4),
    "year": _year,
    "null": lambda value: None,
}
