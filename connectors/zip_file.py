"""An archive of office files: each member unpacked beside the others, its name told as the school wrote it.

Refuses an archive that is broken, locked by a password, or unpacks beyond its size. Names without the UTF-8 mark are GB18030, as Windows
writes them here.
"""

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from catalog.errors import RejectedError

LARGEST = 2 * 2**30  # bytes unpacked, all members together


def members(path: Path, into: Path) -> Iterator[tuple[str, Path]]:
    """Yield each file of the archive: its name inside, and where it was unpacked under `into`; hidden ones are no data."""
    try:
        with zipfile.ZipFile(path, metadata_encoding="gb18030") as archive:
            files = [member for member in archive.infolist() if not member.is_dir() and _is_data(member.filename)]
            if sum(member.file_size for member in files) > LARGEST:
                raise RejectedError("files.too_large", file=path.name, size=LARGEST // 2**20)
            for number, member in enumerate(sorted(files, key=lambda it: it.filename)):
                target = into / f"{number}{''.join(PurePosixPath(member.filename).suffixes)[-16:]}"
                with archive.open(member) as packed, target.open("wb") as unpacked:  # no part unpacks beyond the size it states
                    shutil.copyfileobj(packed, unpacked)
                yield member.filename, target
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError):
        raise RejectedError("files.no_archive", file=path.name) from None


def _is_data(name: str) -> bool:
    return not any(part.startswith((".", "~$", "__MACOSX")) for part in PurePosixPath(name).parts)
