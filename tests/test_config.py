"""A wrong setting is refused at start, by name."""

import stat
from pathlib import Path

import pytest

from app.config import Config, ConfigError

GOOD = {"DATABASE_URL": "sqlite:////tmp/x.sqlite3", "SECRET_KEY": "k" * 24, "PUBLIC_URL": "https://pool.example.org/"}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
        ({"PUBLIC_URL": "pool.example.org"}, "PUBLIC_URL"),
        ({"SMS_TRANSPORT": "pigeon"}, "SMS_TRANSPORT"),
        ({"SMS_TRANSPORT": "twilio"}, "TWILIO_ACCOUNT_SID"),
        ({"SMS_TRANSPORT": "twilio", "TWILIO_ACCOUNT_SID": "AC1"}, "TWILIO_AUTH_TOKEN"),
        ({"SMS_TRANSPORT": "twilio", "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t"}, "TWILIO_FROM"),
        ({"MAIL_URL": "http://mail"}, "MAIL_URL"),
        ({"TRUSTED_PROXIES": "many"}, "TRUSTED_PROXIES"),
    ],
)
def test_a_wrong_setting_is_named(changed: dict[str, str], named: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=named):
        Config.from_env(GOOD | changed, tmp_path)


def test_the_demo_makes_its_own_secret_and_keeps_it(tmp_path: Path) -> None:
    first, second = (Config.from_env({}, tmp_path).secret_key for _ in range(2))
    assert first == second
    assert len(first) >= 43
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


@pytest.mark.parametrize("real", [{"DATABASE_URL": GOOD["DATABASE_URL"]}, {"PUBLIC_URL": "https://pool.example.org"}])
def test_outside_the_demo_no_secret_is_made_up(real: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="SECRET_KEY"):
        Config.from_env(real, tmp_path)


def test_addresses_are_brought_into_form(tmp_path: Path) -> None:
    config = Config.from_env(GOOD | {"DATABASE_URL": "postgres://u:p@db/pool"}, tmp_path)
    assert config.database_url == "postgresql+psycopg://u:p@db/pool"
    assert config.public_url == "https://pool.example.org"
    assert config.secure
