"""The numbers of a text and where they stand, so that those of two texts can be laid beside each other though words between changed."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from reports.scan import UNSEEN

WIDE = str.maketrans("０１２３４５６７８９．％，－＋", "0123456789.%，-+")  # the full-width comma parts sentences, not thousands
NARROW_BLANKS = re.compile("(?<=\\d)[\u00a0\u2009\u202f](?=\\d{3}(?!\\d))")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
ORDINALS = re.compile("[\u2460-\u249b]")  # ① ⑴ ⒈ count paragraphs
BLANKS = re.compile(r"\s+")
NUMBER = re.compile(r"(?<![A-Za-z0-9_.])(?:(?<![\d一-龥）)\]])[-+−])?\d+(?:\.\d+)?(?:%|‰|万|亿)?(?![A-Za-z0-9_])")
WAYS = re.compile("(增长|增加|提高|上升|下降|减少|降低|回落)(?:了|为|至|到|约)?$")
BASES = re.compile("环比|同比")
UNIT = re.compile("个?(百分点|工作日|件次|件|项|人次|人|次|天|小时|分钟|倍)")
DOWN = ("下降", "减少", "降低", "回落")
DIGITS = "零〇一二两三四五六七八九十百千"
COUNTED = "件|项|人次|人|个百分点|分点|倍|成"
WORDED = re.compile(  # 百分之九十八点六, 九成, 三万余件, 二十七项, 翻了一番
    f"百分之[{DIGITS}点]+|[{DIGITS}]+[余多]?[万亿][{DIGITS}余多万]*|[{DIGITS}]+[余多几]?(?:{COUNTED})[一二两三四五六七八九半]?|翻[了两一]*番"
)
REACH = 12  # characters looked at on each side
NEAR = 6  # those before a number in words


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is read, the words around it with their numbers masked, and the block it stands in."""

    text: str
    before: str
    after: str
    block: int

    @property
    def value(self) -> float:
        """What it amounts to: 1.2万 is 12000, 98.2% is 98.2."""
        plain = re.sub(r"[%‰万亿]", "", self.text).replace("−", "-")
        return float(plain) * (1e4 if self.text.endswith("万") else 1e8 if self.text.endswith("亿") else 1)

    @property
    def kind(self) -> str:
        """What it counts: a share, or what the character after it says."""
        return self.text[-1] if self.text[-1] in "%‰" else ""

    @property
    def way(self) -> str:
        """The word before it that says which way something went, if there is one: a change is half told by its number."""
        found = WAYS.search(self.before)
        return found[1] if found else ""

    @property
    def base(self) -> str:
        """What a change is told against, where the words before it say so."""
        found = BASES.findall(self.before)
        return found[-1] if found else ""

    @property
    def unit(self) -> str:
        """What is counted, where the words after it say so."""
        found = UNIT.match(self.after)
        return found[1] if found else ""

    def against(self, other: "Number") -> bool:
        """Say whether two numbers speak of different things: changes that go opposite ways, other bases, other units."""
        opposite = bool(self.way and other.way) and (self.way in DOWN) != (other.way in DOWN)
        return opposite or any(mine != theirs for mine, theirs in ((self.base, other.base), (self.unit, other.unit)) if mine and theirs)

    def same(self, other: "Number") -> bool:
        """Say whether two numbers say the same; one written in 万 or 亿 says what the other rounds to."""
        if self.kind != other.kind or self.against(other):
            return False
        for one, exact in ((self, other), (other, self)):
            if one.text[-1] in "万亿":
                unit = 1e4 if one.text[-1] == "万" else 1e8
                digits = len(one.text.partition(".")[2].rstrip("万亿"))
                return abs(round(exact.value / unit + 1e-12, digits) * unit - one.value) < unit * 10**-9
        return self.value == other.value and _decimals(self.text) == _decimals(other.text)


def normal(text: str) -> str:
    """Return a text without what office programs do to it: wide digits, hard blanks, soft hyphens, commas between thousands."""
    text = NARROW_BLANKS.sub("", text.translate(UNSEEN)).translate(WIDE)
    text = unicodedata.normalize("NFKC", ORDINALS.sub("", THOUSANDS.sub("", text)))
    return BLANKS.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    """Keep a blank between two numbers and between two words of another script; Chinese text has none."""
    text, start, end = match.string, match.start(), match.end()
    around = text[start - 1 : start] + text[end : end + 1]
    return " " if len(around) == 2 and around.isascii() and around.isalnum() else ""


def numbers(texts: Sequence[str]) -> list[Number]:
    """Find the numbers of blocks of text, in order. What is stuck to a Latin letter (P90, GB, a hash) is a name."""
    found = []
    for at, text in enumerate(map(normal, texts)):
        matches = list(NUMBER.finditer(text))
        masked, places = "", []
        end = 0
        for match in matches:
            masked += text[end : match.start()]
            places.append(len(masked))
            masked += "#"
            end = match.end()
        masked = masked + text[end:]
        for match, place in zip(matches, places, strict=True):
            before = ("^" + masked)[max(0, place + 1 - REACH) : place + 1]
            found.append(Number(match[0], before, (masked + "$")[place + 1 : place + 1 + REACH], at))
    return found


def worded(text: str) -> list[tuple[str, str]]:
    """Find the numbers that a text says in words, each with the words before it: what they amount to, only a person can judge."""
    plain = normal(text)
    return [(match[0], plain[max(0, match.start() - NEAR) : match.start()]) for match in WORDED.finditer(plain)]


def _decimals(text: str) -> int:
    return len(text.partition(".")[2].rstrip("%‰"))
