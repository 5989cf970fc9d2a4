"""The card form: what was typed, checked field by field before anything is tried."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from ..cards import well_formed
from ..resources.session_rules import EMAIL

EXPIRY = re.compile(r"^\s*(\d{1,2})\s*[/\-. ]?\s*(\d{2}|\d{4})\s*$")


@dataclass(frozen=True)
class CardForm:
    """`errors` maps a field to the key of its text; month and year are 0 when unreadable."""

    email: str
    number: str
    expiry: str
    cvc: str
    name: str

    @property
    def month_and_year(self) -> tuple[int, int]:
        found = EXPIRY.match(self.expiry)
        if not found:
            return 0, 0
        year = int(found[2])
        return int(found[1]), year if year > 99 else 2000 + year

    def errors(self, now: datetime | None = None) -> dict[str, str]:
        today = now or datetime.now(UTC)
        month, year = self.month_and_year
        checks = {
            "email": EMAIL.match(self.email) is not None,
            "number": well_formed(self.number),
            "expiry": 1 <= month <= 12 and (today.year, today.month) <= (year, month) < (today.year + 50, 1),
            "cvc": self.cvc.isdigit() and len(self.cvc) in (3, 4),
        }
        return {field: f"bad_{field}" for field, good in checks.items() if not good}


def read(form: dict[str, str]) -> CardForm:
    clean = {name: form.get(name, "").strip()[:200] for name in ("email", "number", "expiry", "cvc", "name")}
    return CardForm(**{**clean, "number": re.sub(r"[\s-]", "", clean["number"])})
