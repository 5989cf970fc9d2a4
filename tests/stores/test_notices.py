"""Letters: in the buyer's language, with the keys where they belong and nowhere else, the same letter once."""

import re
import uuid
from dataclasses import replace

import pytest
from sqlalchemy import select

from cardmesh.identity.models import AuditRecord, Party
from cardmesh.identity.people import service as people
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.jobs import run
from cardmesh.kit.jobs.models import JobState, OutboxJob
from cardmesh.sims.mail import MailSim
from cardmesh.sims.mail.store import Mail
from cardmesh.stores.models import Store
from cardmesh.stores.notices import accounts
from cardmesh.stores.notices import service as notices
from cardmesh.trade.orders.service import Placed
from cardmesh.trade.refunds.service import refund_unit
from tests.fixtures.market import Market, StripeDesk
from workers.registry import JOBS

LETTERS = {name: job for name, job in JOBS.items() if name.startswith("mail.")}


def paid(market: Market, desk: StripeDesk, **order: str) -> Placed:
    placed = market.order((market.sell(keys=3), 2), **order)
    desk.pay(market.checkout(placed))
    desk.tell("checkout.session.completed")
    return placed


def post(market: Market, name: str) -> None:
    """Run the promised letters of one kind."""
    for args in market.jobs(name):
        LETTERS[name].run(tenant_id=market.tenant_id, **args)


def newest(mail: MailSim) -> Mail:
    return mail.store.search()[0]


def text(letter: Mail, kind: str) -> str:
    part = letter.parsed.get_body((kind,))
    assert part is not None
    return part.get_content()


def test_an_order_is_confirmed_with_a_link_to_its_page(market: Market, mail: MailSim) -> None:
    placed = market.order((market.sell(), 1))
    post(market, "mail.order_placed")
    letter = newest(mail)
    assert letter.recipients == ("buyer@example.test",)
    assert placed.order.number in letter.subject
    url = f"http://one.localhost:8000/order/?number={placed.order.number}"
    assert url in text(letter, "plain") and url in text(letter, "html")


def test_the_letter_of_a_delivery_carries_the_keys_and_says_so_to_the_auditor(
    market: Market, stripe_desk: StripeDesk, mail: MailSim
) -> None:
    placed = paid(market, stripe_desk)
    post(market, "mail.order_delivered")
    letter = newest(mail)
    keys = re.findall(r"[0-9a-f]{10}-\d{6}", text(letter, "plain"))
    assert len(set(keys)) == 2
    assert all(key in text(letter, "html") for key in keys)
    headers = "".join(f"{name}: {value}" for name, value in letter.parsed.items())
    assert not any(key in headers for key in keys)
    with transaction(tenancy.platform()) as session:
        revealed = select(AuditRecord.details["order"].astext).where(AuditRecord.action == "unit.revealed")
        assert session.scalars(revealed).all() == [placed.order.number] * 2


def test_no_key_is_in_the_job(market: Market, stripe_desk: StripeDesk) -> None:
    placed = paid(market, stripe_desk)
    assert market.jobs("mail.order_delivered") == [{"order_id": str(placed.order.id)}]


def test_a_letter_sent_twice_is_one_letter_to_a_mailbox(market: Market, stripe_desk: StripeDesk, mail: MailSim) -> None:
    paid(market, stripe_desk)
    post(market, "mail.order_delivered")
    post(market, "mail.order_delivered")
    post(market, "mail.order_placed")
    ids = [letter.parsed["Message-ID"] for letter in mail.store.search()]
    assert len(ids) == 3 and len(set(ids)) == 2


@pytest.mark.parametrize(("locale", "words"), [("zh-CN", "您的商品已送达"), ("en", "Your goods are here")])
def test_it_speaks_the_buyer_s_language(
    market: Market, stripe_desk: StripeDesk, mail: MailSim, locale: str, words: str
) -> None:
    paid(market, stripe_desk, locale=locale)
    post(market, "mail.order_delivered")
    letter = newest(mail)
    assert letter.parsed["Content-Language"] == locale
    assert words in text(letter, "plain") and words in text(letter, "html")
    assert f'lang="{locale}"' in text(letter, "html")


def test_a_refund_names_what_is_refunded(market: Market, stripe_desk: StripeDesk, mail: MailSim) -> None:
    placed = paid(market, stripe_desk)
    unit = market.state(placed.order.id)[1][0]
    with transaction(tenancy.trade(market.tenant_id)) as session:
        refund_unit(session, tenant_id=market.tenant_id, unit_id=unit.id, reason="test")
    post(market, "mail.order_refunded")
    assert "已退款 × 1" in text(newest(mail), "plain")


def test_a_store_s_name_cannot_inject_markup(market: Market, stripe_desk: StripeDesk, mail: MailSim) -> None:
    rename(market, "<script>alert(1)</script>\r\nBcc: thief@example.test")
    paid(market, stripe_desk)
    post(market, "mail.order_delivered")
    letter = newest(mail)
    assert "<script>" not in text(letter, "html")
    assert letter.parsed["Bcc"] is None and letter.recipients == ("buyer@example.test",)


def rename(market: Market, name: str) -> None:
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        session.scalars(select(Store)).one().name = name


def test_no_server_means_later_not_lost(market: Market, mail: MailSim) -> None:
    market.order((market.sell(), 1))
    before = runtime.current()
    runtime.install(replace(before, settings=replace(before.settings, smtp_url="smtp://127.0.0.1:9")))
    run.drain(LETTERS)
    with transaction(tenancy.platform()) as session:
        job = session.scalars(select(OutboxJob).where(OutboxJob.name == "mail.order_placed")).one()
    assert (job.state, job.attempts) == (JobState.READY, 1)
    assert "mail_unavailable" in (job.last_error or "")


def test_an_unknown_order_sends_nothing(market: Market, mail: MailSim) -> None:
    notices.send_order_letter("order_placed", tenant_id=market.tenant_id, order_id=uuid.uuid4())
    assert mail.store.search() == []


def test_a_person_is_invited_until_there_is_a_password(market: Market, mail: MailSim) -> None:
    with transaction(tenancy.platform()) as session:
        person = people.invite(session, email="owner@example.test", party=Party.DISTRIBUTOR, party_id=market.tenant_id)
    accounts.send_invitation(person_id=person.id)
    assert "http://localhost:8000/set-password/per_" in text(newest(mail), "plain")
    with transaction(tenancy.platform()) as session:
        people.set_password(session, person_id=person.id, password="long enough for a test")
    accounts.send_invitation(person_id=person.id)
    assert len(mail.store.search()) == 1
