"""A stranger's theme: unpacked only when all of it is in order, checked where it can do no harm."""

import io
import stat
import zipfile
from pathlib import Path

import pytest

from site_builder import package
from site_builder.apart import Budget, check_apart
from site_builder.check import check
from site_builder.cli import main
from site_builder.errors import ThemeError
from site_builder.package import unpack
from site_builder.scaffold import start


def zipped(files: dict[str, bytes | str], **more: zipfile.ZipInfo) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in files.items():
            made.writestr(more.get(name, name), body)
    return out.getvalue()


def of_folder(folder: Path) -> dict[str, bytes | str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder.parent).as_posix(): path.read_bytes() for path in files}


def test_a_package_is_the_folder(tmp_path: Path) -> None:
    theme = start("mine", tmp_path / "here")
    there = unpack(zipped(of_folder(theme)), tmp_path / "there")
    assert there == tmp_path / "there" / "mine" and of_folder(there) == of_folder(theme)


@pytest.mark.parametrize(
    "name",
    [
        "mine/../../out.json", "/etc/out.json", "mine/./x.json", "mine\\out.json", "C:/out.json", "other/theme.json",
        "theme.json", "mine/a b.json", "mine/x.exe", "mine/THEME.json", "mine//x.json", "mine/\u202ex.json",
    ],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_unpacks_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(ThemeError):
        unpack(zipped({"mine/theme.json": "{}", name: "{}"}), tmp_path / "shelf")
    assert list(tmp_path.rglob("*")) == []


def test_links_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("mine/tokens.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    data = zipped({"mine/theme.json": "{}", "mine/tokens.json": "/etc/passwd"}, **{"mine/tokens.json": link})
    with pytest.raises(ThemeError, match="plain text file"):
        unpack(data, tmp_path / "shelf")


def test_what_swells_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ThemeError, match="512 KB"):
        unpack(zipped({"mine/theme.json": "0" * 50_000_000}), tmp_path / "shelf")
    many: dict[str, bytes | str] = {f"mine/assets/{number}.css": "" for number in range(401)}
    with pytest.raises(ThemeError, match="400 files"):
        unpack(zipped(many), tmp_path / "shelf")
    with pytest.raises(ThemeError, match="20 MB"):
        unpack(zipped({f"mine/assets/{number}.css": "0" * 500_000 for number in range(50)}), tmp_path / "shelf")
    monkeypatch.setattr(package, "MAX_PACKAGE", 100)
    with pytest.raises(ThemeError, match="larger than"):
        unpack(zipped({"mine/theme.json": "{}"}), tmp_path / "shelf")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no zip", zipped({})])
def test_no_zip_is_no_package(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(ThemeError):
        unpack(data, tmp_path / "shelf")


def test_a_cut_off_package_is_refused(tmp_path: Path) -> None:
    whole = bytearray(zipped({"mine/theme.json": '{"a": 1}' * 200}))
    whole[45:55] = b"\xff" * 10
    with pytest.raises(ThemeError):
        unpack(bytes(whole), tmp_path / "shelf")


def test_checked_apart_the_findings_are_the_same(tmp_path: Path) -> None:
    theme = start("mine", tmp_path)
    (theme / "assets/css/own.css").write_text("a{background:url(https://x.example/a)}")
    (theme / "sections").mkdir()
    (theme / "sections/not-found.html.j2").write_text("{% if %}")
    assert check_apart(theme) == check(theme) != []


LOOPS = "<h1>x</h1>" + "{% for a in range(1000) %}" * 4 + "{{ a }}" + "{% endfor %}" * 4


def test_a_theme_that_never_ends_is_a_finding(tmp_path: Path) -> None:
    theme = start("mine", tmp_path)
    (theme / "sections").mkdir()
    (theme / "sections/not-found.html.j2").write_text(LOOPS)
    (found,) = check_apart(theme, Budget(seconds=3))
    assert (found.level, found.file) == ("fatal", "theme")


def test_the_command_checks_a_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theme = start("mine", tmp_path)
    (theme / "tokens.json").write_text("{")
    (tmp_path / "mine.zip").write_bytes(zipped(of_folder(theme)))
    assert main(["check", str(tmp_path / "mine.zip")]) == 1
    assert "tokens.json:1" in capsys.readouterr().out
