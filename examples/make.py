"""Writes every sheet of this folder, its documents, and expected.json. The same seed gives the same files.

python -m examples.make [folder]
"""

import json
import sys
from pathlib import Path
from random import Random

from . import beichen, harbor, xinghe
from .book import Book
from .catalog import CATEGORIES
from .documents import write_documents

SEED = 20_261_122
HERE = Path(__file__).parent


def make(folder: Path = HERE) -> dict[str, object]:
    """Everything into `folder`; returns what expected.json says."""
    folder.mkdir(parents=True, exist_ok=True)
    write_documents(folder / "files")
    seen: set[tuple[str, ...]] = set()
    books = [
        book
        for number, maker in enumerate((xinghe, beichen, harbor))
        for book in maker.make(folder, Random(SEED + number), seen)  # noqa: S311 (repeatable on purpose; nothing here is secret)
    ]
    expected = {
        "seed": SEED,
        "categories": [slug for slug, _, _ in CATEGORIES],
        "total": _total(books, len(seen)),
        "files": {book.path.name: book.expected.as_json() for book in books},
    }
    text = json.dumps(expected, ensure_ascii=False, indent=1)
    (folder / "expected.json").write_text(text + "\n", encoding="utf-8")
    return expected


def _total(books: list[Book], keys: int) -> dict[str, int]:
    skus = [sku for book in books for sku in book.skus]
    return {
        "offers": len(skus),
        "skus": len(set(skus)),
        "products": len({(category, product) for category, product, _ in skus}),
        "skus_of_several_suppliers": sum(1 for sku in set(skus) if skus.count(sku) > 1),
        "keys": keys,
        "duplicates": sum(book.expected.duplicates for book in books),
        "rejected": sum(book.expected.rejected for book in books),
    }


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
