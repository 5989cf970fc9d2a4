"""How a buyer can be reached, in one spelling, so that the same person is found again."""

import re
from dataclasses import dataclass

from ...kit.errors import invalid

_EMAIL = re.compile(
    r"[^@\s\x00-\x1f\"<>(),;:\\\[\]]{1,64}@[^@\s.\x00-\x1f\"<>(),;:\\\[\]]+(\.[^@\s.\x00-\x1f\"<>(),;:\\\[\]]+)+"
)
_PHONE = re.compile(r"\+?[0-9]{5,15}")
LONGEST = 254


@dataclass(frozen=True, slots=True)
class Contact:
    """`kind` is email or phone; `value` is normalised."""

    kind: str
    value: str


def email(value: str) -> Contact:
    """Raises ValidationFailed."""
    tidy = value.strip().lower()
    if len(tidy) > LONGEST or not _EMAIL.fullmatch(tidy):
        raise invalid("/contact/email", "email_invalid", "邮箱格式不正确", "This is not an e-mail address")
    return Contact("email", tidy)


def phone(value: str) -> Contact:
    """Chinese numbers lose their country code, so that 138… and +86 138… are one. Raises ValidationFailed."""
    tidy = re.sub(r"[\s\-().]", "", value)
    if not _PHONE.fullmatch(tidy):
        raise invalid("/contact/phone", "phone_invalid", "手机号格式不正确", "This is not a phone number")
    return Contact("phone", tidy.removeprefix("+86"))


def parse(*, email_address: str | None = None, phone_number: str | None = None) -> Contact:
    """The one of both that was given. Raises ValidationFailed for none or two."""
    if bool(email_address) == bool(phone_number):
        raise invalid("/contact", "contact_required", "请填写邮箱或手机号", "Give an e-mail address or a phone number")
    return email(email_address) if email_address else phone(phone_number or "")


def guess(value: str) -> str:
    """What a buyer typed into the lookup form, in the spelling we store; nothing that is stored for nonsense."""
    tidy = value.strip().lower()
    return tidy if "@" in tidy else re.sub(r"[\s\-().]", "", tidy).removeprefix("+86")
