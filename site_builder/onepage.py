"""One page of a site, without building the rest: what an owner sees of a draft.

`site_builder.apart` runs it where it can do no harm: a draft may wear a theme that nobody has tried yet. With the page
come the files it loads that have names of their own content, so that a browser finds them.
"""

import json
import re
from dataclasses import dataclass

from site_builder import theme as themes
from site_builder.outputs import Output, outputs
from site_builder.render import Renderer
from site_builder.snapshot import Snapshot
from site_builder.theme import Theme
from site_builder.urls import file_of

NOT_FOUND = "/404.html"
_ASSETS, _ART = "/assets/", "/assets/art/"
_PICTURE = re.compile(rf'="({_ART}[^"]+)"')


@dataclass(frozen=True, slots=True)
class File:
    body: bytes
    content_type: str


Files = dict[str, File]
"""By path, as in a URL: "/p/x/", "/assets/app.0123456789ab.css"."""


def render(site: Snapshot, theme: Theme, path: str) -> Files:
    """The file at `path`, or the site's own page for what is not there under its own path; and what either loads.

    Raises `ThemeError` (preset, settings, layouts), `RenderError` (templates).
    """
    renderer = Renderer(site, themes.look(theme, site.theme))
    wanted = {output.path: output for output in outputs(renderer)}
    name = file_of(path)
    found, place = (wanted[name], path) if name in wanted else (_missing(wanted, path), NOT_FOUND)
    body = _body(renderer, found)
    shown = set(_PICTURE.findall(body.decode())) if found.make is None else set[str]()
    loaded = [output for output in wanted.values() if output.path in shown or _is_asset(output.path)]
    files = {output.path: File(_body(renderer, output), output.content_type) for output in loaded}
    return files | {place: File(body, found.content_type)}


def rebased(file: File, base: str) -> bytes:
    """The file as it is served below `base`: addresses on the store's own host lead there, too."""
    text = file.body.decode()
    if file.content_type.startswith("text/html"):
        text = re.sub(r'="/(?!/)', f'="{base}/', text).replace('data-prefix=""', f'data-prefix="{base}"')
    elif file.content_type.startswith("application/json") and text.startswith("[["):
        rows = json.loads(text)
        text = json.dumps([[*row[:2], base + row[2], base + row[3], *row[4:]] for row in rows], ensure_ascii=False)
    return text.encode()


def _is_asset(path: str) -> bool:
    return path == "/icon.svg" or (path.startswith(_ASSETS) and not path.startswith(_ART))


def _missing(wanted: dict[str, Output], path: str) -> Output:
    first = path.split("/")[1]
    return wanted.get(f"/{first}{NOT_FOUND}") or wanted[NOT_FOUND]


def _body(renderer: Renderer, output: Output) -> bytes:
    return output.make() if output.make else renderer.render(renderer.plan.pages[output.page]).encode()
