"""The variables of one installation: what the caller's environment says, and for the rest what we start or make."""

import json
from collections.abc import Mapping
from pathlib import Path

from cardmesh.embedded.errors import EmbeddedError
from cardmesh.embedded.secrets import secret, write_private
from cardmesh.settings import Settings

RUNNING = "run/environment.json"

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
        from cardmesh.kit.crypto.master import create_key_file  # here: it costs every verb a second

        create_key_file(secrets / "master.key")
        made["MASTER_KEY_FILE"] = str(secrets / "master.key")
    given = {key: value for key, value in environment.items() if value}
    if "MASTER_KEY_FILE" in given:  # the processes work in the data folder
        given["MASTER_KEY_FILE"] = str(Path(given["MASTER_KEY_FILE"]).absolute())
    return made | given | {"DATA_DIR": str(data), "PUBLIC_PORT": str(port)}


def stripe_simulator(data: Path, port: int) -> dict[str, str]:
    """What makes the application talk to the simulator on `port` as it would to Stripe."""
    secrets = data / "secrets"
    return {
        "STRIPE_API_KEY": secret(secrets, "stripe-api-key", prefix="sk_test_"),
        "STRIPE_WEBHOOK_SECRET": secret(secrets, "stripe-webhook-secret", prefix="whsec_"),
        "STRIPE_API_BASE": f"http://127.0.0.1:{port}",
    }


def wallet_simulators(alipay_port: int, wechat_port: int) -> dict[str, str]:
    """What makes the application talk to the simulators of Alipay and WeChat Pay."""
    return {
        "ALIPAY_API_BASE": f"http://127.0.0.1:{alipay_port}/gateway.do",
        "WECHAT_API_BASE": f"http://127.0.0.1:{wechat_port}",
    }


def mail_simulator(smtp_port: int, http_port: int) -> dict[str, str]:
    """What sends mail to the development outbox, and where a person reads it."""
    return {
        "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "MAIL_OUTBOX_URL": f"http://127.0.0.1:{http_port}",
    }


def partner_site(port: int) -> dict[str, str]:
    """Where a person sees the embedded store on a site of another origin."""
    return {"PARTNER_URL": f"http://localhost:{port}"}


def publish(data: Path, environment: Mapping[str, str]) -> Path:
    """Leave the installation's variables (our names only) where other commands of the same user find them."""
    known = {name.upper() for name in Settings.__dataclass_fields__} | {"CARDMESH_ENV"}
    path = data / RUNNING
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, json.dumps({key: environment[key] for key in sorted(known & set(environment))}))
    return path


def running(data: Path) -> dict[str, str]:
    """The variables of the installation that runs on `data`; raises `EmbeddedError` when none does."""
    try:
        return json.loads((data / RUNNING).read_text())
    except FileNotFoundError:
        raise EmbeddedError(
            f"DATABASE_URL is not set, and no `cardmesh up` is running on {data.absolute()}. "
            "Start it, name its folder with --data, or set DATABASE_URL."
        ) from None
