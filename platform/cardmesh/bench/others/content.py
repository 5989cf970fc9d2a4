"""One shop as each builder wants it: our snapshot file, Hugo's content folder, Eleventy's data files."""

import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from site_builder import money
from site_builder import snapshot as snapshots
from site_builder import theme as themes
from site_builder.build import build_plain
from site_builder.samples import sample
from site_builder.seo import AVAILABILITY
from site_builder.snapshot import Product, Snapshot, words
from site_builder.strict import Text

HERE = Path(__file__).parent
RELATED = 6
GROUPS = ("stock", "kind", "delivery", "product")
FRAGMENTS = {
    "links": r'<link rel="icon".*?</script>\n(?=<script type="application)',
    "header": r'<a class="skip".*?</header>',
    "footer": r"<footer.*?</div>(?=\n</body>)",
    "assurances": r'<ul class="assurances">.*?</ul>',
    "quantity": r'<div class="quantity">.*?</span>\n</div>',
    "after": r'<section class="panel" aria-labelledby="p-after">.*?</section>',
}
"""What is the same on every product page, and how it is cut out of one of ours."""


def shop(products: int) -> Snapshot:
    """In one language and with pictures of the supplier's, so that a product is one file; each describes itself."""
    made = sample(products)
    goods = tuple(
        replace(p, image=f"/media/{p.slug}.webp", description=_description(place, p))
        for place, p in enumerate(made.products)
    )
    return replace(made, store=replace(made.store, locales=("zh-CN",)), products=goods)


def _chinese(text: Text) -> str:
    return words(text, "zh-CN", "zh-CN")


def _description(place: int, product: Product) -> str:
    """As suppliers write: a line, steps, a remark; one in three with words in bold."""
    name = f"**{product.slug}**" if place % 3 == 0 else product.slug
    return f"{name} 说明\n\n1. 付款\n2. 兑换\n\n编号 {product.id}"


def lay_out(products: int, folder: Path) -> None:
    """`ours.json`, `hugo/` and `eleventy/` in `folder`, for a shop of so many products."""
    made = shop(products)
    (folder / "ours.json").write_text(snapshots.dump(made))
    rows, parts = list(_rows(made)), _fragments(folder)
    site = {
        "name": _chinese(made.store.name),
        "url": made.store.url,
        "icons": parts.pop("icons"),
        "categories": [{"slug": c.slug, "name": _chinese(c.name)} for c in made.categories],
    }
    _hugo(folder / "hugo", rows, site, parts)
    _eleventy(folder / "eleventy", rows, site, parts)


def _fragments(folder: Path) -> dict[str, str]:
    build_plain(shop(12), themes.find("classic"), folder / "twelve", compress=False)
    page = (folder / "twelve/p/goods-1/index.html").read_text()
    parts = {name: re.search(pattern, page, re.S) for name, pattern in FRAGMENTS.items()}
    icons = re.search(r'data-icons="([^"]+)"', page)
    return {name: found[0] for name, found in parts.items() if found} | {"icons": icons[1] if icons else ""}


def _words() -> dict[str, Any]:
    texts = json.loads(themes.find("classic").files["locales/zh-CN.json"])
    steps = {kind: list(rows.values()) for kind, rows in texts["redeem"].items()}
    return {**{name: texts[name] for name in GROUPS}, "redeem": steps, "availability": AVAILABILITY}


def _rows(made: Snapshot) -> Iterable[dict[str, Any]]:
    categories = {c.id: {"slug": c.slug, "name": _chinese(c.name)} for c in made.categories}
    members = {key: [p for p in made.products if p.category == key] for key in categories}
    for key, products in members.items():
        for place, product in enumerate(products):
            near = islice(cycle(products), place + 1, place + 1 + min(RELATED, len(products) - 1))
            led_to = {"related": [f"/p/{other.slug}" for other in near], "weight": place + 1}
            yield _row(product, categories[key]) | led_to


def _row(product: Product, category: dict[str, str]) -> dict[str, Any]:
    there = [sku for sku in product.skus if sku.stock != "out"]
    first = min(there or product.skus, key=lambda sku: sku.price.amount)
    stocks = {sku.stock for sku in product.skus}
    return {
        "id": product.id, "slug": product.slug, "title": _chinese(product.name), "category": category,
        "image": product.image, "price": money.display(first.price.amount, "CNY"), "kind": first.kind,
        "varies": len({sku.price.amount for sku in there or product.skus}) > 1,
        "stock": next(state for state in ("in_stock", "low", "out") if state in stocks),
        "default": first.id if there else "", "warranty": first.warranty_hours,
        "summary": f"{_chinese(product.name)}（{category['name']}）付款后自动发货，订单页随时查看。",
        "skus": [
            {"id": sku.id, "name": sku.name, "amount": sku.price.amount, "stock": sku.stock, "kind": sku.kind,
             "min": sku.min_quantity, "max": sku.max_quantity, "warranty": sku.warranty_hours,
             "price": money.display(sku.price.amount, "CNY"), "decimal": money.decimal(sku.price.amount, "CNY")}
            for sku in product.skus
        ],
        "body": product.description,
    }  # fmt: skip


def _hugo(folder: Path, rows: list[dict[str, Any]], site: dict[str, Any], parts: dict[str, str]) -> None:
    shutil.copytree(HERE / "hugo", folder)
    for name, text in parts.items():
        (folder / f"layouts/partials/{name}.html").write_text(text)
    (folder / "data").mkdir()
    _json(folder / "data/site.json", site)
    _json(folder / "data/words.json", _words())
    for row in rows:
        head = {key: value for key, value in row.items() if key != "body"}
        _content(folder / f"content/p/{row['slug']}.md", head, row["body"])
    for category in site["categories"]:
        _content(folder / f"content/c/{category['slug']}/_index.md", {"title": category["name"], **category}, "")


def _content(file: Path, head: dict[str, Any], body: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{json.dumps(head, ensure_ascii=False, indent=1)}\n\n{body}\n")


def _eleventy(folder: Path, rows: list[dict[str, Any]], site: dict[str, Any], parts: dict[str, str]) -> None:
    shutil.copytree(HERE / "eleventy", folder)
    (folder / "fragments").mkdir()
    for name, text in parts.items():
        (folder / f"fragments/{name}.html").write_text(text)
    _json(folder / "products.json", rows)
    _json(folder / "site.json", site)
    _json(folder / "words.json", _words())


def _json(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value, ensure_ascii=False))
