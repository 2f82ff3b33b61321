"""Texts made after a pattern of the rules' one subset (docs/reference/rules.md): for invented rows. Groups are left to their owner."""

import re
import string

ATOM = re.compile(
    r"(?P<atom>\\.|\[\^?(?:\\.|[^\\\]])+\]|[^\\\[\](){}|*+?])"
    r"(?:\{(?P<low>\d+)(?:,(?P<high>\d*))?\}|(?P<sign>[*+?]))?",
    re.DOTALL,
)
CLASSES = {"d": string.digits, "w": string.digits + string.ascii_letters + "_", "s": " "}
EVERY = string.digits + string.ascii_letters + "-_"
ROOM = 6  # places for an open number of characters: enough for a million texts that differ


def invent(pattern: str, number: int) -> str | None:
    """Return the text of that number, counted down from the last characters of each place; None for a pattern with groups."""
    body = pattern.removeprefix("^").removesuffix("$")
    places, end = [], 0
    for match in ATOM.finditer(body):
        if match.start() != end:
            return None
        places += [_characters(match["atom"])] * _times(match)
        end = match.end()
    if end != len(body):
        return None
    made = []
    for characters in reversed(places):
        number, at = divmod(number, len(characters))
        made.append(characters[-1 - at])
    found = "".join(reversed(made))
    return found if re.fullmatch(body, found, re.ASCII) else None


def _times(match: re.Match[str]) -> int:
    if match["sign"]:
        return {"?": 0, "+": ROOM, "*": ROOM}[match["sign"]]
    if match["low"] is None:
        return 1
    low = int(match["low"])
    high = low if match["high"] is None else int(match["high"] or low + ROOM)
    return min(high, max(low, ROOM))


def _characters(atom: str) -> str:
    if atom == ".":
        return EVERY
    if atom.startswith("\\"):
        return CLASSES.get(atom[1], atom[1])
    if not atom.startswith("["):
        return atom
    test = re.compile(atom, re.ASCII)
    return "".join(c for c in (EVERY if atom.startswith("[^") else map(chr, range(32, 0x3000))) if test.fullmatch(c)) or atom[1]
