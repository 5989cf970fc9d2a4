"""Card art for goods without a picture: a drawn card in the colours the trade knows the brand by.

No logos (those belong to others): colour, a short word, the denominations and a pattern picked by the product's own
id. The same product gives the same picture on every machine, as a file with an address that says what is in it.
"""

import re
from typing import Any
from xml.sax.saxutils import escape

from site_builder.hashing import digest

VERSION = 3
PALETTES = (
    (("steam",), "Steam", "#1b2838", "#2a6f9e"), (("playstation", "psn"), "PSN", "#003087", "#0070d1"),
    (("xbox",), "Xbox", "#0b4f0b", "#16a316"), (("nintendo", "eshop", "任天堂", "switch"), "eShop", "#9b0010", "#e60012"),
    (("battle.net",), "Battle", "#0a2450", "#148eff"), (("战网", "暴雪"), "战网", "#0a2450", "#148eff"), (("roblox",), "Roblox", "#23252b", "#5b6270"),
    (("原神",), "原神", "#2c3e66", "#c9a15a"), (("genshin",), "Genshin", "#2c3e66", "#c9a15a"), (("星穹",), "星铁", "#1f1d47", "#7a6bd1"),
    (("王者荣耀",), "王者", "#4a2a0a", "#c98a1f"), (("honor of kings",), "Kings", "#4a2a0a", "#c98a1f"), (("和平精英", "pubg"), "和平", "#3a3322", "#d6a531"),
    (("valorant", "无畏契约"), "VAL", "#2a0f16", "#ff4655"), (("英雄联盟", "lol"), "LOL", "#0a2a33", "#c89b3c"),
    (("移动",), "移动", "#00457c", "#0a93d5"), (("china mobile",), "China Mobile", "#00457c", "#0a93d5"), (("联通",), "联通", "#8f0018", "#e60027"), (("电信",), "电信", "#003f8f", "#1b7be0"),
    (("china unicom",), "Unicom", "#8f0018", "#e60027"), (("china telecom",), "Telecom", "#003f8f", "#1b7be0"),
    (("爱奇艺",), "爱奇艺", "#005c1d", "#00a806"), (("iqiyi",), "iQIYI", "#005c1d", "#00a806"),
    (("腾讯视频",), "腾讯视频", "#0a3f7a", "#ff7a1a"), (("tencent video",), "Tencent", "#0a3f7a", "#ff7a1a"),
    (("优酷",), "优酷", "#0a4d9e", "#1ebeff"), (("芒果",), "芒果TV", "#9e3300", "#ff7d00"),
    (("哔哩", "b站"), "哔哩", "#9c2f56", "#e8628a"), (("bilibili",), "Bilibili", "#9c2f56", "#e8628a"), (("netflix", "奈飞"), "Netflix", "#1a0204", "#b20710"),
    (("disney",), "Disney+", "#040a3a", "#1f4fd8"), (("youtube",), "YouTube", "#5a0000", "#e00000"),
    (("网易云",), "网易云", "#7a0a0a", "#dd2c2c"), (("netease",), "NetEase", "#7a0a0a", "#dd2c2c"), (("qq音乐",), "QQ 音乐", "#0a5a3a", "#21b96b"),
    (("qq", "q币"), "QQ", "#0b3a6e", "#12b7f5"), (("spotify",), "Spotify", "#0b2e17", "#1aa34a"),
    (("apple", "itunes", "app store"), "Apple", "#1d1d22", "#6b6f78"), (("google play",), "Play", "#0b3d2e", "#1a9e74"),
    (("amazon", "亚马逊"), "Amazon", "#1c2530", "#c77700"), (("京东",), "京东", "#7d0d12", "#e1251b"), (("jd e-card", "jd.com"), "JD", "#7d0d12", "#e1251b"),
    (("天猫", "淘宝"), "天猫", "#7a1800", "#ff5000"), (("windows",), "Windows", "#003a6e", "#0a84d8"),
    (("office", "microsoft 365"), "Office", "#7a1f00", "#d83b01"), (("adobe",), "Adobe", "#3a0006", "#e0252f"),
    (("jetbrains", "idea"), "JetBrains", "#1c1440", "#c0268f"), (("chatgpt", "openai"), "ChatGPT", "#0b3b32", "#10a37f"),
    (("claude",), "Claude", "#4a2414", "#cc785c"), (("midjourney",), "MJ", "#14161c", "#4a5a7a"),
    (("github", "copilot"), "Copilot", "#12161c", "#6e40c9"), (("wps",), "WPS", "#7a0c0c", "#e03c31"),
    (("百度网盘",), "网盘", "#0b3f9e", "#3f8cff"), (("netdisk",), "Netdisk", "#0b3f9e", "#3f8cff"),
    (("阿里云",), "阿里云", "#7a2a00", "#f06400"), (("alibaba cloud",), "Alibaba", "#7a2a00", "#f06400"),
    (("知网",), "知网", "#0b3a6e", "#2b7fc4"), (("cnki",), "CNKI", "#0b3a6e", "#2b7fc4"),
    (("星巴克",), "星巴克", "#0a3d2a", "#00754a"), (("starbucks",), "Starbucks", "#0a3d2a", "#00754a"),
    (("美团",), "美团", "#5c4300", "#b98a00"), (("meituan",), "Meituan", "#5c4300", "#b98a00"),
)  # fmt: skip
SPARE = (
    ("#1e2a5a", "#4f6df5"), ("#0d3b4c", "#1593b5"), ("#3b1d5e", "#8d4fd6"), ("#5a1e33", "#d14b78"),
    ("#0f3f33", "#1f9d78"), ("#4a3212", "#c98a2c"), ("#26303f", "#64748b"), ("#4b1f14", "#d4623a"),
)  # fmt: skip


def describe(product_id: str, name: str, category: str, denominations: list[str]) -> dict[str, Any]:
    """All that decides a picture. Feed it to `url` and `draw`."""
    lowered = name.lower()
    for words, label, dark, bright in PALETTES:
        if any(word in lowered for word in words):
            break
    else:
        label = short_label(name)
        dark, bright = SPARE[int(digest(category)[:8], 16) % len(SPARE)]
    return {
        "version": VERSION, "label": label, "dark": dark, "bright": bright, "category": category[:14],
        "value": _value(denominations), "pattern": int(digest(product_id)[:8], 16) % len(PATTERNS),
    }  # fmt: skip


def url(spec: dict[str, Any]) -> str:
    return f"/assets/art/{digest(spec)[:20]}.svg"


def short_label(name: str) -> str:
    """The first word of a name that fits on a card."""
    bare = re.sub(r"[\[【((].*?[\]】))]", " ", name)
    words = re.findall(r"[A-Za-z0-9+.]+|[\u3400-\u9fff]+", bare) or [name.strip()[:4] or "Card"]
    limit = 9 if words[0].isascii() else 4
    return words[0][:limit]


def _value(denominations: list[str]) -> str:
    if not denominations:
        return ""
    first, last = denominations[0], denominations[-1]
    return first if first == last else f"{first} – {last}"


def _width(text: str) -> float:
    return sum(1.0 if ord(c) > 0x2E80 else 0.58 for c in text)


def draw(spec: dict[str, Any]) -> str:
    """The SVG text, 320 × 200; what matters stands in the middle square, so a thumbnail may crop to it."""
    label, value = escape(spec["label"]), escape(spec["value"])
    size = min(58.0, 176 / max(_width(spec["label"]), 1.6))
    value_size = min(20.0, 168 / max(_width(spec["value"]), 4))
    words = (
        f'<text x="160" y="{100 + size * 0.3:.1f}" font-size="{size:.1f}" font-weight="800">{label}</text>'
        f'<text x="160" y="158" font-size="{value_size:.1f}" font-weight="600" opacity=".92">{value}</text>'
        f'<text x="22" y="32" font-size="13" opacity=".75" text-anchor="start">{escape(spec["category"])}</text>'
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200" width="320" height="200">'
        f'<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop stop-color="{spec["dark"]}"/>'
        f'<stop offset="1" stop-color="{spec["bright"]}"/></linearGradient></defs>'
        f'<rect width="320" height="200" fill="url(#g)"/><g fill="none" stroke="#fff">{PATTERNS[spec["pattern"]]}</g>'
        '<g fill="#fff" text-anchor="middle" '
        "font-family=\"Inter,'PingFang SC','HarmonyOS Sans SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif\">"
        f"{words}</g></svg>\n"
    )


def _rings() -> str:
    return "".join(f'<circle cx="268" cy="36" r="{r}" opacity="{0.3 - i * 0.05:.2f}"/>' for i, r in enumerate((26, 52, 80, 110, 142)))


def _waves() -> str:
    path = "M-20 {y}C60 {a} 120 {b} 200 {y}S320 {a} 380 {y}"
    return "".join(
        f'<path d="{path.format(y=150 + i * 14, a=110 + i * 14, b=190 + i * 14)}" opacity="{0.32 - i * 0.06:.2f}"/>' for i in range(5)
    )


def _stripes() -> str:
    return "".join(f'<path d="M{x} 220L{x + 130} -20" stroke-width="{w}" opacity=".1"/>' for x, w in ((150, 34), (214, 14), (248, 6), (290, 40)))


def _dots() -> str:
    spots = ((x, y) for x in range(228, 320, 18) for y in range(18, 100, 18))
    return '<g fill="#fff" stroke="none" opacity=".22">' + "".join(f'<circle cx="{x}" cy="{y}" r="2.4"/>' for x, y in spots) + "</g>"


def _hills() -> str:
    return (
        '<g fill="#fff" stroke="none"><path d="M0 200V160L70 120 140 168 220 104 320 170V200Z" opacity=".08"/>'
        '<path d="M0 200V184L90 150 170 190 260 140 320 186V200Z" opacity=".1"/></g>'
    )


def _facets() -> str:
    return (
        '<g fill="#fff" stroke="none"><path d="M320 0V120L200 0Z" opacity=".1"/><path d="M320 0V60L260 0Z" opacity=".12"/>'
        '<path d="M0 200V110L90 200Z" opacity=".08"/></g>'
    )


PATTERNS = (_rings(), _waves(), _stripes(), _dots(), _hills(), _facets())
