"""The mail simulator: what smtplib sends is kept whole, found by recipient, and shown without running it."""

import json
import smtplib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path

import pytest

from cardmesh.sims.mail import MailSim, running_mail
from tests.sims.desk import visit

ZH = {"Accept-Language": "zh-CN"}


@pytest.fixture
def mail() -> Iterator[MailSim]:
    with running_mail() as mail:
        yield mail


def letter(to: str = "buyer@example.com", subject: str = "您的卡密 · Order 1", html: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "小店 <no-reply@shop.localhost>", to, subject
    message.set_content("查看订单 http://shop.localhost:8000/order/?number=1。谢谢 <b>")
    if html:
        message.add_alternative(html, subtype="html")
    return message


def send(mail: MailSim, *messages: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", mail.smtp_port, timeout=10) as server:
        for message in messages:
            server.send_message(message)


def test_a_message_is_kept_whole(mail: MailSim) -> None:
    send(mail, letter(html="<p>你好"))
    [found] = json.loads(visit(f"{mail.url}/messages.json").text)
    assert (found["from"], found["to"]) == ("no-reply@shop.localhost", ["buyer@example.com"])
    assert found["subject"] == "您的卡密 · Order 1"
    assert found["text"].startswith("查看订单 http://") and found["html"].strip() == "<p>你好"


def test_it_is_found_by_any_part_of_any_recipient_also_bcc(mail: MailSim) -> None:
    blind = letter("a@example.com")
    blind["Bcc"] = "Hidden.One@example.org"
    send(mail, blind, letter("b@example.com"), letter("b@example.com", "second"))

    def to(wanted: str) -> list[int]:
        return [found["id"] for found in json.loads(visit(f"{mail.url}/messages.json?to={wanted}").text)]

    assert (to("b@example.com"), to("hidden.one@"), to("nobody"), to("%25")) == ([3, 2], [1], [], [])
    page = visit(f"{mail.url}/?to=b@example.com").text
    assert page.count('href="/messages/') == 2 and "second" in page
    assert "没有发给" in visit(f"{mail.url}/?to=nobody", headers=ZH).text


def test_the_text_is_escaped_and_its_addresses_are_links(mail: MailSim) -> None:
    send(mail, letter())
    page = visit(f"{mail.url}/messages/1").text
    assert '<a href="http://shop.localhost:8000/order/?number=1"' in page and "谢谢 &lt;b&gt;" in page


def test_html_is_framed_without_script_or_network(mail: MailSim) -> None:
    send(mail, letter(html="<script>parent.document.title='x'</script><img src='http://tracker.example/'>"))
    page = visit(f"{mail.url}/messages/1")
    assert "<script>" not in page.text and 'sandbox="allow-popups' in page.text
    frame = visit(f"{mail.url}/messages/1/html")
    policy = frame.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ") and "allow-scripts" not in policy and "default-src 'none'" in policy


def test_attachments_are_downloads_never_pages(mail: MailSim) -> None:
    message = letter()
    message.add_attachment("<script>", subtype="html", filename="卡密.html")
    send(mail, message)
    answer = visit(f"{mail.url}/messages/1/attachments/0")
    assert answer.text.strip() == "<script>" and answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert visit(f"{mail.url}/messages/1/attachments/1").status == 404
    assert visit(f"{mail.url}/messages/1.eml").headers["Content-Type"].startswith("message/rfc822")


def test_empty_and_missing_in_both_languages(mail: MailSim) -> None:
    assert "No mail yet" in visit(mail.url).text and "还没有邮件" in visit(mail.url, headers=ZH).text
    assert visit(f"{mail.url}/messages/7").status == 404


def test_only_loopback_names_may_read(mail: MailSim) -> None:
    assert visit(mail.url, headers={"Host": "rebound.example"}).status == 403


def test_the_list_goes_on_to_older_mail(mail: MailSim) -> None:
    send(mail, *[letter(subject=f"no {n}") for n in range(51)])
    first = visit(mail.url).text
    assert first.count('href="/messages/') == 50 and "before=2" in first
    assert "no 0" in visit(f"{mail.url}/?before=2").text


def test_many_senders_at_once_lose_nothing_and_a_restart_neither(tmp_path: Path) -> None:
    with running_mail(tmp_path) as mail, ThreadPoolExecutor(8) as senders:
        list(senders.map(lambda n: send(mail, letter(f"b{n}@example.com")), range(40)))
    with running_mail(tmp_path) as mail:
        found = json.loads(visit(f"{mail.url}/messages.json?limit=100").text)
        assert sorted(m["to"][0] for m in found) == sorted(f"b{n}@example.com" for n in range(40))


def test_a_message_in_a_strange_charset_is_still_shown(mail: MailSim) -> None:
    raw = b"From: a@b\r\nTo: c@d\r\nSubject: odd\r\nContent-Type: text/plain; charset=x-unknown\r\n\r\n\xe5\x8d\xa1 ok"
    with smtplib.SMTP("127.0.0.1", mail.smtp_port, timeout=10) as server:
        server.sendmail("a@b.co", ["c@d.co"], raw)
    assert "卡 ok" in visit(f"{mail.url}/messages/1").text


def test_too_large_is_refused(mail: MailSim) -> None:
    with (
        smtplib.SMTP("127.0.0.1", mail.smtp_port, timeout=30) as server,
        pytest.raises(smtplib.SMTPResponseException) as refused,
    ):
        server.sendmail("a@b.co", ["c@d.co"], b"Subject: big\r\n\r\n" + b"x" * 80 + b"\r\n" * 5_100_000)
    assert refused.value.smtp_code == 552
    assert json.loads(visit(f"{mail.url}/messages.json").text) == []
