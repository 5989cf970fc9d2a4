#!/usr/bin/env python3
"""Everything from a bare checkout: `python3 run.py` starts Cardmesh, `python3 run.py test` checks it.

  python3 run.py [--port N] [--data DIR] [--no-demo] [--fresh]    start (the same as `run.py up …`)
  python3 run.py test [pytest arguments]                          linters and tests
  python3 run.py test --faults [pytest arguments]                 the whole fault suite: kills, floods, full disks
  python3 run.py VERB …                                           any other `cardmesh` verb

Needs Python 3.11 or newer and nothing else: it makes the environment `.venv` beside this file, installs the pinned
and hashed requirements into it when they changed, and hands over to `cardmesh`.
需要 Python 3.11 以上：本脚本会在同目录建立 .venv，安装锁定版本的依赖，然后启动 cardmesh。
"""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs it may have an older one
    sys.exit("Cardmesh needs Python 3.11 or newer, this is {}.{}. 需要 Python 3.11 以上。".format(*sys.version_info))
if os.name != "posix":
    sys.exit("Cardmesh runs on Linux and macOS; on Windows use WSL. 请在 Linux、macOS 或 WSL 中运行。")

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUNNING = ROOT / "requirements.txt"
TESTING = ROOT / "requirements-test.txt"
SOURCES = ("platform", ".")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_PACKAGES = ("chromium", "fonts-noto-cjk")
PYTEST = ("-m", "pytest", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
FAULTS = ("tests/faults", "tests/workers/test_twice.py")
WHEEL_FOLDERS = ("/usr/share/python-wheels", "/usr/lib/python3/dist-packages")

NO_PIP = """This Python comes without pip. Install it once and run this again:
此 Python 没有 pip，请先安装后重新运行：
    apt-get install -y python3-venv"""
# A "#!" line cannot hold a path with spaces or of more than 127 bytes, so a shell finds the interpreter.
COMMAND = """#!/bin/sh
'''exec' "$(dirname "$(readlink -f "$0")")/python" -P "$0" "$@"
' '''
import sys

from cardmesh.cli import main

if __name__ == "__main__":  # a process that it starts may read this file too
    sys.exit(main())
"""


def main(arguments: list[str]) -> int:
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    verb, rest = ("up", arguments) if not arguments or arguments[0].startswith("-") else (arguments[0], arguments[1:])
    os.environ.setdefault("DATA_DIR", str(ROOT / "var"))
    if verb == "test":
        prepare(TESTING)
        return check(rest)
    prepare(RUNNING)
    return os.execv(PYTHON, [str(PYTHON), "-P", "-m", "cardmesh", verb, *rest])  # noqa: S606 - no shell


def prepare(requirements: Path) -> None:
    """An environment with these requirements; nothing to do when they have not changed."""
    if not works(PYTHON):
        say("正在建立环境 · making the environment .venv")
        make_environment()
    accepted = [TESTING, requirements]  # the tests' requirements contain the others
    if not any(stamp(file).exists() and stamp(file).read_text() == digest(file) for file in accepted):
        say(f"正在安装依赖 · installing {requirements.name}")
        install(requirements)
        stamp(requirements).write_text(digest(requirements))
    link_project()


def make_environment() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    if uv := working_uv():
        run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
    elif find_spec("ensurepip"):
        run([sys.executable, "-m", "venv", str(VENV)])
    elif find_spec("venv") and borrowed_pip():
        run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
    else:
        sys.exit(NO_PIP)


def install(requirements: Path) -> None:
    """With uv where there is one; should it fail (its own certificates, an old version), with pip."""
    arguments = ["install", "--quiet", "--require-hashes", "--requirement", str(requirements)]
    uv = working_uv()
    if uv and succeeds([uv, "pip", *arguments, "--compile-bytecode", "--python", str(PYTHON)]):
        return
    if not has_module("pip") and has_module("ensurepip"):
        run([str(PYTHON), "-m", "ensurepip"])
    pip = [str(PYTHON), "-m", "pip"] if has_module("pip") else borrowed_pip()
    if not pip:
        sys.exit(NO_PIP)
    run([*pip, "--disable-pip-version-check", "--no-input", *arguments])


def borrowed_pip() -> list[str]:
    """Debian splits pip off: run it out of the wheel it keeps for others, or let the system's act on ours."""
    for folder in WHEEL_FOLDERS:
        for wheel in sorted(Path(folder).glob("pip-*.whl")):
            return [str(PYTHON), f"{wheel}/pip"]
    return [sys.executable, "-m", "pip", "--python", str(PYTHON)] if find_spec("pip") else []


def link_project() -> None:
    """Make the checkout importable and `cardmesh` a command: two small files instead of a build."""
    packages = next((VENV / "lib").glob("python3.*/site-packages"))
    lines = [os.path.relpath(ROOT / source, packages) for source in SOURCES]
    write(packages / "cardmesh.pth", "\n".join(lines) + "\n")
    command = VENV / "bin" / "cardmesh"
    write(command, COMMAND)
    command.chmod(0o755)


def check(arguments: list[str]) -> int:
    """Linters, then pytest with `arguments`; runs all of them even when an early one fails.

    With --faults the whole of tests/faults instead, of which the tests run a representative part.
    """
    if "--faults" in arguments:
        return 0 if succeeds([str(PYTHON), *PYTEST, *FAULTS, *arguments]) else 1
    skipped = provide_browser()
    steps = {
        "ruff": ["-m", "ruff", "check", "."],
        "import-linter": ["-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"],
        "basedpyright": ["-m", "basedpyright"],
        "pytest": [*PYTEST, *arguments],
    }
    failed = []
    for name, step in steps.items():
        say(f"── {name}")
        if not succeeds([str(PYTHON), *step]):
            failed.append(name)
    if skipped:
        say(skipped)
    say(f"失败 · failed: {', '.join(failed)}" if failed else "全部通过 · all passed")
    return 1 if failed else 0


def provide_browser() -> str:
    """Chromium for the browser tests, by apt when we may; else what will be skipped and why."""
    if any(shutil.which(name) for name in BROWSERS):
        return ""
    command = apt_command()
    if command:
        say("正在安装浏览器 · installing Chromium for the browser tests")
        succeeds([*command, "update", "-qq"])
        wanted = ["install", "-y", "-qq", "--no-install-recommends", *BROWSER_PACKAGES]
        if succeeds([*command, *wanted]):
            return ""
        reason = "apt-get could not install it"
    else:
        reason = "apt-get is absent, or this user may not run it"
    return (
        f"Skipped: the browser tests, because there is no Chromium and {reason}.\n"
        f"已跳过浏览器测试：没有 Chromium。To run them: sudo apt-get install {' '.join(BROWSER_PACKAGES)}"
    )


def apt_command() -> list[str]:
    if not shutil.which("apt-get"):
        return []
    if os.geteuid() == 0:
        return ["apt-get"]
    may = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    return ["sudo", "-n", "apt-get"] if may else []


def has_module(name: str) -> bool:
    """Whether the environment's Python can import it."""
    return subprocess.run([str(PYTHON), "-c", f"import {name}"], capture_output=True).returncode == 0


def works(program: Path | str) -> bool:
    try:
        return subprocess.run([str(program), "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def working_uv() -> str | None:
    uv = shutil.which("uv")
    return uv if uv and works(uv) else None


def digest(requirements: Path) -> str:
    return hashlib.sha256(requirements.read_bytes()).hexdigest()


def stamp(requirements: Path) -> Path:
    """Where the digest of an installed requirements file is kept: gone with the environment."""
    return VENV / f".{requirements.name}.sha256"


def write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def succeeds(command: list[str]) -> bool:
    return subprocess.run(command, cwd=ROOT).returncode == 0


def run(command: list[str]) -> None:
    if not succeeds(command):
        sys.exit(f"失败 · failed: {' '.join(command)}")


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
