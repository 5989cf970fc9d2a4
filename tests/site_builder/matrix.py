"""Every bundled look, the sizes of screens, and a site that answers without a server: for axe and for pictures."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from playwright.sync_api import Route, ViewportSize

from site_builder import theme as themes
from site_builder.target import Site
from tests.site_builder.conftest import THEMES

MODES = ("light", "dark")
ORIGIN = "http://localhost:1"
PHONE: ViewportSize = {"width": 360, "height": 780}
DESK: ViewportSize = {"width": 1280, "height": 860}


def looks_of(names: Iterable[str]) -> list[tuple[str, str]]:
    """Every preset of these themes, each a handle or a folder."""
    return [(name, preset) for name in names for preset in sorted(themes.find(name).presets)]


LOOKS = looks_of(THEMES)


def published(site: Site, route: Route) -> None:
    """Answer a request from the site itself, as a web server in front of it would."""
    found = site.read(urlsplit(route.request.url).path)
    body, headers = found or site.read("/404.html") or (b"", {})
    route.fulfill(status=200 if found else 404, headers=headers, body=body)
