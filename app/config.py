"""The settings, read once from the environment; a wrong value is refused at start, by name."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app import config_values as values
from app.config_values import ConfigError

__all__ = ["Config", "ConfigError"]


@dataclass(frozen=True)
class Config:
    """All settings of the service.

    `public_url` has no slash at its end; `planners_per_host` is 0 where the machine's processors decide.
    """

    database_url: str
    secret_key: str
    public_url: str
    sms_transport: str = "local"
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_messaging_service_sid: str = ""
    twilio_from: str = ""
    twilio_voice_from: str = ""
    twilio_api_base: str = ""
    mail_url: str = "local"
    rate_limit_storage: str = "memory://"
    trusted_proxies: int = 0
    planners_per_host: int = 0

    @classmethod
    def from_env(cls, env: Mapping[str, str], folder: Path) -> "Config":
        """The settings in `env`; `folder` is where the embedded database and the demo's secret live.

        Raises ConfigError.
        """
        port = values.port(env)
        public_url = values.public_url(env.get("PUBLIC_URL", "") or f"http://127.0.0.1:{port}")
        sms = values.choice(env, "SMS_TRANSPORT", ("local", "twilio"))
        api_base = values.api_base(env.get("TWILIO_API_BASE", ""))
        demo = not env.get("DATABASE_URL") and sms == "local" and _is_local(public_url)
        config = cls(
            database_url=_database_url(env.get("DATABASE_URL", ""), folder),
            secret_key=_secret(env.get("SECRET_KEY", ""), folder if demo else None),
            public_url=public_url,
            sms_transport=sms,
            twilio_account_sid=values.sid(env, "TWILIO_ACCOUNT_SID", "AC", strict=not api_base),
            twilio_auth_token=env.get("TWILIO_AUTH_TOKEN", ""),
            twilio_messaging_service_sid=values.sid(env, "TWILIO_MESSAGING_SERVICE_SID", "MG", strict=not api_base),
            twilio_from=values.sender(env, "TWILIO_FROM", may_be_named=True),
            twilio_voice_from=values.sender(env, "TWILIO_VOICE_FROM", may_be_named=False),
            twilio_api_base=api_base,
            mail_url=values.mail_url(env.get("MAIL_URL", "")),
            rate_limit_storage=values.rate_limit_storage(env.get("RATE_LIMIT_STORAGE", "")),
            trusted_proxies=values.count(env, "TRUSTED_PROXIES", values.MOST_PROXIES),
            planners_per_host=values.count(env, "PLANNERS_PER_HOST", values.MOST_PLANNERS),
        )
        config.check_providers()
        return config

    @property
    def secure(self) -> bool:
        """Whether people reach the service by https."""
        return self.public_url.startswith("https://")

    @property
    def hostname(self) -> str:
        """The host people know the service by."""
        return urlsplit(self.public_url).hostname or "localhost"

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the service: then it may be the demo, whose passwords are published."""
        return _is_local(self.public_url)

    @property
    def shows_phones(self) -> bool:
        """Whether /phone shows what the phones would show: only where nothing leaves and nobody else looks."""
        return self.sms_transport == "local" and self.is_local

    def check_providers(self) -> None:
        """Nothing, or ConfigError for a provider that lacks one of its settings."""
        if self.sms_transport != "twilio":
            return
        for name in ("twilio_account_sid", "twilio_auth_token"):
            if not getattr(self, name):
                raise ConfigError(
                    f"{name.upper()} is missing: SMS_TRANSPORT=twilio needs it (Twilio console, API keys)."
                )
        if not (self.twilio_messaging_service_sid or self.twilio_from):
            raise ConfigError(
                "TWILIO_MESSAGING_SERVICE_SID or TWILIO_FROM is missing: SMS_TRANSPORT=twilio needs a sender."
            )


def _is_local(public_url: str) -> bool:
    return values.is_loopback(urlsplit(public_url).hostname or "")


def _database_url(value: str, folder: Path) -> str:
    if value:
        return values.database_url(value)
    _own_folder(folder)
    return f"sqlite:///{folder / 'pool.sqlite3'}"


def _own_folder(folder: Path) -> None:
    # what lies in it is read by whoever runs the service, and by nobody else on the machine
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _secret(value: str, demo_folder: Path | None) -> str:
    """The given secret; in the demo, one made at the first start and kept beside the embedded database."""
    if value:
        return values.secret(value)
    if demo_folder is None:
        raise ConfigError(
            "SECRET_KEY is missing. Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    _own_folder(demo_folder)
    path = demo_folder / "secret_key"
    if not path.exists():
        _keep_new_secret(path)
    return values.secret(path.read_text(encoding="ascii"))


def _keep_new_secret(path: Path) -> None:
    """Write it beside its place first: another process that starts at the same moment reads all of it or makes none."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        pass
    finally:
        beside.unlink()
