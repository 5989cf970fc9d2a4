import json
import stat
from pathlib import Path

import pytest

from cardmesh.embedded import environment, welcome
from cardmesh.settings import Settings


@pytest.mark.parametrize(
    ("need", "variable"),
    [
        ("postgres", "DATABASE_URL"),
        ("valkey", "REDIS_URL"),
        ("s3", "S3_BUCKET"),
        ("s3", "S3_ENDPOINT"),
        ("stripe", "STRIPE_API_KEY"),
        ("mail", "SMTP_URL"),
    ],
)
def test_what_the_environment_names_is_not_started(need: str, variable: str) -> None:
    assert environment.wants(need, {})
    assert environment.wants(need, {variable: ""})
    assert not environment.wants(need, {variable: "something"})


def test_an_installation_keeps_its_secrets_and_takes_its_address_from_the_caller(tmp_path: Path) -> None:
    first = environment.installation({"BASE_HOST": "shops.example"}, tmp_path, 8000)
    second = environment.installation({"BASE_HOST": "shops.example"}, tmp_path, 9000)
    assert first["BASE_HOST"] == "shops.example"
    assert (first["PUBLIC_PORT"], second["PUBLIC_PORT"]) == ("8000", "9000")
    assert len(first["SECRET_KEY"]) == 64
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    key = Path(first["MASTER_KEY_FILE"])
    assert (len(key.read_bytes()), stat.S_IMODE(key.stat().st_mode)) == (32, 0o600)


@pytest.mark.parametrize("given", [{"KMS_KEY_ID": "alias/cards"}, {"MASTER_KEY_FILE": "own.key"}])
def test_no_master_key_is_made_where_there_is_one(tmp_path: Path, given: dict[str, str]) -> None:
    made = environment.installation(given, tmp_path, 8000)
    assert not (tmp_path / "secrets" / "master.key").exists()
    assert made.get("MASTER_KEY_FILE", "") in ("", str(Path("own.key").absolute()))


def test_stripe_keys_look_like_stripes_and_are_lasting(tmp_path: Path) -> None:
    made = environment.stripe_simulator(tmp_path, 5001)
    assert made["STRIPE_API_KEY"].startswith("sk_test_")
    assert made["STRIPE_WEBHOOK_SECRET"].startswith("whsec_")
    again = environment.stripe_simulator(tmp_path, 5002)
    assert again == made | {"STRIPE_API_BASE": "http://127.0.0.1:5002"}


def test_what_runs_is_told_to_its_owner_only(tmp_path: Path) -> None:
    path = environment.publish(tmp_path, {"DATABASE_URL": "x", "SECRET_KEY": "y"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def credentials() -> dict[str, object]:
    return {
        "platform": {"email": "ops@example.com", "password": "p1", "api_key": "sk_test_platform"},
        "suppliers": [{"id": "sup_1", "name": "星卡", "email": "s@example.com", "password": "p2", "api_key": "k"}],
        "distributors": [
            {"id": "ten_1", "handle": "star", "store_url": "http://star.localhost:1", "email": "d@example.com",
             "password": "p3", "api_key": "k"}
        ],
        "mail_url": "http://127.0.0.1:1",
    }  # fmt: skip


def test_the_welcome_has_every_address_and_login_and_no_api_key(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, public_port=8123, mail_outbox_url="http://127.0.0.1:5003")
    (tmp_path / welcome.CREDENTIALS).write_text(json.dumps(credentials()))
    welcome.refresh(settings)
    told = welcome.text(settings)
    for part in ("http://localhost:8123", "ops@example.com  p1", "s@example.com  p2  星卡", "d@example.com  p3",
                 "http://star.localhost:8123", "http://127.0.0.1:5003", "就绪", "ready", "Ctrl-C"):  # fmt: skip
        assert part in told
    assert "sk_test_platform" not in told
    assert stat.S_IMODE((tmp_path / welcome.CREDENTIALS).stat().st_mode) == 0o600


def test_there_is_a_welcome_without_credentials_too(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    welcome.refresh(settings)
    assert "http://localhost:8000" in welcome.text(settings)
