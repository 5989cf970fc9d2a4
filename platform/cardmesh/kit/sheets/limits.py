"""How much of a stranger's file we are willing to look at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds; each has a refusal of its own. The defaults carry 1,000,000 keys in either format.

    `unpacked_bytes`, `ratio`, `entries` and `directory_bytes` are held against a zip's directory before
    anything is inflated. `cells` bounds rows x columns: the xlsx parser allocates the whole rectangle.
    """

    file_bytes: int = 128 << 20
    rows: int = 1_100_000
    columns: int = 256
    line_chars: int = 1 << 20
    cells: int = 8_000_000
    unpacked_bytes: int = 256 << 20
    ratio: int = 100
    entries: int = 1_000
    directory_bytes: int = 1 << 20


DEFAULT = Limits()
