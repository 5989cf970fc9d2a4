"""API keys from a console: shown once, narrowed to scopes and addresses, dead when revoked."""

import re

from tests.fixtures.shop import Console, Shop

_SECRET = re.compile(r'id="secret">(sk_test_\w{48})<')


def make(browser: Console, **fields: object) -> str:
    found = _SECRET.search(browser.post("/distributor/keys", {"name": "robot", **fields}, expect=200))
    assert found
    return found[1]


def call(shop: Shop, secret: str, path: str, ip: str = "127.0.0.1") -> int:
    client = shop.consoles.app.test_client()
    headers = {"Host": "localhost", "Authorization": f"Bearer {secret}"}
    return client.get(path, headers=headers, environ_base={"REMOTE_ADDR": ip}).status_code


def test_a_key_is_shown_once_and_may_what_its_scopes_say(shop: Shop) -> None:
    browser = shop.sign_in()
    secret = make(browser, scope="wallet:read")
    page = browser.get("/distributor/keys")
    assert secret not in page and secret[:20] in page and "wallet:read" in page
    assert (call(shop, secret, "/v1/wallet"), call(shop, secret, "/v1/orders")) == (200, 403)
    assert "robot" in page


def test_a_key_works_from_its_addresses_only(shop: Shop) -> None:
    browser = shop.sign_in()
    secret = make(browser, allowed_ips="203.0.113.7, 198.51.100.0/24")
    told = [call(shop, secret, "/v1/me", ip) for ip in ("203.0.113.7", "198.51.100.9", "203.0.113.8")]
    assert told == [200, 200, 401]
    assert "no IP address" in browser.follow("/distributor/keys", {"name": "x", "allowed_ips": "nowhere"})


def test_a_revoked_key_is_dead(shop: Shop) -> None:
    browser = shop.sign_in()
    secret = make(browser)
    assert call(shop, secret, "/v1/me") == 200
    for path in re.findall(r'action="(/distributor/keys/key_\w+/revoke)"', browser.get("/distributor/keys")):
        browser.post(path)
    assert call(shop, secret, "/v1/me") == 401
