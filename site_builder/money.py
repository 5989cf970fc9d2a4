"""Amounts as people write them. Input is integer minor units; nothing here calculates with floats."""

from functools import lru_cache

SYMBOLS = {
    "CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "TWD": "NT$", "MOP": "MOP$",
    "KRW": "₩", "SGD": "S$", "MYR": "RM", "THB": "฿", "VND": "₫", "PHP": "₱", "INR": "₹", "RUB": "₽",
    "TRY": "₺", "BRL": "R$", "AUD": "A$", "CAD": "C$", "UAH": "₴", "ARS": "AR$", "IDR": "Rp",
}  # fmt: skip
NO_DECIMALS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF"})
THREE_DECIMALS = frozenset({"KWD", "BHD", "OMR", "JOD", "TND", "IQD"})


def exponent(currency: str) -> int:
    """How many decimals the currency has."""
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def symbol(currency: str) -> str:
    return SYMBOLS.get(currency, f"{currency}\u00a0")


def decimal(amount: int, currency: str) -> str:
    """ "19.99" for 1999 CNY: the form data formats (JSON-LD, feeds) want."""
    places = exponent(currency)
    if not places:
        return str(amount)
    whole, rest = divmod(abs(amount), 10**places)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:0{places}d}"


@lru_cache(maxsize=16384)
def display(amount: int, currency: str) -> str:
    """ "¥1,234.50" for 123450 CNY."""
    number = decimal(abs(amount), currency)
    whole, dot, rest = number.partition(".")
    return f"{'-' if amount < 0 else ''}{symbol(currency)}{int(whole):,}{dot}{rest}"


@lru_cache(maxsize=4096)
def short(amount: int, currency: str) -> str:
    """Like `display`, without decimals when they are zero: a card says ¥100, not ¥100.00."""
    text = display(amount, currency)
    places = exponent(currency)
    return text[: -places - 1] if places and amount % 10**places == 0 else text
