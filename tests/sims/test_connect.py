"""Connected accounts, transfers, payouts: money leaves only where it is, and both sides are booked."""

from typing import Any

import pytest
import stripe

from cardmesh.sims.stripe import running_sim
from tests.sims.desk import KEY, client, control, item, new_session, pay, visit
from tests.sims.test_refunds import eventually

OTHER_KEY = "sk_test_51AnotherPlatform"


def onboarded(api: stripe.StripeClient, **more: Any) -> stripe.Account:
    asked: Any = {"type": "express", "capabilities": {"transfers": {"requested": True}}, **more}
    account = api.v1.accounts.create(asked)
    link = new_link(api, account)
    assert visit(link.url).status == 200
    assert visit(link.url, {}).location == "http://a.localhost/done"
    return api.v1.accounts.retrieve(account.id)


def new_link(api: stripe.StripeClient, account: stripe.Account) -> stripe.AccountLink:
    where: Any = {"refresh_url": "http://a.localhost/again", "return_url": "http://a.localhost/done"}
    return api.v1.account_links.create(where | {"account": account.id, "type": "account_onboarding"})


def funds(api: stripe.StripeClient, account: str | None = None, currency: str = "cny") -> tuple[int, int]:
    """(available, pending)"""
    balance = api.v1.balance.retrieve(None, {"stripe_account": account} if account else None)
    parts = [[p.amount for p in side if p.currency == currency] for side in (balance.available, balance.pending)]
    return sum(parts[0]), sum(parts[1])


def earn(url: str, api: stripe.StripeClient, amount: int = 100_000) -> stripe.Charge:
    pay(new_session(api, line_items=[item(amount)]))
    control(url, "/settle")
    return api.v1.charges.list({"limit": 1}).data[0]


def test_an_account_can_be_paid_only_after_onboarding(url: str, api: stripe.StripeClient) -> None:
    account: Any = api.v1.accounts.create({"type": "express", "capabilities": {"transfers": {"requested": True}}})
    assert not account.payouts_enabled and "external_account" in account.requirements.currently_due
    earn(url, api)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.transfers.create({"amount": 100, "currency": "cny", "destination": account.id})
    assert refused.value.code == "insufficient_capabilities_for_transfer"
    done: Any = onboarded(api)
    assert done.payouts_enabled and done.capabilities.transfers == "active"
    assert done.requirements.currently_due == []
    told: Any = api.v1.events.list({"type": "account.updated"}, {"stripe_account": done.id}).data[0]
    assert told.account == done.id and told.data.previous_attributes["payouts_enabled"] is False


def test_details_by_the_api_complete_an_account_too(api: stripe.StripeClient) -> None:
    details: Any = {
        "type": "custom", "business_type": "company", "external_account": "btok_us_verified",
        "tos_acceptance": {"date": 1, "ip": "127.0.0.1"}, "capabilities": {"transfers": {"requested": True}},
    }  # fmt: skip
    account: Any = api.v1.accounts.create(details)
    assert account.payouts_enabled and account.external_accounts.data[0].last4 == "6789"


def test_payouts_by_hand_are_a_setting_of_the_account(api: stripe.StripeClient) -> None:
    by_hand: Any = {"payouts": {"schedule": {"interval": "manual"}}}
    account: Any = api.v1.accounts.create({"type": "express", "settings": by_hand})
    assert account.settings.payouts.schedule.interval == "manual"
    assert api.v1.accounts.create({"type": "express"}).settings.payouts.schedule.interval == "daily"  # pyright: ignore[reportOptionalMemberAccess]
    odd: Any = {"payouts": {"schedule": {"interval": "hourly"}}}
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.accounts.update(account.id, {"settings": odd})


def test_an_expired_link_leads_back(url: str, api: stripe.StripeClient) -> None:
    account = api.v1.accounts.create({"type": "express"})
    link = new_link(api, account)
    control(url, "/clock", {"advance_seconds": 301})
    assert visit(link.url).location == "http://a.localhost/again"


def test_a_transfer_moves_available_money_once(url: str, api: stripe.StripeClient) -> None:
    account = onboarded(api)
    earn(url, api)
    before = funds(api)
    transfer = api.v1.transfers.create(
        {"amount": 40_000, "currency": "cny", "destination": account.id, "transfer_group": "A1"}
    )
    assert funds(api) == (before[0] - 40_000, before[1]) and funds(api, account.id) == (40_000, 0)
    payment = api.v1.charges.retrieve(str(transfer.destination_payment), None, {"stripe_account": account.id})
    assert (payment.amount, payment.source_transfer) == (40_000, transfer.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.transfers.create({"amount": before[0], "currency": "cny", "destination": account.id})
    assert refused.value.code == "balance_insufficient"
    assert [t.id for t in api.v1.transfers.list({"transfer_group": "A1"}).data] == [transfer.id]


def test_reversals_bring_it_back_and_no_more(url: str, api: stripe.StripeClient) -> None:
    account = onboarded(api)
    earn(url, api)
    before = funds(api)
    transfer = api.v1.transfers.create({"amount": 1000, "currency": "cny", "destination": account.id})
    api.v1.transfers.reversals.create(transfer.id, {"amount": 400})
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.transfers.reversals.create(transfer.id, {"amount": 601})
    api.v1.transfers.reversals.create(transfer.id)
    done = api.v1.transfers.retrieve(transfer.id)
    assert (done.amount_reversed, done.reversed, len(done.reversals.data)) == (1000, True, 2)
    assert funds(api) == before and funds(api, account.id) == (0, 0)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.transfers.reversals.create(transfer.id)
    assert refused.value.code == "transfer_already_reversed"


def test_a_pending_charge_feeds_its_transfers_up_to_its_amount(api: stripe.StripeClient) -> None:
    account = onboarded(api)
    pay(new_session(api, line_items=[item(1000)]))
    charge = api.v1.charges.list().data[0]
    send: Any = {"currency": "cny", "destination": account.id, "source_transaction": charge.id}
    api.v1.transfers.create(send | {"amount": 700})
    with pytest.raises(stripe.InvalidRequestError, match="may not exceed"):
        api.v1.transfers.create(send | {"amount": 301})
    api.v1.transfers.create(send | {"amount": 300})
    assert funds(api, account.id) == (0, 1000)


def test_a_session_may_send_the_share_itself_and_a_refund_take_it_back(url: str, api: stripe.StripeClient) -> None:
    account = onboarded(api)
    pay(new_session(api, line_items=[item(1000)], payment_intent_data={
        "transfer_data": {"destination": account.id, "amount": 800}}))  # fmt: skip
    transfer = api.v1.transfers.list().data[0]
    assert (transfer.amount, transfer.destination) == (800, account.id)
    charge = api.v1.charges.list().data[0]
    refund = api.v1.refunds.create({"charge": charge.id, "amount": 500, "reverse_transfer": True})
    assert refund.transfer_reversal and api.v1.transfers.retrieve(transfer.id).amount_reversed == 400


def test_payouts_leave_the_available_balance_and_may_come_back(url: str, api: stripe.StripeClient) -> None:
    bank: Any = {"object": "bank_account", "country": "US", "currency": "cny", "account_number": "000111111116"}
    details: Any = {"type": "custom", "business_type": "company", "external_account": bank,
                    "tos_acceptance": {"date": 1, "ip": "127.0.0.1"},
                    "capabilities": {"transfers": {"requested": True}}}  # fmt: skip
    account = api.v1.accounts.create(details)
    earn(url, api)
    api.v1.transfers.create({"amount": 5000, "currency": "cny", "destination": account.id})
    there: Any = {"stripe_account": account.id}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.payouts.create({"amount": 5001, "currency": "cny"}, there)
    assert refused.value.code == "balance_insufficient"
    sent = api.v1.payouts.create({"amount": 5000, "currency": "cny"}, there)
    eventually(lambda: api.v1.payouts.retrieve(sent.id, None, there).status == "failed")
    assert api.v1.payouts.retrieve(sent.id, None, there).failure_code == "no_account"
    assert funds(api, account.id) == (5000, 0)
    good = api.v1.payouts.create({"amount": 700, "currency": "cny"})
    eventually(lambda: api.v1.payouts.retrieve(good.id).status == "paid")
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.payouts.cancel(good.id)


def test_accounts_see_only_their_own() -> None:
    with running_sim(api_keys=(KEY, OTHER_KEY)) as url:
        mine, theirs = client(url), client(url, OTHER_KEY)
        session, account = new_session(mine), mine.v1.accounts.create({"type": "express"})
        for call in (lambda: theirs.v1.checkout.sessions.retrieve(session.id),
                     lambda: theirs.v1.checkout.sessions.expire(session.id)):  # fmt: skip
            with pytest.raises(stripe.InvalidRequestError) as refused:
                call()
            assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
        with pytest.raises(stripe.PermissionError) as denied:
            theirs.v1.balance.retrieve(None, {"stripe_account": account.id})
        problem: Any = denied.value.json_body  # the library does not hand on the code of a 403
        assert problem["error"]["code"] == "account_invalid"
        assert theirs.v1.checkout.sessions.list().data == [] and theirs.v1.accounts.list().data == []


def test_the_key_decides_the_mode_and_unknown_keys_are_401() -> None:
    live = KEY.replace("_test_", "_live_")
    with running_sim(api_keys=(KEY, live)) as url:
        real, test = client(url, live), client(url)
        session = new_session(real)
        assert session.livemode and session.id.startswith("cs_live_")
        with pytest.raises(stripe.InvalidRequestError):
            test.v1.checkout.sessions.retrieve(session.id)
        assert real.v1.accounts.retrieve_current().id == test.v1.accounts.retrieve_current().id
        for key in ("sk_test_wrong_and_long_enough", "pk_test_x"):
            with pytest.raises(stripe.AuthenticationError) as refused:
                client(url, key).v1.balance.retrieve()
            assert refused.value.http_status == 401 and key not in str(refused.value)
        assert visit(f"{url}/v1/balance").status == 401
