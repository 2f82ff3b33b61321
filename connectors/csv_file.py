"""A CSV file, plain or gzipped, as rows: RFC 4180 with its line numbers, and one bad row never costs another.

An empty cell is NULL, a quoted empty one is ''. A quote opens only at the start of a cell; one that is never closed costs its own
line, and reading goes on with the next. Python's csv module tells none of this: hence the reader here.
"""

import gzip
import io
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal, Protocol, cast

from catalog.errors import RejectedError
from connectors.row import Row

Encoding = Literal["utf-8", "gb18030", "utf-16"]
LONGEST = 4 * 2**20  # bytes a row; beyond, a quote was never closed or the file is no CSV
SUSPICIOUS = 3  # characters that speak for another encoding, or rows that cannot be read in the declared one
QUOTE, NEWLINE = '"', b"\n"


class Readable(Protocol):
    """A file open for bytes."""

    def readline(self, size: int) -> bytes: ...


def rows(path: Path, encoding: Encoding, *, delimiter: str, header_row: int) -> Iterator[Row]:
    """Yield the header, then each row that holds anything, in memory that does not grow with the file.

    Raises RejectedError when the file as a whole is in another encoding than the declared one.
    """
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        wide = encoding == "utf-16"
        lines = _Lines(_Utf16(cast(IO[bytes], file), path.name) if wide else cast(Readable, file), "utf-8" if wide else encoding)
        for _ in range(header_row - 1):
            lines.take()
        while (found := _row(lines, delimiter)) is not None:
            if found.fault or any(cell is not None for cell in found.cells):
                yield found
        if lines.foreign >= SUSPICIOUS and not lines.native:
            raise RejectedError("files.encoding", file=path.name, encoding=encoding)


class _Utf16:
    """A UTF-16 file as lines of UTF-8; half a surrogate pair becomes bytes that are no UTF-8, so that its row alone is refused."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self.text, self.name = io.TextIOWrapper(file, encoding="utf-16", errors="surrogatepass", newline="\n"), name

    def readline(self, size: int) -> bytes:
        try:
            return self.text.readline(size).encode("utf-8", "surrogatepass")
        except UnicodeError:
            raise RejectedError("files.encoding", file=self.name, encoding="utf-16") from None


class _Lines:
    """The physical lines of a file, those put back among them, and how many rows with Chinese speak for its encoding or another."""

    def __init__(self, file: Readable, encoding: Encoding) -> None:
        self.file, self.encoding = file, encoding
        self.waiting: deque[bytes] = deque()
        self.number = self.native = self.foreign = 0

    def take(self) -> bytes:
        """Return the next line with its end, b'' after the last. Of a line longer than LONGEST the rest is passed over."""
        line = rest = self.waiting.popleft() if self.waiting else self.file.readline(LONGEST + 1)
        self.number += bool(line)
        while len(rest) > LONGEST and not rest.endswith(NEWLINE):
            rest = self.file.readline(LONGEST + 1)
        return line

    def put_back(self, lines: list[bytes]) -> None:
        """Have these lines taken again."""
        self.waiting.extendleft(reversed(lines))
        self.number -= len(lines)

    def is_foreign(self, row: bytes) -> bool:
        """Say whether a readable row is of another encoding, and note what it says of the file: GB18030 takes nearly any UTF-8 for text."""
        if row.isascii():
            return False
        characters = _utf_8(row) if self.encoding == "gb18030" else None
        self.foreign, self.native = self.foreign + (characters or 0), self.native + (characters is None)
        return (characters or 0) >= SUSPICIOUS


def _utf_8(row: bytes) -> int | None:
    """Count the Chinese characters of a row as UTF-8, three bytes each; None where it is none."""
    try:
        return sum(ord(character) > 0x7FF for character in row.decode("utf-8"))
    except UnicodeDecodeError:
        return None


def _row(lines: _Lines, delimiter: str) -> Row | None:
    """Read the next row, over as many lines as its quotes hold; None after the last."""
    line = lines.take()
    if not line:
        return None
    first, record, more = lines.number, bytearray(line), list[bytes]()
    while True:
        if len(record) > LONGEST:
            fault = "reject.quote" if more else "reject.long"
            break
        try:
            text = record.decode(lines.encoding)
        except UnicodeDecodeError:
            fault = "reject.encoding"
            lines.foreign += 1
            break
        cells = _cells(text.removeprefix("\ufeff" if first == 1 else "").removesuffix("\n").removesuffix("\r"), delimiter)
        if isinstance(cells, list):
            if lines.is_foreign(bytes(record)):
                fault = "reject.encoding"
                break
            return Row(first, cells)
        if cells == "torn" or not (added := _until_a_quote_closes(lines, LONGEST - len(record))):
            fault = "reject.quote"
            break
        more += added
        record += b"".join(added)
    lines.put_back(more)
    return Row(first, fault=fault, raw=line.decode(lines.encoding, "backslashreplace").rstrip("\r\n"))


def _until_a_quote_closes(lines: _Lines, size: int) -> list[bytes]:
    """Take the lines up to one that can close an open quote, at most `size` bytes and a line; none at the end of the file."""
    taken = list[bytes]()
    while size >= 0 and (line := lines.take()):
        taken.append(line)
        size -= len(line)
        if _closing(line.decode("latin-1"), 0) is not None:  # no encoding here uses a quote's byte within a character
            break
    return taken


def _cells(text: str, delimiter: str) -> list[str | None] | Literal["open", "torn"]:
    """Divide a row's text; `open` where a quote still waits for its end, `torn` where text follows a closed one."""
    if QUOTE not in text:
        return [cell or None for cell in text.split(delimiter)]
    cells: list[str | None] = []
    at = 0
    while at <= len(text):
        if not text.startswith(QUOTE, at):
            end = text.find(delimiter, at)
            end = len(text) if end < 0 else end
            cells.append(text[at:end] or None)
            at = end + 1
            continue
        close = _closing(text, at + 1)
        if close is None:
            return "open"
        if text[close + 1 : close + 2] not in ("", delimiter):
            return "torn"
        cells.append(text[at + 1 : close].replace(QUOTE * 2, QUOTE))
        at = close + 2
    return cells


def _closing(text: str, at: int) -> int | None:
    """Find the quote that ends a cell from `at` on: one that is not doubled."""
    end = text.find(QUOTE, at)
    while end >= 0 and text.startswith(QUOTE, end + 1):
        end = text.find(QUOTE, end + 2)
    return None if end < 0 else end
