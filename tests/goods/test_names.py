"""Two spellings of one thing are one thing; two things stay two."""

import pytest

from cardmesh.goods.catalog import rules
from cardmesh.goods.catalog.rules import normalise
from cardmesh.kit.ids import new_id


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("腾讯Q币 100元", "腾讯q币100元"),
        ("【腾讯】Ｑ币 １００ 元", "腾讯q币100元"),
        ("腾讯 q币（￥100.00）", "腾讯q币100元"),
        ("腾讯Q币¥100", "腾讯q币100元"),
        ("腾讯-Q币 100块", "腾讯q币100元"),
        ("腾讯Q币 面值100元", "腾讯q币100元"),
        ("腾讯Q币 RMB 100", "腾讯q币100元"),
        ("腾讯Q币 100 CNY", "腾讯q币100元"),
        ("¥100元", "100元"),
        ("1,000 元", "1000元"),
        ("¥ 9.90", "9.9元"),
        ("Steam $10", "steam10usd"),
        ("Steam US$10.00", "steam10usd"),
        ("steam 10美元", "steam10usd"),
        ("HK$50", "50hkd"),
        ("Office 2021 专业版", "office2021专业版"),
        ("Apple Music（12个月）", "applemusic12个月"),
        ("C++ 编程", "c++编程"),
    ],
)
def test_spellings_of_one_name_are_one(spelling: str, canonical: str) -> None:
    assert normalise(spelling) == canonical
    assert normalise(canonical) == canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Q币 10元", "Q币 100元"),
        ("Steam $10", "Steam ¥10"),
        ("HK$50", "US$50"),
        ("会员 1.5元", "会员 15元"),
        ("黄金会员 12个月", "黄金会员 1个月"),
        ("C++", "C#"),
        ("Office 2021", "Office 2024"),
    ],
)
def test_different_things_stay_different(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_a_query_becomes_words_and_its_wildcards_are_taken_literally() -> None:
    assert rules.search_terms("  王者荣耀　100 元 ") == ["王者荣耀", "100", "元"]
    assert rules.search_terms("%%% ___") == []
    assert rules.like("50%_\\") == "%50\\%\\_\\\\%"


def test_slugs_are_readable_and_unique() -> None:
    one, other = new_id(), new_id()
    assert rules.slug("Steam 钱包 Wallet!", "games", one).startswith("steam-wallet-")
    assert rules.slug("王者荣耀点券", "games", one).startswith("games-")
    assert rules.slug("Steam", "games", one) != rules.slug("Steam", "games", other)
