"""A theme as one file to hand over: a zip of its folder, read as a stranger's work is read."""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from site_builder.errors import Problem, ThemeError
from site_builder.theme import BUNDLED, HANDLE, MAX_FILE, MAX_FILES, TEXT_FILES, Theme, with_parent

MAX_PACKAGE = 5 * 1024 * 1024
MAX_UNPACKED = 20 * 1024 * 1024


def contents(data: bytes) -> dict[str, bytes]:
    """The files of the package by path, below its one folder. Raises `ThemeError` with every problem.

    Refused: no zip, too large, more than one folder, a name that leads elsewhere or stands twice, a link, a kind of
    file no theme has, a cipher, a compression whose steps have no bound.
    """
    if len(data) > MAX_PACKAGE:
        raise ThemeError([Problem("package", f"is larger than {MAX_PACKAGE // 1024 // 1024} MB")])
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            infos = [info for info in package.infolist() if not info.is_dir()]
            if problems := list(_problems(infos)):
                raise ThemeError(problems)
            return {info.filename: package.read(info) for info in infos}
    # What zipfile raises for damage of every kind; NotImplementedError is a compression or version it does not know.
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as error:
        raise ThemeError([Problem("package", f"is not a zip that can be read: {error}")]) from None


def unpack(data: bytes, shelf: Path) -> Path:
    """Write the theme in `data` to `shelf/<handle>`, its one folder. → it. Writes nothing unless all is in order.

    Raises `ThemeError` as `contents` does.
    """
    files = contents(data)
    for name, body in files.items():
        target = shelf.joinpath(*PurePosixPath(name).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
    return shelf / next(iter(files)).split("/")[0]


def theme_of(data: bytes) -> Theme:
    """The theme in a package, with what it inherits from a bundled one. Touches no disk but for that one's files.

    Raises `ThemeError`.
    """
    files = contents(data)
    handle = next(iter(files)).split("/")[0]
    texts = {}
    for name, body in sorted(files.items()):
        inside = name.removeprefix(f"{handle}/")
        try:
            texts[inside] = body.decode()
        except UnicodeDecodeError:
            raise ThemeError([Problem(inside, "is not UTF-8")]) from None
    if "theme.json" not in texts:
        raise ThemeError([Problem("theme.json", "the file is missing")])
    return with_parent(Theme(handle, texts), BUNDLED)


def contract(theme: Theme) -> dict[str, str]:
    """What decides whether a choice of preset, settings and layouts fits: data as it is, templates by name only."""
    kept = ("theme.json", "tokens.json", "config/", "templates/", "sections/", "layout/", "locales/")
    return {
        path: text if path.endswith(".json") else ""
        for path, text in theme.files.items()
        if path.startswith(kept) and path.endswith((".json", ".html.j2"))
    }


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
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield "must be stored or deflated"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or path.suffix not in TEXT_FILES or info.file_size > MAX_FILE:
        yield "must be a plain text file of a known kind, up to 512 KB"
