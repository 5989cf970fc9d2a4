"""The variables of one installation: what the caller's environment says, and for the rest what we start or make."""

from collections.abc import Mapping
from pathlib import Path

from cardmesh.embedded.secrets import secret
from cardmesh.kit.crypto.master import create_key_file

NEEDS = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL", "stripe": "STRIPE_API_KEY", "mail": "SMTP_URL"}


def wants(need: str, environment: Mapping[str, str]) -> bool:
    """True when nothing in the environment points at a real `need` (a key of `NEEDS`, or "s3")."""
    if need == "s3":
        return not (environment.get("S3_BUCKET") or environment.get("S3_ENDPOINT"))
    return not environment.get(NEEDS[need])


def installation(environment: Mapping[str, str], data: Path, port: int) -> dict[str, str]:
    """The caller's variables, completed with the address, the data folder and the secrets made for it."""
    secrets = data / "secrets"
    made = {
        "CARDMESH_ENV": "development",
        "BASE_HOST": "localhost",
        "PUBLIC_SCHEME": "http",
        "SECRET_KEY": secret(secrets, "secret-key"),
    }
    if not (environment.get("KMS_KEY_ID") or environment.get("MASTER_KEY_FILE")):
        create_key_file(secrets / "master.key")
        made["MASTER_KEY_FILE"] = str(secrets / "master.key")
    given = {key: value for key, value in environment.items() if value}
    return made | given | {"DATA_DIR": str(data), "PUBLIC_PORT": str(port)}


def stripe_simulator(data: Path, port: int) -> dict[str, str]:
    """What makes the application talk to the simulator on `port` as it would to Stripe."""
    secrets = data / "secrets"
    return {
        "STRIPE_API_KEY": secret(secrets, "stripe-api-key", prefix="sk_test_"),
        "STRIPE_WEBHOOK_SECRET": secret(secrets, "stripe-webhook-secret", prefix="whsec_"),
        "STRIPE_API_BASE": f"http://127.0.0.1:{port}",
    }


def mail_simulator(smtp_port: int, http_port: int) -> dict[str, str]:
    """What sends mail to the development outbox, and where a person reads it."""
    return {
        "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "MAIL_OUTBOX_URL": f"http://127.0.0.1:{http_port}",
    }
