"""Request limits, counted in Redis; when Redis is away, each process counts for itself."""

from ipaddress import ip_address

from apiflask import APIFlask
from flask import request
from flask_limiter import Limiter

from ...settings import Settings
from ..hosts import STORE_HOST
from . import peers
from .requests import client_ip


def by_store_and_address() -> str:
    """Buyers are limited per store, so that one shop's crowd does not shut out another's."""
    return f"{request.environ.get(STORE_HOST, '')}|{peers.network(client_ip() or '127.0.0.1')}"


limiter = Limiter(
    key_func=by_store_and_address,
    in_memory_fallback_enabled=True,
    swallow_errors=True,
    headers_enabled=True,
    header_name_mapping={},
)

def from_inside() -> bool:
    """The peer is in our own network: a proxy for many buyers, or a load test. Limits by contact still hold."""
    return not ip_address(client_ip() or "127.0.0.1").is_global


def by_email() -> str:
    """Letters to one address are limited whoever asks for them, and whether anybody has that address or not."""
    return f"email|{request.form.get('email', '').strip().lower()[:254]}"


GUESS = "30 per minute; 300 per hour"
GUESSES = "100 per hour"
"""At the password of one account, from wherever. Who is shut out by them has passkeys, or waits."""
LETTERS = "5 per hour"
LOGIN = "10 per minute; 60 per hour"
LOOKUP = "20 per minute; 200 per hour"
ONE_ORDER = "30 per hour"
"""At the contact or query password of one order, from wherever: four digits may be all there is to guess."""
ORDER = "60 per minute"
PROOFS = "30 per hour"
"""At the password or code of one person who is signed in."""
READ = "240 per minute"


def register(app: APIFlask, settings: Settings) -> None:
    app.config.update(
        RATELIMIT_STORAGE_URI=_storage_uri(settings.redis_url),
        RATELIMIT_STORAGE_OPTIONS={"socket_timeout": 1, "socket_connect_timeout": 1} if settings.redis_url else {},
        RATELIMIT_STRATEGY="moving-window",
        RATELIMIT_KEY_PREFIX="limit",
        RATELIMIT_HEADER_REMAINING="RateLimit-Remaining",
        RATELIMIT_HEADER_LIMIT="RateLimit-Limit",
        RATELIMIT_HEADER_RESET="RateLimit-Reset",
        RATELIMIT_ENABLED=True,
    )
    limiter.init_app(app)
    # Only decorated views are limited, and they ask for themselves: the look before every request finds nothing, and
    # costs more than finding the view.
    app.before_request_funcs[None].remove(limiter._check_request_limit)


def _storage_uri(redis_url: str | None) -> str:
    """The limits library calls a Redis on a Unix socket `redis+unix`, redis-py just `unix`."""
    if redis_url is None:
        return "memory://"
    return f"redis+{redis_url}" if redis_url.startswith("unix:") else redis_url
