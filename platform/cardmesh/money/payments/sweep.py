"""Catch up with what never arrived: events that were lost or crashed, sessions and refunds nobody told us about."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from ...kit import clock, runtime, tenancy
from ...kit.db import transaction
from ...kit.failpoints import reach
from ...kit.jobs.rules import describe
from . import inbox, queries, refunds
from .channels import gateway
from .collect import collect
from .effects import Effects
from .errors import GatewayUnavailable
from .rules import DEFAULT, channel

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=2)
"""A webhook gets this long to arrive before we ask."""
OVERLAP = timedelta(hours=1)
"""Looked at again behind the newest event: events do not arrive in order."""
FIRST_LOOK = timedelta(days=3)
"""How far back a first sweep looks; gateways retry for about as long."""
BATCH = 200
"""Events at a time, and open sessions and waiting refunds of each channel."""


@dataclass(slots=True)
class Swept:
    """How much a sweep found that had been missed; `failed` will be tried again by the next one."""

    events: int = 0
    sessions: int = 0
    refunds: int = 0
    failed: int = 0


def sweep_missed(effects: Effects, *, patience: timedelta = PATIENCE) -> Swept:
    """One pass over everything that may have been missed. Call outside any transaction; repeating changes nothing."""
    swept = Swept()
    for name in _with_lists():
        _attempt(swept, lambda name=name: _fetch_events(name))
    for name, ref in _stored():
        swept.events += _attempt(swept, lambda name=name, ref=ref: bool(inbox.apply(name, ref, effects)))
    _ask_for_sessions(swept, effects, patience)
    _ask_for_refunds(swept, patience)
    return swept


def _attempt(swept: Swept, step: Callable[[], bool]) -> bool:
    """One step; its failure, whatever it is, is counted and does not stop the sweep: others wait behind it."""
    try:
        return step()
    except Exception as error:
        log.warning("sweep: %s", describe(error))
        swept.failed += 1
        return False


def _ask_each(swept: Swept, asked: Iterable[tuple[str, str]], ask: Callable[[str, str], None]) -> int:
    """Ask channels about (channel, ref); how many answers. One that does not answer is left alone until the next sweep:
    each question would take its time, and others' wait behind."""
    silent: set[str] = set()

    def step(name: str, ref: str) -> bool:
        try:
            ask(name, ref)
        except GatewayUnavailable:
            silent.add(name)
            raise
        return True

    return sum(_attempt(swept, lambda name=name, ref=ref: step(name, ref)) for name, ref in asked if name not in silent)


def _with_lists() -> list[str]:
    """Channels that are in use, and whose gateway may be asked what it has told."""
    configured = [DEFAULT] if runtime.current().settings.stripe_api_key else []
    with transaction(tenancy.platform()) as session:
        return configured + [channel("stripe", merchant_id) for merchant_id in queries.stripe_merchants(session)]


def _fetch_events(name: str) -> bool:
    with transaction(tenancy.platform()) as session:
        newest = queries.newest_event_at(session, name)
    since = newest - OVERLAP if newest else clock.now() - FIRST_LOOK
    events = list(gateway(name).list_events_since(since))
    reach("payment.sweep.fetched")
    with transaction(inbox.scope(name)) as session:
        for event in reversed(events):
            inbox.store(session, name, event)
    return True


def _stored() -> list[tuple[str, str]]:
    with transaction(tenancy.platform()) as session:
        return list(queries.stored_events(session, limit=BATCH))


def _ask_for_sessions(swept: Swept, effects: Effects, patience: timedelta) -> None:
    with transaction(tenancy.platform()) as session:
        asked = queries.open_sessions(session, before=clock.now() - patience, limit=BATCH)

    def ask(name: str, session_ref: str) -> None:
        facts = gateway(name).retrieve(session_ref)
        reach("payment.sweep.asked")
        with transaction(inbox.scope(name)) as session:
            collect(session, gateway=name, facts=facts, effects=effects)

    swept.sessions = _ask_each(swept, asked, ask)


def _ask_for_refunds(swept: Swept, patience: timedelta) -> None:
    with transaction(tenancy.platform()) as session:
        asked = queries.waiting_refunds(session, before=clock.now() - patience, limit=BATCH)

    def ask(name: str, gateway_ref: str) -> None:
        facts = gateway(name).retrieve_refund(gateway_ref)
        reach("payment.sweep.asked")
        with transaction(inbox.scope(name)) as session:
            refunds.settle(session, gateway=name, facts=facts)

    swept.refunds = _ask_each(swept, asked, ask)
