"""The draft of a look: saved, raced for, published with its diff, restored; links to it, forged and over."""

import json
import threading
import uuid
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from cardmesh.identity.models import AuditRecord
from cardmesh.identity.tenants import service as tenants
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import MeshError, NotFound
from cardmesh.kit.tenancy import Actor
from cardmesh.stores import history, look
from cardmesh.stores import service as stores
from cardmesh.stores.errors import LookInvalid
from cardmesh.stores.looks import diff, drafts, images, links, publishing
from cardmesh.stores.looks.errors import DraftConflict, ImageRefused, NothingToPublish, PreviewExpired
from cardmesh.stores.looks.links import Kind
from cardmesh.stores.models import Build, LookStatus, Store, StoreLook
from site_builder import layouts
from site_builder.snapshot import ThemeChoice
from site_builder.theme import Theme

ANN = Actor("person", None, None, "ann@example.test")
BOB = Actor("person", None, None, "bob@example.test")
RED = {"brand_color": "#b3261e"}


@pytest.fixture
def store(app: Flask) -> Store:
    return opened("star")


def opened(handle: str) -> Store:
    with transaction(tenancy.platform()) as session:
        tenant = tenants.create_tenant(session, name=handle, handle=handle)
        return stores.open_store(session, tenant=tenant, name=handle)


def classic(**values: Any) -> ThemeChoice:
    return ThemeChoice(handle="classic", preset="harbor", settings=values)


def save(store: Store, revision: int, choice: ThemeChoice, actor: Actor = ANN) -> int:
    with transaction(tenancy.tenant(store.tenant_id, actor)) as session:
        return drafts.save(session, store_id=store.id, revision=revision, choice=choice).revision


def publish(store: Store, revision: int, actor: Actor = ANN) -> None:
    with transaction(tenancy.tenant(store.tenant_id, actor)) as session:
        publishing.publish(session, store_id=store.id, revision=revision)


def now(store: Store) -> tuple[Store, ThemeChoice, int]:
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        row = session.get_one(Store, (store.tenant_id, store.id))
        return row, *drafts.current(session, row)


def rows(status: LookStatus) -> list[StoreLook]:
    with transaction(tenancy.platform()) as session:
        return list(session.scalars(select(StoreLook).where(StoreLook.status == status).order_by(StoreLook.revision)))


def test_before_the_first_save_the_draft_is_what_is_worn(store: Store) -> None:
    _, choice, revision = now(store)
    assert (choice, revision) == (classic(), 0)
    assert rows(LookStatus.DRAFT) == [] and [row.revision for row in rows(LookStatus.PUBLISHED)] == [1]


def test_a_draft_changes_nothing_that_is_live(store: Store) -> None:
    assert save(store, 0, classic(**RED)) == 1
    row, choice, revision = now(store)
    assert (row.settings, choice.settings, revision) == ({}, RED, 1)
    assert [one.author for one in rows(LookStatus.DRAFT)] == ["ann@example.test"]


def test_the_later_of_two_editors_hears_whose_draft_it_is_and_loses_nothing(store: Store) -> None:
    save(store, 0, classic(**RED))
    with pytest.raises(DraftConflict) as refused:
        save(store, 0, classic(card_style="row"), BOB)
    told = refused.value.extra
    assert (told["revision"], told["author"]) == (1, "ann@example.test")
    assert told["look"] == drafts.words_of(classic(**RED)), "theirs comes along, for the other to choose"
    assert now(store)[1].settings == RED
    assert save(store, 1, classic(card_style="row"), BOB) == 2


def test_of_many_saves_at_once_exactly_one_counts(store: Store, app: Flask) -> None:
    save(store, 0, classic())
    told: list[str] = []

    def race(number: int) -> None:
        with app.app_context():
            try:
                save(store, 1, classic(brand_color=f"#00{number:02x}aa"))
                told.append("saved")
            except DraftConflict:
                told.append("conflict")

    threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["conflict"] * 7 + ["saved"]
    assert now(store)[2] == 2 and len(rows(LookStatus.DRAFT)) == 1


def test_the_first_saves_at_once_make_one_draft(store: Store, app: Flask) -> None:
    told: list[str] = []

    def race() -> None:
        with app.app_context():
            try:
                save(store, 0, classic(**RED))
                told.append("saved")
            except MeshError as error:
                told.append(error.code)

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["draft_conflict"] * 3 + ["saved"]


@pytest.mark.parametrize(
    "choice",
    [
        classic(nosuch=1),
        classic(brand_color="red"),
        ThemeChoice(handle="classic", preset="nosuch"),
        ThemeChoice(handle="classic", templates={"checkout": {"sections": {}, "order": []}}),
        ThemeChoice(handle="classic", templates={"index": {"sections": {"a": {"type": "nosuch"}}, "order": ["a"]}}),
    ],
)
def test_a_draft_that_could_not_be_shown_is_refused(store: Store, choice: ThemeChoice) -> None:
    save(store, 0, classic(**RED))
    with pytest.raises(LookInvalid) as refused:
        save(store, 1, choice)
    assert refused.value.errors
    assert now(store)[1:] == (classic(**RED), 1)


def test_publishing_puts_the_draft_on_and_writes_history(store: Store) -> None:
    revision = save(store, 0, classic(**RED))
    publish(store, revision)
    row, choice, _ = now(store)
    assert row.settings == RED == choice.settings
    assert [(one.revision, one.settings, one.author) for one in rows(LookStatus.PUBLISHED)] == [
        (1, {}, "system"),
        (2, RED, "ann@example.test"),
    ]
    with transaction(tenancy.platform()) as session:
        assert session.scalars(select(Build.reason)).all() == ["store.opened"], "the build that waits sees it"
        assert "store.changed" in session.scalars(select(AuditRecord.action)).all()
    with pytest.raises(NothingToPublish):
        publish(store, revision)


def test_only_the_draft_that_was_seen_is_published(store: Store) -> None:
    save(store, 0, classic(**RED))
    save(store, 1, classic(card_style="row"), BOB)
    with pytest.raises(DraftConflict):
        publish(store, 1)
    assert now(store)[0].settings == {}


def test_any_published_look_can_be_worn_again_and_a_draft_in_work_stays(store: Store) -> None:
    publish(store, save(store, 0, classic(**RED)))
    revision = save(store, 1, classic(card_style="row"))
    first = rows(LookStatus.PUBLISHED)[0]
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        publishing.restore(session, store_id=store.id, look_id=first.id)
    row, choice, now_at = now(store)
    assert (row.settings, choice.settings, now_at) == ({}, {"card_style": "row"}, revision)
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        lines = publishing.past(session, session.get_one(Store, (store.tenant_id, store.id)))
    assert [(line.look.revision, line.live) for line in lines] == [(3, True), (2, False), (1, False)]
    told = [[change.en for change in line.changes] for line in lines]
    assert told == [["Brand colour: #b3261e → #1f5eff"], ["Brand colour: #1f5eff → #b3261e"], []]


def test_a_look_of_before_is_worn_as_the_theme_of_today_calls_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, save(store, 0, classic(show_name=False)))
    publish(store, save(store, 1, classic(**RED)))
    old, schema = look.bundled("classic"), "config/settings_schema.json"
    manifest = json.dumps(old.manifest | {"renamed": {"settings.show_name": "settings.named"}})
    files = {"theme.json": manifest, schema: old.files[schema].replace('"show_name"', '"named"')}
    newer = Theme("classic", {**old.files, **files})
    monkeypatch.setattr(look, "bundled", lambda _: newer)
    before = rows(LookStatus.PUBLISHED)[1]
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        publishing.restore(session, store_id=store.id, look_id=before.id)
    assert now(store)[0].settings == {"named": False}


def test_a_draft_nobody_changed_follows_what_is_published_elsewhere(store: Store) -> None:
    publish(store, save(store, 0, classic(**RED)))
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        stores.update_store(session, store_id=store.id, changes={"preset": "jade", "settings": {}})
    row, choice, revision = now(store)
    assert (row.preset, choice.preset, revision) == ("jade", "jade", 2)
    assert len(rows(LookStatus.PUBLISHED)) == 3, "the API's change is history, too"
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        stores.update_store(session, store_id=store.id, changes={"name": "another"})
    assert len(rows(LookStatus.PUBLISHED)) == 3, "another name is no other look"


def test_what_was_published_never_changes(store: Store) -> None:
    for statement in ("update store_looks set author = 'x'", "delete from store_looks"):
        with pytest.raises(DatabaseError) as refused, transaction(tenancy.platform()) as session:
            session.execute(text(statement))
        assert isinstance(refused.value.orig, psycopg.errors.RestrictViolation)
    assert [row.author for row in rows(LookStatus.PUBLISHED)] == ["system"]


def test_a_neighbour_s_looks_are_not_there(store: Store) -> None:
    other, mine = opened("other"), rows(LookStatus.PUBLISHED)[0]
    for refused in (
        lambda session: publishing.restore(session, store_id=other.id, look_id=mine.id),
        lambda session: publishing.restore(session, store_id=store.id, look_id=mine.id),
        lambda session: drafts.save(session, store_id=store.id, revision=0, choice=classic()),
        lambda session: publishing.publish(session, store_id=store.id, revision=0),
        lambda session: history.get_look(session, store_id=store.id, look_id=mine.id),
    ):
        with pytest.raises(NotFound), transaction(tenancy.tenant(other.tenant_id)) as session:
            refused(session)


def test_the_diff_speaks_of_parts_and_values_in_both_languages(store: Store) -> None:
    theme = look.bundled("classic")
    home = layouts.effective(theme, classic(), "index")
    sections = {key: dict(part) for key, part in home["sections"].items() if key != "promises"}
    sections["hero"] = {"type": "hero", "settings": {"style": "strip", "heading": {"zh-CN": "你好", "en": "Hi {x}"}}}
    sections["hot"]["hidden"] = True
    sections["tiles"] = {"type": "category-tiles", "settings": {}}
    after = ThemeChoice(
        handle="classic", preset="jade", settings={"show_name": False},
        templates={"index": {**home, "sections": sections, "order": ["hero", "notice", "hot", "groups", "tiles"]}},
    )  # fmt: skip
    found = diff.changes(classic(), after, look.bundled)
    assert [change.en for change in found] == [
        "Look: Harbor → Jade", "Show the name beside the logo: yes → no", "Home › removed “Promises”",
        "Home › added “Category tiles”", "Home › moved “Hero”", "Home › Hero › Style: Banner → Strip",
        "Home › Hero › Heading: “Keys in seconds, any hour” → “Hi {x}”", "Home › hid “Hot products”",
    ]  # fmt: skip
    assert "首页 › 移除「服务承诺」" in [change.zh for change in found]
    assert diff.changes(after, after, look.bundled) == []
    [line, *_] = diff.changes(classic(), ThemeChoice(handle="neon", preset="pulse"), look.bundled)
    assert line.en.startswith("Theme: Classic card mall → ")


def test_a_link_opens_one_store_s_draft_until_it_is_over(store: Store) -> None:
    token = links.path(store, Kind.SHARED).removeprefix(links.PATH)
    assert links.read(token) == (Kind.SHARED, store.tenant_id, store.id)
    for forged in ("", "x", "ä", token[:-1], token + "A", token[:10] + ("A" if token[10] != "A" else "B") + token[11:]):
        with pytest.raises(PreviewExpired):
            links.read(forged)
    for kind in Kind:
        fresh = links.path(store, kind).removeprefix(links.PATH)
        with time_machine.travel(clock.now() + links.LIFETIME[kind] - timedelta(seconds=5), tick=False):
            links.read(fresh)
        late = clock.now() + links.LIFETIME[kind] + timedelta(seconds=5)
        with time_machine.travel(late, tick=False), pytest.raises(PreviewExpired):
            links.read(fresh)


def test_pictures_are_told_by_their_first_bytes(store: Store) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"x" * 100
    path = images.keep(store.id, png)
    assert path.startswith("/media/") and path.endswith(".png")
    assert images.find(store.id, path.removeprefix("/media/")) == (png, "image/png")
    assert images.find(uuid.uuid4(), path.removeprefix("/media/")) is None, "another store has its own"
    assert images.find(store.id, "../../secret") is None
    for wrong in (b"", b"<svg xmlns='x'>", b"<html>", b"GIF89a", png + b"x" * images.MOST_BYTES):
        with pytest.raises(ImageRefused):
            images.keep(store.id, wrong)
