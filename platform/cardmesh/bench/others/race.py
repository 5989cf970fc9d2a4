"""The same shop by every builder there is, in turns: each a process of its own, from files to files."""

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..scratch import scratch
from .content import lay_out

MISSING = "not installed"
CORES = os.cpu_count() or 1
OURS = (sys.executable, "-m", "site_builder", "build")


@dataclass(frozen=True)
class Builder:
    """`command(folder, out)` builds the shop laid out in `folder` into `out`; it runs in `folder`/`where`."""

    name: str
    version: str
    where: str
    command: Callable[[Path, Path], Sequence[str]]


def race(products: int, runs: int, hugo: Sequence[str] = (), eleventy: str | None = None) -> dict[str, Any]:
    """Medians of `runs` turns, and how many times the pages a second of each other builder ours makes, by turn.

    `hugo` and `eleventy` name the programs, found on the path when not given. Raises RuntimeError when one fails.
    """
    found = [*_ours(), *_hugos(hugo or ["hugo"]), *_eleventy(eleventy or "eleventy")]
    with scratch() as folder:
        lay_out(products, folder)
        _modules(folder / "eleventy", eleventy or "eleventy")
        subprocess.run([*OURS, "--help"], check=True, stdout=subprocess.DEVNULL, env=_environment(folder))
        turns = [{one.name: _run(one, folder) for one in found} for _ in range(runs)]
    missing = {name: MISSING for name in ("hugo", "eleventy") if not any(one.name.startswith(name) for one in found)}
    table = {one.name: {"version": one.version, **_medians([turn[one.name] for turn in turns])} for one in found}
    return {"product_pages": products, "runs": runs, "builders": table | missing, "ratios": _ratios(turns)}


def _ours() -> list[Builder]:
    def command(*flags: str) -> Callable[[Path, Path], Sequence[str]]:
        return lambda folder, out: [*OURS, "ours.json", "--plain", *flags, "--out", str(out)]

    cores = ("--processes", str(CORES))
    return [
        Builder("ours", "all cores", ".", command("--no-gzip", *cores)),
        Builder("ours_one_core", "one core", ".", command("--no-gzip")),
        Builder("ours_gzip", "all cores, with .gz files beside", ".", command(*cores)),
    ]


def _hugos(programs: Sequence[str]) -> list[Builder]:
    """One for each program that is there; the second is called hugo_2."""
    there = [path for program in programs if (path := shutil.which(program))]
    return [
        Builder(
            "hugo" if place == 1 else f"hugo_{place}",
            _version([path, "version"]),
            "hugo",
            lambda folder, out, path=path: [path, "--quiet", "-d", str(out)],
        )
        for place, path in enumerate(there, 1)
    ]


def _eleventy(program: str) -> list[Builder]:
    path = shutil.which(program)
    if not path:
        return []
    version = _version([path, "--version"])
    return [Builder("eleventy", version, "eleventy", lambda folder, out: [path, "--quiet", f"--output={out}"])]


def _version(command: Sequence[str]) -> str:
    told = subprocess.run(command, capture_output=True, text=True).stdout
    number = re.search(r"\d+\.\d+\.\d+", told)
    return number[0] if number else "unknown"


def _modules(folder: Path, program: str) -> None:
    """Put Eleventy's own modules where its site looks for `markdown-it`."""
    path = shutil.which(program)
    parents = Path(path).resolve().parents if path else ()
    shelf = next((p / "node_modules" for p in parents if (p / "node_modules/markdown-it").is_dir()), None)
    if shelf:
        (folder / "node_modules").symlink_to(shelf)


def _run(builder: Builder, folder: Path) -> dict[str, float]:
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    with (folder / "log").open("w+b") as log:
        began = time.perf_counter()
        command, environment = builder.command(folder, out), _environment(folder)
        process = subprocess.Popen(command, cwd=folder / builder.where, stdout=log, stderr=log, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log.seek(0)
            raise RuntimeError(f"{builder.name}: {log.read()[-2_000:].decode(errors='replace')}")
    pages = [file.stat().st_size for file in (out / "p").glob("*/index.html")]
    return {
        "pages": len(pages),
        "bytes_a_page": round(sum(pages) / len(pages)),
        "seconds": seconds,
        "pages_per_second": len(pages) / seconds,
        "cpu_us_per_page": (used.ru_utime + used.ru_stime) * 1e6 / len(pages),
        "peak_rss_mb": used.ru_maxrss / 1024,
    }


def _environment(folder: Path) -> Mapping[str, str]:
    """Ours is run from anywhere, by the path this process found it on, and compiled, as every installation is."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    found = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    return kept | found


def _medians(turns: list[dict[str, float]]) -> dict[str, float]:
    medians = {name: statistics.median(turn[name] for turn in turns) for name in turns[0]}
    return {name: round(value, 2) if name == "seconds" else round(value) for name, value in medians.items()}


def _ratios(turns: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Of each turn by itself, because a machine has slow minutes: median and worst."""
    rivals = [name for name in turns[0] if not name.startswith("ours")]
    found = {}
    for name in rivals:
        ratios = [turn["ours"]["pages_per_second"] / turn[name]["pages_per_second"] for turn in turns]
        found[f"ours_to_{name}"] = {"median": round(statistics.median(ratios), 2), "worst": round(min(ratios), 2)}
    return found
