"""Read a wallet, credit it by hand, page through its statement."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from ...identity.audit.service import record
from ...kit.errors import NotFound, invalid
from ...kit.ids import parse_id, public_id
from ...kit.money import MAX_MINOR, Money
from ..ledger.service import Entry, Leg, balances, post_many
from ..models import PLATFORM_OWNER, AccountKind
from .queries import STATEMENT
from .rules import Balances, StatementLine, StatementPage


def wallet(session: Session, *, owner_id: uuid.UUID) -> list[Balances]:
    """One row per currency the owner ever had, in order of the currency."""
    owned = balances(session, owner_id=owner_id)
    return [Balances.of(currency, kinds) for currency, kinds in sorted(owned.items())]


def credit(session: Session, *, owner_id: uuid.UUID, amount: Money, reason: str, key: str) -> uuid.UUID:
    """The operator gives `amount`: ADJUSTMENT → AVAILABLE. Platform scope; audited once per `key`; returns the entry.

    Raises ValidationFailed, LedgerConflict.
    """
    if not 0 < amount.minor <= MAX_MINOR:
        raise invalid("/amount", "amount_invalid", "金额须大于零", "The amount must be above zero")
    if not reason.strip():
        raise invalid("/reason", "reason_missing", "请说明原因", "Say why")
    legs = [
        Leg(PLATFORM_OWNER, AccountKind.ADJUSTMENT, amount.minor, amount.currency),
        Leg(owner_id, AccountKind.AVAILABLE, -amount.minor, amount.currency),
    ]
    entry = Entry(key=f"credit:{key}", kind="credit", legs=legs, reference=reason.strip())
    (posted,) = post_many(session, [entry])
    if posted.fresh:
        record(
            session,
            party_id=owner_id,
            action="wallet.credited",
            subject="journal_entry",
            subject_id=posted.entry_id,
            details=amount.to_json(),
            reason=reason,
        )
    return posted.entry_id


def statement(
    session: Session,
    *,
    owner_id: uuid.UUID,
    currency: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> StatementPage:
    """Movements of a wallet, newest first, each with the balance after it; `after` is a page's `next_cursor`.

    Raises NotFound for a cursor that is none.
    """
    entry_id, entry_currency = _parse_cursor(after)
    values = {
        "owner_id": owner_id,
        "currency": currency,
        "entry_id": entry_id,
        "entry_currency": entry_currency,
        "limit": limit + 1,
    }
    rows = session.execute(STATEMENT, values).all()
    lines = list(_run_down([StatementLine(**row._mapping) for row in rows]))[:limit]
    has_more = len(rows) > limit
    return StatementPage(lines, has_more, _cursor(lines[-1]) if has_more else None)


def _run_down(lines: Sequence[StatementLine]) -> Iterator[StatementLine]:
    """Each line comes with the balances at the top of the page; take off what the lines above it did."""
    above: dict[str, tuple[int, int]] = {}
    for line in lines:
        amount, available = above.get(line.currency, (0, 0))
        yield replace(
            line,
            balance_minor=line.balance_minor - amount,
            available_balance_minor=line.available_balance_minor - available,
        )
        above[line.currency] = (amount + line.amount_minor, available + line.available_minor)


def _cursor(line: StatementLine) -> str:
    return f"{public_id('led', line.entry_id)}.{line.currency}"


def _parse_cursor(after: str | None) -> tuple[uuid.UUID | None, str | None]:
    if after is None:
        return None, None
    entry, _, currency = after.partition(".")
    if len(currency) != 3:
        raise NotFound
    return parse_id("led", entry), currency
