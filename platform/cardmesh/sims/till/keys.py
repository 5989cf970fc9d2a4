"""RSA keys of a simulator and of the merchant it expects, made once and kept for the owner's eyes only."""

import base64
import json
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

BITS = 2048


def new_private() -> str:
    key = generate_private_key(65537, BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def private(text: str) -> RSAPrivateKey:
    key = load_pem_private_key(text.encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("an RSA key is needed")
    return key


def public(text: str) -> RSAPublicKey:
    key = load_pem_public_key(text.encode())
    if not isinstance(key, RSAPublicKey):
        raise TypeError("an RSA key is needed")
    return key


def public_of(private_pem: str) -> str:
    """The other half, PEM."""
    key = private(private_pem).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def sign(private_pem: str, message: bytes) -> str:
    return base64.b64encode(private(private_pem).sign(message, PKCS1v15(), SHA256())).decode()


def is_signed(public_pem: str, message: bytes, signature: str) -> bool:
    try:
        public(public_pem).verify(base64.b64decode(signature), message, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def remembered(path: Path | None, made: dict[str, str]) -> dict[str, str]:
    """What was made at the first start, from the file; `made` is written there then. Private to its owner."""
    if path is None:
        return made
    if path.exists():
        return json.loads(path.read_text())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:  # noqa: PTH123 - with its mode
        json.dump(made, file)
    return made
