"""Opening a file of houses: gebref.txt alone or in its archive, with what names the towns of an older one."""

import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from app.errors import FieldProblem, Invalid
from app.gazetteer.gebref import LONGEST_LINE, Gebref, town_names

KEYS: Final = "gebref_schluessel.txt"
# the state is 700 MB and packs to a tenth
MOST_BYTES: Final = 4_000_000_000
MOST_PACKED: Final = 60
MOST_PARTS: Final = 20


@dataclass(frozen=True)
class Opened:
    """The houses of a file, its size in bytes as far as it is to be read, and how many have been."""

    houses: Gebref
    size: int
    file: IO[bytes]

    def done(self) -> float:
        """How much of it has been read, from 0 to 1."""
        return self.file.tell() / self.size if self.size else 1.0


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """The houses of a file or archive. Raises Invalid, also while they are read."""
    if zipfile.is_zipfile(path):
        with _archive(path) as archive:
            yield from _unpacked(archive)
    else:
        keys = path.with_name(KEYS)
        with path.open("rb") as file:
            yield Opened(Gebref(_lines(file), _towns(keys) if keys.exists() else {}), path.stat().st_size, file)


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise _damaged() from error


def _part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(part)
    # zipfile says NotImplementedError of a way of packing that it does not know, RuntimeError of a password
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise _damaged() from error


def _damaged() -> Invalid:
    return Invalid([FieldProblem("file", "houses_archive")])


def _unpacked(archive: zipfile.ZipFile) -> Iterator[Opened]:
    parts = archive.infolist()
    named = {Path(one.filename).name.casefold(): one for one in parts}
    # beside every file some systems pack another one that describes it
    texts = {name: one for name, one in named.items() if name.endswith(".txt") and not name.startswith("._")}
    keys = texts.pop(KEYS, None)
    if len(parts) > MOST_PARTS or len(texts) != 1:
        raise Invalid([FieldProblem("file", "houses_parts", {"found": len(texts)})])
    [houses] = texts.values()
    for one in (houses, keys):
        if one is not None and (one.file_size > MOST_BYTES or one.file_size > MOST_PACKED * max(one.compress_size, 1)):
            raise Invalid([FieldProblem("file", "houses_bomb", {"part": one.filename[:60]})])
    names: Mapping[str, str] = {}
    if keys is not None:
        with _part(archive, keys) as file:
            names = town_names(_unpacked_lines(file))
    with _part(archive, houses) as file:
        yield Opened(Gebref(_unpacked_lines(file), names), houses.file_size, file)


def _towns(path: Path) -> Mapping[str, str]:
    with path.open("rb") as file:
        return town_names(_lines(file))


def _unpacked_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The same of a part of an archive, of which each way of packing says in its own way that it is damaged."""
    try:
        yield from _lines(file)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError) as error:
        raise _damaged() from error


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines; of one that is too long as much as shows that."""
    while line := file.readline(LONGEST_LINE + 1):
        yield line
