"""The CSV beside a code table: `code,title,retired,successors`. Refuses a row that names no code, one twice, or no day."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from catalog.codes import CodeTable, Retired
from catalog.errors import Problem

HEAD = ["code", "title", "retired", "successors"]
UNDATED = "yes"  # retired, nobody knows since when


def filled(table: CodeTable, folder: Path) -> tuple[CodeTable, list[Problem]]:
    """Return the table with the codes of its file, and every problem of the file."""
    if table.file is None:
        return table, []
    name = f"{folder.parent.name}/codes/{table.file}"
    path = folder / table.file
    if not path.is_file():
        return table, [Problem(name, None, "codes.no_file", {"file": table.file})]
    codes: dict[str, str] = {}
    retired: dict[str, Retired] = {}
    problems: list[Problem] = []
    for line, row in _rows(path):
        if row is None or not row[0] or row[0] in codes or row[0] in retired or not _is_retired(row[2]):
            problems.append(Problem(name, line, "codes.row", {"head": ",".join(HEAD)}))
        elif row[2]:
            on = None if row[2] == UNDATED else date.fromisoformat(row[2])
            retired[row[0]] = Retired(title=row[1], on=on, to=tuple(filter(None, row[3].split("|"))))
        else:
            codes[row[0]] = row[1]
    return table.model_copy(update={"codes": codes, "retired": retired}), problems


def _rows(path: Path) -> Iterator[tuple[int, list[str] | None]]:
    """Yield each row with its line; None for one of another width, and for a header that is not ours."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            if next(rows, None) != HEAD:
                yield 1, None
            for row in rows:
                yield rows.line_num, row if len(row) == len(HEAD) else None
    except (UnicodeDecodeError, csv.Error):
        yield 1, None


def _is_retired(text: str) -> bool:
    if text in ("", UNDATED):
        return True
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
