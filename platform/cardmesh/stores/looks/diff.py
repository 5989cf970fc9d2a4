"""What one look changes against another, in words a person would use."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

from site_builder import layouts, settings
from site_builder.snapshot import ThemeChoice
from site_builder.theme import PAGES, Theme

from ...kit.i18n import Text
from .. import look
from ..errors import ThemeUnknown

Change = Text
"""A whole sentence in both languages."""

NAMES = {
    "index": Text("首页", "Home"),
    "product": Text("商品页", "Product"),
    "category": Text("分类页", "Category"),
    "search": Text("搜索", "Search"),
    "cart": Text("购物车", "Cart"),
    "checkout": Text("结账", "Checkout"),
    "order": Text("订单", "Order"),
    "lookup": Text("查询订单", "Order lookup"),
    "claim": Text("售后", "Claim"),
    "page": Text("文章页", "Page"),
    "announcement": Text("公告", "Announcement"),
    "maintenance": Text("维护中", "Maintenance"),
    "404": Text("页面不存在", "Not found"),
    "shared": Text("页头与页脚", "Header and footer"),
}
MOST = 200
Part = Mapping[str, Any]


def changes(before: ThemeChoice, after: ThemeChoice, theme_of: Callable[[str], Theme]) -> list[Change]:
    """From `before` to `after`, the coarse first. Empty when a visitor would see no difference in the choice."""
    try:
        theme, was = theme_of(after.handle), theme_of(before.handle)
    except ThemeUnknown:
        return [_both("主题：{a} → {b}", "Theme: {a} → {b}", a=before.handle, b=after.handle)]
    if was.handle != theme.handle:
        names = {"a": _name(was.manifest["name"]), "b": _name(theme.manifest["name"])}
        return [_both("主题：{a} → {b}", "Theme: {a} → {b}", **names), *_presets(theme, None, after)]
    found = [*_versions(was, theme)]
    before, after = (look.carried(theme, replace(one, handle=after.handle)) for one in (before, after))
    found += [*_presets(theme, before, after), *_settings(theme, before, after)]
    for page in PAGES:
        found += _page(theme, page, before, after)
    return found[:MOST]


def _versions(was: Theme, theme: Theme) -> Iterator[Change]:
    a, b = str(was.manifest["version"]), str(theme.manifest["version"])
    if a != b:
        yield _both("主题版本：{a} → {b}", "Theme version: {a} → {b}", a=a, b=b)


def _presets(theme: Theme, before: ThemeChoice | None, after: ThemeChoice) -> Iterator[Change]:
    def name(choice: ThemeChoice) -> Text:
        return _name(theme.presets.get(choice.preset or "", {}).get("name", choice.preset or "—"))

    if before is None:
        yield _both("外观：{b}", "Look: {b}", b=name(after))
    elif before.preset != after.preset:
        yield _both("外观：{a} → {b}", "Look: {a} → {b}", a=name(before), b=name(after))


def _settings(theme: Theme, before: ThemeChoice, after: ThemeChoice) -> Iterator[Change]:
    """The owner's own values; what another preset brings along is said by its name."""

    def own(choice: ThemeChoice) -> dict[str, Any]:
        preset = theme.presets.get(after.preset or "", {}).get("settings", {})
        return settings.resolve(theme.settings, preset, choice.settings, where="")[0]

    yield from _values(theme.settings, own(before), own(after), Text("", ""))


def _values(declared: Sequence[Any], before: Part, after: Part, place: Text) -> Iterator[Change]:
    for setting in declared:
        name = setting.get("id")
        if setting["type"] in settings.SPEAKING or before.get(name) == after.get(name):
            continue
        a, b = _apart(_value(setting, before.get(name)), _value(setting, after.get(name)))
        label = _name(setting["label"])
        yield _both("{place}{label}：{a} → {b}", "{place}{label}: {a} → {b}", place=place, label=label, a=a, b=b)


def _page(theme: Theme, page: str, before: ThemeChoice, after: ThemeChoice) -> Iterator[Change]:
    old, new = layouts.effective(theme, before, page), layouts.effective(theme, after, page)
    if old == new:
        return
    place = _both("{page} › ", "{page} › ", page=NAMES[page])
    schemas = {name: schema.get("settings", []) for name, schema in theme.sections.items()}
    yield from _parts(old["sections"], old["order"], new["sections"], new["order"], place, schemas, theme.sections)
    for key in new["order"]:
        if key in old["sections"] and old["sections"][key]["type"] == new["sections"][key]["type"]:
            yield from _blocks(theme, old["sections"][key], new["sections"][key], place)


def _blocks(theme: Theme, old: Part, new: Part, place: Text) -> Iterator[Change]:
    schema = theme.sections[new["type"]]
    kinds = {block["type"]: block for block in schema.get("blocks", [])}
    inside = _both("{place}{name} › ", "{place}{name} › ", place=place, name=_name(schema["name"]))
    declared = {name: block.get("settings", []) for name, block in kinds.items()}
    orders = [one.get("block_order", list(one.get("blocks", {}))) for one in (old, new)]
    yield from _parts(old.get("blocks", {}), orders[0], new.get("blocks", {}), orders[1], inside, declared, kinds)


def _parts(
    old: Mapping[str, Part], before: Sequence[str], new: Mapping[str, Part], after: Sequence[str], place: Text,
    declared: Mapping[str, Sequence[Any]], kinds: Mapping[str, Part],
) -> Iterator[Change]:  # fmt: skip
    """Sections of a page, or blocks of a section: gone, new, moved, hidden, and their values."""

    def says(zh: str, en: str, part: Part) -> Change:
        name = _name(kinds.get(part["type"], {}).get("name", part["type"]))
        return _both("{place}" + zh + "「{name}」", "{place}" + en + " “{name}”", place=place, name=name)

    same = {key for key in old.keys() & new.keys() if old[key]["type"] == new[key]["type"]}
    yield from (says("移除", "removed", old[key]) for key in before if key not in same)
    yield from (says("新增", "added", new[key]) for key in after if key not in same)
    for key in _moved([key for key in before if key in same], [key for key in after if key in same]):
        yield says("移动", "moved", new[key])
    for key in (key for key in after if key in same):
        was, now = bool(old[key].get("hidden")), bool(new[key].get("hidden"))
        if was != now:
            yield says("隐藏", "hid", new[key]) if now else says("显示", "showed", new[key])
        kind = new[key]["type"]
        settled = [settings.resolve(list(declared.get(kind, [])), part.get("settings", {}), where="")[0]
                   for part in (old[key], new[key])]  # fmt: skip
        name = _name(kinds[kind]["name"]) if kind in kinds else Text(kind, kind)
        inside = _both("{place}{name} › ", "{place}{name} › ", place=place, name=name)
        yield from _values(declared.get(kind, []), settled[0], settled[1], inside)


def _moved(before: list[str], after: list[str]) -> list[str]:
    """The fewest keys whose moves make `after` of `before`."""
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    still = {key for block in blocks for key in before[block.a : block.a + block.size]}
    return [key for key in after if key not in still]


def _value(setting: Mapping[str, Any], value: Any) -> Text:
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if options := setting.get("options"):
        labels = {option["value"]: option.get("label", option["value"]) for option in options}
        return _name(labels.get(value, value))
    if isinstance(value, list):
        return Text(f"{len(value)} 项", f"{len(value)} chosen")
    if isinstance(value, Mapping):
        return Text(*(_short(value.get(locale, "")) for locale in settings.LOCALES))
    return Text(_short(value), _short(value))


def _apart(a: Text, b: Text) -> tuple[Text, Text]:
    """Where the words of one language stayed as they were, those of the other tell what changed."""
    zh, en = zip(a, b, strict=True)
    zh, en = (zh if zh[0] != zh[1] else en), (en if en[0] != en[1] else zh)
    return Text(zh[0], en[0]), Text(zh[1], en[1])


def _short(value: object) -> str:
    words = " ".join(str(value if value is not None else "").split())
    return f"“{words[:40]}…”" if len(words) > 40 else words if words.startswith("#") else f"“{words}”"


def _name(words: Any) -> Text:
    if isinstance(words, Mapping):
        return Text(*(str(words.get(locale, "")) for locale in settings.LOCALES))
    return Text(str(words), str(words))


def _both(zh: str, en: str, **parts: Text | str) -> Text:
    """Both languages filled in now: an owner's braces are no places of ours."""

    def filled(pattern: str, place: int) -> str:
        for name, words in parts.items():
            pattern = pattern.replace("{" + name + "}", words if isinstance(words, str) else words[place])
        return pattern

    return Text(filled(zh, 0), filled(en, 1))
