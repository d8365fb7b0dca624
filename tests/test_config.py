"""A wrong setting is refused at start, by name, and no sentence repeats a password."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.config import Config, ConfigError

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
SID = "AC" + "0123456789abcdef" * 2
GOOD = {
    "DATABASE_URL": "sqlite:////tmp/x.sqlite3",
    "SECRET_KEY": "kVq3-Zr81_tYpW0aXb9QmLcE",
    "PUBLIC_URL": "https://pool.example.org/",
}
TWILIO = {
    "SMS_TRANSPORT": "twilio",
    "TWILIO_ACCOUNT_SID": SID,
    "TWILIO_AUTH_TOKEN": "t",
    "TWILIO_FROM": "+4915228817386",
}
WRONG = (
    ({"SECRET_KEY": ""}, "SECRET_KEY"),
    ({"SECRET_KEY": "short"}, "SECRET_KEY"),
    ({"SECRET_KEY": " " * 32}, "SECRET_KEY"),
    ({"SECRET_KEY": "k" * 40}, "SECRET_KEY"),
    ({"SECRET_KEY": "abcabc " * 6}, "SECRET_KEY"),
    ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
    ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL"),
    ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL"),
    ({"DATABASE_URL": "sqlite:////nowhere/at/all/pool.sqlite3"}, "DATABASE_URL"),
    ({"DATABASE_URL": "postgresql+asyncpg://u:hidden@db/pool"}, "DATABASE_URL"),
    ({"DATABASE_URL": "postgresql+psycopg://u:hidden@db:99999/pool"}, "DATABASE_URL"),
    ({"DATABASE_URL": "postgresql+psycopg://u:hidden@db:port/pool"}, "DATABASE_URL"),
    ({"DATABASE_URL": "postgresql+psycopg://u:hidden@db"}, "DATABASE_URL"),
    ({"DATABASE_URL": "postgresql+psycopg:u:hidden@db/pool"}, "DATABASE_URL"),
    ({"PUBLIC_URL": "pool.example.org"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "ftp://pool.example.org"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "https://"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "https://me:hidden@pool.example.org"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "https://pool.example.org/pool"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "https://pool.example.org?x=1"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "https://pool.example.org/#x"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "https://pool.example.org:99999"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "https://pool.example.org:0"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "https://pool example.org"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "https://pool.exa\nmple.org"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "https://[::1"}, "PUBLIC_URL"),
    ({"PORT": "abc"}, "PORT"),
    ({"PORT": "99999"}, "PORT"),
    ({"PORT": "²"}, "PORT"),
    ({"SMS_TRANSPORT": "pigeon"}, "SMS_TRANSPORT"),
    (TWILIO | {"TWILIO_ACCOUNT_SID": ""}, "TWILIO_ACCOUNT_SID"),
    (TWILIO | {"TWILIO_ACCOUNT_SID": "AC1"}, "TWILIO_ACCOUNT_SID"),
    (TWILIO | {"TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN"),
    (TWILIO | {"TWILIO_FROM": ""}, "TWILIO_FROM"),
    (TWILIO | {"TWILIO_FROM": "0151 23456789"}, "TWILIO_FROM"),
    (TWILIO | {"TWILIO_FROM": "+49"}, "TWILIO_FROM"),
    (TWILIO | {"TWILIO_FROM": "+000000000000"}, "TWILIO_FROM"),
    (TWILIO | {"TWILIO_FROM": "Sprachmittlerpool"}, "TWILIO_FROM"),
    (TWILIO | {"TWILIO_VOICE_FROM": "Beckum"}, "TWILIO_VOICE_FROM"),
    (TWILIO | {"TWILIO_MESSAGING_SERVICE_SID": SID}, "TWILIO_MESSAGING_SERVICE_SID"),
    (TWILIO | {"TWILIO_API_BASE": "gateway.example.org"}, "TWILIO_API_BASE"),
    (TWILIO | {"TWILIO_API_BASE": "https://me:hidden@gateway.example.org"}, "TWILIO_API_BASE"),
    (TWILIO | {"TWILIO_API_BASE": "https://gateway.example.org:99999"}, "TWILIO_API_BASE"),
    ({"MAIL_URL": "http://mail"}, "MAIL_URL"),
    ({"MAIL_URL": "smtp://"}, "MAIL_URL"),
    ({"MAIL_URL": "smtp://user:hidden@"}, "MAIL_URL"),
    ({"MAIL_URL": "smtp://user:hidden@mail:99999"}, "MAIL_URL"),
    ({"MAIL_URL": "smtp://user:hidden@mail:port"}, "MAIL_URL"),
    ({"MAIL_URL": "smtp://user:hidden@mail?startls=1"}, "MAIL_URL"),
    ({"MAIL_URL": "smtp://user:hidden@mail?starttls=yes"}, "MAIL_URL"),
    ({"MAIL_URL": "smtps://user:hidden@mail?starttls=1"}, "MAIL_URL"),
    ({"MAIL_URL": "smtp://user:hid/den@mail"}, "MAIL_URL"),
    ({"RATE_LIMIT_STORAGE": "redis://:hidden@localhost"}, "RATE_LIMIT_STORAGE"),
    ({"TRUSTED_PROXIES": "many"}, "TRUSTED_PROXIES"),
    ({"PLANNERS_PER_HOST": "0.5"}, "PLANNERS_PER_HOST"),
    ({"PLANNERS_PER_HOST": "100"}, "PLANNERS_PER_HOST"),
    ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES"),
    ({"TRUSTED_PROXIES": "127001"}, "TRUSTED_PROXIES"),
)


@pytest.mark.parametrize(("changed", "named"), WRONG)
def test_a_wrong_setting_is_named_and_its_password_is_not(changed: dict[str, str], named: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=named) as refused:
        Config.from_env(GOOD | changed, tmp_path)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    "right",
    [
        {},
        {"PUBLIC_URL": "http://localhost:8080"},
        {"PUBLIC_URL": "http://[::1]:8080"},
        {"DATABASE_URL": "postgresql+psycopg:///pool?host=/var/run/postgresql"},
        {"DATABASE_URL": "postgresql+psycopg://u:p%40ss@db:5432/pool?sslmode=require"},
        {"MAIL_URL": "smtp://mail_server:25"},
        {"MAIL_URL": "smtps://user:p%2Fss@mail.example.org"},
        {"MAIL_URL": "smtp://user:pass@mail.example.org:587?starttls=1"},
        {"RATE_LIMIT_STORAGE": "memory://"},
        {"TRUSTED_PROXIES": "2"},
        {"PLANNERS_PER_HOST": "4"},
        TWILIO,
        TWILIO | {"TWILIO_FROM": "Beckum"},
        TWILIO | {"TWILIO_FROM": "+15005550006", "TWILIO_VOICE_FROM": "+4915228817386"},
        TWILIO | {"TWILIO_FROM": "", "TWILIO_MESSAGING_SERVICE_SID": "MG" + "0" * 32},
        TWILIO | {"TWILIO_ACCOUNT_SID": "behind-a-gateway", "TWILIO_API_BASE": "http://127.0.0.1:9000/twilio"},
    ],
)
def test_what_can_be_right_is_taken(right: dict[str, str], tmp_path: Path) -> None:
    config = Config.from_env(GOOD | right, tmp_path)
    for name, value in right.items():
        assert str(getattr(config, name.lower())) == value


def test_the_demo_makes_its_own_secret_and_keeps_it(tmp_path: Path) -> None:
    first, second = (Config.from_env({}, tmp_path).secret_key for _ in range(2))
    assert first == second
    assert len(first) >= 43
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_kept_secret_that_was_emptied_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(ConfigError, match="SECRET_KEY"):
        Config.from_env({}, tmp_path)


def test_the_folder_that_is_made_is_for_nobody_else(tmp_path: Path) -> None:
    Config.from_env({}, tmp_path / "var")
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


@pytest.mark.parametrize("real", [{"DATABASE_URL": GOOD["DATABASE_URL"]}, {"PUBLIC_URL": "https://pool.example.org"}])
def test_outside_the_demo_no_secret_is_made_up(real: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="SECRET_KEY"):
        Config.from_env(real, tmp_path)


def test_addresses_are_brought_into_form(tmp_path: Path) -> None:
    config = Config.from_env(GOOD | {"DATABASE_URL": "postgres://u:p@db/pool"}, tmp_path)
    assert config.database_url == "postgresql+psycopg://u:p@db/pool"
    assert config.public_url == "https://pool.example.org"
    assert config.secure


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://127.1.2.3", True),
        ("http://localhost", True),
        ("http://[::1]:8000", True),
        ("https://pool.example.org", False),
        ("http://192.168.0.7:8000", False),
        ("http://0.0.0.0:8000", False),
        ("https://localhost.example.org", False),
    ],
)
def test_only_this_machine_alone_is_local(address: str, local: bool, tmp_path: Path) -> None:
    config = Config.from_env(GOOD | {"PUBLIC_URL": address}, tmp_path)
    assert config.is_local is local
    assert config.shows_phones is local


@pytest.mark.processes
@pytest.mark.parametrize(
    "command",
    [
        ("gunicorn", "wsgi:app", "--bind", "127.0.0.1:0", "--no-control-socket"),
        ("flask", "--app", "wsgi", "worker", "--once"),
        ("flask", "--app", "wsgi", "db", "upgrade"),
        ("flask", "--app", "wsgi", "token", "list"),
    ],
)
def test_no_process_starts_with_a_setting_that_cannot_be_right(command: tuple[str, ...], tmp_path: Path) -> None:
    environment = os.environ | GOOD | {"DATABASE_URL": f"sqlite:///{tmp_path}/x.sqlite3", "MAIL_URL": "smtp://:hidden@"}
    words: list[str | Path] = [BIN / command[0], *command[1:]]
    done = subprocess.run(words, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "MAIL_URL" in done.stderr
    assert "hidden" not in done.stderr
    assert "Traceback" not in done.stderr
