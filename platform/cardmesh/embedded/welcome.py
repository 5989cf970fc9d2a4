"""What a person reads when everything runs: each address and login, in Chinese and English."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cardmesh.embedded.secrets import write_private
from cardmesh.settings import Settings

CREDENTIALS = "dev-credentials.json"


def refresh(settings: Settings) -> None:
    """Bring the addresses in the credentials file up to date: another `--port` moves every store."""
    path = settings.data_dir / CREDENTIALS
    if not path.exists():
        return
    credentials = json.loads(path.read_text())
    for distributor in credentials.get("distributors", []):
        distributor["store_url"] = settings.store_url(f"{distributor['handle']}.{settings.base_host}")
    credentials["mail_url"] = settings.mail_outbox_url
    write_private(path, json.dumps(credentials, ensure_ascii=False, indent=2) + "\n")


def text(settings: Settings) -> str:
    """The whole welcome."""
    path = settings.data_dir / CREDENTIALS
    credentials = json.loads(path.read_text()) if path.exists() else {}
    lines = ["", f"Cardmesh 卡盟 已就绪 · is ready      {settings.public_url}", ""]
    lines += [f"  {line}" for line in _logins(credentials)]
    if settings.mail_outbox_url:
        lines.append(f"  邮件 mail            {settings.mail_outbox_url}")
    if settings.partner_url:
        lines.append(f"  嵌入演示 embed       {settings.partner_url}")
    lines.append(f"  数据 data            {settings.data_dir}")
    if credentials:
        lines.append(f"  密钥 API keys        {path}")
    return "\n".join([*lines, "", "按 Ctrl-C 停止 · Press Ctrl-C to stop", ""])


def _logins(credentials: Mapping[str, Any]) -> Iterator[str]:
    if platform := credentials.get("platform"):
        yield f"平台 platform        {_login(platform)}"
    for supplier in credentials.get("suppliers", []):
        yield f"供货商 supplier      {_login(supplier)}  {supplier['name']}"
    for distributor in credentials.get("distributors", []):
        yield f"分销商 distributor   {_login(distributor)}"
        yield f"  店铺 store         {distributor['store_url']}"


def _login(party: Mapping[str, Any]) -> str:
    return f"{party['email']}  {party['password']}"
