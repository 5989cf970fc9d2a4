"""Money, colours, tokens, addresses, assets: the small parts by examples."""

import struct
import xml.etree.ElementTree as ET
import zlib

import pytest

from site_builder import art, assets, color, emblem, money, tokens
from site_builder.urls import Urls, file_of


@pytest.mark.parametrize(
    ("amount", "currency", "shown", "short", "plain"),
    [
        (1999, "CNY", "¥19.99", "¥19.99", "19.99"),
        (10000, "CNY", "¥100.00", "¥100", "100.00"),
        (123456789, "USD", "$1,234,567.89", "$1,234,567.89", "1234567.89"),
        (1000, "JPY", "¥1,000", "¥1,000", "1000"),
        (1500, "KWD", "KWD\u00a01.500", "KWD\u00a01.500", "1.500"),
        (5, "EUR", "€0.05", "€0.05", "0.05"),
        (-250, "CNY", "-¥2.50", "-¥2.50", "-2.50"),
        (0, "CNY", "¥0.00", "¥0", "0.00"),
    ],
)
def test_money(amount: int, currency: str, shown: str, short: str, plain: str) -> None:
    assert money.display(amount, currency) == shown
    assert money.short(amount, currency) == short
    assert money.decimal(amount, currency) == plain


def test_contrast_is_the_published_figure() -> None:
    assert color.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert color.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    "brand",
    ["#ffff00", "#ffffff", "#000000", "#808080", "#787878", "#777777", "#00ff88", "#1f5eff", "#ff0000", "#7a7aff"],
)
def test_any_brand_colour_becomes_legible(brand: str, classic) -> None:
    resolved = tokens.resolve(classic.tokens, {}, {"brand_color": brand})
    for mode in tokens.MODES:
        shades = resolved[mode]
        assert color.contrast(shades["color-on-brand"], shades["color-brand"]) >= 4.5
        assert color.contrast(shades["color-on-brand"], shades["color-brand-strong"]) >= 4.5
        for ground in ("color-bg", "color-surface", "color-raised", "color-brand-soft"):
            assert color.contrast(shades["color-brand-ink"], shades[ground]) >= 4.5, (brand, mode, ground)
            assert color.contrast(shades["color-text"], shades[ground]) >= 4.5, (brand, mode, ground)


def test_addresses() -> None:
    assert Urls("zh-CN", "zh-CN").to("/p/x/") == "/p/x/"
    assert Urls("en", "zh-CN").to("/p/x/") == "/en/p/x/"
    assert Urls("zh-CN", "en").to("/") == "/zh/"
    assert file_of("/p/x/") == "/p/x/index.html" and file_of("/404.html") == "/404.html"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("【官方】豪华游戏大礼包 100元", "豪华游戏"),
        ("Super Deluxe Edition", "Super"),
        ("<script>alert(1)</script>", "script"),
        ("🎮🎮🎮🎮🎮", "🎮🎮🎮🎮"),
        ("Supercalifragilistic", "Supercali"),
    ],
)
def test_a_card_shows_a_word_that_fits(name: str, label: str) -> None:
    assert art.short_label(name) == label


def test_card_art_is_the_same_for_the_same_product_and_differs_by_what_it_shows() -> None:
    one = art.describe("prd_1", "Steam 充值卡", "游戏", ["¥50", "¥100"])
    assert one == art.describe("prd_1", "Steam 充值卡", "游戏", ["¥50", "¥100"])
    assert art.draw(one) == art.draw(dict(one))
    assert art.url(one) != art.url(art.describe("prd_1", "Steam 充值卡", "游戏", ["¥50", "¥500"]))
    assert "¥50 – ¥100" in art.draw(one)


@pytest.mark.parametrize("style", art.STYLES)
@pytest.mark.parametrize("label", ["Steam 充值卡", "<b>&", "腾讯视频", "Supercalifragilistic"])
def test_art_of_every_style_and_pattern_is_a_picture_of_its_size(style: str, label: str) -> None:
    spec = art.describe("prd_1", label, "游戏", ["¥50", "¥100"], style)
    drawn = [ET.fromstring(art.draw({**spec, "pattern": n})) for n in range(6)]  # noqa: S314 - our own output
    assert {(int(one.get("width", 0)), int(one.get("height", 0))) for one in drawn} == {art.SIZES[style]}
    assert len({ET.tostring(one) for one in drawn}) == 6
    assert {"¥50", "¥100"} <= set(" ".join(drawn[0].itertext()).split())


@pytest.mark.parametrize(
    ("label", "ems"), [("Amazon", 3.889), ("Unicom", 3.667), ("WWWWW", 4.72), ("Play", 2.057), ("腾讯视频", 4.0)]
)
def test_a_poster_s_word_stays_in_the_square_a_thumbnail_shows(label: str, ems: float) -> None:
    """`ems`: how wide the word is in Helvetica Bold, by its published metrics."""
    spec = {**art.describe("prd_1", "Steam", "游戏", [], "poster"), "label": label}
    word = ET.fromstring(art.draw(spec))[-1]  # noqa: S314 - our own output
    left, foot, size = (float(word.get(name, 0)) for name in ("x", "y", "font-size"))
    assert word.text == label and 90 < left + size * ems <= 385
    assert foot + size * 0.22 <= 450, "letters that hang down are whole"


def pixels(picture: bytes) -> tuple[int, int, list[str]]:
    """Width, height and colours of one of our PNGs, read as the standard says."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    parts, at = {}, 8
    while at < len(picture):
        size, kind = struct.unpack(">I4s", picture[at : at + 8])
        parts[kind] = picture[at + 8 : at + 8 + size]
        assert zlib.crc32(kind + parts[kind]) == struct.unpack(">I", picture[at + 8 + size : at + 12 + size])[0]
        at += size + 12
    width, height, depth, colours = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    assert (depth, colours, list(parts)) == (8, 3, [b"IHDR", b"PLTE", b"IDAT", b"IEND"])
    shades = [f"#{parts[b'PLTE'][i : i + 3].hex()}" for i in range(0, len(parts[b"PLTE"]), 3)]
    rows = zlib.decompress(parts[b"IDAT"])
    assert len(rows) == (width + 1) * height and set(rows[:: width + 1]) == {0}
    return width, height, [shades[level] for y in range(height) for level in rows[y * (width + 1) + 1 :][:width]]


@pytest.mark.parametrize(("size", "safe"), [(180, False), (192, False), (512, False), (512, True)])
def test_an_app_icon_is_a_card_in_the_brand_s_colours(size: int, safe: bool) -> None:
    width, height, shown = pixels(emblem.app_icon(size, "#1f5fe0", "#ffffff", safe=safe))
    assert (width, height, len(shown)) == (size, size, size * size)
    assert shown[0] == shown[-1] == "#1f5fe0" and shown[size * 9 // 16 * size + size * 3 // 4] == "#ffffff"
    drawn = [(n % size, n // size) for n, colour in enumerate(shown) if colour != "#1f5fe0"]
    reach = max(((x + 0.5 - size / 2) ** 2 + (y + 0.5 - size / 2) ** 2) ** 0.5 for x, y in drawn)
    assert (reach < size * 0.4) == safe, "what a mask leaves is a circle of four fifths"


def test_edges_of_an_icon_are_smooth_and_colours_only_colour_it() -> None:
    shown = pixels(emblem.app_icon(192, "#000000", "#ffffff"))[2]
    assert len(set(shown)) > 12
    other = pixels(emblem.app_icon(192, "#ff0000", "#ffffff"))[2]
    assert [colour == "#000000" for colour in shown] == [colour == "#ff0000" for colour in other]


def test_the_picture_of_a_link_is_of_the_size_that_sharing_sites_ask_for() -> None:
    width, height, shown = pixels(emblem.share_picture("#1f5fe0", "#f4f6fb"))
    assert (width, height, shown[0]) == (1200, 630, "#f4f6fb")
    assert shown.count("#1f5fe0") > 100_000


def test_stripping_keeps_meaning() -> None:
    assert assets.strip_css("a  >  b { c : d ; } /* x */\n.e:hover { f: g h; }") == "a>b{c : d}.e:hover{f: g h}\n"
    assert assets.strip_js("// c\n  const a = 'b // c';\n\n/* d */\n  f();\n") == "const a = 'b // c';\nf();\n"
