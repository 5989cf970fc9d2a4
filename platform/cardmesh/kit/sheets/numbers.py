"""Numbers as a spreadsheet keeps them: doubles, exact to 15 significant digits and no further."""

import re
from decimal import Decimal

_EXACT = 10**15
_ROUNDED = re.compile(r"\s*[+-]?\d(?:\.\d+)?E\+(\d{2,3})\s*")


def render_number(value: float) -> tuple[str, bool]:
    """The number as its cell shows it, and whether digits are lost: `123.0` → ("123", False)."""
    if not abs(value) < _EXACT:  # also true of nan
        return f"{value:.0f}", True
    if value == int(value):
        return str(int(value)), False
    return format(Decimal(f"{value:.15g}"), "f"), False


def is_rounded_text(text: str) -> bool:
    """`1.23457E+17`: what a spreadsheet program writes to csv in place of a long number."""
    match = _ROUNDED.fullmatch(text)
    return bool(match) and int(match[1]) >= 11
