"""The outline that all editions share: a dress by skin, an opening sentence, sections with the office's own paragraphs, annexes."""

from collections.abc import Callable, Iterable, Sequence

from reports.editions.desk import Desk
from reports.period import DAY
from reports.release.states import DRAFT
from reports.report import Block, Paragraph, Report, Section
from reports.sentence import day, tell, until
from reports.skin import Skin, skin

Part = tuple[str, Callable[[Desk], Iterable[Block]]]


def compose(desk: Desk, sections: Sequence[Part], annexes: Sequence[Part]) -> Report:
    """Write the draft of one period's report; the office's own paragraphs end their sections, and an empty annex is none."""
    edition, now = desk.edition, desk.now
    dress = skin(edition, now.period, school=desk.catalog.campus.title, year=desk.snapshot.cut.year, settings=desk.note.settings)
    return Report(
        head=dress.head,
        lines=dress.lines,
        addressees=dress.addressees,
        opening=_opening(desk, dress),
        sections=tuple(Section(title, (*write(desk), *map(Paragraph, desk.note.under(title)))) for title, write in sections),
        annexes=tuple(Section(title, blocks) for title, write in annexes if (blocks := tuple(write(desk)))),
        foot=dress.foot,
        office=f"{desk.catalog.campus.title}{edition.office}",
        state=DRAFT,
        skin=edition.skin,
    )


def _opening(desk: Desk, dress: Skin) -> str:
    period, cut = desk.now.period, until(desk.snapshot.cut)
    return tell(
        "report.opening_letter" if dress.head.letter else "report.opening",
        basis=desk.edition.basis,
        period=period.title,
        title=desk.edition.title.replace("|", ""),
        verb=dress.verb,
        first=day(period.start),
        last=day(period.end - DAY),
        cut=cut,
        cut_day=cut.removeprefix(f"{period.start.year}年"),  # the period has said the year
    )
