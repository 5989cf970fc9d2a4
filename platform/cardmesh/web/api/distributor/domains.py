"""The store's own domains: what to put into their DNS, and how far each has come."""

from datetime import datetime
from typing import Annotated, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from ....identity.models import Party
from ....kit import runtime
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.ids import parse_id, public_id
from ....stores.domains import queries, rules
from ....stores.domains import service as domains
from ....stores.domains.models import Domain
from ....stores.domains.steps import is_live, removed_at, steps
from ....stores.models import Store
from ...common.idempotent import once
from ...common.principal import caller, requires
from ...common.schema import Shape
from . import blueprint
from .listings import own_store

Moment = str | None


class DomainIn(Shape):
    """`host`: a name that was registered, or one below it; international names in either form."""

    host: Annotated[str, Field(min_length=1, max_length=300, examples=["www.example.com"])]


class DomainPatch(Shape):
    """`primary`: whether the store calls itself by this name. In force while its DNS is in order."""

    primary: bool


class RecordOut(Shape):
    type: Literal["TXT", "CNAME", "A", "AAAA", "ALIAS"]
    name: str
    value: str


class StepOut(Shape):
    name: Literal["proof", "route", "certificate", "live"]
    done: bool
    since: Moment


class DomainOut(Shape):
    """`problem`: what the last look found amiss. `removed_at`: when it stops serving for want of its TXT record."""

    object: Literal["domain"] = "domain"
    id: str
    host: str
    name: str
    status: Literal["pending", "proven", "ended"]
    live: bool
    primary: bool
    primary_in_force: bool
    records: list[RecordOut]
    steps: list[StepOut]
    problem: str | None
    removed_at: Moment
    ended_because: str | None
    checked_at: Moment
    next_check_at: Moment
    created_at: str


class DomainList(Shape):
    data: list[DomainOut]


@blueprint.get("/domains")
@blueprint.output(DomainList)
@requires(Party.DISTRIBUTOR, "store:read")
def list_domains() -> DomainList:
    """The store's domains and attempts, oldest first, without those that ended."""
    with transaction(caller().scope()) as session:
        store = own_store(session)
        return DomainList(data=[_domain(store, row) for row in queries.list_domains(session, store_id=store.id)])


@blueprint.post("/domains")
@blueprint.input(DomainIn)
@blueprint.output(DomainOut, status_code=201)
@requires(Party.DISTRIBUTOR, "store:write")
def add_domain(json_data: DomainIn) -> ResponseReturnValue:
    """Begin an attempt. The answer says what to put into the DNS; its token is for this attempt only."""
    principal = caller()

    def effect(session: Session) -> DomainOut:
        store = own_store(session)
        return _domain(store, domains.add(session, store=store, host=json_data.host))

    return once(principal.scope(), principal.party_id, effect, key_required=False)


@blueprint.get("/domains/<domain_id>")
@blueprint.output(DomainOut)
@requires(Party.DISTRIBUTOR, "store:read")
def get_domain(domain_id: str) -> DomainOut:
    """One domain, with each step; an ended one too."""
    with transaction(caller().scope()) as session:
        return _domain(own_store(session), _own(session, domain_id))


@blueprint.patch("/domains/<domain_id>")
@blueprint.input(DomainPatch)
@blueprint.output(DomainOut)
@requires(Party.DISTRIBUTOR, "store:write")
def change_domain(domain_id: str, json_data: DomainPatch) -> DomainOut:
    """Make a proven domain the store's main address, or go back to the subdomain."""
    principal = caller()
    with transaction(principal.scope()) as session:
        row = domains.choose(
            session, tenant_id=principal.party_id, domain_id=parse_id("dom", domain_id), wanted=json_data.primary
        )
        return _domain(own_store(session), row)


@blueprint.post("/domains/<domain_id>/check")
@blueprint.output(DomainOut, status_code=202)
@requires(Party.DISTRIBUTOR, "store:write")
def check_domain(domain_id: str) -> DomainOut:
    """Have its DNS looked at within seconds; `checked_at` tells when that was done."""
    with transaction(caller().scope()) as session:
        row = _own(session, domain_id)
        domains.ask_check(session, row)
        return _domain(own_store(session), row)


@blueprint.delete("/domains/<domain_id>")
@blueprint.output({}, status_code=204)
@requires(Party.DISTRIBUTOR, "store:write")
def release_domain(domain_id: str) -> tuple[str, int]:
    """Give it up: it serves nothing from now on, and only a new proof brings it back."""
    principal = caller()
    with transaction(principal.scope()) as session:
        domains.release(session, tenant_id=principal.party_id, domain_id=parse_id("dom", domain_id))
    return "", 204


def _own(session: Session, domain_id: str) -> Domain:
    return queries.get_domain(session, tenant_id=caller().party_id, domain_id=parse_id("dom", domain_id))


def _domain(store: Store, row: Domain) -> DomainOut:
    https = runtime.current().settings.public_scheme == "https"
    shape = {
        "id": public_id("dom", row.id),
        "host": row.host,
        "name": rules.readable(row.host),
        "status": row.status,
        "live": is_live(row, https=https),
        "primary": row.wanted or False,
        "primary_in_force": store.primary_host == row.host,
        "records": [
            {"type": line.type, "name": line.name, "value": line.value} for line in domains.lines_of(store, row)
        ],
        "steps": [{"name": one.name, "done": one.done, "since": _time(one.at)} for one in steps(row, https=https)],
        "problem": row.problem,
        "removed_at": _time(removed_at(row)),
        "ended_because": row.ended_because,
        "checked_at": _time(row.checked_at),
        "next_check_at": _time(row.next_check_at),
        "created_at": rfc3339(row.created_at),
    }
    return DomainOut.model_validate(shape)


def _time(moment: datetime | None) -> Moment:
    return rfc3339(moment) if moment else None
