"""The tree itself: what a newcomer finds, and what must never be there."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.layout.project import CODE, ROOT, files

HOUSE = {"platform", "site_builder", "tenant_themes", "workers", "migrations", "tests", "docs", "pyproject.toml"}
ENTRANCE = {"README.md", "README.zh-CN.md", "LICENSE", "run.py", ".ci", ".gitignore", "examples", "deploy"}
PINS = {"requirements.txt", "requirements-test.txt"}
LONGEST_FILE = 400


def test_the_top_of_the_tree_is_the_one_in_the_plan() -> None:
    top = {path.parts[0] for path in files()}
    assert HOUSE - top == set()
    assert top - HOUSE - ENTRANCE - PINS == set()


def test_pythons_own_platform_module_is_not_shadowed() -> None:
    """In a process of its own: in this one it was imported long ago."""
    code = "import platform, uuid, sys; assert sys.path[0] == '' and platform.python_version(); print('own')"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout == "own\n", run.stderr
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_there_is_no_lock_file_that_names_a_registry() -> None:
    assert [path for path in files() if path.name == "uv.lock" or path.match("pylock*.toml")] == []


def test_every_folder_of_code_says_what_it_owns() -> None:
    folders = {path.parent for path in files() if path.suffix == ".py" and path.as_posix().startswith(CODE)}
    assert len(folders) > 10
    assert [folder for folder in sorted(folders) if not _docstring(ROOT / folder / "__init__.py")] == []


def test_no_file_is_too_long_to_read() -> None:
    code = [path for path in files() if path.suffix == ".py" and path.parts[:2] != ("migrations", "versions")]
    lengths = {path: len((ROOT / path).read_text().splitlines()) for path in code}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_an_old_python_can_at_least_read_the_script_that_refuses_it() -> None:
    ast.parse((ROOT / "run.py").read_text(), feature_version=(3, 8))


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_ci_runs_what_the_readme_says(readme: str) -> None:
    command = (ROOT / ".ci" / "run").read_text().splitlines()[-1].partition("exec ")[2]
    assert command == "python3 run.py test"
    assert command in (ROOT / readme).read_text()


def _docstring(path: Path) -> str | None:
    return ast.get_docstring(ast.parse(path.read_text())) if path.exists() else None
