"""No form of a private address passes."""

import pytest

from cardmesh.kit.events import addresses
from cardmesh.kit.events.client import check_url
from cardmesh.kit.events.errors import AddressRefused, EndpointUrlRefused

PRIVATE = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1
192.0.0.8 192.0.0.9 192.0.0.170 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1
239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::a00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1
64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1 100::1 2001::1 2001:0:7f00:1::1 2001:10::1 2001:20::1
2001:db8::1 2002:7f00:1::1 2002:a00:1::1 2002:c0a8:101::1 3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%lo
fec0::1 ff02::1 ff0e::1 4000::1
""".split()  # noqa: SIM905 - a word list reads better than sixty quoted strings
PUBLIC = (
    "1.1.1.1 8.8.8.8 93.184.216.34 223.5.5.5 2606:4700:4700::1111 2a00:1450:4001::200e 2400:3200::1".split()  # noqa: SIM905 - the same
)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_passes(address: str) -> None:
    assert addresses.is_public(address)


def test_one_private_answer_among_public_ones_refuses_all() -> None:
    with pytest.raises(AddressRefused):
        addresses.choose(["8.8.8.8", "10.0.0.1"], allow_loopback=False)


def test_no_answer_is_refused() -> None:
    with pytest.raises(AddressRefused):
        addresses.choose([], allow_loopback=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "017700000001", "127.1"])
def test_loopback_in_disguise_is_refused(host: str) -> None:
    with pytest.raises(AddressRefused):
        addresses.resolve(host, 80)


def test_loopback_passes_only_where_a_developer_allows_it() -> None:
    assert addresses.resolve("127.0.0.1", 80, allow_loopback=True) == "127.0.0.1"
    with pytest.raises(AddressRefused):
        addresses.choose(["10.0.0.1"], allow_loopback=True)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "ftp://example.com/",
        "https://user:password@example.com/",
        "https://user@example.com/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "http://example.com/",
        "javascript:alert(1)",
        "//example.com/",
        "https://[::1",
    ],
)
def test_a_url_that_cannot_be_an_endpoint_is_refused(url: str) -> None:
    with pytest.raises(EndpointUrlRefused):
        check_url(url, development=False)
