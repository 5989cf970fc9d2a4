"""Whose request this is: the secret key, and the connected account it may act for."""

from dataclasses import dataclass

from flask import Request

from .config import SimConfig, account_of_key, is_live
from .errors import SimError, invalid_key
from .events import API_VERSION
from .resources.accounts import no_access
from .store import Store


@dataclass(frozen=True)
class Caller:
    platform: str
    account: str
    livemode: bool


def caller_of(request: Request, config: SimConfig, store: Store) -> Caller:
    """SimError 401 for a key that is not configured, 403 for an account that is not the key's."""
    key = _key(request)
    if key not in config.api_keys:
        raise invalid_key(key)
    platform, livemode = account_of_key(key), is_live(key)
    account = request.headers.get("Stripe-Account", platform)
    if account != platform:
        row = store.row(account)
        if not row or (row["kind"], row["account"], row["livemode"]) != ("account", platform, livemode):
            raise no_access(account)
    return Caller(platform, account, livemode)


def check_version(request: Request) -> None:
    """Only the version that the installed library pins is modelled."""
    version = request.headers.get("Stripe-Version", API_VERSION)
    if version != API_VERSION:
        raise SimError(f"Invalid Stripe API version: {version}. The simulator speaks {API_VERSION}.", saved=False)


def _key(request: Request) -> str | None:
    if request.authorization is None:
        return None
    if request.authorization.type == "basic":  # `curl -u sk_test_…:` works at Stripe too
        return request.authorization.username
    return request.authorization.token
