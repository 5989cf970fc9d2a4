"""run.py decides what to install and how; the installing itself is CI's first step, not a test's."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """run.py as a module that works on an environment of its own, in a folder with an awkward name."""
    spec = importlib.util.spec_from_file_location("run_script", ROOT / "run.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    venv = tmp_path / "a venv 卡" / ".venv"
    monkeypatch.setattr(module, "VENV", venv)
    monkeypatch.setattr(module, "PYTHON", venv / "bin" / "python")
    return module


@pytest.fixture
def commands(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands it would run; those that name `fails` fail."""
    ran: list[list[str]] = []

    def succeeds(command: list[str]) -> bool:
        ran.append(command)
        return "fails" not in command[0]

    monkeypatch.setattr(script, "succeeds", succeeds)
    return ran


def test_the_command_works_from_any_folder_and_through_a_link(script: ModuleType, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", script.VENV], check=True)
    script.link_project()
    link = tmp_path / "cardmesh"
    link.symlink_to(script.VENV / "bin" / "cardmesh")
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    run = subprocess.run([link, "verfy"], cwd="/", env=clean, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (2, "")
    assert "Did you mean `cardmesh verify`?" in run.stderr


def test_a_process_that_the_command_starts_does_not_run_the_command_again(script: ModuleType) -> None:
    """`multiprocessing` reads the main file once more in each process it spawns."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", script.VENV], check=True)
    script.link_project()
    again = f"import runpy; runpy.run_path({str(script.VENV / 'bin' / 'cardmesh')!r}, run_name='__mp_main__')"
    subprocess.run([script.PYTHON, "-c", again], check=True)


def test_it_installs_once_and_again_only_when_the_pins_change(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []
    monkeypatch.setattr(script, "install", lambda requirements: installed.append(requirements.name))
    monkeypatch.setattr(script, "RUNNING", tmp_path / "requirements.txt")
    monkeypatch.setattr(script, "TESTING", tmp_path / "requirements-test.txt")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", script.VENV], check=True)
    script.RUNNING.write_text("one")
    script.TESTING.write_text("one and more")
    for _ in range(2):
        script.prepare(script.RUNNING)
    assert installed == ["requirements.txt"]
    for requirements in (script.TESTING, script.RUNNING, script.TESTING):
        script.prepare(requirements)
    assert installed == ["requirements.txt", "requirements-test.txt"]
    script.RUNNING.write_text("two")
    script.TESTING.write_text("two and more")
    script.prepare(script.TESTING)
    script.prepare(script.RUNNING)  # the tests' requirements contain the others
    assert installed == ["requirements.txt", "requirements-test.txt", "requirements-test.txt"]


def test_pip_takes_over_where_uv_fails(
    script: ModuleType, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "working_uv", lambda: "/bin/uv-fails")
    monkeypatch.setattr(script, "has_module", lambda name: True)
    script.install(ROOT / "requirements.txt")
    assert [command[0] for command in commands] == ["/bin/uv-fails", str(script.PYTHON)]
    assert all("--require-hashes" in command for command in commands)


def test_without_any_pip_it_says_the_one_line_to_type(
    script: ModuleType, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "working_uv", lambda: None)
    monkeypatch.setattr(script, "find_spec", lambda name: None)
    monkeypatch.setattr(script, "WHEEL_FOLDERS", ())
    with pytest.raises(SystemExit, match="apt-get install -y python3-venv"):
        script.make_environment()
    assert commands == []


def test_every_check_runs_and_one_failure_is_enough(
    script: ModuleType, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "provide_browser", lambda: "Skipped: the browser tests")
    assert script.check(["-k", "nothing"]) == 0
    assert [command[-1] for command in commands[-1:]] == ["nothing"]
    assert "Skipped: the browser tests" in capsys.readouterr().out
    monkeypatch.setattr(script, "succeeds", lambda command: "ruff" not in command)
    assert script.check([]) == 1
    told = capsys.readouterr().out
    assert told.index("── ruff") < told.index("── basedpyright") < told.index("── pytest")
    assert told.index("── pytest") < told.index("Skipped: the browser tests") < told.index("failed: ruff")


@pytest.mark.parametrize(
    ("apt", "reason"), [([], "absent, or this user may not"), (["apt-fails"], "could not install")]
)
def test_a_missing_browser_is_said_with_the_reason(
    script: ModuleType, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, apt: list[str], reason: str
) -> None:
    monkeypatch.setattr(script.shutil, "which", lambda name: None)
    monkeypatch.setattr(script, "apt_command", lambda: apt)
    told = script.provide_browser()
    assert reason in told
    assert "sudo apt-get install chromium fonts-noto-cjk" in told
    assert len(commands) == 2 * len(apt)


def test_help_installs_nothing(script: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main(["--help"]) == 0
    assert "python3 run.py test" in capsys.readouterr().out
    assert not script.VENV.exists()
