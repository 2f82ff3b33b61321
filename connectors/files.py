"""A drop folder as a source: the files of a pattern, read at one moment into a SQLite database with one typed table `rows`.

From there SQLite's own file does the rest (digest, lines, buckets). A row that does not fit is a Reject with file, line and
reason, and costs no other row. Refuses a missing folder and a pattern without a file: these are not an empty source.
"""

import hashlib
import tempfile
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice
from pathlib import Path

from catalog.dataset import Dataset
from catalog.errors import RejectedError, UnavailableError
from catalog.flow import From
from connectors import csv_file, xlsx_file, zip_file
from connectors.intake import Intake, Values, raw
from connectors.reject import Reject
from connectors.row import Cell, Row

BATCH = 2000
CSV, XLSX = (".csv", ".tsv", ".txt"), (".xlsx", ".xlsm")
PASSED_OVER = (".", "~$")  # hidden files and Excel's locks are no data
Progress = Callable[[str, int, int | None], None]  # step, rows done, rows in all if known


@dataclass(frozen=True, slots=True)
class DropFile:
    """A file that was there: its name under the folder, its content's hash, and its rows, rejected ones included.

    `seen` says that its bytes were taken before, under this name or another: it was not read again.
    """

    name: str
    sha256: str
    rows: int
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """A folder read at one moment. `database` holds the table `rows`, a column for each source column that the dataset names."""

    database: Path
    as_of: datetime
    files: tuple[DropFile, ...]
    rejects: tuple[Reject, ...]


def read_drop(
    folder: Path,
    source: From,
    dataset: Dataset,
    into: Path,
    *,
    now: datetime,
    taken: Collection[str] = (),
    progress: Progress | None = None,
) -> Drop:
    """Read the files of `source.files` in the order of their names into `into`; not those whose hash is `taken`, nor one twice.

    Raises UnavailableError where there is nothing to read or a file changes while it is read, RejectedError where a file as a whole
    is not what the flow says: its columns, its encoding, its kind.
    """
    intake = Intake(source, dataset)
    files: list[DropFile] = []
    with intake.open(into) as database:
        for path in _matching(folder, source):
            name, done = path.relative_to(folder).as_posix(), 0
            with _at_hand(name):
                before, sha256 = path.stat(), _sha256(path)
            if sha256 in {*taken, *(file.sha256 for file in files)}:
                files.append(DropFile(name, sha256, 0, seen=True))
                continue
            for inner, part in _parts(path, name, into.parent):
                rows = _File(part, inner, source, intake).rows()
                database.execute("begin")
                while batch := list(islice(rows, BATCH)):
                    intake.write(database, batch)
                    done += len(batch)
                    if progress:
                        progress("extract", sum(file.rows for file in files) + done, None)
                database.execute("commit")
            files.append(DropFile(name, sha256, done))
            with _at_hand(name):
                after = path.stat()
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise UnavailableError("files.changing", file=name)
    return Drop(into, now, tuple(files), tuple(intake.rejects))


def _matching(folder: Path, source: From) -> Sequence[Path]:
    """List the files that are there and done. One that is still being written is left alone, and makes the folder wait."""
    pattern = source.files or ""
    found = [path for path in folder.glob(pattern) if path.is_file() and not path.name.startswith(PASSED_OVER)]
    if source.archive:
        found = [path for path in found if path.relative_to(folder).parts[0] != source.archive]
    if source.done:
        lying, found = found, [path for path in found if _marker(path, source.done).is_file()]
        if lying and not found:
            marker = _marker(min(lying), source.done).name
            raise UnavailableError("files.unmarked", folder=folder.name, pattern=pattern, files=len(lying), marker=marker)
    if not found:
        raise UnavailableError("files.none", folder=folder.name, pattern=pattern)
    written = time.time() - source.settle.total_seconds()  # real time: so is a file's
    for path in found:
        with _at_hand(path.name):
            moment = path.stat().st_mtime
            stale = bool(source.done) and _marker(path, source.done or "").stat().st_mtime < moment  # it speaks of what was there before
        if stale or (source.settle and moment > written):
            raise UnavailableError("files.changing", file=path.name)
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _marker(path: Path, done: str) -> Path:
    return path.with_name(done.format(name=path.name))


@contextmanager
def _at_hand(name: str) -> Iterator[None]:
    """Tell a file that was taken away or cannot be read by its name."""
    try:
        yield
    except OSError:
        raise UnavailableError("files.unreadable", file=name) from None


def put_away(folder: Path, source: From, name: str, sha256: str) -> bool:
    """Move a file into the archive, and its marker with it; never over another file. One that is not what was read stays or comes back.

    False where it could not be moved: it lies there still, and the next run sees it again.
    """
    path, kept = folder / name, folder / (source.archive or "") / name
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        place = _free(kept)
        path.replace(place)
        if _sha256(place) != sha256:
            if not path.exists():
                place.replace(path)
            return False
        if source.done:
            _marker(path, source.done).replace(_free(_marker(kept, source.done)))
    except OSError:
        return False
    return True


def _free(path: Path) -> Path:
    """Take a name that no file has, by an empty file under it: the name itself, else with a number."""
    for number in count(1):
        place = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        with suppress(FileExistsError):
            place.touch(exist_ok=False)
            break
    return place


def _parts(path: Path, name: str, scratch: Path) -> Iterator[tuple[str, Path]]:
    """Yield the file itself, or the members of an archive under its name."""
    if path.suffix.lower() != ".zip":
        yield name, path
        return
    with tempfile.TemporaryDirectory(dir=scratch) as into:
        empty = True
        for inner, member in zip_file.members(path, Path(into)):
            empty = False
            yield f"{name}/{inner}", member
        if empty:
            raise RejectedError("files.no_archive", file=name)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _File:
    """One file on its way into the table."""

    def __init__(self, path: Path, name: str, source: From, intake: Intake) -> None:
        self.path, self.name, self.source, self.intake = path, name, source, intake

    def rows(self) -> Iterator[Values | None]:
        """Yield the values of each row, None for a rejected one."""
        try:
            found = self._found()
            header = next(found, Row(self.source.header_row))
            places = self._places(header)
            for row in found:
                yield self._values(row, len(header.cells), places)
        except (OSError, EOFError, zlib.error):
            raise UnavailableError("files.unreadable", file=self.name) from None

    def _found(self) -> Iterator[Row]:
        source, kind = self.source, Path(self.path.name.lower().removesuffix(".gz")).suffix
        if kind in CSV:
            return csv_file.rows(self.path, source.encoding, delimiter=source.delimiter, header_row=source.header_row)
        if kind in XLSX:
            return xlsx_file.rows(self.path, source.sheet, header_row=source.header_row)
        raise RejectedError("files.kind", file=self.name)

    def _places(self, header: Row) -> Mapping[str, int]:
        """Find each field's column in the header."""
        names = [cell.strip() if isinstance(cell, str) else "" for cell in header.cells]
        wrong = [name for name in self.intake.fields.values() if header.fault or names.count(name) != 1]
        if wrong:
            raise RejectedError("files.columns", file=self.name, row=header.line, columns=", ".join(wrong), encoding=self.source.encoding)
        return {field: names.index(name) for field, name in self.intake.fields.items()}

    def _values(self, row: Row, width: int, places: Mapping[str, int]) -> Values | None:
        place = f"{self.name}:{row.line}"
        if row.fault or len(row.cells) != width:
            self.intake.reject(place, None, row.fault or "reject.ragged", [row.raw or _text(row.cells)], None)
            return None
        return self.intake.values(place, {field: row.cells[at] for field, at in places.items()})


def _text(cells: Sequence[Cell]) -> str:
    return ",".join(raw(cell) or "" for cell in cells)
