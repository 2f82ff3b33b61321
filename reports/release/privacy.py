"""The scan of finished files before they leave: what blocks, and what a person must look at and sign for (decision 6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.messages import say
from reports.release.names import Names
from reports.release.texts import Text, texts
from reports.scan import personal


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found where. The number or name itself is not told; a doubtful word is, for it must be judged."""

    kind: str  # id | phone | card | email | student | name
    place: str
    word: str = ""

    def say(self) -> str:
        """Tell it to the person who must mend or judge it."""
        return say(f"scan.{self.kind}" if not self.word else "scan.word", place=self.place, word=self.word)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What blocks, and what needs a signature."""

    blocking: Sequence[Hit]
    doubtful: Sequence[Hit]


def scan(paths: Iterable[Path], names: Names, *, students: Sequence[str]) -> Scanned:
    """Scan files. RejectedError for one that cannot be read: what cannot be read is not released."""
    blocking: dict[Hit, None] = {}
    doubtful: dict[str, Hit] = {}  # a word is judged once, wherever it stands
    for path in paths:
        for text in texts(path):
            blocking |= {Hit(kind, text.place): None for kind in _numbers(text, students)}
            for piece in text.text.splitlines() if text.wrapped else [_joined(text.text)]:
                sure, maybe = names.within(piece)
                blocking |= {Hit("name", text.place): None for _ in sure}
                for word in sorted(maybe):
                    doubtful.setdefault(word, Hit("name", text.place, word))
    return Scanned(list(blocking), list(doubtful.values()))


def _numbers(text: Text, students: Sequence[str]) -> Iterable[str]:
    """Look at the lines of a page one by one: cells that stand beside each other on a page are no number."""
    for piece in text.text.splitlines() if text.wrapped else [text.text]:
        yield from personal(piece, students=students, case_numbers=text.case_numbers, spaced=not text.wrapped)


def _joined(text: str) -> str:
    """Close the gaps inside a name: 王 小 明."""
    return "".join(text.split())
