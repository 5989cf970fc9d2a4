"""The one door to boto3: S3 and KMS clients with sane limits."""

from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ..settings import Settings

ERRORS = (ClientError, BotoCoreError, Boto3Error)
"""What a call may raise: a refusal of the service, no answer from it, or either in the middle of a long transfer."""
_PATIENCE = {"s3": (3, 20, 3), "kms": (1, 2, 2)}
"""Seconds to connect, seconds to wait for an answer, attempts. KMS is asked inside transactions, so it gets little."""


def _client(service: str, settings: Settings, endpoint: str | None) -> Any:
    connect, read, attempts = _PATIENCE[service]
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key,
        aws_secret_access_key=settings.s3_secret_key,
        config=Config(
            connect_timeout=connect,
            read_timeout=read,
            retries={"total_max_attempts": attempts, "mode": "standard"},
            signature_version="s3v4" if service == "s3" else None,
            s3={"addressing_style": "path"} if endpoint else None,
            max_pool_connections=32,
        ),
    )


def s3_client(settings: Settings) -> Any:
    """A client of the object store at `S3_ENDPOINT`, or of AWS when it is unset."""
    return _client("s3", settings, settings.s3_endpoint)


def kms_client(settings: Settings) -> Any:
    """A client of AWS KMS in the installation's region."""
    return _client("kms", settings, None)


def error_code(error: Exception) -> str:
    """`AccessDeniedException`, `ConnectTimeoutError`: what went wrong, without what was sent."""
    response = getattr(error, "response", None) or {}
    return response.get("Error", {}).get("Code") or type(error).__name__
