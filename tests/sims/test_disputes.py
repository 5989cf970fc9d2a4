"""Disputes take the money, and give it back when they are won."""

from typing import Any

import pytest
import stripe

from tests.sims.desk import control
from tests.sims.test_refunds import eventually, paid, total


def test_a_test_card_disputes_by_itself(api: stripe.StripeClient) -> None:
    charge = paid(api, "4000000000000259")
    eventually(lambda: bool(api.v1.disputes.list({"charge": charge.id}).data))
    dispute = api.v1.disputes.list().data[0]
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 1999)
    assert api.v1.charges.retrieve(charge.id).disputed
    assert total(api) == 1999 - 88 - 1999 - 1500
    types = [event.type for event in api.v1.events.list({"type": "charge.dispute.*"}).data]
    assert types == ["charge.dispute.funds_withdrawn", "charge.dispute.created"]


@pytest.mark.parametrize(
    ("text", "status", "left"), [("winning_evidence", "won", 411), ("losing_evidence", "lost", -1588)]
)
def test_evidence_decides(url: str, api: stripe.StripeClient, text: str, status: str, left: int) -> None:
    charge = paid(api)
    dispute = control(url, "/disputes", {"charge": charge.id, "reason": "product_not_received"})
    answered: Any = api.v1.disputes.update(dispute["id"], {"evidence": {"uncategorized_text": text}, "submit": True})
    assert answered.evidence_details.submission_count == 1
    eventually(lambda: api.v1.disputes.retrieve(dispute["id"]).status == status)
    assert total(api) == left
    closed = api.v1.events.list({"type": "charge.dispute.closed"}).data
    assert [event.data.object["status"] for event in closed] == [status]


def test_closing_gives_in_and_is_final(url: str, api: stripe.StripeClient) -> None:
    dispute = control(url, "/disputes", {"charge": paid(api).id})
    assert api.v1.disputes.close(dispute["id"]).status == "lost"
    assert control(url, f"/disputes/{dispute['id']}/won")["status"] == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.disputes.update(dispute["id"], {"evidence": {"uncategorized_text": "late"}})


def test_an_inquiry_takes_no_money(url: str, api: stripe.StripeClient) -> None:
    before = total(api)
    charge = paid(api, "4000000000001976")
    eventually(lambda: bool(api.v1.disputes.list({"charge": charge.id}).data))
    assert api.v1.disputes.list().data[0].status == "warning_needs_response"
    assert total(api) == before + 1911
