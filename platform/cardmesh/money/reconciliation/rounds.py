"""A round over every account that collects: the platform's own, and the distributors'."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from ...kit import clock, runtime, tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError
from ..payments.channels import gateway
from ..payments.errors import GatewayRefused
from ..payments.merchants import queries
from ..payments.merchants import service as merchants
from ..payments.models import Merchant
from ..payments.rules import DEFAULT, merchant_id
from .models import Comparison
from .service import GRACE, reconcile, told_until

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=7)
"""Compared again every day: what was late yesterday agrees today, and its task goes away."""


@dataclass(slots=True)
class Round:
    """`failed` tells why an account could not be compared, by its channel."""

    made: list[Comparison] = field(default_factory=list)
    failed: dict[str, MeshError] = field(default_factory=dict)

    @property
    def differences(self) -> int:
        return sum(one.differences for one in self.made)


def reconcile_daily() -> Round:
    """Compare the days before today, each account once a day, as soon as its gateway has told them.

    Opens its own transactions; the gateways are asked outside any.
    """
    return _round(_yesterday)


def reconcile_now(days: int) -> Round:
    """Compare the last `days` of every account now, up to an hour ago. As `reconcile_daily`."""
    until = clock.now() - GRACE
    return _round(lambda name: reconcile(since=until - timedelta(days=days), until=until, name=name))


def _round(compare: Callable[[str], Comparison | None]) -> Round:
    done = Round()
    for name in _channels():
        try:
            done.made += [made for made in (compare(name),) if made]
        except MeshError as error:
            log.warning("reconciliation: %s: %s", name, error.code)
            done.failed[name] = error
            if isinstance(error, GatewayRefused):
                _tell_owner(name)
    return done


def _yesterday(name: str) -> Comparison | None:
    until = told_until(gateway(name))
    return None if _is_made(name, until) else reconcile(since=until - LOOK_BACK, until=until, name=name)


def _channels() -> list[str]:
    configured = [DEFAULT] if runtime.current().settings.stripe_api_key else []
    with transaction(tenancy.platform()) as session:
        return configured + queries.with_books(session)


def _is_made(name: str, until: datetime) -> bool:
    made = select(Comparison.id).where(Comparison.gateway == name, Comparison.until == until)
    with transaction(tenancy.platform()) as session:
        return session.scalar(made) is not None


def _tell_owner(name: str) -> None:
    """Keys that are accepted no more show as a problem where the account was connected."""
    if name == DEFAULT:
        return
    with transaction(tenancy.platform()) as session:
        row = session.get_one(Merchant, merchant_id(name))
    try:
        merchants.check(tenancy.platform(), owner_id=row.owner_id, merchant_id=row.id)
    except MeshError as error:
        log.warning("reconciliation: %s: %s", name, error.code)
