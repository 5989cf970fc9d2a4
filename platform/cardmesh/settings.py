"""Typed settings, read once from the environment.

Every process of one installation gets the same environment; `cardmesh up` writes it for the services that it
starts itself, and an operator writes it for real ones. Nothing else in the project reads `os.environ`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

APP_ROLE = "cardmesh_app"
"""The database role that serves requests: owns nothing, bypasses nothing."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One installation. URLs are strings as their libraries want them; absent services are None."""

    database_url: str = ""
    app_database_url: str | None = None
    redis_url: str | None = None
    s3_endpoint: str | None = None
    s3_bucket: str | None = None
    s3_access_key: str | None = None
    s3_secret_key: str | None = None
    s3_region: str = "us-east-1"
    stripe_api_key: str | None = None
    stripe_webhook_secret: str | None = None
    stripe_api_base: str | None = None
    alipay_api_base: str | None = None
    """Alipay's sandbox or simulator, as the address of its `gateway.do`; none: Alipay itself, with real money."""
    wechat_api_base: str | None = None
    """A simulator of WeChat Pay; none: WeChat Pay itself. It has no sandbox for API v3."""
    smtp_url: str | None = None
    mail_from: str = "Cardmesh <no-reply@localhost>"
    mail_outbox_url: str | None = None
    partner_url: str | None = None
    """Another company's site on this machine, to see the embedded store on: see `sims.partner`."""
    base_host: str = "localhost"
    public_port: int = 8000
    public_scheme: str = "http"
    public_addresses: tuple[str, ...] = ()
    """Where an apex domain points to: IPv4 and IPv6, separated by commas in the environment."""
    dns_resolvers: tuple[str, ...] = ()
    """Whom to ask about distributors' domains, `address` or `address:port`; none: the system's own."""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    """Whose `X-Forwarded-For` is believed: addresses or networks of the proxies in front."""
    tls_ask_secret: str = ""
    """The unguessable part of the address at which the proxy asks for certificates; none: nothing answers there."""
    data_dir: Path = Path("var")
    master_key_file: Path | None = None
    kms_key_id: str | None = None
    secret_key: str = ""
    fail_points: Path | None = None
    """A folder of orders for `kit.failpoints`; refused in production."""
    env: str = "development"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read the variables named like the fields in capitals; an empty variable counts as absent."""
        values = {
            name: environ[name.upper()] for name in cls.__dataclass_fields__ if environ.get(name.upper())
        }
        if env := environ.get("CARDMESH_ENV"):
            values["env"] = env
        typed: dict[str, object] = dict(values)
        if "public_port" in values:
            typed["public_port"] = int(values["public_port"])
        for name in ("public_addresses", "dns_resolvers", "trusted_proxies"):
            if name in values:
                typed[name] = tuple(part.strip() for part in values[name].split(",") if part.strip())
        for name in ("data_dir", "master_key_file", "fail_points"):
            if name in values:
                typed[name] = Path(values[name])
        return cls(**typed)  # pyright: ignore[reportArgumentType] - each field is converted above

    @property
    def livemode(self) -> bool:
        """True when a live Stripe key is set: real money moves."""
        return bool(self.stripe_api_key and self.stripe_api_key.startswith(("sk_live_", "rk_live_")))

    @property
    def public_netloc(self) -> str:
        """The consoles' host as a browser writes it, without the scheme's own port."""
        return self.netloc(self.base_host)

    def netloc(self, host: str) -> str:
        """`host` with the public port unless it is the scheme's own."""
        default = {"http": 80, "https": 443}[self.public_scheme]
        return host if self.public_port == default else f"{host}:{self.public_port}"

    @property
    def public_url(self) -> str:
        """Where the consoles and `/v1` live, without a trailing slash."""
        return f"{self.public_scheme}://{self.public_netloc}"

    def store_url(self, host: str) -> str:
        """The public address of a store on `host`, without a trailing slash."""
        return f"{self.public_scheme}://{self.netloc(host)}"
