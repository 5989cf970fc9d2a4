"""Metadata: Stripe's limits, and its rule for updates (an empty value removes a key, an empty whole removes all)."""

from typing import Any

from .errors import SimError

MOST_KEYS, LONGEST_KEY, LONGEST_VALUE = 50, 40, 500


def check_metadata(params: Any) -> None:
    """Refuse metadata beyond the limits, wherever in the parameters it sits."""
    if isinstance(params, list):
        for item in params:
            check_metadata(item)
    if isinstance(params, dict):
        for name, value in params.items():
            if name == "metadata" and isinstance(value, dict):
                _check_one(value)
            else:
                check_metadata(value)


def _check_one(metadata: dict[str, str]) -> None:
    if len(metadata) > MOST_KEYS:
        raise SimError(f"You can only have {MOST_KEYS} metadata keys.", param="metadata", saved=False)
    for key, value in metadata.items():
        if len(key) > LONGEST_KEY:
            raise SimError(
                f"Metadata keys must be under {LONGEST_KEY} characters long.", param="metadata", saved=False
            )
        if len(value) > LONGEST_VALUE:
            raise SimError(
                f"Metadata values can have up to {LONGEST_VALUE} characters, but you passed in a value that is "
                f"{len(value)} characters.", param=f"metadata[{key}]", saved=False,
            )  # fmt: skip


def merged(old: dict[str, str], change: dict[str, str] | str | None) -> dict[str, str]:
    """What an update leaves: absent changes nothing, `""` clears, an empty value removes its key."""
    if change is None:
        return old
    if not isinstance(change, dict):
        return {}
    return {key: value for key, value in {**old, **change}.items() if value != ""}
