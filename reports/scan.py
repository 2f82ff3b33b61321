"""What must never stand in a report: numbers that belong to persons. Hits tell kind and place, never the number.

ID numbers by their checksum, bank cards by Luhn's, phones, e-mails, and student numbers by the pattern of the edition. Full-width digits,
and the usual groups with blanks or hyphens, are read as digits.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date

UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
ID = re.compile(r"(?<![0-9A-Za-z])(\d{6})[ -]?(\d{8})[ -]?(\d{3}[0-9Xx])(?![0-9A-Za-z])")
OLD_ID = re.compile(r"(?<![0-9A-Za-z])\d{6}(\d{2})(\d{2})(\d{2})\d{3}(?![0-9A-Za-z])")
PHONE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d(?:\d{8}|[ -]\d{4}[ -]\d{4})(?!\d)")
CARD = re.compile(r"(?<!\d)\d{4}(?:\d{12,15}|(?: \d{4}){3}(?: \d{1,3})?|(?:-\d{4}){3}(?:-\d{1,3})?)(?!\d)")
EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
WEIGHTS, CHECKS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
BLANK = re.compile(r"\s")
CASE_NUMBERS = ("办件编号", "申办流水号", "流水号", "编号", "标识")


def plain(text: str) -> str:
    """Return a text as it is read: full-width characters narrow, blanks of every kind one kind, nothing unseen."""
    return unicodedata.normalize("NFKC", text).translate(UNSEEN).replace("\u2011", "-").replace("\u2010", "-")


def personal(text: str, *, students: Sequence[str] = (), case_numbers: bool = False, spaced: bool = True) -> Iterator[str]:
    """Yield the kind of each number of a person in a text; a column of case numbers is not looked at for bank cards.

    Not `spaced`, blanks part numbers, as they part cells in a page's text.
    """
    text = plain(text) if spaced else BLANK.sub("　", plain(text))
    if any(_is_id("".join(match.groups())) for match in ID.finditer(text)):
        yield "id"
    if any(_is_day(f"19{match[1]}", match[2], match[3]) for match in OLD_ID.finditer(text)) and not case_numbers:
        yield "id"
    if PHONE.search(text):
        yield "phone"
    if not case_numbers and any(_is_card(re.sub(r"\D", "", match[0])) for match in CARD.finditer(text)):
        yield "card"
    if EMAIL.search(text):
        yield "email"
    if any(re.search(rf"(?<![0-9A-Za-z])(?:{pattern})(?![0-9A-Za-z])", text) for pattern in students):
        yield "student"


def _is_id(number: str) -> bool:
    """Check an 18-digit ID number: its day of birth and its check character (GB 11643)."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, number, strict=False))
    return _is_day(number[6:10], number[10:12], number[12:14]) and CHECKS[total % 11] == number[17].upper()


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        return 1900 <= date(int(year), int(month), int(day)).year <= 2100
    except ValueError:
        return False


def _is_card(number: str) -> bool:
    """Check a bank card's number by Luhn's formula; a run of one digit is none."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = [digit if at % 2 == 0 else digit * 2 - 9 * (digit > 4) for at, digit in enumerate(digits)]
    return len(set(digits)) > 1 and sum(doubled) % 10 == 0
