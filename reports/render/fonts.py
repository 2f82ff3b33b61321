"""Which font stands for each role of an official document, whether it holds the characters, and what had to be replaced.

A school's own `fonts/` folder is asked first, then what the system has. What is missing is named, never fatal: without a font the next
of the chain is taken, and the manifest says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

Role = str
OFFICIAL: Mapping[Role, tuple[str, ...]] = {  # as licensed fonts name themselves
    "title": ("方正小标宋简体", "FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05"),
    "fang": ("仿宋_GB2312", "FangSong_GB2312", "FZFangSong-Z02", "FangSong", "仿宋"),
    "kai": ("楷体_GB2312", "KaiTi_GB2312", "FZKai-Z03", "KaiTi", "楷体"),
    "hei": ("SimHei", "黑体", "FZHei-B01"),
    "song": ("SimSun", "宋体", "NSimSun"),
    "latin": ("Times New Roman",),
}
OPEN: Mapping[Role, tuple[str, ...]] = {  # from Debian packages: docs/how-to/publish-a-report.md
    "title": ("Noto Serif CJK SC", "FandolSong"),
    "fang": ("FandolFang R", "FandolFang", "Noto Serif CJK SC"),
    "kai": ("FandolKai", "LXGW WenKai", "Noto Serif CJK SC"),
    "hei": ("FandolHei", "Noto Sans CJK SC"),
    "song": ("FandolSong", "Noto Serif CJK SC"),
    "latin": ("Liberation Serif", "Libertinus Serif"),
}
LAST = ("Noto Serif CJK SC", "Noto Sans CJK SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei")


@dataclass(frozen=True, slots=True)
class Typefaces:
    """The fonts at hand: their handle for typst, and the file (and its number in a collection) of every family."""

    handle: typst.Fonts
    files: Mapping[str, tuple[str, int]]

    def chain(self, role: Role) -> list[str]:
        """Return the families for a role, best first, that are there."""
        wanted = [*OFFICIAL[role], *OPEN[role], *(() if role == "latin" else LAST)]
        return [family for family in dict.fromkeys(wanted) if family in self.files]

    def used(self, texts: Mapping[Role, str]) -> dict[str, Any]:  # Any: JSON
        """Tell which fonts set these texts, which fonts of each role were missing, and where each replaced character was found."""
        replaced: dict[str, str | None] = {}
        for role, text in texts.items():
            chain = self.chain(role)
            for letter in sorted({c for c in text if ord(c) > 0x2E7F}):
                found = self._holding(letter, chain)
                if not chain or found != chain[0]:
                    replaced[letter] = found
        chains = {role: self.chain(role) for role in OPEN}
        first = {role: chain[0] if chain else None for role, chain in chains.items()}
        return {
            "roles": first,
            "versions": {family: _version(*self.files[family]) for family in sorted({f for f in first.values() if f})},
            "missing": {role: OPEN[role][0] for role, family in first.items() if family not in (*OFFICIAL[role], OPEN[role][0])},
            "replaced": {letter: family for letter, family in sorted(replaced.items()) if family},
            "unseen": sorted(letter for letter, family in replaced.items() if family is None),
        }

    def _holding(self, letter: str, chain: Iterable[str]) -> str | None:
        """Return the first family with this character: of the chain, or of all that are there."""
        families = [*chain, *(family for family in sorted(self.files) if family not in chain)]
        return next((family for family in families if ord(letter) in _characters(*self.files[family])), None)


def typefaces(folder: Path | None = None) -> Typefaces:
    """Find the fonts of a school's folder, if it has one, then those of the system; typst's own carry no Chinese."""
    return _typefaces(folder if folder and folder.is_dir() else None)


@cache
def _typefaces(folder: Path | None) -> Typefaces:
    handle = typst.Fonts(font_paths=[folder] if folder else [])
    files: dict[str, tuple[str, int]] = {}
    for font in sorted(handle.fonts(), key=lambda f: (f.family, f.style != "normal", abs(f.weight - 400), f.path or "")):
        if font.path:
            files.setdefault(font.family, (font.path, font.index))
    return Typefaces(handle, files)


@cache
def _characters(path: str, index: int) -> frozenset[int]:
    with TTFont(path, fontNumber=index, lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def _version(path: str, index: int) -> str:
    with TTFont(path, fontNumber=index, lazy=True) as font:
        return f"{Path(path).name}: {font['name'].getDebugName(5)}"
