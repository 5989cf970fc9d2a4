"""Sheets of offers, with their keys: every habit of filling in, every thing wrong with a line at once."""

import io
from datetime import date

import pytest

from cardmesh.goods.imports.columns import OFFER_ALIASES, TITLES
from cardmesh.goods.imports.parse import KeyRecord, LineError, OfferRecord, index_categories, read_offers
from cardmesh.goods.imports.problems import TEXTS
from cardmesh.goods.imports.template import template_csv, template_xlsx
from cardmesh.kit.money import Money
from cardmesh.kit.sheets import open_rows
from cardmesh.kit.sheets.columns import fold_header
from cardmesh.kit.sheets.errors import ColumnMissing

CATEGORIES = index_categories(
    [("games", "游戏", "Games"), ("cloud-ai", "云与AI", "Cloud & AI"), ("education", "教育", "E")]
)
HEAD = "商品名称,分类,规格,供货价,卡密\n"


def read(content: str | bytes, currency: str = "CNY") -> list[OfferRecord | KeyRecord | LineError]:
    raw = content.encode() if isinstance(content, str) else content
    rows = open_rows(io.BytesIO(raw))
    return list(read_offers(rows, categories=CATEGORIES, today=date(2026, 11, 22), currency=currency))


def offers(content: str | bytes) -> list[OfferRecord]:
    return [item for item in read(content) if isinstance(item, OfferRecord)]


def keys(content: str) -> list[tuple[int, str, str]]:
    """(line, SKU, value) of each key."""
    found = (item for item in read(content) if isinstance(item, KeyRecord))
    return [(key.line, key.offer.sku if key.offer else "", key.credentials[0].value) for key in found]


def codes(content: str) -> list[tuple[int, str]]:
    return [(item.line, item.code) for item in read(content) if isinstance(item, LineError)]


def test_a_full_line() -> None:
    header = "商品名称,分类,规格,面值(元),类型,供货价,VIP1价,VIP2价,阶梯价,起购,限购,库存上限,质保(小时),说明,币种"
    line = '星穹手游点券,游戏,100 元,100,卡密,"¥1,095.00",1090,１０８５元,10:1080;100:1070.5,2,50,"1,000",3天,说明,RMB'
    assert offers(f"{header}\n{line}\n") == [
        OfferRecord(
            line=2,
            product="星穹手游点券",
            category="games",
            sku="100 元",
            kind="card_key",
            currency="CNY",
            base_price_minor=109_500,
            face_value=Money(10_000, "CNY"),
            tier_prices_minor=(("VIP1", 109_000), ("VIP2", 108_500)),
            quantity_prices_minor=((10, 108_000), (100, 107_050)),
            min_quantity=2,
            max_quantity=50,
            stock_cap=1_000,
            warranty_hours=72,
            description="说明",
        )
    ]


@pytest.mark.parametrize("category", ["games", "游戏", "GAMES", " 游 戏 "])
def test_category_by_slug_or_either_name(category: str) -> None:
    assert offers(f"{HEAD}点券,{category},100 元,95,\n")[0].category == "games"


def test_english_headers_in_another_order_below_a_title() -> None:
    header = "Harbor price list,,,,,\nBase price,SKU,VIP 3 Price,Product,Category,Kind\n"
    text = header + "9.50,Month,9.10,GPU,Cloud & AI,card key\n"
    offer = offers(text)[0]
    assert (offer.line, offer.category, offer.base_price_minor) == (3, "cloud-ai", 950)
    assert offer.tier_prices_minor == (("VIP3", 910),)


def test_a_sku_without_a_name_is_named_after_its_face_value() -> None:
    text = "商品名称,分类,面值,供货价\n卡,games,100,95\n卡,games,HK$50,47\n卡,games,,9\n"
    assert [offer.sku for offer in offers(text)] == ["100 元", "50 港元"]
    assert codes(text) == [(4, "import_cell_missing")]


def test_blank_cells_continue_the_row_above() -> None:
    text = HEAD + "点券,游戏,100 元,95,AAAA-1\n,,,,AAAA-2\n,,300 元,285,BBBB-1\n,,,,BBBB-2\n"
    assert [(offer.product, offer.category, offer.sku) for offer in offers(text)] == [
        ("点券", "games", "100 元"),
        ("点券", "games", "300 元"),
    ]
    assert keys(text) == [
        (2, "100 元", "AAAA-1"),
        (3, "100 元", "AAAA-2"),
        (4, "300 元", "BBBB-1"),
        (5, "300 元", "BBBB-2"),
    ]


def test_repeated_rows_bring_keys_not_offers_however_they_are_spelled() -> None:
    text = HEAD + "点券,游戏,100 元,95,AAAA-1\n点 券,games,１００元,95.00,AAAA-2\n点券,,100元,,AAAA-3\n"
    assert len(offers(text)) == 1
    assert [key[2] for key in keys(text)] == ["AAAA-1", "AAAA-2", "AAAA-3"]
    assert codes(text) == []


def test_a_repeated_row_must_agree_and_must_bring_a_key() -> None:
    text = (
        HEAD
        + "点券,游戏,100 元,95,AAAA-1\n点券,游戏,100 元,96,AAAA-2\n点券,游戏,100 元,95,\n点券,教育,100 元,95,AAAA-3\n"
    )
    assert codes(text) == [(3, "import_offer_conflict"), (4, "import_key_missing"), (5, "import_offer_conflict")]
    assert codes("商品名称,分类,规格,供货价\n点券,游戏,100,95\n点券,游戏,100,95\n") == [(3, "import_offer_repeated")]


def test_a_row_without_a_price_is_still_read_for_errors() -> None:
    text = "商品名称,分类,规格,面值,供货价,卡密\n点券,游戏,100 元,100,95,AAAA-1\n点券,,100 元,x,,AAAA-2\n"
    assert codes(text) == [(3, "import_amount_unreadable")]
    assert [key[2] for key in keys(text)] == ["AAAA-1"]


def test_a_damaged_cell_is_seen_in_a_row_that_repeats_the_one_above() -> None:
    text = HEAD + "1.23457E+17,游戏,100 元,95,AAAA-1\n1.23457E+17,游戏,100 元,95,AAAA-2\n"
    assert codes(text) == [(2, "sheet_number_damaged"), (3, "sheet_number_damaged")]


def test_a_contradiction_repeated_word_for_word_stays_one() -> None:
    text = HEAD + "点券,游戏,100 元,95,AAAA-1\n" + "点券,游戏,100 元,96,BBBB-1\n" * 2 + ",,,,CCCC-1\n"
    assert [code for _, code in codes(text)] == ["import_offer_conflict"] * 2 + ["import_offer_above_rejected"]
    assert [key[2] for key in keys(text)] == ["AAAA-1"]


def test_a_refused_line_repeated_word_for_word_is_refused_each_time() -> None:
    assert codes(HEAD + "点券,占星,100 元,95,AAAA-1\n" * 2) == [(line, "import_category_unknown") for line in (2, 3)]


def test_keys_below_a_refused_offer_are_refused_with_it() -> None:
    text = HEAD + "点券,游戏,100 元,-95,AAAA-1\n,,,,AAAA-2\n点券,游戏,300 元,285,BBBB-1\n,,,,BBBB-2\n"
    assert codes(text) == [(2, "import_amount_not_positive"), (3, "import_offer_above_rejected")]
    assert [key[2] for key in keys(text)] == ["BBBB-1", "BBBB-2"]


def test_a_key_before_any_product_belongs_to_nothing() -> None:
    assert codes(HEAD + ",,,,AAAA-1\n") == [(2, "import_offer_missing")]


def test_a_line_says_everything_that_is_wrong_with_it_and_gives_nothing() -> None:
    header = "商品名称,分类,规格,供货价,类型,起购,限购,卡密\n"
    text = header + "点券,占星,100 元,9.999,神秘,0,x,AAAA-1\n"
    assert codes(text) == [
        (2, code)
        for code in (
            "import_category_unknown",
            "import_kind_unknown",
            "import_amount_decimals",
            "import_number_unreadable",
            "import_number_unreadable",
        )
    ]
    assert not offers(text) and not keys(text)


@pytest.mark.parametrize(
    ("columns", "cells", "code"),
    [
        ("VIP1价", "95.01", "import_tier_above_base"),
        ("阶梯价", "10:96", "import_quantity_prices_order"),
        ("阶梯价", "10:94;5:93", "import_quantity_prices_order"),
        ("阶梯价", "10:93;20:94", "import_quantity_prices_order"),
        ("起购,限购", "20,10", "import_quantities_crossed"),
        ("类型", "直充", "import_kind_unsupported"),
        ("币种", "BTC", "import_currency_unknown"),
        ("币种", "USD", "import_currency_mismatch"),
        ("说明", "长" * 4_001, "import_text_too_long"),
        ("VIP1价", "1.23457E+17", "sheet_number_damaged"),
    ],
)
def test_what_does_not_go_together(columns: str, cells: str, code: str) -> None:
    text = f"商品名称,分类,规格,供货价,{columns}\n点券,游戏,100 元,95元,{cells}\n"
    assert code in [found for _, found in codes(text)] and not offers(text)


def test_a_file_offer_takes_its_file_and_no_key() -> None:
    header = "商品名称,分类,规格,供货价,类型,文件名,卡密\n"
    assert offers(header + "讲义,教育,电子版,9.9,文件,a.pdf,\n")[0].file == "a.pdf"
    assert codes(header + "讲义,教育,电子版,9.9,文件,a.pdf,AAAA-1\n") == [(2, "import_key_on_file")]


def test_a_name_of_signs_alone_is_refused() -> None:
    assert codes(HEAD + "【】,游戏,100 元,95,\n") == [(2, "import_name_empty")]


def test_the_default_currency_is_the_callers() -> None:
    found = read("商品名称,分类,规格,供货价\n点券,游戏,100,9.5\n", currency="USD")[0]
    assert isinstance(found, OfferRecord) and found.currency == "USD" and found.base_price_minor == 950


@pytest.mark.parametrize("content", ["AAAA-1111\nBBBB-2222\n", "商品名称,规格\na,b\n"])
def test_a_sheet_that_is_none_is_refused_before_any_row(content: str) -> None:
    with pytest.raises(ColumnMissing):
        read_offers(open_rows(io.BytesIO(content.encode())), categories=CATEGORIES, today=date(2026, 1, 1))


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("template", [template_xlsx, template_csv])
def test_the_template_can_be_uploaded_as_it_is(locale: str, template) -> None:
    first, key, second = read(template(locale))
    assert isinstance(first, OfferRecord) and first.kind == "card_key" and len(first.tier_prices_minor) == 3
    assert isinstance(key, KeyRecord) and key.offer == first
    assert isinstance(second, OfferRecord) and second.kind == "file" and second.file


def test_no_two_columns_answer_to_one_name() -> None:
    folded = [fold_header(alias) for aliases in OFFER_ALIASES.values() for alias in set(map(fold_header, aliases))]
    assert sorted(folded) == sorted(set(folded))


def test_every_message_has_both_languages_and_the_same_places() -> None:
    for code, text in TEXTS.items():
        assert text.zh != text.en, code
        params = dict.fromkeys(
            ["column", "value", "limit", "places", "currency", "minimum", "maximum", "first_line", "date"], "7"
        )
        assert text.render("zh", **params).count("7") == text.render("en", **params).count("7"), code
    assert all(title.zh and title.en for title in TITLES.values())


def test_errors_name_the_column_in_the_readers_language() -> None:
    error = next(item for item in read(HEAD + "点券,游戏,100 元,面议,\n") if isinstance(item, LineError))
    assert error.message("zh-CN") == "供货价：无法识别的金额“面议”"
    assert error.message("en") == 'base_price: cannot read the amount "面议"'
    damaged = next(item for item in read(HEAD + "点券,游戏,100 元,1.23457E+17,\n") if isinstance(item, LineError))
    assert damaged.message("en").startswith("base_price: A number over 15 digits")
