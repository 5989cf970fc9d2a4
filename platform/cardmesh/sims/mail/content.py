"""What a message says: its text, its HTML made safe to frame, its attachments."""

import re
from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart

from markupsafe import Markup, escape

# Chinese punctuation ends an address, and so does a full stop that ends the sentence.
STOPS = "\u3002\uff0c\u3001\uff1b\uff1a\uff01\uff1f\uff09\u3011\u300b\u300d"
URL = re.compile(rf"https?://[^\s<>\"'{STOPS}]+[^\s<>\"'.,;:!?)\]}}{STOPS}]")


@dataclass(frozen=True)
class Attachment:
    name: str
    type: str
    content: bytes


def part(message: EmailMessage, kind: str) -> str | None:
    """The text or html body, or None."""
    found = message.get_body(preferencelist=(kind,))
    return _decoded(found) if found else None


def attachments(message: EmailMessage) -> list[Attachment]:
    return [
        Attachment(found.get_filename() or f"part-{place}", found.get_content_type(), _bytes(found))
        for place, found in enumerate(message.iter_attachments(), start=1)
    ]


def linked(text: str) -> Markup:
    """Plain text as HTML: escaped, with its web addresses as links."""
    pieces, end = [], 0
    for found in URL.finditer(text):
        url = escape(found[0])
        pieces += [escape(text[end : found.start()]), Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(url)]
        end = found.end()
    return Markup("").join([*pieces, escape(text[end:])])


def _decoded(found: MIMEPart) -> str:
    try:
        return str(found.get_content())
    except (LookupError, UnicodeError):  # an unknown or wrongly declared charset
        return _bytes(found).decode("utf-8", "replace")


def _bytes(found: MIMEPart) -> bytes:
    payload = found.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else str(found).encode()
