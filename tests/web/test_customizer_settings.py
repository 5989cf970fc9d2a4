"""Each type of setting has its control in the customizer, and what it sets is what is saved and shown."""

import json
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.stores import look
from cardmesh.stores.models import LookStatus, StoreLook
from site_builder.settings import SPEAKING, TYPES
from site_builder.theme import Theme
from tests.fixtures.atelier import SLOW, Atelier, draft, faults, saved

OPTIONS = [{"value": one, "label": {"zh-CN": one, "en": one.upper()}} for one in ("a", "b")]
NUMBERS = {"min": 1, "max": 9, "step": 1}
KINDS: dict[str, tuple[object, Mapping[str, object]]] = {
    "text": ("x", {}), "textarea": ("x", {}), "richtext": ("x", {}), "number": (3, NUMBERS), "range": (3, NUMBERS),
    "checkbox": (False, {}), "select": ("a", {"options": OPTIONS}), "radio": ("a", {"options": OPTIONS}),
    "color": ("#1f5eff", {}), "color_scheme": ("a", {"options": OPTIONS}), "image": ("", {}), "font": ("serif", {}),
    "url": ("", {"visible_if": {"checkbox": True}}), "product": ("", {}), "category": ("", {}),
    "product_list": ([], {}), "page": ("", {}),
}  # fmt: skip


def everything() -> Theme:
    """Classic with a section that has a setting of each type, one of them under a condition, and blocks."""
    settings: list[dict[str, object]] = [{"type": "header", "content": {"zh-CN": "各种", "en": "All of them"}}]
    settings += [
        {"type": kind, "id": kind, "label": {"zh-CN": f"设置 {kind}", "en": f"The {kind}"}, "default": default, **more}
        for kind, (default, more) in KINDS.items()
    ]
    block = {"type": "tip", "name": {"zh-CN": "一条", "en": "Tip"}, "settings": [settings[1]]}
    schema = {"name": {"zh-CN": "全部", "en": "Everything"}, "settings": settings, "blocks": [block]}
    words = "<p>{{ text(section.settings.text) }} {{ section.settings.image }}</p>"
    page = {"sections": {"all": {"type": "everything"}}, "order": ["all"]}
    files = {"sections/everything.schema.json": json.dumps(schema), "sections/everything.html.j2": words}
    return Theme("classic", {**look.bundled("classic").files, **files, "templates/index.json": json.dumps(page)})


def picture(folder: Path) -> Path:
    """A PNG of one red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    parts = [(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"\0\xff\0\0"))]
    file = folder / "red.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in [*parts, (b"IEND", b"")]))
    return file


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_each_type_of_setting_has_its_control(
    atelier: Atelier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {*KINDS} == {*TYPES} - SPEAKING
    theme = everything()
    monkeypatch.setattr(look, "bundled", lambda handle: theme)
    monkeypatch.setattr(look, "shelf", lambda: [theme])
    context = atelier.context()
    page = atelier.open(context)
    page.locator("#tree").get_by_role("button", name="Everything", exact=True).click()

    def field(kind: str, inner: str = "input") -> Locator:
        named = page.get_by_text(f"The {kind}", exact=True)
        return page.locator("#settings .setting-group > .field", has=named).locator(inner).first

    for kind in ("text", "textarea", "richtext"):
        field(kind, '[lang="en"]').fill(f"new {kind}")
    field("number").fill("7")
    field("range").fill("8")
    expect(field("url")).to_be_hidden()
    page.get_by_label("The checkbox").check()
    expect(field("url")).to_be_visible()
    field("url").fill("https://example.com/")
    field("select", "select").select_option(label="B")
    field("color_scheme", "select").select_option(label="B")
    field("radio", "fieldset").get_by_label("B").check()
    field("font").fill("monospace")
    field("page", "select").select_option(label="Help")
    field("category", "select").select_option(index=1)
    for kind in ("product", "product_list"):
        field(kind, 'input[type="search"]').focus()
        field(kind, "ul button").click()
    page.get_by_label("Upload: The image").set_input_files(picture(tmp_path))
    expect(page.get_by_text("Uploaded", exact=True)).to_be_visible(timeout=SLOW)
    expect(draft(page, "p").filter(has_text="/media/").first).to_be_visible(timeout=SLOW)
    page.locator("#tree .tree-list .adder summary").click()
    page.locator("#tree .tree-list .adder").get_by_role("button", name="Tip").click()
    expect(page.locator("#settings h2")).to_have_text("Tip")
    assert faults(page) == []
    saved(page)
    _expect_saved()
    context.close()


def _expect_saved() -> None:
    with transaction(tenancy.platform()) as session:
        row = session.scalars(select(StoreLook).where(StoreLook.status == LookStatus.DRAFT)).one()
    part = row.templates["index"]["sections"]["all"]
    assert [one["type"] for one in part["blocks"].values()] == ["tip"]
    made = part["settings"]
    for kind in ("text", "textarea", "richtext"):
        assert made[kind] == {"zh-CN": "x", "en": f"new {kind}"}
    assert (made["number"], made["range"], made["checkbox"], made["url"]) == (7, 8, True, "https://example.com/")
    assert (made["select"], made["color_scheme"], made["radio"], made["font"]) == ("b", "b", "b", "monospace")
    assert made["page"] == "help" and made["category"] and made["product"]
    assert made["product_list"] == [made["product"]]
    assert made["image"].startswith("/media/") and made["image"].endswith(".webp")
