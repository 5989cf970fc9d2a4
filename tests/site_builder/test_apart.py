"""A stranger's theme in the child: the same pages as anywhere, and no way to anything else."""

import hashlib
import io
import pickle
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from site_builder import package
from site_builder.apart import Budget, build_apart, frames, inspect_apart, parent
from site_builder.apart.parent import ROOT, Ended
from site_builder.build import build
from site_builder.errors import RenderError, SiteBuilderError
from site_builder.scaffold import start
from site_builder.snapshot import Snapshot, ThemeChoice
from tests.site_builder.conftest import Memory, load
from tests.site_builder.test_package import of_folder, zipped

TIGHT = Budget(seconds=2, memory=512 * 1024 * 1024, output=8 * 1024 * 1024)
PAGE = "sections/not-found.html.j2"


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    return start("mine", tmp_path)


def packed(folder: Path) -> bytes:
    return zipped(of_folder(folder))


def with_page(folder: Path, text: str) -> bytes:
    (folder / "sections").mkdir(exist_ok=True)
    (folder / PAGE).write_text(text, "utf-8")
    return zipped(of_folder(folder))


@pytest.fixture
def shop() -> Snapshot:
    return replace(load("twelve"), theme=ThemeChoice(handle="mine"))


def test_the_child_makes_the_same_bytes(theme: Path, shop: Snapshot) -> None:
    data, here, there = packed(theme), Memory(), Memory()
    apart = build_apart(shop, data, sink=there)
    plain = build(shop, package.theme_of(data), sink=here)
    assert apart.manifest == plain.manifest and there.blobs == here.blobs
    again = build_apart(shop, data, sink=there, previous=apart.manifest)
    assert again.stats.reused == len(again.manifest.entries), "nothing is made twice"


def test_a_theme_that_fails_says_where(theme: Path, shop: Snapshot) -> None:
    with pytest.raises(RenderError) as failed:
        build_apart(shop, with_page(theme, "<h1>x</h1>\n{{ shop.nothing }}"), sink=Memory())
    assert (failed.value.file, failed.value.line) == (PAGE, 2)
    with pytest.raises(SiteBuilderError, match="none of"):
        build_apart(replace(shop, theme=ThemeChoice(handle="mine", preset="none")), packed(theme), sink=Memory())


def test_what_is_inspected_tells_what_a_choice_is_checked_by(theme: Path) -> None:
    seen = inspect_apart(packed(theme))
    assert (seen.handle, seen.findings) == ("mine", ())
    assert seen.contract["theme.json"].startswith("{") and seen.contract["layout/base.html.j2"] == ""
    broken = inspect_apart(b"no zip")
    assert (broken.handle, broken.contract) == ("", {}) and [one.level for one in broken.findings] == ["fatal"]


INSIDE = """
import sys; sys.path.insert(0, {root!r})
from site_builder.apart import limits
import os, socket, subprocess
limits.limit(5, 1 << 30); limits.lock()
tries = {{
    "read": lambda: open("/etc/hostname"),
    "write": lambda: open({there!r}, "w"),
    "socket": lambda: socket.socket(),
    "pair": lambda: socket.socketpair(),
    "pipe": lambda: os.pipe(),
    "folder": lambda: os.listdir("/"),
    "child": lambda: subprocess.run(["true"]),
    "connect": lambda: socket.create_connection(("127.0.0.1", 80)),
}}
for name, action in tries.items():
    try:
        action()
    except OSError as error:
        print(name, error.errno)
    else:
        print(name, "done")
"""


def test_nothing_can_be_opened_once_it_is_locked(tmp_path: Path) -> None:
    code = INSIDE.format(root=str(ROOT), there=str(tmp_path / "out"))
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    told = dict(line.split() for line in answer.stdout.splitlines())
    assert told == dict.fromkeys(("read", "write", "socket", "pair", "pipe", "folder", "child", "connect"), "24")
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="reads a process's limits from /proc")
@pytest.mark.parametrize("task", ["build", "page", "inspect"])
def test_the_child_is_locked_before_it_looks_at_a_template(task: str, theme: Path, shop: Snapshot) -> None:
    data = with_page(theme, f"<h1>x</h1>{STALLS['nested loops']}")
    given = {"build": pickle.dumps((shop, data, None)), "page": pickle.dumps((shop, data, "/404.html"))}
    command = [sys.executable, "-m", "site_builder.apart.child", task, "3", str(1 << 30)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=ROOT)
    assert child.stdin
    with child.stdin as told:
        told.write(given.get(task, data))
    limits: dict[str, str] = {}
    while child.poll() is None and limits.get("Max open files") != "3":
        lines = Path(f"/proc/{child.pid}/limits").read_text().splitlines()
        limits = {line[:26].strip(): line[26:].split()[0] for line in lines[1:]} or limits
        time.sleep(0.02)
    child.kill()
    child.wait()
    bounds = {"Max open files": "3", "Max cpu time": "3", "Max address space": str(1 << 30), "Max file size": "0"}
    assert bounds.items() <= limits.items()


NESTED = "{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}"
ENDS = "{% endfor %}{% endfor %}{% endfor %}"
STALLS = {
    "nested loops": f"{NESTED}{ENDS}",
    "loops that write": f"{NESTED}{{{{ a }}}}{ENDS}",
    "a macro that calls itself": "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    "two macros in turn": "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
    "a tree of macros": "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "a template that includes itself": "{% include 'sections/not-found' %}",
    "doubling a text": "{% set ns = 'x' %}" + "{% set ns = ns ~ ns %}" * 40 + "{{ ns }}",
    "doubling a list": "{% set l = [1] %}" + "{% set l = l + l %}" * 40 + "{{ l|length }}",
    "replace that grows": "{% set s = 'aaaaaaaaaa' %}" + "{% set s = s|replace('a', 'aaaaaaaaaa') %}" * 12 + "{{ s }}",
    "join that grows": "{% set s = range(1000)|join %}" + "{% set s = range(1000)|join(s) %}" * 6 + "{{ s }}",
    "a long range": "{% for a in range(10 ** 9) %}{% endfor %}",
    "a power": "{{ 9 ** 999999 }}",
    "a product": "{{ 'x' * 999999999 }}",
    "a shift of texts": "{{ 'x' % 999999999 }}",
    "sorting again and again": f"{NESTED}{{{{ range(1000)|sort }}}}{ENDS}",
    "unique again and again": f"{NESTED}{{{{ range(1000)|unique|list }}}}{ENDS}",
    "reverse again and again": f"{NESTED}{{{{ range(1000)|reverse|list }}}}{ENDS}",
    "urlencode of much": "{% set s = 'x' %}" + "{% set s = s|urlencode ~ s %}" * 40 + "{{ s }}",
    "escape of much": "{% set s = '<' %}" + "{% set s = (s ~ s)|e|string %}" * 30 + "{{ s }}",
    "truncate far away": "{% set s = 'x' %}" + "{% set s = s ~ s %}" * 34 + "{{ s|truncate(999999999999) }}",
    "striptags of nests": "{% set s = '<' %}" + "{% set s = s ~ s %}" * 26 + "{{ s|striptags }}",
    "title of much": "{% set s = 'x ' %}" + "{% set s = s ~ s %}" * 32 + "{{ s|title }}",
    "caller in a circle": "{% macro m() %}{{ caller() }}{{ m() }}{% endmacro %}{% call m() %}x{% endcall %}",
    "recursive loop": "{% for a in [[1]] recursive %}{{ loop([a]) }}{% endfor %}",
    "cycle for ever": f"{NESTED}{{{{ loop.cycle(1, 2) }}}}{ENDS}",
    "deep lists": "{% set l = [] %}" + "{% set l = [l, l] %}" * 60 + "{{ l|string }}",
    "a sum of much": f"{NESTED}{{{{ range(1000)|sum }}}}{ENDS}",
    "block in a circle": "{% block a %}{{ self.a() }}{% endblock %}",
    "deep brackets": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "deep blocks": "{% if 1 %}" * 2000 + "{% endif %}" * 2000,
}


@pytest.mark.parametrize("name", STALLS)
def test_what_never_ends_is_ended(name: str, theme: Path, shop: Snapshot) -> None:
    """The check may have passed it, on another shop or another day: the build ends it all the same."""
    with pytest.raises(RenderError):
        build_apart(shop, with_page(theme, f"<h1>x</h1>{STALLS[name]}"), sink=Memory(), budget=TIGHT)


def test_there_are_thirty_stalls() -> None:
    assert len(STALLS) == 30


def test_a_package_that_swells_by_another_compression_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as made:
        made.writestr("mine/theme.json", "0" * 400_000)
    assert "stored or deflated" in inspect_apart(out.getvalue()).findings[0].message


def frame(head: bytes, body: bytes = b"") -> bytes:
    return len(head).to_bytes(4, "big") + len(body).to_bytes(4, "big") + head + body


@pytest.mark.parametrize(
    "said",
    [b"\0", frame(b"{}")[:-1], frame(b"{", b""), frame(b"[]"), frame(b"{}", b"x" * 2000), b"\xff" * 64],
)
def test_a_child_that_talks_nonsense_is_not_heard(said: bytes) -> None:
    with pytest.raises(frames.Broken):
        list(frames.read(io.BytesIO(said), most=1000))


def test_the_parent_believes_nothing_it_can_check(monkeypatch: pytest.MonkeyPatch, shop: Snapshot) -> None:
    body = b"<h1>x</h1>"
    sha, other = hashlib.sha256(body).hexdigest(), "0" * 64
    entry = {"sha256": sha, "size": 1, "content_type": "text/html", "cache": "revalidate", "key": "k"}
    stats = {"pages": 1, "files": 1, "reused": 0, "bytes": 1, "made": []}
    lies = [
        ({"blob": other, "type": "text/html"}, body),
        ({"blob": sha, "type": "text/html\r\nSet-Cookie: x"}, body),
        ({"entries": {"/../x": entry}, "stats": stats}, b""),
        ({"entries": {"/a//b": entry}, "stats": stats}, b""),
        ({"entries": {"/a": entry | {"sha256": "../../x"}}, "stats": stats}, b""),
        ({"entries": {"/a": entry | {"content_type": "text/html\nX: y"}}, "stats": stats}, b""),
        ({"entries": {"/a": entry | {"encodings": {"gzip": "x"}}}, "stats": stats}, b""),
        ({"entries": {"/a": entry | {"cache": "x"}}, "stats": stats}, b""),
    ]
    for lie in lies:
        sink = Memory()
        monkeypatch.setattr(parent, "_answers", lambda *_, lie=lie: iter([lie]))
        with pytest.raises((RenderError, Ended)):
            build_apart(shop, b"", sink=sink)
        assert sink.blobs == {}
