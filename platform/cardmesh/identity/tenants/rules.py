"""What a handle may be: it becomes a host name, so it must not look like one of ours."""

import re

from ..errors import HandleInvalid, HandleReserved

_HANDLE = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
RESERVED = frozenset(
    """www api admin app assets auth billing blog cdn console dashboard dev docs ftp help hooks imap login mail ns
    ns1 ns2 pay payment platform pop register root shop smtp ssl static status store stores stripe supplier support
    test v1 webmail xn""".split()  # noqa: SIM905 - a word list reads better than forty quoted strings
)


def check_handle(handle: str) -> str:
    """The handle itself. Raises HandleInvalid or HandleReserved; punycode look-alikes count as reserved."""
    if not _HANDLE.fullmatch(handle):
        raise HandleInvalid(handle=handle)
    if handle in RESERVED or handle.startswith("xn--"):
        raise HandleReserved(handle=handle)
    return handle
