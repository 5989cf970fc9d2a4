"""A sheet is loaded once and exactly, whatever happens on the way; the clear keys are nowhere on the way either."""

import io
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import func, select, text

from cardmesh.goods.imports import errors, issues, lines, loader
from cardmesh.goods.imports import service as imports
from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.inventory.errors import NotKeyed
from cardmesh.goods.models import CardKey, Import, ImportIssue, Offer
from cardmesh.goods.offers import queries as offer_queries
from cardmesh.goods.offers import service as offers
from cardmesh.identity.models import AuditRecord
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import NotFound
from cardmesh.kit.jobs.models import OutboxJob
from cardmesh.kit.money import Money
from cardmesh.kit.sheets import SheetError, write_xlsx
from cardmesh.kit.sheets.errors import SheetEmpty, SheetUnsupported

from .conftest import World, add, in_stock


def started(world: World, body: bytes, *, offer: Offer | None = None, supplier: int = 0) -> Import:
    with transaction(tenancy.supplier(world.suppliers[supplier].id)) as session:
        return imports.start(
            session,
            supplier_id=world.suppliers[supplier].id,
            kind="keys" if offer else "offers",
            offer_id=offer.id if offer else None,
            filename="sheet",
            stream=io.BytesIO(body),
        )


def done(world: World, body: bytes, *, offer: Offer | None = None, batch: int = 10_000, supplier: int = 0) -> Import:
    row = started(world, body, offer=offer, supplier=supplier)
    imports.run(row.id, row.supplier_id, batch)
    return state(row)


def state(row: Import) -> Import:
    with transaction(tenancy.supplier(row.supplier_id)) as session:
        return imports.get_import(session, row.id)


def counts(row: Import) -> tuple[int, int, int, int]:
    return row.total, row.accepted, row.duplicates, row.rejected


def listed(row: Import) -> list[tuple[int, str]]:
    with transaction(tenancy.supplier(row.supplier_id)) as session:
        return [(issue.line, issue.code) for issue in imports.list_issues(session, import_id=row.id)]


@pytest.fixture
def offer(world: World) -> Offer:
    with transaction(tenancy.platform()) as session:
        return world.offer(session)


KEYS = "卡密,有效期\r\nAAAA-1111,2032-01-01\r\nBBBB-2222,\r\naaaa1111,\r\nX,\r\nCCCC-3333,2001-01-01\r\nDDDD-4444,\r\n"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("batch", [1, 2, 100])
def test_keys_from_csv(world: World, offer: Offer, encoding: str, batch: int) -> None:
    row = done(world, KEYS.encode(encoding), offer=offer, batch=batch)
    assert row.status == "completed" and row.finished_at and imports.progress(row) == 1.0
    assert counts(row) == (6, 3, 1, 2)
    assert listed(row) == [(4, "import_key_duplicate"), (5, "import_key_too_short"), (6, "import_key_expired")]
    with transaction(tenancy.platform()) as session:
        assert in_stock(session, offer) == 3
        keys = session.scalars(select(CardKey).where(CardKey.import_id == row.id)).all()
        opened = inventory.open_keys(session, key_ids=[key.id for key in keys])
        assert sorted(one.value for fields in opened.values() for one in fields) == [
            "AAAA-1111",
            "BBBB-2222",
            "DDDD-4444",
        ]
        assert sum(key.expires_on is not None for key in keys) == 1


def test_keys_from_xlsx_and_from_a_list(world: World, offer: Offer) -> None:
    rows = [[line.split(",")[0], line.split(",")[1]] for line in KEYS.split("\r\n")[1:] if line]
    assert counts(done(world, write_xlsx(rows, ["卡密", "有效期"]), offer=offer, batch=2)) == (6, 3, 1, 2)
    body = imports.keys_as_sheet(["EEEE-5555", 'with,comma"and quote', "BBBB-2222"]).read()
    row = done(world, body, offer=offer)
    assert counts(row) == (3, 2, 1, 0)


def test_a_run_that_dies_between_batches_goes_on_with_exact_counts(
    world: World, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "\n".join(["卡密", *(f"CODE-{number % 90:06}" for number in range(100)), "x"]).encode()
    row = started(world, body, offer=offer)
    apply: Callable[..., None] = loader.Loader.apply
    for survived in (3, 0, 5):
        left = [survived]

        def dying(self: loader.Loader, batch: Any, left: list[int] = left) -> None:
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            apply(self, batch)

        monkeypatch.setattr(loader.Loader, "apply", dying)
        with pytest.raises(KeyboardInterrupt):
            imports.run(row.id, row.supplier_id, 7)
    assert state(row).total == 56 and 0 < imports.progress(state(row)) < 1
    monkeypatch.setattr(loader.Loader, "apply", apply)
    imports.run(row.id, row.supplier_id, 7)
    assert counts(state(row)) == (101, 90, 10, 1)
    imports.run(row.id, row.supplier_id, 7)
    assert counts(state(row)) == (101, 90, 10, 1)
    with transaction(tenancy.platform()) as session:
        assert in_stock(session, offer) == 90


def test_a_batch_that_fails_midway_leaves_nothing(world: World, offer: Offer, monkeypatch: pytest.MonkeyPatch) -> None:
    row = started(world, KEYS.encode(), offer=offer)

    def broken(*_: object, **__: object) -> None:
        raise ConnectionError("the database went away")

    with monkeypatch.context() as patch:
        patch.setattr(issues, "record", broken)
        with pytest.raises(ConnectionError):
            imports.run(row.id, row.supplier_id)
    assert counts(state(row)) == (0, 0, 0, 0)
    with transaction(tenancy.platform()) as session:
        assert in_stock(session, offer) == 0 and session.scalar(select(func.count()).select_from(CardKey)) == 0
    imports.run(row.id, row.supplier_id)
    assert counts(state(row)) == (6, 3, 1, 2)


@pytest.mark.parametrize("rival_batches", [1, 4])
def test_two_runs_of_one_import_do_not_count_twice(
    world: World, offer: Offer, monkeypatch: pytest.MonkeyPatch, rival_batches: int
) -> None:
    """A second run starts between the first one's batches, and stores one batch, or all the rest."""
    body = "\n".join(["卡密", *(f"CODE-{number:06}" for number in range(20))]).encode()
    row = started(world, body, offer=offer)
    apply: Callable[..., None] = loader.Loader.apply
    calls = iter(range(100))

    def with_a_rival(self: loader.Loader, batch: Any) -> None:
        call = next(calls)
        if call > rival_batches:
            raise KeyboardInterrupt
        apply(self, batch)
        if call == 0:
            with suppress(KeyboardInterrupt):
                imports.run(row.id, row.supplier_id, 4)
            monkeypatch.setattr(loader.Loader, "apply", apply)

    monkeypatch.setattr(loader.Loader, "apply", with_a_rival)
    imports.run(row.id, row.supplier_id, 5)
    imports.run(row.id, row.supplier_id, 5)
    assert (state(row).status, *counts(state(row))) == ("completed", 20, 20, 0, 0)


OFFERS = """商品名称,分类,规格,面值,供货价,VIP2价,阶梯价,限购,卡密
腾讯Q币,游戏,100 元,100,95,94,10:93,9999,AAAA-0001
,,,,,,,,AAAA-0002
腾讯 Q币,games,¥10,10,9.5,,,,BBBB-0001
腾讯Q币,游戏,50元,50,-1,,,,CCCC-0001
,,,,,,,,CCCC-0002
云盘会员,云与AI,月卡,,12,13,,,DDDD-0001
"""


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_whole_offers_with_their_keys(world: World, batch: int) -> None:
    row = done(world, OFFERS.encode(), batch=batch)
    assert row.status == "completed"
    assert counts(row) == (6, 3, 0, 3)
    assert (row.offers_created, row.offers_updated) == (2, 0)
    assert listed(row) == [
        (5, "import_amount_not_positive"),
        (6, "import_offer_above_rejected"),
        (7, "import_tier_above_base"),
    ]
    with transaction(tenancy.supplier(row.supplier_id)) as session:
        hundred = session.scalars(select(Offer).where(Offer.sku_id == world.sku.id)).one()
        assert (hundred.status, hundred.base_price_minor, hundred.max_quantity) == ("pending_review", 9_500, 1_000)
        prices = [(p.tier, p.min_quantity, p.price_minor) for p in offer_queries.prices(session, [hundred.id])]
        assert prices == [("VIP2", 1, 9_400), ("", 10, 9_300)]
        assert in_stock(session, hundred) == 2


def test_an_offer_that_is_there_gets_the_new_price_and_it_is_on_record(world: World) -> None:
    done(world, OFFERS.encode())
    dearer = OFFERS.replace(",95,94,10:93,", ",96,94,10:93,").replace("AAAA-0002", "AAAA-0003")
    row = done(world, dearer.encode())
    assert (row.offers_created, row.offers_updated) == (0, 1)
    assert counts(row) == (6, 1, 2, 3)
    with transaction(tenancy.supplier(row.supplier_id)) as session:
        record = session.scalars(select(AuditRecord).where(AuditRecord.action == "offer.price_changed")).one()
        assert (record.details["before"]["base"], record.details["after"]["base"]) == (9_500, 9_600)
        assert str(row.id) in record.reason


def test_an_offer_a_verb_refuses_takes_its_keys_with_it_also_after_a_resume(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(tenancy.supplier(world.suppliers[0].id)) as session:
        offers.create_offer(
            session,
            supplier_id=world.suppliers[0].id,
            sku_id=world.sku.id,
            kind="card_key",
            base_price=Money(1_300, "USD"),
        )
    row = started(world, OFFERS.encode())
    apply: Callable[..., None] = loader.Loader.apply
    left = [1]

    def dying(self: loader.Loader, batch: Any) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        apply(self, batch)

    monkeypatch.setattr(loader.Loader, "apply", dying)
    with pytest.raises(KeyboardInterrupt):
        imports.run(row.id, row.supplier_id, 1)
    monkeypatch.setattr(loader.Loader, "apply", apply)
    imports.run(row.id, row.supplier_id, 1)
    assert counts(state(row)) == (6, 1, 0, 5)
    assert listed(row)[:3] == [
        (2, "import_offer_above_rejected"),
        (2, "import_offer_currency"),
        (3, "import_offer_above_rejected"),
    ]


def test_every_issue_speaks_both_languages(world: World, offer: Offer) -> None:
    rows = [done(world, OFFERS.encode()), done(world, KEYS.encode(), offer=offer)]
    for row in rows:
        with transaction(tenancy.supplier(row.supplier_id)) as session:
            for issue in imports.list_issues(session, import_id=row.id):
                assert issue.message("zh-CN") != issue.message("en")
                assert "{" not in issue.message("zh-CN") + issue.message("en")
                assert not issue.message("en").startswith("import_")


def test_clear_keys_are_nowhere_on_the_way(world: World, offer: Offer) -> None:
    row = started(world, KEYS.encode(), offer=offer)
    storage = runtime.current().storage
    stored = storage.get(row.object_key)
    assert stored and b"AAAA" not in stored
    with transaction(tenancy.platform()) as session:
        job = session.scalars(select(OutboxJob)).one()
        assert (job.name, job.args) == ("imports.run", {"import_id": str(row.id), "supplier_id": str(row.supplier_id)})
    imports.run(row.id, row.supplier_id)
    assert storage.get(row.object_key) is None
    with transaction(tenancy.platform()) as session:
        for table in ("card_keys", "imports", "import_issues", "outbox", "audit_records"):
            dump = session.scalars(text(f"select t::text from {table} t")).all()  # noqa: S608 - names from this list
            assert not any("AAAA" in line or "BBBB-2222" in line for line in dump), table


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", SheetEmpty.code),
        (b"%PDF-1.7", SheetUnsupported.code),
        (b"PK\x03\x04 not a zip", "sheet_damaged"),
        (b"\x00\x01\x02", SheetUnsupported.code),
    ],
)
def test_a_bad_file_is_refused_at_once(world: World, offer: Offer, body: bytes, code: str) -> None:
    with pytest.raises(SheetError) as refused:
        started(world, body, offer=offer)
    assert refused.value.code == code
    with transaction(tenancy.platform()) as session:
        assert session.scalars(select(Import)).all() == []
        assert session.scalars(select(OutboxJob)).all() == []


def test_a_bomb_is_refused_from_its_directory(world: World, offer: Offer) -> None:
    import zipfile

    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (300 << 20))
    with pytest.raises(SheetError) as refused:
        started(world, bomb.getvalue(), offer=offer)
    assert refused.value.code == "sheet_bomb"


def test_a_sheet_that_cannot_be_read_on_fails_with_its_reason(world: World, offer: Offer) -> None:
    row = done(world, b"product,price\nx,1\n")
    assert (row.status, row.failure_code, row.total) == ("failed", "sheet_column_missing", 0)
    assert listed(row) == [(0, "sheet_column_missing")]
    broken = b"key\n" + b"".join(b"CODE-%06d\n" % number for number in range(12)) + b'"BBBB' + b"\nCCCC-3333" * 5
    row = done(world, broken, offer=offer, batch=5)
    assert (row.status, row.failure_code, row.accepted) == ("failed", "sheet_damaged", 10)
    assert runtime.current().storage.get(row.object_key) is None


def test_a_lost_or_changed_upload_fails(world: World, offer: Offer) -> None:
    storage = runtime.current().storage
    gone, changed, cut = (started(world, KEYS.encode(), offer=offer) for _ in range(3))
    storage.delete(gone.object_key)
    whole = storage.get(changed.object_key) or b""
    storage.put(changed.object_key, whole[:-1] + bytes([whole[-1] ^ 1]))
    storage.put(cut.object_key, whole)
    for row, code in (
        (gone, "import_upload_missing"),
        (changed, "import_upload_damaged"),
        (cut, "import_upload_damaged"),
    ):
        imports.run(row.id, row.supplier_id)
        assert (state(row).status, state(row).failure_code) == ("failed", code)


def test_a_large_upload_is_sealed_in_chunks_that_cannot_be_cut_or_swapped(world: World, offer: Offer) -> None:
    from cardmesh.goods.imports import upload
    from cardmesh.kit.crypto.aead import DecryptionFailed

    body = b"key\n" + b"\n".join(b"K%09d" % number for number in range(250_000))
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        seal = upload.seal_of(session, offer.supplier_id)
    stored = upload.store(seal, io.BytesIO(body))
    with upload.fetch(seal, stored.id, stored.object_key) as sheet:
        assert sheet.read() == body
    storage = runtime.current().storage
    sealed = storage.get(stored.object_key) or b""
    size = upload._SEALED_CHUNK
    pieces = [sealed[4:][at : at + size] for at in range(0, len(sealed) - 4, size)]
    assert len(pieces) == 3
    for order in ([0, 1], [1, 0, 2], [0, 1, 1]):
        storage.put(stored.object_key, sealed[:4] + b"".join(pieces[place] for place in order))
        with pytest.raises(DecryptionFailed):
            upload.fetch(seal, stored.id, stored.object_key)


def test_an_import_belongs_to_its_supplier_and_its_kind_of_offer(world: World, offer: Offer) -> None:
    with transaction(tenancy.platform()) as session:
        filed = world.offer(session, kind="file")
    other = world.suppliers[1].id
    with transaction(tenancy.supplier(other)) as session, pytest.raises(NotFound):
        imports.start(session, supplier_id=other, kind="keys", offer_id=offer.id, stream=io.BytesIO(b"k\nAAAA"))
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        mine: dict[str, Any] = {"supplier_id": offer.supplier_id, "stream": io.BytesIO(b"k\nAAAA")}
        with pytest.raises(NotKeyed):
            imports.start(session, kind="keys", offer_id=filed.id, **mine)
        for kind, offer_id in (("keys", None), ("offers", offer.id), ("other", None)):
            with pytest.raises(errors.ImportKindUnknown):
                imports.start(session, kind=kind, offer_id=offer_id, **mine)
    row = started(world, KEYS.encode(), offer=offer)
    with transaction(tenancy.supplier(other)) as session, pytest.raises(NotFound):
        imports.get_import(session, row.id)
    with pytest.raises(NotFound):
        imports.run(row.id, other)


def test_recorded_issues_are_bounded_and_counted_all(
    world: World, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issues, "MAX_ISSUES", 5)
    row = done(world, b"key\n" + b"x\n" * 12, offer=offer, batch=4)
    assert counts(row) == (12, 0, 0, 12)
    assert [line for line, _ in listed(row)] == [2, 3, 4, 5, 6]
    with transaction(tenancy.platform()) as session:
        assert session.scalar(select(func.count()).select_from(ImportIssue)) == 5


def test_a_reader_that_looks_ahead_still_knows_where_each_line_ends(world: World, offer: Offer) -> None:
    """The header is searched in the first ten rows: a batch of one must not skip the nine behind it."""
    body = b"our price list\n\nkey\n" + b"".join(b"CODE-%06d\n" % number for number in range(9))
    row = started(world, body, offer=offer)
    with transaction(tenancy.supplier(row.supplier_id)) as session:
        keep = imports.get_import(session, row.id)
    for _ in range(3):
        imports.run(row.id, row.supplier_id, 1)
    assert counts(state(keep)) == (9, 9, 0, 0)
    assert lines.BATCH_LINES > 1


def test_the_first_upload_wins_between_two_suppliers(world: World, offer: Offer) -> None:
    with transaction(tenancy.platform()) as session:
        add(session, world.offer(session, supplier=1), ["BBBB2222"])
    row = done(world, KEYS.encode(), offer=offer)
    assert counts(row) == (6, 2, 2, 2)
