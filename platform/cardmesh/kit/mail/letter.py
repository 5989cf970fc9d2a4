"""A letter as RFC 5322 wants it. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr


@dataclass(frozen=True, slots=True)
class Letter:
    """`key` names the occasion (`order:<id>:delivered`): the same occasion has the same Message-ID, however often sent.

    `subject` never holds a secret: subjects show on lock screens and in logs.
    """

    to: str
    subject: str
    text: str
    html: str
    key: str
    locale: str = "zh-CN"


def compose(letter: Letter, *, sender: str, at: datetime) -> EmailMessage:
    """The message. Line breaks in an address or subject raise ValueError, so nobody can add a header."""
    message = EmailMessage(policy=SMTP)
    name, address = parseaddr(sender)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id(letter.key, address)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    message["Content-Language"] = letter.locale  # last: composing clears what starts with Content-
    return message


def message_id(key: str, sender: str) -> str:
    """The same for the same occasion, so that a mailbox recognises a letter that was sent twice."""
    domain = sender.rpartition("@")[2] or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"
