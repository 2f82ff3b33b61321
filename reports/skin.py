"""The three skins over one report: 通报 to all departments, 简报 in numbers, 报告 to the leaders. Numbers, dates and seals stay open.

The signed and numbered document is made in the office's own system: what only it may fill in is left blank here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.edition import Edition
from reports.period import Period
from reports.report import Foot, Head
from reports.sentence import tell

KEYS = {"通报": "notice", "简报": "brief", "报告": "upward"}
LETTER = {"通报": ("mark", "addressees"), "简报": ("sent_to",), "报告": ("mark",)}  # what a report that stays inside says otherwise


@dataclass(frozen=True, slots=True)
class Skin:
    """What stands around the sections in one skin."""

    head: Head
    lines: tuple[str, ...]
    addressees: str
    verb: str
    foot: Foot


def skin(edition: Edition, period: Period, *, school: str, year: int, settings: Mapping[str, str]) -> Skin:
    """Dress an issue; `settings` are the 期号 and 抄送 that the office gave it, open without."""
    key, office = KEYS[edition.skin], f"{school}{edition.office}"
    names = {"school": school, "office": office, "year": year, "title": edition.title.replace("|", ""), "period": period.title}
    brief, letter = edition.skin == "简报", edition.outline == "security"

    def said(part: str) -> str:
        return tell(f"skin.{'letter' if letter and part in LETTER[edition.skin] else key}.{part}", **names)

    first, _, second = edition.title.partition("|")
    lines = tuple(tell(f"skin.{key}.{part}", **names | {"part": text}) for part, text in (("first", first), ("second", second)))
    when = tell("skin.date", year=year)
    return Skin(
        head=Head(
            mark=edition.mark or said("mark"),
            number=tell("skin.brief.issue", number=settings.get("期号", "　")) if brief else said("number"),
            editor=office if brief else "",
            dated=when if brief else "",
            label=edition.label,
            letter=letter,
        ),
        lines=tuple(line for line in lines if line),
        addressees=edition.addressees if edition.addressees is not None else said("addressees"),
        verb=said("verb"),
        foot=Foot(
            closing=said("closing"),
            signed="" if brief else office,
            dated="" if brief else when,
            sent_to=tell("skin.copy", units=settings["抄送"].rstrip("。")) if "抄送" in settings else said("sent_to"),
            printed_by="" if letter else office,  # a letter has no 印发 line
            printed_on="" if letter else tell("skin.printed", date=when),
        ),
    )
