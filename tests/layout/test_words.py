"""Words that must not be in any file: they would tie the project to one registry or one machine."""

import re
import tomllib
from pathlib import Path

from tests.layout.project import ROOT, texts

# Put together here, so that this file does not hold what it looks for.
REGISTRIES = ["pypi" + ".org", "python" + "hosted.org", "npmjs" + ".org", "yarnpkg" + ".com", "--index" + "-url"]
HOMES = ["/home/" + r"\w+/", "/Users/" + r"\w+/", "/root" + "/", "/wo" + "rk/", re.escape(f"{ROOT}/")]


def places(pattern: str) -> list[str]:
    """`file:line` of every match."""
    found: list[str] = []
    for path, text in texts().items():
        lines = (number for number, line in enumerate(text.splitlines(), 1) if re.search(pattern, line))
        found += [f"{path}:{number}" for number in lines]
    return found


def test_no_file_names_a_package_registry() -> None:
    assert places("|".join(map(re.escape, REGISTRIES))) == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    assert places(rf"(?<![\w.:/-])({'|'.join(HOMES)})") == []


def test_every_requirement_is_pinned_and_hashed() -> None:
    for name in ("requirements.txt", "requirements-test.txt"):
        text = (ROOT / name).read_text()
        entries = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
        assert len(entries) > 50
        assert [entry for entry in entries if not re.match(r"[\w.-]+(\[.*\])?==\S+", entry)] == []
        assert text.count("# via") == len(entries)
        unhashed = [entry for entry in entries if not entry.rstrip().endswith("\\")]
        assert unhashed == []


def test_the_pins_hold_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert _missing(project["dependencies"] + extras["embedded"], ROOT / "requirements.txt") == set()
    wanted = project["dependencies"] + extras["embedded"] + extras["test"]
    assert _missing(wanted, ROOT / "requirements-test.txt") == set()


def _missing(wanted: list[str], pins: Path) -> set[str]:
    pinned = {_name(line) for line in pins.read_text().splitlines() if "==" in line}
    return {_name(dependency) for dependency in wanted} - pinned


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=;! ]", requirement, maxsplit=1)[0].lower().replace("_", "-")
