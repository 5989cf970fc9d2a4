"""Wallets, statements and withdrawals: the same for suppliers and distributors."""

from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from ...identity.models import Party
from ...kit.clock import rfc3339
from ...kit.db import transaction
from ...kit.ids import public_id
from ...money.models import Withdrawal
from ...money.wallets import service as wallets
from ...money.wallets.rules import StatementLine
from ...money.withdrawals import service as withdrawals
from .idempotent import once
from .lists import ListOf, each, listed
from .payout_terms import add_payout_terms
from .principal import caller, requires
from .schema import CurrencyCode, Money, Paging, Price, Query, Shape
from .statements import statement_of
from .tables import files

STATEMENT = statement_of(lambda: caller().party_id)


class BalanceOut(Shape):
    """Minor units. `pending` becomes available when the hold ends; a negative `available` is carried forward."""

    currency: str
    available: int
    pending: int
    held: int
    in_transit: int


class WalletOut(Shape):
    object: Literal["wallet"] = "wallet"
    balances: list[BalanceOut]


class StatementQuery(Query):
    format: Literal["json", "csv", "xlsx"] = "json"
    currency: CurrencyCode | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    after: Annotated[str | None, Field(max_length=120)] = None


class StatementLineOut(Shape):
    object: Literal["statement_line"] = "statement_line"
    id: str
    at: str
    kind: str
    reference: str
    amount: Money
    available: Money
    pending: Money
    balance: Money


class StatementOut(ListOf[StatementLineOut]):
    pass


class WithdrawalIn(Shape):
    amount: Price
    note: Annotated[str, Field(max_length=500)] = ""


class WithdrawalOut(Shape):
    object: Literal["withdrawal"] = "withdrawal"
    id: str
    amount: Money
    status: str
    note: str
    created_at: str
    decided_at: str | None


class WithdrawalList(ListOf[WithdrawalOut]):
    pass


def add_routes(blueprint: APIBlueprint, party: Party) -> None:
    """`/wallet`, `/statements`, `/withdrawals` and `/payout-terms` for keys of `party`."""
    _add_wallet(blueprint, party)
    _add_statements(blueprint, party)
    _add_withdrawals(blueprint, party)
    add_payout_terms(blueprint, party)


def _add_wallet(blueprint: APIBlueprint, party: Party) -> None:
    @blueprint.get("/wallet")
    @blueprint.output(WalletOut)
    @requires(party, "wallet:read")
    def wallet() -> WalletOut:
        """What the platform owes the caller, per currency and state."""
        with transaction(caller().scope()) as session:
            rows = wallets.wallet(session, owner_id=caller().party_id)
        shown = [
            BalanceOut(
                currency=row.currency,
                available=row.available,
                pending=row.pending,
                held=row.held,
                in_transit=row.in_transit,
            )
            for row in rows
        ]
        return WalletOut(balances=shown)


def _add_statements(blueprint: APIBlueprint, party: Party) -> None:
    @blueprint.get("/statements")
    @blueprint.input(StatementQuery, location="query")
    @blueprint.output(StatementOut)
    @requires(party, "wallet:read")
    def statements(query_data: StatementQuery) -> ResponseReturnValue:
        """Every movement of the wallet, newest first, as JSON, CSV or XLSX (files hold all lines)."""
        with transaction(caller().scope()) as session:
            if query_data.format != "json":
                return files.answer(session, STATEMENT, query_data.format)
            page = wallets.statement(
                session,
                owner_id=caller().party_id,
                currency=query_data.currency,
                after=query_data.after,
                limit=query_data.limit,
            )
        answer = StatementOut(
            data=[_line(line) for line in page.lines], has_more=page.has_more, next_cursor=page.next_cursor
        )
        return answer.model_dump(mode="json")


def _add_withdrawals(blueprint: APIBlueprint, party: Party) -> None:
    @blueprint.post("/withdrawals")
    @blueprint.input(WithdrawalIn)
    @blueprint.output(WithdrawalOut, status_code=201)
    @requires(party, "withdrawals:write")
    def withdraw(json_data: WithdrawalIn) -> ResponseReturnValue:
        """Ask to be paid from the available balance."""
        principal = caller()

        def effect(session: Session) -> WithdrawalOut:
            row = withdrawals.request(
                session,
                party=party,
                owner_id=principal.party_id,
                amount=json_data.amount.to_kit(),
                note=json_data.note,
            )
            return withdrawal_shape(row)

        return once(principal.scope(), principal.party_id, effect)

    @blueprint.get("/withdrawals")
    @blueprint.input(Paging, location="query")
    @blueprint.output(WithdrawalList)
    @requires(party, "wallet:read")
    def list_withdrawals(query_data: Paging) -> ResponseReturnValue:
        """Own withdrawals, newest first."""
        with transaction(caller().scope()) as session:
            mine = select(Withdrawal).where(Withdrawal.owner_id == caller().party_id)
            return listed(session, mine, Withdrawal.id, "wdr", query_data, each(withdrawal_shape))


def withdrawal_shape(row: Withdrawal) -> WithdrawalOut:
    return WithdrawalOut(
        id=public_id("wdr", row.id),
        amount=Money.of(row.amount_minor, row.currency),
        status=row.status,
        note=row.note,
        created_at=rfc3339(row.created_at),
        decided_at=rfc3339(row.decided_at) if row.decided_at else None,
    )


def _line(line: StatementLine) -> StatementLineOut:
    money = Money.of
    return StatementLineOut(
        id=public_id("led", line.entry_id),
        at=rfc3339(line.at),
        kind=line.kind,
        reference=line.reference,
        amount=money(line.amount_minor, line.currency),
        available=money(line.available_minor, line.currency),
        pending=money(line.pending_minor, line.currency),
        balance=money(line.balance_minor, line.currency),
    )
