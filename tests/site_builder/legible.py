"""Whether every word on a page stands out from the pixels behind it: WCAG's 4.5, or 3 for large type.

axe leaves out text with a gradient, a picture or a pseudo element behind it, which some themes are made of. Here the
words are made transparent, the page is pictured, and each word's colour is held against what its box then shows.
"""

import base64
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

COLLECT = Path(__file__).with_name("legible.js").read_text("utf-8")
TALLEST = 4000
SPARED = 0.03
"""Share of a box's pixels that may be worse: a hairline or a corner behind a word does not hide it."""
JUDGE = """async ([picture, words, spared]) => {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const drawn = canvas.getContext("2d", { willReadFrequently: true });
  drawn.drawImage(image, 0, 0);
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const byte = Float64Array.from({ length: 256 }, (_, c) => linear(c));
  const light = (r, g, b) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return words.flatMap(({ text, left, top, right, bottom, color: [r, g, b, a = 1], limit }) => {
    const [x, y] = [Math.ceil(left), Math.ceil(top)];
    const { data } = drawn.getImageData(x, y, Math.max(1, Math.floor(right) - x), Math.max(1, Math.floor(bottom) - y));
    const mixed = (own, behind) => linear(own * a + behind * (1 - a));
    const ratios = new Float64Array(data.length / 4);
    for (let at = 0; at < data.length; at += 4) {
      const [R, G, B] = [data[at], data[at + 1], data[at + 2]];
      const one = light(mixed(r, R), mixed(g, G), mixed(b, B));
      const two = light(byte[R], byte[G], byte[B]);
      ratios[at / 4] = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    }
    const worst = ratios.sort()[Math.floor(ratios.length * spared)];
    return worst < limit - 0.05 ? [`“${text}” has ${worst.toFixed(2)} : 1 of ${limit}`] : [];
  });
}"""


def unreadable(page: Page) -> list[str]:
    """Words of the page that do not stand out, each with its contrast. The page cannot be used any more."""
    height = page.evaluate("document.documentElement.scrollHeight")
    size = page.viewport_size or {"width": 1280, "height": 860}
    page.set_viewport_size({"width": size["width"], "height": min(height, TALLEST)})
    words: list[dict[str, Any]] = page.evaluate(COLLECT)
    assert words, "a page without a word"
    picture = base64.b64encode(page.screenshot(animations="disabled")).decode()
    desk = page.context.new_page()
    desk.goto("about:blank")
    found: list[str] = desk.evaluate(JUDGE, [picture, words, SPARED])
    desk.close()
    return sorted(set(found))
