"""Send a letter by `SMTP_URL`: smtp://[user:password@]host[:port], smtps://…, or smtp+starttls://…"""

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from email.errors import MessageError
from urllib.parse import unquote, urlsplit

from ...settings import Settings
from .. import clock
from ..failpoints import reach
from .errors import MailRefused, MailUnavailable
from .letter import Letter, compose

TIMEOUT_SECONDS = 15.0
PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


def send(letter: Letter, settings: Settings) -> None:
    """Hand the letter to the mail server. Call outside any transaction. Raises MailUnavailable, MailRefused."""
    try:
        message = compose(letter, sender=settings.mail_from, at=clock.now())
    except (ValueError, MessageError) as error:
        raise MailRefused from error
    reach("mail.composed")
    try:
        with _connected(settings.smtp_url) as server:
            server.send_message(message)
            reach("mail.sent")
    except smtplib.SMTPRecipientsRefused as error:
        raise _refusal(code for code, _ in error.recipients.values()) from None
    except smtplib.SMTPResponseException as error:
        raise _refusal([error.smtp_code]) from None
    except (smtplib.SMTPException, OSError) as error:
        raise MailUnavailable from error


@contextlib.contextmanager
def _connected(url: str | None) -> Iterator[smtplib.SMTP]:
    parts = urlsplit(url or "")
    if parts.scheme not in PORTS or not parts.hostname:
        raise MailUnavailable
    host, port = parts.hostname, parts.port or PORTS[parts.scheme]
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    with server:
        if parts.scheme == "smtp+starttls":
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield server


def _refusal(codes: Iterator[int] | list[int]) -> MailRefused | MailUnavailable:
    """5xx is for good; anything else may go away. A login problem (530, 535) is ours to mend, not the address's."""
    found = list(codes)
    final = bool(found) and all(500 <= code < 600 and code not in (530, 535) for code in found)
    return MailRefused() if final else MailUnavailable()
