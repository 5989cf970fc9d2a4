"""How WeChat Pay signs and seals: with its public key's other half, or with the newest of its certificates."""

import base64
import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ..till import keys

PUBLIC_KEY_ID = "PUB_KEY_ID_0119000000012026112200000000000001"
SCHEMA = "WECHATPAY2-SHA256-RSA2048"
FRESH_SECONDS = 300


class Seals:
    """The platform's keys. `rotate` makes a new certificate, which signs from then on; older ones stay in force."""

    def __init__(self, private_key: str) -> None:
        self._public_mode = private_key
        self._certificates: list[tuple[str, str, str]] = []

    def rotate(self) -> str:
        """The serial of the new certificate."""
        private = keys.new_private()
        key, name = keys.private(private), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com Root CA")])
        number, since = x509.random_serial_number(), datetime.now(UTC) - timedelta(minutes=1)
        made = x509.CertificateBuilder(name, name, key.public_key(), number, since, since + timedelta(days=1800))
        pem = made.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
        self._certificates.append((f"{number:X}", private, pem))
        return f"{number:X}"

    def certificates(self, api_v3_key: str) -> list[dict[str, object]]:
        """As `GET /v3/certificates` lists them."""
        return [
            {"serial_no": serial, "encrypt_certificate": sealed(api_v3_key, pem.encode(), "certificate")}
            for serial, _, pem in self._certificates
        ]

    def headers(self, body: bytes, *, public_mode: bool) -> dict[str, str]:
        """The signature of an answer or notification, made now."""
        if not public_mode and not self._certificates:
            self.rotate()
        serial, private = (PUBLIC_KEY_ID, self._public_mode) if public_mode else self._certificates[-1][:2]
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        signature = keys.sign(private, lines(stamp, nonce, body.decode()))
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": serial,
            "Wechatpay-Signature": signature,
            "Wechatpay-Signature-Type": SCHEMA,
        }


def lines(*parts: str) -> bytes:
    return "".join(f"{part}\n" for part in parts).encode()


def sealed(api_v3_key: str, plain: bytes, about: str) -> dict[str, str]:
    nonce = os.urandom(6).hex()
    content = AESGCM(api_v3_key.encode()).encrypt(nonce.encode(), plain, about.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": nonce,
        "associated_data": about,
        "ciphertext": base64.b64encode(content).decode(),
    }


def notification(api_v3_key: str, *, id: str, event: str, resource: Mapping[str, object]) -> bytes:
    kind = "refund" if event.startswith("REFUND") else "transaction"
    body = {
        "id": id,
        "create_time": datetime.now(UTC).isoformat(timespec="seconds"),
        "resource_type": "encrypt-resource",
        "event_type": event,
        "summary": event,
        "resource": {"original_type": kind, **sealed(api_v3_key, json.dumps(resource).encode(), kind)},
    }
    return json.dumps(body).encode()


def claims(authorization: str) -> dict[str, str]:
    """The parts of an `Authorization` header; none of another scheme's."""
    scheme, _, rest = authorization.partition(" ")
    return dict(re.findall(r'(\w+)="([^"]*)"', rest)) if scheme == SCHEMA else {}
