import subprocess
import sys
from pathlib import Path

import pytest

from cardmesh import cli
from cardmesh.embedded import environment
from cardmesh.embedded.up import parse


def test_the_overview_shows_every_verb_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == cli.OK
    told = capsys.readouterr().out
    for name, verb in cli.VERBS.items():
        assert f"\n  {name} " in told
        assert f"$ {verb.example}" in told
        assert "cardmesh " + name in verb.example
    assert "exit codes" in told


def test_no_verb_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == cli.USAGE
    assert "usage: cardmesh VERB" in capsys.readouterr().out


@pytest.mark.parametrize(("typed", "meant"), [("verfy", "verify"), ("migrat", "migrate"), ("ups", "up")])
def test_a_mistyped_verb_is_answered_with_the_nearest(
    typed: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([typed]) == cli.USAGE
    assert f"Did you mean `cardmesh {meant}`?" in capsys.readouterr().err


def test_every_verb_exists_and_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for name in set(cli.VERBS) - {"test"}:
        with pytest.raises(SystemExit) as ended:
            cli.main([name, "--help"])
        assert ended.value.code == 0, name
        assert f"usage: cardmesh {name}" in capsys.readouterr().out


def test_a_verb_without_an_installation_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert cli.main(["migrate", "--data", str(tmp_path)]) == cli.FAILED
    told = capsys.readouterr().err
    assert str(tmp_path) in told
    assert "DATABASE_URL" in told


def test_a_verb_finds_the_installation_that_runs_on_a_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    environment.publish(tmp_path, {"DATABASE_URL": "postgresql:///here", "PUBLIC_PORT": "8123", "OTHER": "x"})
    assert "OTHER" not in (tmp_path / environment.RUNNING).read_text()
    for arguments in (["a", "--data", str(tmp_path), "b"], ["a", f"--data={tmp_path}", "b"]):
        settings = cli.settings(arguments)
        assert (settings.database_url, settings.public_port) == ("postgresql:///here", 8123)
        assert arguments == ["a", "b"]


def test_the_callers_own_database_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.publish(tmp_path, {"DATABASE_URL": "postgresql:///here"})
    monkeypatch.setenv("DATABASE_URL", "postgresql:///there")
    assert cli.settings(["--data", str(tmp_path)]).database_url == "postgresql:///there"


def test_help_is_told_without_loading_the_application() -> None:
    code = "import sys; from cardmesh import cli; cli.main(['--help']); print({'flask', 'boto3'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.endswith("set()\n")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "eighty"])
def test_a_port_that_is_none_is_wrong_usage(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([f"--port={port}"])
    assert ended.value.code == cli.USAGE
    assert "is not a port" in capsys.readouterr().err
