"""A distributor's theme on its whole way: uploaded, checked, worn, built, published; and what hostile ones come to."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from cardmesh.identity.models import AuditRecord
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import MeshError, NotFound
from cardmesh.kit.ids import public_id
from cardmesh.kit.jobs import run
from cardmesh.stores import publish, widget
from cardmesh.stores import service as stores
from cardmesh.stores.models import Build, Store
from cardmesh.stores.opening import open_tenant
from cardmesh.stores.wardrobe import queries
from cardmesh.stores.wardrobe import service as wardrobe
from cardmesh.stores.wardrobe.errors import PackageTooLarge, ThemeLimit, ThemeWorn
from cardmesh.stores.wardrobe.models import UploadedTheme
from site_builder.apart import parent
from site_builder.scaffold import start
from tests.fixtures.market import Market
from tests.site_builder.test_apart import with_page
from tests.site_builder.test_package import of_folder, zipped
from workers.registry import JOBS

WORK = {name: JOBS[name] for name in ("stores.build", "themes.check")}
NOTE = "sections/not-found.html.j2"


@pytest.fixture
def store(market: Market) -> Store:
    """Open, with one thing on sale."""
    market.sell(keys=3)
    with transaction(tenancy.platform()) as session:
        row = session.scalars(select(Store)).one()
        row.preset = "harbor"
    return row


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    return start("mine", tmp_path)


def upload(store: Store, package: bytes) -> UploadedTheme:
    """Uploaded and checked."""
    made = wardrobe.upload(tenant_id=store.tenant_id, package=package, actor=tenancy.SYSTEM)
    run.drain(WORK)
    return found(store, made)


def found(store: Store, theme: UploadedTheme) -> UploadedTheme:
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        return queries.get_theme(session, tenant_id=store.tenant_id, theme_id=theme.id)


def wear(store: Store, theme: UploadedTheme | str, **more: object) -> Store:
    name = theme if isinstance(theme, str) else public_id("thm", theme.id)
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        return stores.update_store(session, store_id=store.id, changes={"theme": name, **more})


def built(store: Store) -> Build:
    run.drain(WORK)
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(Build).where(Build.store_id == store.id).order_by(Build.id.desc())).all()[0]


def page(store: Store, path: str = "/404.html") -> str:
    there = publish.site_of(store.id).read(path)
    assert there is not None, path
    return there[0].decode()


def version(folder: Path, number: str) -> None:
    data = json.loads((folder / "theme.json").read_text())
    (folder / "theme.json").write_text(json.dumps(data | {"version": number}))


def test_from_upload_to_published(store: Store, theme: Path) -> None:
    made = upload(store, with_page(theme, "<h1>my own page</h1>\n"))
    assert (made.status, made.handle, made.findings) == ("passed", "mine", [])
    wear(store, made)
    done = built(store)
    assert (done.status, done.failure) == ("published", None)
    assert "<h1>my own page</h1>" in page(store)
    with transaction(tenancy.platform()) as session:
        trail = select(AuditRecord.action).where(AuditRecord.subject == "theme")
        assert session.scalars(trail).all() == ["theme.uploaded"]


def test_a_theme_lends_the_frame_on_other_sites_its_colours_and_no_more(store: Store, theme: Path) -> None:
    preset = next((theme / "config/presets").glob("*.json"))
    data = json.loads(preset.read_text())
    data["tokens"]["light"] = {"color-line": "red} main{display:none", "color-edge": "#556677", "own": "#ffffff"}
    preset.write_text(json.dumps(data))
    wear(store, upload(store, zipped(of_folder(theme))))
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        css = widget.colours(session, store_id=store.id)
    assert "--color-edge:#556677;" in css and "--radius-l:22px;" in css
    assert "display:none" not in css and "--own" not in css


def test_only_what_passed_can_be_worn(store: Store, theme: Path) -> None:
    refused = upload(store, with_page(theme, "<h1>x</h1><script>alert(1)</script>"))
    assert refused.status == "refused"
    (first, *_) = [one for one in refused.findings if one["family"] == "security"]
    assert (first["file"], first["line"], bool(first["message"]), bool(first["fix"])) == (NOTE, 1, True, True)
    waiting = wardrobe.upload(tenant_id=store.tenant_id, package=zipped(of_folder(theme)), actor=tenancy.SYSTEM)
    for one in (refused, waiting, "thm_x", "mine"):
        with pytest.raises(MeshError) as error:
            wear(store, one)
        assert error.value.code == "theme_unknown"


def test_another_tenants_theme_is_not_there(store: Store, theme: Path, rival: Store) -> None:
    theirs = upload(rival, zipped(of_folder(theme)))
    assert theirs.status == "passed"
    with pytest.raises(MeshError) as error:
        wear(store, theirs)
    assert error.value.code == "theme_unknown"
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        assert queries.list_themes(session, tenant_id=rival.tenant_id) == []
        with pytest.raises(NotFound):
            queries.get_theme(session, tenant_id=rival.tenant_id, theme_id=theirs.id)
    with pytest.raises(NotFound):
        wardrobe.remove(tenant_id=store.tenant_id, theme_id=theirs.id, actor=tenancy.SYSTEM)
    assert wardrobe.run_check(tenant_id=store.tenant_id, theme_id=theirs.id) is None
    assert found(rival, theirs).status == "passed"


@pytest.fixture
def rival(store: Store) -> Store:
    with transaction(tenancy.platform()) as session:
        return open_tenant(session, name="Two", handle="two", owner_email="two@example.test").store


def test_a_version_never_changes(store: Store, theme: Path) -> None:
    one = upload(store, zipped(of_folder(theme)))
    again = upload(store, with_page(theme, "<h1>other</h1>"))
    assert (again.status, again.findings[-1]["message"]) == ("refused", f"version {one.version} was uploaded before")
    version(theme, "1.1.0")
    assert upload(store, zipped(of_folder(theme))).status == "passed"
    with pytest.raises(DBAPIError, match="append-only"), transaction(tenancy.platform()) as session:
        session.execute(update(UploadedTheme).where(UploadedTheme.id == one.id).values(version="9.9.9"))


def test_a_new_version_keeps_the_values_and_the_old_one_is_a_click_away(store: Store, theme: Path) -> None:
    version(theme, "1.0.0")
    one = upload(store, with_page(theme, "<h1>one</h1>"))
    version(theme, "2.0.0")
    two = upload(store, with_page(theme, "<h1>two</h1>"))
    wear(store, one, settings={"brand_color": "#aa3300"})
    assert built(store).status == "published" and "<h1>one</h1>" in page(store)
    assert wear(store, two).settings == {"brand_color": "#aa3300"}, "the owner's values stay"
    assert built(store).status == "published" and "<h1>two</h1>" in page(store)
    assert wear(store, one).settings == {"brand_color": "#aa3300"}
    assert built(store).status == "published" and "<h1>one</h1>" in page(store)
    assert wear(store, "classic").settings == {}, "another theme starts from its own"


def test_what_is_worn_is_not_deleted(store: Store, theme: Path) -> None:
    made = upload(store, zipped(of_folder(theme)))
    key = wardrobe.object_key(store.tenant_id, made.id)
    wear(store, made)
    with pytest.raises(ThemeWorn):
        wardrobe.remove(tenant_id=store.tenant_id, theme_id=made.id, actor=tenancy.SYSTEM)
    assert runtime.current().storage.exists(key)
    wear(store, "classic")
    wardrobe.remove(tenant_id=store.tenant_id, theme_id=made.id, actor=tenancy.SYSTEM)
    assert not runtime.current().storage.exists(key)
    with pytest.raises(NotFound):
        found(store, made)


def test_there_is_an_end_to_uploads(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PackageTooLarge):
        wardrobe.upload(tenant_id=store.tenant_id, package=b"0" * (5 * 1024 * 1024 + 1), actor=tenancy.SYSTEM)
    monkeypatch.setattr(wardrobe, "MOST_THEMES", 1)
    wardrobe.upload(tenant_id=store.tenant_id, package=b"x", actor=tenancy.SYSTEM)
    with pytest.raises(ThemeLimit):
        wardrobe.upload(tenant_id=store.tenant_id, package=b"x", actor=tenancy.SYSTEM)


def bomb() -> bytes:
    """Forty-nine files that swell a thousandfold."""
    return zipped({f"mine/assets/{number}.css": "0" * 500_000 for number in range(49)})


def slip() -> bytes:
    return zipped({"mine/theme.json": "{}", "mine/../../../../tmp/out.json": "{}"})


def link() -> bytes:
    info = zipfile.ZipInfo("mine/tokens.json")
    info.external_attr = (0o120777) << 16
    return zipped({"mine/theme.json": "{}", "mine/tokens.json": "/etc/passwd"}, **{"mine/tokens.json": info})


def lying() -> bytes:
    """The directory says ten bytes, the stream holds a million."""
    whole = bytearray(zipped({"mine/theme.json": "0" * 400_000}))
    place = whole.rindex(b"PK\x01\x02")
    whole[place + 24 : place + 28] = (10).to_bytes(4, "little")
    return bytes(whole)


def loop_of_parents() -> bytes:
    return zipped({"mine/theme.json": json.dumps({"parent": "mine", "handle": "mine"})})


def half_a_character() -> bytes:
    return zipped({"mine/theme.json": '{"version": "\\ud800", "name": {"en": "\\u0000\\ud800"}}'})


HOSTILE: dict[str, Callable[[], bytes]] = {
    "bomb": bomb, "slip": slip, "link": link, "lying": lying, "parents": loop_of_parents, "half": half_a_character,
    "empty": lambda: b"", "noise": lambda: b"PK\x03\x04" + b"\xff" * 1000, "nothing": lambda: zipped({}),
    "script": lambda: zipped({"mine/theme.json": "{}", "mine/assets/x.html": "<script>"}),
    "deep": lambda: zipped({"mine/theme.json": "[" * 100_000}),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_packages_are_refused_with_words(name: str, store: Store) -> None:
    before = wear(store, "classic", preset="jade").version
    made = upload(store, HOSTILE[name]())
    assert made.status == "refused" and made.findings and all(one["message"] for one in made.findings)
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        assert stores.get_store(session, store_id=store.id).version == before
        assert session.scalar(text("select count(*) from outbox where state = 'dead'")) == 0


SMUGGLED = {
    "assets/own.svg": '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "assets/on.svg": '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "assets/css/own.css": "a{background:url(https://evil.example/x)}",
    "assets/js/own.js": "eval('1')",
    NOTE: '<h1>x</h1><a href="javascript:alert(1)">x</a>',
    "snippets/own.html.j2": "<iframe src=\"https://evil.example\"></iframe>",
}


def test_smuggled_script_is_a_finding_in_its_file(store: Store, theme: Path) -> None:
    for name, body in SMUGGLED.items():
        (theme / name).parent.mkdir(parents=True, exist_ok=True)
        (theme / name).write_text(body)
    made = upload(store, zipped(of_folder(theme)))
    assert made.status == "refused"
    assert {one["file"] for one in made.findings if one["family"] == "security"} >= SMUGGLED.keys()


def test_a_theme_that_passed_and_then_stalls_hurts_only_its_own_build(
    store: Store, theme: Path, rival: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It loops over goods that the check's shops do not have: found out by the build, ended by its limits."""
    mark = "{% if shop.name == 'One' %}" + "{% for a in range(1000) %}" * 4 + "{% endfor %}" * 4 + "{% endif %}"
    made = upload(store, with_page(theme, f"<h1>x</h1>{mark}"))
    assert made.status == "passed"
    assert wear(store, "classic", preset="jade") and built(store).status == "published"
    before = page(store)
    monkeypatch.setattr(publish, "APART", parent.Budget(seconds=3))
    wear(store, made)
    failed = built(store)
    assert failed.status == "failed" and "limits" in (failed.failure or "")
    assert page(store) == before, "the pages of before are served"
    wear(rival, "minimal")
    assert built(rival).status == "published"
