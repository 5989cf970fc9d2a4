"""Keys that look right and redeem nothing: every one says DEMO, or starts with the zeros no issuer uses."""

from random import Random

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LOWER = "abcdefghjkmnpqrstuvwxyz23456789"


def make_key(rng: Random, shape: str) -> tuple[str, ...]:
    """One key of a shape: code → one part; pair → number, password; account → account, password, email; link → one."""
    match shape:
        case "pair":
            return f"000{_digits(rng, 14)}", f"000{_digits(rng, 15)}"
        case "account":
            name = f"demo{_pick(rng, _LOWER, 8)}"
            return name, f"{_pick(rng, _LOWER, 6)}{rng.choice('!#%&')}{_digits(rng, 3)}", f"{name}@mail.example"
        case "link":
            return (f"https://redeem.example/demo/{_pick(rng, _LOWER, 16)}",)
        case _:
            return ("-".join(("DEMO", *(_pick(rng, _LETTERS, 4) for _ in range(4)))),)


def _digits(rng: Random, count: int) -> str:
    return _pick(rng, "0123456789", count)


def _pick(rng: Random, alphabet: str, count: int) -> str:
    return "".join(rng.choices(alphabet, k=count))
