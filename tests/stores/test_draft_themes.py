"""A draft that wears a distributor's own theme: offered, shown by a child, published, carried on, not deleted."""

import uuid
from pathlib import Path

import pytest

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import public_id
from cardmesh.stores import look
from cardmesh.stores.errors import ThemeUnknown
from cardmesh.stores.looks import drafts, publishing, rendering
from cardmesh.stores.models import Store
from cardmesh.stores.wardrobe import service as wardrobe
from cardmesh.stores.wardrobe.errors import ThemeWorn
from cardmesh.stores.wardrobe.models import UploadedTheme
from site_builder.snapshot import ThemeChoice
from tests.site_builder.test_apart import with_page
from tests.stores.test_wardrobe import store, theme, upload, version, wear

__all__ = ["store", "theme"]
RED = {"brand_color": "#b3261e"}


def save(store: Store, choice: ThemeChoice) -> int:
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        _, revision = drafts.current(session, store)
        return drafts.save(session, store_id=store.id, revision=revision, choice=choice).revision


def name(theme: UploadedTheme) -> str:
    return public_id("thm", theme.id)


def lines(store: Store) -> list[publishing.Line]:
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        return publishing.past(session, session.get_one(Store, (store.tenant_id, store.id)))


def test_a_draft_shows_a_theme_of_the_owner_s_and_publishes_it(store: Store, theme: Path) -> None:
    mine = upload(store, with_page(theme, "<h1>my own page</h1>\n"))
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        assert look.wardrobe(session, store.tenant_id)[name(mine)].handle == "mine"
    revision = save(store, ThemeChoice(handle=name(mine), settings=RED))
    shown = rendering.show(tenant_id=store.tenant_id, store_id=store.id, path="/404.html")
    assert b"<h1>my own page</h1>" in shown.file.body and shown.found
    with pytest.raises(ThemeWorn):
        wardrobe.remove(tenant_id=store.tenant_id, theme_id=mine.id, actor=tenancy.SYSTEM)
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        publishing.publish(session, store_id=store.id, revision=revision)
        row = session.get_one(Store, (store.tenant_id, store.id))
        assert (row.theme, row.settings) == (name(mine), RED)


def test_another_version_keeps_what_the_owner_chose_and_is_named_in_the_history(store: Store, theme: Path) -> None:
    wear(store, upload(store, with_page(theme, "<h1>one</h1>\n")), settings=RED)
    version(theme, "2.0.0")
    second = upload(store, with_page(theme, "<h1>two</h1>\n"))
    assert wear(store, second).settings == RED
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        assert [one for one in look.wardrobe(session, store.tenant_id) if one.startswith("thm_")] == [name(second)]
    newest, _ = lines(store)
    assert newest.live and [change.en.split(" → ")[1] for change in newest.changes] == ["2.0.0"]


def test_a_look_whose_theme_is_gone_stays_in_the_history_and_cannot_be_worn(store: Store, theme: Path) -> None:
    mine = upload(store, with_page(theme, "<h1>one</h1>\n"))
    wear(store, mine)
    wear(store, "classic")
    wardrobe.remove(tenant_id=store.tenant_id, theme_id=mine.id, actor=tenancy.SYSTEM)
    newest, gone = lines(store)
    assert newest.choice and gone.choice is None
    with pytest.raises(ThemeUnknown), transaction(tenancy.tenant(store.tenant_id)) as session:
        publishing.restore(session, store_id=store.id, look_id=gone.look.id)


def test_a_stranger_s_theme_is_not_for_a_draft(store: Store) -> None:
    with pytest.raises(ThemeUnknown):
        save(store, ThemeChoice(handle=public_id("thm", uuid.uuid4())))
