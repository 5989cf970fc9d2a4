"""The platform's own accounts at the simulated Alipay and WeChat Pay, where they run beside us."""

import json
from collections.abc import Iterator
from pathlib import Path

from ..kit import tenancy
from ..kit.db import transaction
from ..money.models import PLATFORM_OWNER
from ..money.payments.merchants import queries
from ..money.payments.merchants import service as merchants
from ..settings import Settings


def connect(settings: Settings) -> None:
    """Connect those whose simulators left their credentials, once."""
    with transaction(tenancy.platform()) as session:
        known = {row.gateway for row in queries.of_owner(session, PLATFORM_OWNER)}
    for gateway, path in _simulated(settings):
        if gateway in known or not path.exists():
            continue
        fields = json.loads(path.read_text())
        made = merchants.connect(tenancy.platform(), owner_id=PLATFORM_OWNER, gateway=gateway, fields=fields)
        with transaction(tenancy.platform()) as session:
            merchants.activate(session, owner_id=PLATFORM_OWNER, merchant_id=made.id)


def _simulated(settings: Settings) -> Iterator[tuple[str, Path]]:
    for gateway, base in (("alipay", settings.alipay_api_base), ("wechat", settings.wechat_api_base)):
        if base:
            yield gateway, settings.data_dir / "sims" / f"{gateway}-merchant.json"
