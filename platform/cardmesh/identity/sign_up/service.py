"""Ask to be let in, prove the address, become a person.

Nobody learns whether an address is known here: asking does the same for every address, and the letter that follows says
what only its owner may know.
"""

import hmac
import uuid
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ...kit import clock
from ...kit.errors import NotFound
from ...kit.ids import new_id, parse_id, public_id
from ...kit.jobs import outbox
from ..errors import SignUpClosed
from ..models import Party, Person
from ..people import links
from ..people.service import check_email, create_person, find_person
from ..settings import service as settings
from .models import SignUp

LIFETIME = timedelta(days=1)
PARTIES = (Party.DISTRIBUTOR, Party.SUPPLIER)


def ask(session: Session, *, email: str, party: str, name: str, locale: str) -> None:
    """Remember the wish and promise a letter. Raises SignUpClosed, ValidationFailed for what is no address."""
    if not settings.read(session).sign_up:
        raise SignUpClosed
    row = {
        "id": new_id(),
        "email": check_email(email),
        "party": party,
        "name": name,
        "locale": locale,
        "expires_at": clock.now() + LIFETIME,
    }
    again = {key: row[key] for key in ("party", "name", "locale", "expires_at")}
    statement = insert(SignUp).values(row).on_conflict_do_update(index_elements=["email"], set_=again)
    _promise_letter(session, session.execute(statement.returning(SignUp.id)).scalar_one())


def resend(session: Session, email: str) -> None:
    """Another letter for a wish that is still open; nothing, and nothing told, without one."""
    found = session.scalar(select(SignUp.id).where(SignUp.email == email, SignUp.expires_at > clock.now()))
    _promise_letter(session, found or new_id())


def _promise_letter(session: Session, sign_up_id: uuid.UUID) -> None:
    outbox.send(session, "mail.sign_up", sign_up_id=sign_up_id, dedupe_key=f"mail.sign_up:{sign_up_id}")


def letter_facts(session: Session, sign_up_id: uuid.UUID) -> tuple[SignUp, Person | None] | None:
    """The open wish, and who has its address already; None when it was answered or is over."""
    row = session.get(SignUp, sign_up_id)
    if row is None or row.expires_at <= clock.now():
        return None
    return row, find_person(session, row.email)


def token(row: SignUp) -> str:
    """The token of the letter's link."""
    expires = int(row.expires_at.timestamp())
    return f"{public_id('sgn', row.id)}.{expires}.{_sign(row, expires)}"


def open_link(session: Session, token: str) -> SignUp:
    """The wish behind a link, locked. Raises NotFound for a forged, used or expired one."""
    name, _, rest = token.partition(".")
    stamp, _, signature = rest.partition(".")
    row, expires = session.get(SignUp, parse_id("sgn", name), with_for_update=True), links.moment(stamp)
    if row is None or expires <= clock.now().timestamp():
        raise NotFound
    if not hmac.compare_digest(_sign(row, expires).encode(), signature.encode()):
        raise NotFound
    return row


def complete(session: Session, row: SignUp, *, password: str) -> Person:
    """The person that the wish was about; its link is used up. Raises EmailTaken, PasswordTooWeak, SignUpClosed."""
    if not settings.read(session).sign_up:
        raise SignUpClosed
    person = create_person(session, email=row.email, password=password, name=row.name, locale=row.locale)
    session.delete(row)
    session.flush()
    return person


def forget_old(session: Session) -> None:
    """What strangers left behind and nobody answered is deleted a day after its link ended."""
    session.execute(delete(SignUp).where(SignUp.expires_at < clock.now() - LIFETIME))


def _sign(row: SignUp, expires: int) -> str:
    return links.sign(f"sign up|{row.id}|{row.email}|{expires}")
