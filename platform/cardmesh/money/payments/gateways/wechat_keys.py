"""WeChat Pay's own keys: its public key as configured, and its certificates, which it changes from time to time."""

import base64
import logging
import threading
import time
from collections.abc import Callable, Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ....kit.errors import MeshError
from . import rsa

log = logging.getLogger(__name__)

PAUSE_SECONDS = 60.0
"""Between two looks for new certificates: strangers may send serials that never were."""
PUBLIC_KEY = "PUB_KEY_ID_"


def opened(api_v3_key: bytes, sealed: Mapping[str, str]) -> bytes:
    """A `resource` or `encrypt_certificate` in clear (AEAD_AES_256_GCM). Raises ValueError, KeyError, TypeError."""
    if sealed.get("algorithm") != "AEAD_AES_256_GCM":
        raise ValueError("unknown algorithm")
    aad = (sealed.get("associated_data") or "").encode()
    try:
        content = base64.b64decode(sealed["ciphertext"], validate=True)
        return AESGCM(api_v3_key).decrypt(sealed["nonce"].encode(), content, aad)
    except InvalidTag:
        raise ValueError("sealed with another key") from None


class PlatformKeys:
    """Keys by serial. A serial that is not known makes it look once for newer certificates. Thread-safe."""

    def __init__(self, configured: Mapping[str, RSAPublicKey], fetch: Callable[[], Mapping[str, str]]) -> None:
        self.configured = next(iter(configured), "")
        """The id of the public key that we ask WeChat to sign with; empty: certificates."""
        self._keys = dict(configured)
        self._fetch = fetch
        self._looked: float | None = None
        self._lock = threading.Lock()

    def find(self, serial: str) -> RSAPublicKey | None:
        if serial not in self._keys and serial and not serial.startswith(PUBLIC_KEY):
            self._look()
        return self._keys.get(serial)

    def _look(self) -> None:
        with self._lock:
            if self._looked is not None and time.monotonic() - self._looked < PAUSE_SECONDS:
                return
            self._looked = time.monotonic()
        try:
            found = self._fetch()
        except MeshError as error:
            log.warning("wechat: no certificates: %s", error.code)
            return
        self._keys |= {serial: rsa.public_key(certificate) for serial, certificate in found.items()}
