"""`cardmesh refunds`: what gateways refused, and asking again."""

from collections.abc import Sequence

from ...kit import tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id, public_id
from ...kit.money import display
from ...kit.tenancy import Actor, Scope
from . import queries, refunds


def scope() -> Scope:
    return tenancy.platform(Actor("cli", name="refunds"))


def listed() -> int:
    """One line each, oldest first."""
    with transaction(scope()) as session:
        for row in queries.failed_refunds(session):
            amount = display(row.amount_minor, row.currency, "en")
            print(f"{public_id('rfd', row.id)}  {row.created_at:%Y-%m-%d %H:%M}  {amount}  "
                  f"attempt {row.attempt}: {row.failure}")  # fmt: skip
    return 0


def retried(ids: Sequence[str], *, everything: bool) -> int:
    """Each in a transaction of its own; 1 when one could not be."""
    with transaction(scope()) as session:
        failed = [public_id("rfd", row.id) for row in queries.failed_refunds(session)] if everything else []
    code = 0
    for one in (*failed, *ids):
        try:
            with transaction(scope()) as session:
                row = refunds.retry(session, refund_id=parse_id("rfd", one))
            print(f"{one}  attempt {row.attempt}")
        except MeshError as error:
            print(f"{one}  {error}")
            code = 1
    return code
