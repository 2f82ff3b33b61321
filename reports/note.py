"""The office's own words for one issue: campus/reports/ISSUE.md, kept with the campus, so that they survive every rebuilding.

期号：10
抄送：校董事会、校党委

## 五、下一步工作要求
请各单位于11月20日前……（一个空行分开两段；只认标题和段落，其余原样印出）
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catalog.errors import CatalogError

HEADING = re.compile(r"#+\s*(.+?)\s*#*")
NUMERAL = re.compile(r"^[一二三四五六七八九十]+、\s*")
COMMENT = re.compile(r"<!--.*?-->", re.S)
SETTING = re.compile(r"(期号|抄送)\s*[：:]\s*(.+)")


@dataclass(frozen=True, slots=True)
class Note:
    """Paragraphs by the bare title of their section, and the settings that only the office knows."""

    paragraphs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    hash: str | None = None

    def under(self, title: str) -> Sequence[str]:
        """Return what the office wrote for a section."""
        return self.paragraphs.get(bare(title), ())


def bare(title: str) -> str:
    """Return a section's title without its numeral."""
    return NUMERAL.sub("", title)


def read(path: Path, sections: Sequence[str]) -> Note:
    """Read an issue's note; no file is an empty one. CatalogError names the line that fits nowhere."""
    if not path.is_file():
        return Note()
    content = path.read_bytes()
    text = COMMENT.sub(lambda hidden: "\n" * hidden[0].count("\n"), content.decode("utf-8-sig"))
    known = [bare(title) for title in sections]
    paragraphs: dict[str, list[str]] = {}
    settings: dict[str, str] = {}
    section, open_ = None, False
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if heading := HEADING.fullmatch(line):
            section, open_ = bare(heading[1]), False
            if section not in known:
                raise CatalogError("report.note", file=path.name, line=number, known="、".join(known))
        elif not line:
            open_ = False
        elif section is None:
            setting = SETTING.fullmatch(line)
            if setting is None:
                raise CatalogError("report.note", file=path.name, line=number, known="、".join(known))
            settings[setting[1]] = setting[2]
        elif open_:
            paragraphs[section][-1] += line
        else:
            paragraphs.setdefault(section, []).append(line)
            open_ = True
    return Note(paragraphs, settings, hashlib.sha256(content).hexdigest())
