"""Currencies: which there are, the smallest charge, what Stripe keeps of one, and how an amount reads."""

from babel.numbers import format_currency, get_currency_precision, list_currencies

from .errors import SimError

# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts – only the published ones; what Stripe derives
# for other currencies depends on the day's rate and the account's settlement currency.
MINIMUM_MINOR = {
    "usd": 50, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "eur": 50, "nzd": 50, "sgd": 50, "gbp": 30,
    "hkd": 400, "jpy": 50, "mxn": 1000, "myr": 200, "dkk": 250, "nok": 300, "sek": 300, "pln": 200,
}  # fmt: skip
MAXIMUM_MINOR = 99_999_999
HOME_CURRENCY = {"US": "usd", "HK": "hkd", "CN": "cny", "SG": "sgd", "GB": "gbp", "JP": "jpy", "DE": "eur"}
FEE_PER_MILLE, FEE_FIXED_MINOR, DISPUTE_FEE_MINOR = 29, 30, 1500


def check_currency(currency: str, param: str) -> str:
    """The lowercase code; SimError for one that does not exist."""
    if currency.upper() not in list_currencies():
        raise SimError(f"Invalid currency: {currency}.", param=param)
    return currency.lower()


def check_chargeable(amount: int, currency: str, param: str, what: str = "Amount") -> None:
    """SimError `amount_too_small` or `amount_too_large`, as Stripe refuses charges."""
    if amount < MINIMUM_MINOR.get(currency, 1):
        least = display(MINIMUM_MINOR.get(currency, 1), currency)
        raise SimError(f"{what} must be at least {least} {currency}", code="amount_too_small", param=param)
    if amount > MAXIMUM_MINOR:
        raise SimError(
            f"{what} must be no more than {display(MAXIMUM_MINOR, currency)}", code="amount_too_large", param=param
        )


def check_positive(amount: int, param: str = "amount") -> None:
    if amount < 1:
        raise SimError("This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=param)


def processing_fee(amount: int) -> int:
    """2.9 % and a fixed 30 minor units, rounded half up; the same for every method and currency."""
    return (amount * FEE_PER_MILLE + 500) // 1000 + FEE_FIXED_MINOR


def display(amount: int, currency: str, locale: str = "en_US") -> str:
    """`¥19.99`, from minor units."""
    major = amount / 10 ** get_currency_precision(currency.upper())
    return format_currency(major, currency.upper(), locale=locale)
