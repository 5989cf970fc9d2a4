"""A theme as one file to hand over: a zip of its folder, read as a stranger's work is read."""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from site_builder.errors import Problem, ThemeError
from site_builder.theme import HANDLE, MAX_FILE, MAX_FILES, TEXT_FILES

MAX_PACKAGE = 5 * 1024 * 1024
MAX_UNPACKED = 20 * 1024 * 1024


def unpack(data: bytes, shelf: Path) -> Path:
    """Write the theme in `data` to `shelf/<handle>`, its one folder. → it.

    Nothing is written unless all of it is in order. Raises `ThemeError` with every problem: no zip, too large, more
    than one folder, a name that leads elsewhere or stands twice, a link, a kind of file no theme has, a cipher.
    """
    if len(data) > MAX_PACKAGE:
        raise ThemeError([Problem("package", f"is larger than {MAX_PACKAGE // 1024 // 1024} MB")])
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            infos = [info for info in package.infolist() if not info.is_dir()]
            if problems := list(_problems(infos)):
                raise ThemeError(problems)
            texts = {info.filename: package.read(info) for info in infos}
    # What zipfile raises for damage of every kind; NotImplementedError is a compression or version it does not know.
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as error:
        raise ThemeError([Problem("package", f"is not a zip that can be read: {error}")]) from None
    for name, body in texts.items():
        target = shelf.joinpath(*PurePosixPath(name).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
    return shelf / next(iter(texts)).split("/")[0]


def _problems(infos: list[zipfile.ZipInfo]) -> Iterator[Problem]:
    roots = {info.filename.split("/")[0] for info in infos}
    if len(roots) != 1 or not re.fullmatch(HANDLE, next(iter(roots))):
        yield Problem("package", "must hold one folder, named as the theme's handle")
    if len(infos) > MAX_FILES:
        yield Problem("package", f"has more than {MAX_FILES} files")
    if sum(info.file_size for info in infos) > MAX_UNPACKED:
        yield Problem("package", f"holds more than {MAX_UNPACKED // 1024 // 1024} MB")
    seen: set[str] = set()
    for info in infos:
        yield from (Problem(info.filename[:200], words) for words in _complaints(info, seen))
        seen.add(info.filename.lower())


def _complaints(info: zipfile.ZipInfo, seen: set[str]) -> Iterator[str]:
    path = PurePosixPath(info.filename)
    steps = info.filename.split("/")
    if len(steps) < 2 or not all(re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*", step) for step in steps):
        yield "is not a path inside the theme's folder"
    if info.filename.lower() in seen:
        yield "stands twice"
    if info.flag_bits & 1:
        yield "is encrypted"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or path.suffix not in TEXT_FILES or info.file_size > MAX_FILE:
        yield "must be a plain text file of a known kind, up to 512 KB"
