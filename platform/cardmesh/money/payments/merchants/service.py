"""Connect an account at a gateway, test it, let it collect, retire it.

`connect` and `check` call the gateway: they open their own transactions and are called outside any. The others take
the session of the account's owner: a tenant's, or the platform's.
"""

import uuid
from collections.abc import Mapping

from sqlalchemy.orm import Session

from ....identity.audit import service as audit
from ....kit import clock, runtime
from ....kit.db import transaction
from ....kit.errors import FieldError, NotFound, ValidationFailed
from ....kit.i18n import Text
from ....kit.ids import new_id
from ....kit.tenancy import Scope
from ...models import PLATFORM_OWNER
from .. import channels, sealing
from ..errors import AnswerUnsigned, GatewayRefused, LastMerchant, MerchantRefused, MerchantUntested
from ..gateways.base import Gateway
from ..gateways.registry import KINDS, build
from ..gateways.stripe import StripeGateway
from ..models import Merchant, MerchantStatus
from ..rules import channel
from . import queries

MOST_CHARACTERS = 8_000
UNSIGNED = "answer_signature"


def connect(scope: Scope, *, owner_id: uuid.UUID, gateway: str, fields: Mapping[str, str]) -> Merchant:
    """Try the credentials, then keep them, sealed; connected again, the account gets the new ones. It is `ready`.

    For Stripe the address of its messages is registered on the way, unless a signing secret is given. Audited. Raises
    NotFound (no such gateway), ValidationFailed, MerchantRefused, GatewayUnavailable; then nothing is kept.
    """
    public, secret = _parsed(gateway, fields)
    settings = runtime.current().settings
    account = _account(build(gateway, settings, public=public, secret=secret, hook=""), public)
    with transaction(scope) as session:
        known = next((row for row in queries.of_owner(session, owner_id) if _is(row, gateway, account)), None)
        kept = sealing.opened(session, known) if known else {}
    merchant_id = known.id if known else new_id()
    if gateway == "stripe" and "webhook_secret" not in secret:
        secret["webhook_secret"] = kept.get("webhook_secret") or _webhook(secret["secret_key"], merchant_id)
    made = build(gateway, settings, public=public, secret=secret, hook="")
    with transaction(scope) as session:
        sealed, version = sealing.seal(session, owner_id=owner_id, merchant_id=merchant_id, secret=secret)
        row = session.get(Merchant, merchant_id, with_for_update=True, populate_existing=True)
        row = row or Merchant(id=merchant_id, owner_id=owner_id, gateway=gateway, account=account)
        row.public, row.livemode, row.problem = public, made.livemode, ""
        row.sealed, row.key_version = sealed, version
        row.checked_at = row.changed_at = clock.now()
        row.status = row.status if row.status == MerchantStatus.ACTIVE else MerchantStatus.READY
        session.add(row)
        session.flush()
        _record(session, row, "connected")
    return row


def check(scope: Scope, *, owner_id: uuid.UUID, merchant_id: uuid.UUID) -> str:
    """Ask the gateway with the kept keys; the code of its refusal, empty when all is well. Raises as `connect`."""
    with transaction(scope) as session:
        row = _own(session, owner_id, merchant_id)
    problem = ""
    try:
        channels.gateway(channel(row.gateway, row.id)).check()
    except AnswerUnsigned:
        problem = UNSIGNED
    except GatewayRefused as error:
        problem = str(error.params.get("reason"))
    with transaction(scope) as session:
        row = _own(session, owner_id, merchant_id)
        row.problem, row.checked_at = problem, clock.now()
    return problem


def activate(session: Session, *, owner_id: uuid.UUID, merchant_id: uuid.UUID) -> Merchant:
    """From now on payments go to this account. A tenant collects itself then. Raises NotFound, MerchantUntested."""
    row = _locked(session, owner_id, merchant_id)
    if row.problem or row.status == MerchantStatus.RETIRED:
        raise MerchantUntested
    row.status = MerchantStatus.ACTIVE
    session.flush()
    _record(session, row, "activated")
    return row


def let_platform_collect(session: Session, *, tenant_id: uuid.UUID) -> None:
    """None of the tenant's accounts takes payments any more; what was begun is finished where it began."""
    for row in queries.lock_all(session, tenant_id):
        if row.status == MerchantStatus.ACTIVE:
            row.status = MerchantStatus.READY
            _record(session, row, "paused")
    session.flush()


def pause(session: Session, *, owner_id: uuid.UUID, merchant_id: uuid.UUID) -> Merchant:
    """It takes no new payments. Raises NotFound, LastMerchant: a tenant's last one ends by `let_platform_collect`."""
    return _stop(session, owner_id, merchant_id, MerchantStatus.READY, "paused")


def retire(session: Session, *, owner_id: uuid.UUID, merchant_id: uuid.UUID) -> Merchant:
    """Disconnected: its keys serve refunds and late messages of what it took, nothing else. Raises as `pause`."""
    return _stop(session, owner_id, merchant_id, MerchantStatus.RETIRED, "retired")


def _stop(session: Session, owner_id: uuid.UUID, merchant_id: uuid.UUID, status: MerchantStatus, step: str) -> Merchant:
    row = _locked(session, owner_id, merchant_id)
    active = [one.id for one in queries.lock_all(session, owner_id) if one.status == MerchantStatus.ACTIVE]
    if active == [row.id] and owner_id != PLATFORM_OWNER:
        raise LastMerchant
    row.status = status
    session.flush()
    _record(session, row, step)
    return row


def _parsed(gateway: str, fields: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """(public, secret), without what was left empty. Raises NotFound, ValidationFailed."""
    kind = KINDS.get(gateway)
    if kind is None:
        raise NotFound
    given = {name: fields.get(name, "").replace("\x00", "").strip() for name in (*kind.public, *kind.secret)}
    missing = [name for name, value in given.items() if not value and name not in kind.optional]
    long = [name for name, value in given.items() if len(value) > MOST_CHARACTERS]
    if missing or long:
        text = Text("请填写此项", "Fill this in"), Text("内容过长", "This is too long")
        raise ValidationFailed(
            errors=[FieldError(f"/{name}", "missing", text[0]) for name in missing]
            + [FieldError(f"/{name}", "string_too_long", text[1]) for name in long]
        )
    kept = {name: value for name, value in given.items() if value}
    return {n: kept[n] for n in kind.public if n in kept}, {n: kept[n] for n in kind.secret if n in kept}


def _account(client: Gateway, public: Mapping[str, str]) -> str:
    """The account's public name, once it has answered. Raises MerchantRefused, GatewayUnavailable."""
    try:
        client.check()
        return client.own_account() if isinstance(client, StripeGateway) else client.account
    except AnswerUnsigned as error:
        raise MerchantRefused(reason=UNSIGNED) from error
    except GatewayRefused as error:
        raise MerchantRefused(reason=str(error.params.get("reason"))) from error


def _webhook(secret_key: str, merchant_id: uuid.UUID) -> str:
    settings = runtime.current().settings
    client = StripeGateway(secret_key=secret_key, webhook_secret=None, api_base=settings.stripe_api_base)
    try:
        return client.add_webhook(channels.hook_url(channel("stripe", merchant_id)))
    except GatewayRefused as error:
        raise MerchantRefused(reason=str(error.params.get("reason"))) from error


def _is(row: Merchant, gateway: str, account: str) -> bool:
    return (row.gateway, row.account) == (gateway, account)


def _own(session: Session, owner_id: uuid.UUID, merchant_id: uuid.UUID) -> Merchant:
    row = session.get(Merchant, merchant_id)
    if row is None or row.owner_id != owner_id:
        raise NotFound
    return row


def _locked(session: Session, owner_id: uuid.UUID, merchant_id: uuid.UUID) -> Merchant:
    rows = {row.id: row for row in queries.lock_all(session, owner_id)}
    if merchant_id not in rows:
        raise NotFound
    return rows[merchant_id]


def _record(session: Session, row: Merchant, step: str) -> None:
    audit.record(
        session,
        party_id=row.owner_id,
        action=f"merchant.{step}",
        subject="merchant",
        subject_id=row.id,
        details={"gateway": row.gateway, "account": row.account},
    )
