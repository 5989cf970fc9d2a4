"""RSA signatures as Alipay (RSA2) and WeChat Pay v3 write them: SHA-256, PKCS#1 v1.5, base64."""

import base64
import binascii
import textwrap

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from ....kit.errors import ValidationFailed, invalid

LEAST_BITS = 2048


def private_key(text: str, field: str = "private_key") -> RSAPrivateKey:
    """From PEM, or the bare base64 of PKCS#8 or PKCS#1 that consoles hand out. Raises ValidationFailed."""
    for label in ("PRIVATE KEY", "RSA PRIVATE KEY"):
        try:
            key = load_pem_private_key(_pem(text, label), None)
        except (ValueError, TypeError):
            continue
        if isinstance(key, RSAPrivateKey) and key.key_size >= LEAST_BITS:
            return key
    raise _unreadable(field, "这不是 2048 位以上的 RSA 私钥", "This is not an RSA private key of 2048 bits or more")


def public_key(text: str, field: str = "public_key") -> RSAPublicKey:
    """From PEM, bare base64, or a PEM certificate. Raises ValidationFailed."""
    try:
        if "CERTIFICATE" in text:
            key = load_pem_x509_certificate(text.encode()).public_key()
        else:
            key = load_pem_public_key(_pem(text, "PUBLIC KEY"))
    except (ValueError, TypeError):
        key = None
    if isinstance(key, RSAPublicKey) and key.key_size >= LEAST_BITS:
        return key
    raise _unreadable(field, "这不是 2048 位以上的 RSA 公钥", "This is not an RSA public key of 2048 bits or more")


def sign(key: RSAPrivateKey, message: bytes) -> str:
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def is_signed(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _pem(text: str, label: str) -> bytes:
    body = text.strip()
    if body.startswith("-----"):
        return body.encode()
    lines = textwrap.wrap("".join(body.split()), 64)
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def _unreadable(field: str, zh: str, en: str) -> ValidationFailed:
    return invalid(f"/{field}", "key_unreadable", zh, en)
