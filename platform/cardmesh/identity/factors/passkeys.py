"""Passkeys (WebAuthn): a device signs our challenge with a key that never leaves it.

A challenge is kept here and deleted by the first answer to it, so that an answer that was overheard is worth nothing.
The device checks its holder (PIN, fingerprint): a passkey is two factors by itself, and signs in without a password.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ...kit import clock, runtime
from ...kit.errors import NotFound
from ..errors import WrongCode
from ..models import Person
from .models import Passkey, PasskeyChallenge

_MALFORMED = (WebAuthnException, ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""What the library's parsers raise for what is no answer of a device."""
PATIENCE = timedelta(minutes=5)
MOST = 10


def list_passkeys(session: Session, person_id: uuid.UUID) -> Sequence[Passkey]:
    query = select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.created_at)
    return session.scalars(query).all()


def ask_to_make(session: Session, person: Person) -> str:
    """Options for the browser's `navigator.credentials.create`, as JSON."""
    known = list_passkeys(session, person.id)
    options = generate_registration_options(
        rp_id=runtime.current().settings.base_host,
        rp_name="Cardmesh",
        user_id=person.id.bytes,
        user_name=person.email,
        user_display_name=person.name or person.email,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
    )
    _remember(session, options.challenge, person.id)
    return options_to_json(options)


def make(session: Session, person_id: uuid.UUID, answer: str, name: str) -> Passkey:
    """Keep the passkey that a device made. Raises WrongCode for what does not answer our question."""
    settings = runtime.current().settings
    try:
        client_data = parse_registration_credential_json(answer).response.client_data_json
        made = verify_registration_response(
            credential=answer,
            expected_challenge=_recall(session, client_data, person_id),
            expected_rp_id=settings.base_host,
            expected_origin=settings.public_url,
            require_user_verification=True,
        )
    except _MALFORMED as error:
        raise WrongCode from error
    if len(list_passkeys(session, person_id)) >= MOST or session.get(Passkey, made.credential_id) is not None:
        raise WrongCode
    row = Passkey(
        credential_id=made.credential_id,
        person_id=person_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
    )
    session.add(row)
    session.flush()
    return row


def ask_to_sign(session: Session, person_id: uuid.UUID | None = None) -> str:
    """Options for `navigator.credentials.get`, as JSON; of whoever answers when no person is given."""
    known = list_passkeys(session, person_id) if person_id else []
    options = generate_authentication_options(
        rp_id=runtime.current().settings.base_host,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    _remember(session, options.challenge, person_id)
    return options_to_json(options)


def check(session: Session, answer: str, person_id: uuid.UUID | None = None) -> uuid.UUID:
    """Whose passkey signed our challenge. Raises WrongCode, also for another person's than `person_id`'s."""
    settings = runtime.current().settings
    try:
        parsed = parse_authentication_credential_json(answer)
        challenge = _recall(session, parsed.response.client_data_json, person_id)
        row = session.get(Passkey, parsed.raw_id, with_for_update=True)
        if row is None or (person_id is not None and row.person_id != person_id):
            raise WrongCode
        seen = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=settings.base_host,
            expected_origin=settings.public_url,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except _MALFORMED as error:
        raise WrongCode from error
    row.sign_count, row.last_used_at = seen.new_sign_count, clock.now()
    session.flush()
    return row.person_id


def remove(session: Session, person_id: uuid.UUID, fingerprint: str) -> None:
    """`fingerprint` is the credential's id in hex. Raises NotFound."""
    for row in list_passkeys(session, person_id):
        if row.credential_id.hex() == fingerprint:
            session.delete(row)
            session.flush()
            return
    raise NotFound


def forget_old(session: Session) -> None:
    """Challenges that nobody answered."""
    session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < clock.now()))


def _remember(session: Session, challenge: bytes, person_id: uuid.UUID | None) -> None:
    session.add(PasskeyChallenge(challenge=challenge, person_id=person_id, expires_at=clock.now() + PATIENCE))
    session.flush()


def _recall(session: Session, client_data: bytes, person_id: uuid.UUID | None) -> bytes:
    """The challenge that is answered, which no one can answer again. Raises WrongCode."""
    challenge = parse_client_data_json(client_data).challenge
    asked = (
        PasskeyChallenge.challenge == challenge,
        PasskeyChallenge.expires_at > clock.now(),
        PasskeyChallenge.person_id.is_not_distinct_from(person_id),
    )
    if not session.execute(delete(PasskeyChallenge).where(*asked).returning(PasskeyChallenge.challenge)).all():
        raise WrongCode
    return challenge
