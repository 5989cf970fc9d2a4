"""What was answered survives: a restart, kill -9 in the middle of a load, webhooks that were still to be sent."""

import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import Any

import stripe

from cardmesh.sims.stripe import running_sim
from tests.sims.desk import KEY, SECRET, client, control, new_session, open_shop, pay, session_params, visit

PLATFORM = Path(__file__).parents[2] / "platform"


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    with running_sim(api_keys=(KEY,), data_dir=tmp_path) as url:
        api = client(url)
        session = api.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k"})
        pay(session)
        events = [event.id for event in api.v1.events.list().data]
    with running_sim(api_keys=(KEY,), data_dir=tmp_path) as url:
        api = client(url)
        assert api.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
        assert [event.id for event in api.v1.events.list().data] == events
        assert api.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k"}).id == session.id
        assert new_session(api).id != session.id


def test_webhooks_not_yet_sent_are_sent_by_the_next_start(tmp_path: Path) -> None:
    with open_shop() as shop:
        shop.answers = lambda count: 503
        told: Any = {"api_keys": (KEY,), "data_dir": tmp_path, "webhook_url": shop.url, "webhook_secret": SECRET}
        with running_sim(**told, retry_base=1.0) as url:
            pay(new_session(client(url)))
            shop.wait_for(5)
        refused, shop.answers = len(shop.received), lambda count: 200
        with running_sim(**told) as url:
            control(url, "/webhooks/drain", {"timeout_seconds": 30})
            assert control(url, "/webhooks", method="GET")["deliveries"] == {"delivered": 5}
        assert len({event.id for event in shop.events()[refused:]}) == 5


def test_kill_9_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    answered: list[str] = []
    kills = 0
    for _ in range(3):
        process, url = _start(tmp_path)
        with ThreadPoolExecutor(4) as buyers:
            buys = [buyers.submit(_buy_until_it_dies, url, answered) for _ in range(4)]
            while len(answered) < 8 * (kills + 1) and process.poll() is None:
                time.sleep(0.01)
            process.kill()
            assert process.wait(timeout=10) == -signal.SIGKILL
            kills += 1
            assert [buy.result(timeout=60) for buy in buys] == [True] * 4, "every buyer met the crash"
    with running_sim(api_keys=(KEY,), data_dir=tmp_path) as url:
        api = client(url)
        kept = {session.id: session for session in api.v1.checkout.sessions.list({"limit": 100}).auto_paging_iter()}
        assert kills == 3 and len(answered) >= 24
        assert all(kept[id].payment_status == "paid" for id in answered)
        paid = [session for session in kept.values() if session.payment_status == "paid"]
        charges = [charge for charge in api.v1.charges.list({"limit": 100}).auto_paging_iter() if charge.paid]
        booked = [t for t in api.v1.balance_transactions.list({"limit": 100}).auto_paging_iter() if t.type == "charge"]
        assert len(paid) == len(charges) == len(booked)


def _buy_until_it_dies(url: str, answered: list[str]) -> bool:
    api = client(url)
    for _ in range(2000):
        try:
            session = new_session(api)
            if pay(session).status == 303:
                answered.append(session.id)
        except (stripe.APIConnectionError, OSError, HTTPException):
            return True
    return False


def _start(data: Path) -> tuple[subprocess.Popen[bytes], str]:
    ports = [_free_port() for _ in range(3)]
    options = ["--stripe-port", str(ports[0]), "--smtp-port", str(ports[1]), "--mail-http-port", str(ports[2])]
    process = subprocess.Popen(
        [sys.executable, "-m", "cardmesh.sims", "--data", str(data), "--stripe-key", KEY, *options],
        env={"PYTHONPATH": str(PLATFORM)}, stdout=subprocess.PIPE,
    )  # fmt: skip
    url = f"http://127.0.0.1:{ports[0]}"
    assert process.stdout
    for _ in range(3):
        assert process.stdout.readline()  # it says each address once it listens
    process.stdout.close()
    assert visit(f"{url}/_sim/health").status == 200
    return process, url


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def test_the_command_leaves_cleanly_when_told(tmp_path: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        process, url = _start(tmp_path)
        new_session(client(url))
        process.send_signal(number)
        assert process.wait(timeout=20) == 0


def test_the_same_seed_gives_the_same_ids(tmp_path: Path) -> None:
    def ids(seed: int) -> list[str]:
        with running_sim(api_keys=(KEY,), seed=seed) as url:
            return [new_session(client(url)).id for _ in range(3)]

    assert ids(1) == ids(1) != ids(2)
