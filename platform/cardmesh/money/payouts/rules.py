"""Days, schedules and payees. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime

from ...kit.days import day_of, start_of
from ...kit.errors import FieldError, ValidationFailed
from ...kit.i18n import Text
from .models import Method, Schedule


@dataclass(frozen=True, slots=True)
class Payee:
    """Whose account it is, at which bank (empty for Alipay), and its number."""

    name: str
    bank: str
    account: str

    @property
    def hint(self) -> str:
        return f"…{self.account[-4:]}"


def cutoff(moment: datetime) -> datetime:
    """T+1: what was asked for before today may be paid today."""
    return start_of(day_of(moment))


def period(schedule: str, moment: datetime) -> str | None:
    """The name of the day, week or month for which a party is paid by itself; None when it asks by hand.

    One withdrawal bears each name, so a missed Monday is made up for on Tuesday and nothing is asked for twice.
    """
    day = day_of(moment)
    match schedule:
        case Schedule.DAILY:
            return day.isoformat()
        case Schedule.WEEKLY:
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02}"
        case Schedule.MONTHLY:
            return f"{day:%Y-%m}"
        case _:
            return None


def checked_payee(method: str, payee: Payee) -> Payee:
    """Raises ValidationFailed for a name, bank or number that no bank would take."""
    wrong = [
        *([] if 2 <= len(payee.name) <= 100 else [("payee_name", "name_invalid", "请填写户名", "Fill in the name")]),
        *([] if method != Method.BANK or 2 <= len(payee.bank) <= 100 else [("payee_bank", *_BANK)]),
        *([] if _ACCOUNT[Method(method)].fullmatch(payee.account) else [("payee_account", *_NUMBER)]),
    ]
    if wrong:
        raise ValidationFailed(errors=[FieldError(f"/{name}", code, Text(zh, en)) for name, code, zh, en in wrong])
    return payee


_BANK = ("bank_invalid", "请填写开户行", "Fill in the bank")
_NUMBER = ("account_invalid", "收款账号格式不正确", "This is not an account")
_ACCOUNT = {
    Method.BANK: re.compile(r"[0-9A-Z]{8,34}"),
    Method.ALIPAY: re.compile(r"1\d{10}|[^@\s]{1,64}@[^@\s]{1,100}"),
}
"""A card's or an IBAN's characters; a mobile number or an e-mail address."""
