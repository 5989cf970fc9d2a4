"""The ready looks, as swatches to choose from. A look's handle is "theme/preset"."""

from typing import Any

from site_builder.theme import Theme

from ...stores import look
from ...stores.models import Store


def shelf() -> list[dict[str, Any]]:
    """Each theme's name and its looks."""
    return [{"name": theme.manifest["name"], "looks": _looks(theme)} for theme in look.shelf()]


def worn_by(store: Store) -> str:
    """The handle of the look that a store wears; a theme of the owner's own is on no shelf."""
    return f"{store.theme}/{store.preset}"


def _looks(theme: Theme) -> list[dict[str, Any]]:
    """Name and colours of each ready look of a theme, for its swatch."""
    shown = []
    for handle, preset in theme.presets.items():
        light = theme.tokens["light"] | preset.get("tokens", {}).get("light", {})
        shown.append(
            {
                "handle": f"{theme.handle}/{handle}",
                "name": preset["name"],
                "brand": preset["settings"]["brand_color"],
                "page": light["color-bg"],
                "surface": light["color-surface"],
                "hero": light.get("color-hero", preset["settings"]["brand_color"]),
            }
        )
    return shown
