"""WeChat Pay changes its certificates: newer ones are looked for, strangers' are not, and not too often."""

import json
from collections.abc import Iterator

import pytest

from cardmesh.kit.errors import ValidationFailed
from cardmesh.money.payments.errors import AnswerUnsigned, GatewayRefused, SignatureRefused
from cardmesh.money.payments.gateways import wechat_keys
from cardmesh.money.payments.gateways.wechat import WechatGateway
from cardmesh.sims.wechat import WechatSim, running_wechat

ABOUT = {"out_trade_no": "0" * 32, "trade_state": "SUCCESS", "amount": {"total": 1, "currency": "CNY"}}


@pytest.fixture
def sim() -> Iterator[WechatSim]:
    with running_wechat() as running:
        running.app.public_mode = False
        yield running


def gateway(sim: WechatSim, **change: str) -> WechatGateway:
    """Without the public key: certificates it is."""
    credentials = {name: value for name, value in sim.credentials.items() if not name.startswith("public_key")}
    return WechatGateway(**{**credentials, **change}, hook_url="http://localhost/hooks", api_base=sim.base)


def told(sim: WechatSim, made: WechatGateway) -> str:
    about = {**ABOUT, "mchid": sim.credentials["mchid"], "appid": sim.credentials["appid"]}
    letter = sim.app.letter(sim.credentials["mchid"], id="n", event="TRANSACTION.SUCCESS", about=about)
    return made.parse_webhook(letter.headers, letter.body).type


def test_a_new_certificate_is_fetched_when_it_signs(sim: WechatSim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wechat_keys, "PAUSE_SECONDS", 0.0)
    made = gateway(sim)
    made.check()
    assert told(sim, made) == "TRANSACTION.SUCCESS"
    sim.app.seals.rotate()
    assert told(sim, made) == "TRANSACTION.SUCCESS"


def test_a_stranger_makes_it_look_once_a_while(sim: WechatSim, monkeypatch: pytest.MonkeyPatch) -> None:
    made, looks = gateway(sim), list[str]()
    fetch = made._fetch_certificates
    monkeypatch.setattr(made._theirs, "_fetch", lambda: looks.append("look") or fetch())
    letter = sim.app.letter(sim.credentials["mchid"], id="n", event="X", about=ABOUT)
    for serial in ("AB" * 20, "CD" * 20, "PUB_KEY_ID_1", ""):
        with pytest.raises(SignatureRefused):
            made.parse_webhook({**letter.headers, "Wechatpay-Serial": serial}, letter.body)
    assert looks == ["look"]


def test_what_is_sealed_for_another_is_not_read(sim: WechatSim) -> None:
    made = gateway(sim, api_v3_key="k" * 32)
    with pytest.raises(AnswerUnsigned):
        made.check()
    sealed = sim.app.letter(sim.credentials["mchid"], id="n", event="X", about=ABOUT).body
    resource = json.loads(sealed)["resource"]
    with pytest.raises(ValueError, match="another key"):
        wechat_keys.opened(b"k" * 32, resource)
    assert wechat_keys.opened(sim.credentials["api_v3_key"].encode(), resource)


def test_who_is_not_known_is_told_so(sim: WechatSim) -> None:
    with pytest.raises(GatewayRefused):
        gateway(sim, serial="00").check()
    with pytest.raises(ValidationFailed):
        gateway(sim, api_v3_key="short")
