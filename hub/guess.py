"""Guesses about a column from its name, its comment and a sample: what it means, how sensitive it is, which standard it speaks.

A guess carries its confidence and its ground; it proposes and a person decides. No value of the sample is ever told.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalog.dataset import Sensitivity

ENOUGH = 0.8  # share of the sample that must look alike
FEWEST = 5  # values, for a sample to speak at all
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"


@dataclass(frozen=True, slots=True)
class Guess:
    """What is proposed, how sure (0 to 1), and on what ground: `name`, `content` or both."""

    value: str
    confidence: float
    ground: str


def is_id_card(text: str) -> bool:
    """Say whether a text is a citizen's ID number: eighteen places, the last of them the check of GB 11643-1999."""
    if not re.fullmatch(r"[1-9]\d{16}[\dXx]", text, re.ASCII):
        return False
    return CHECKS[sum(int(digit) * weight for digit, weight in zip(text, WEIGHTS, strict=False)) % 11] == text[-1].upper()


def is_bank_card(text: str) -> bool:
    """Say whether a text of 16 to 19 digits passes the Luhn check (ISO/IEC 7812-1)."""
    if not re.fullmatch(r"\d{16,19}", text, re.ASCII):
        return False
    doubled = [int(digit) * (2 if at % 2 else 1) for at, digit in enumerate(reversed(text))]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0


def _matching(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: compiled.fullmatch(text) is not None


# what a column is about: words in its name or comment, the look of its content, and how sensitive that is
KINDS: Sequence[tuple[str, str, Callable[[str], bool] | None, Sensitivity]] = (
    ("id_card", r"身份证|证件号|sfzh|sfzjh|zjhm|id_?card|identity", is_id_card, "sensitive"),
    ("bank_card", r"银行卡|银行账号|卡号|yhkh|yhzh|bank", is_bank_card, "sensitive"),
    ("health", r"健康|病史|疾病|心理|残疾|jkzk|health", None, "sensitive"),
    ("hardship", r"困难|资助|低保|处分|knrd|hardship|discipline", None, "sensitive"),
    ("pay", r"工资|薪|津贴|^gz$|gwgz|salary|wage", None, "sensitive"),
    ("phone", r"手机|电话|联系方式|^sjh?$|sjhm|lxdh|phone|mobile|^tel", _matching(r"(\+?86)?1[3-9]\d{9}"), "personal"),
    ("email", r"邮箱|邮件|dzyx|yx_?dz|e_?mail", _matching(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"), "personal"),
    ("address", r"住址|地址|家庭住|^zz$|jtdz|txdz|address", None, "personal"),
    ("birth", r"出生|生日|csrq|csny|birth", None, "personal"),
    ("name", r"姓名|^xm$|xingming|real_?name|^name_?cn$|person_?name|(student|staff|teacher)_?name", None, "personal"),
)
STANDARDS = (
    ("gbt_2261_1", r"性别|^xb[dm]*$|gender|^sex$"),
    ("gbt_2261_2", r"婚姻|hyzk|marital"),
    ("gbt_2261_3", r"健康状况|jkzk"),
    ("gbt_3304", r"民族|^mz[dm]*$|nation(ality)?$|ethnic"),
    ("gbt_4658", r"学历|^xl[dm]*$|education"),
    ("gbt_4762", r"政治面貌|zzmm|political"),
    ("gbt_2659", r"国家|国籍|^gj[dm]*$|gjdq|country"),
    ("gbt_2260", r"行政区划|籍贯|生源地|出生地|xzqh|^jg[dm]*$|syd|csd|region"),
)
CURSORS = r"更新时间|修改时间|最后更新|时间戳|gxsj|xgsj|zhxgsj|czsj|update[d_]*(at|time|on)?$|modif|last_?(update|change)"
CODE_TABLES = r"代码|字典|码表|^(dm|zd|dict|code)_|_(dm|zd|dict|code)s?$"


def sensitivity(name: str, comment: str, sample: Sequence[str]) -> Guess | None:
    """Guess how sensitive a column is; None where nothing speaks for more than the default."""
    for _, words, looks, level in KINDS:
        named = _named(words, name, comment)
        alike = _share(looks, sample) if looks else 0.0
        if named or alike >= ENOUGH:
            sure = 0.95 if named and alike >= ENOUGH else 0.7 if named else 0.85
            return Guess(level, sure, "both" if named and alike >= ENOUGH else "name" if named else "content")
    return None


def standard(name: str, comment: str, sample: Sequence[str], codes: Callable[[str], frozenset[str]]) -> Guess | None:
    """Guess the standard code table that a column speaks; `codes` gives a table's codes, none where the campus lacks it."""
    for table, words in STANDARDS:
        known = codes(table)
        if known and _named(words, name, comment):
            inside = _share(known.__contains__, sample)
            return Guess(table, 0.95 if inside >= ENOUGH else 0.4, "both" if inside >= ENOUGH else "name")
    return None


def cursor(name: str, comment: str, native: str, *, indexed: bool) -> Guess | None:
    """Guess whether a column tells when its row was last changed."""
    if not native.startswith(("timestamp", "datetime")) or not _named(CURSORS, name, comment):
        return None
    return Guess(name, 0.9 if indexed else 0.7, "name")


def is_code_table(name: str, comment: str, columns: int, rows: int | None) -> bool:
    """Say whether a table looks like one of codes and titles."""
    return columns <= 8 and (rows is None or rows <= 5000) and _named(CODE_TABLES, name, comment)


def _named(words: str, *names: str) -> bool:
    return any(re.search(words, name.strip().lower()) for name in names if name)


def _share(looks: Callable[[str], bool], sample: Sequence[str]) -> float:
    return sum(map(looks, sample)) / len(sample) if len(sample) >= FEWEST else 0.0
