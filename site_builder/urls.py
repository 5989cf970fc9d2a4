"""Where each page of a store lives. The store's own locale stands at `/`, every other under its language code."""

from dataclasses import dataclass

FIXED = {
    "home": "/", "search": "/search/", "cart": "/cart/", "checkout": "/checkout/", "order": "/order/",
    "lookup": "/lookup/", "claim": "/claim/", "announcement": "/announcement/", "help": "/pages/help/",
    "about": "/pages/about/",
}  # fmt: skip


@dataclass(frozen=True)
class Urls:
    """Paths of one locale. `default` is the store's own locale."""

    locale: str
    default: str

    @property
    def prefix(self) -> str:
        return "" if self.locale == self.default else f"/{self.locale.split('-')[0]}"

    def to(self, rest: str) -> str:
        return self.prefix + rest

    def fixed(self) -> dict[str, str]:
        return {name: self.to(rest) for name, rest in FIXED.items()}


def product(slug: str) -> str:
    return f"/p/{slug}/"


def category(slug: str, number: int = 1) -> str:
    return f"/c/{slug}/" if number == 1 else f"/c/{slug}/{number}/"


def page(slug: str) -> str:
    return f"/pages/{slug}/"


def file_of(path: str) -> str:
    """The file a path is stored as: "/p/x/" → "/p/x/index.html"."""
    return f"{path}index.html" if path.endswith("/") else path
