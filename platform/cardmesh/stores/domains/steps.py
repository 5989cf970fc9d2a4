"""How far a domain has come, step by step, as its owner follows it. Pure."""

from dataclasses import dataclass
from datetime import datetime

from .models import Domain, DomainStatus
from .rules import GRACE


@dataclass(frozen=True, slots=True)
class Step:
    """`name`: proof, route, certificate or live. `at`: since when, where that is known."""

    name: str
    done: bool
    at: datetime | None = None


def steps(domain: Domain, *, https: bool) -> list[Step]:
    """In order; a certificate is none of them where stores are served without TLS."""
    shown = [
        Step("proof", domain.proof_at is not None, domain.proof_at),
        Step("route", domain.routed_at is not None, domain.routed_at),
    ]
    if https:
        shown.append(Step("certificate", domain.certificate_at is not None, domain.certificate_at))
    live = domain.status == DomainStatus.PROVEN and all(step.done for step in shown)
    return [*shown, Step("live", live)]


def is_live(domain: Domain, *, https: bool) -> bool:
    """Whether buyers reach the store there, as far as anybody can see from here."""
    return steps(domain, https=https)[-1].done


def removed_at(domain: Domain) -> datetime | None:
    """When a domain whose proof is gone stops being served, unless the proof comes back."""
    return domain.failing_since + GRACE if domain.failing_since and domain.status == DomainStatus.PROVEN else None
