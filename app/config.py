"""The settings, read once from the environment; a wrong value is refused at start, by name."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SHORTEST_SECRET = 24


class ConfigError(Exception):
    """A setting that is missing or wrong; the message names it and says what would be right."""


@dataclass(frozen=True)
class Config:
    """All settings of the service. `public_url` has no slash at its end."""

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

    @classmethod
    def from_env(cls, env: Mapping[str, str], folder: Path) -> "Config":
        """The settings in `env`; `folder` is where the embedded database and the demo's secret live.

        Raises ConfigError.
        """
        database_url = _database_url(env.get("DATABASE_URL", ""), folder)
        public_url = _public_url(env)
        sms = _choice(env, "SMS_TRANSPORT", ("local", "twilio"))
        demo = not env.get("DATABASE_URL") and sms == "local" and urlsplit(public_url).hostname in LOOPBACK
        config = cls(
            database_url=database_url,
            secret_key=_secret(env.get("SECRET_KEY", ""), folder if demo else None),
            public_url=public_url,
            sms_transport=sms,
            twilio_account_sid=env.get("TWILIO_ACCOUNT_SID", ""),
            twilio_auth_token=env.get("TWILIO_AUTH_TOKEN", ""),
            twilio_messaging_service_sid=env.get("TWILIO_MESSAGING_SERVICE_SID", ""),
            twilio_from=env.get("TWILIO_FROM", ""),
            twilio_voice_from=env.get("TWILIO_VOICE_FROM", ""),
            twilio_api_base=env.get("TWILIO_API_BASE", ""),
            mail_url=env.get("MAIL_URL", "local") or "local",
            rate_limit_storage=env.get("RATE_LIMIT_STORAGE", "memory://") or "memory://",
            trusted_proxies=_count(env, "TRUSTED_PROXIES"),
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

    def check_providers(self) -> None:
        """Nothing, or ConfigError for a provider that lacks one of its settings."""
        if self.sms_transport == "twilio":
            for name in ("twilio_account_sid", "twilio_auth_token"):
                if not getattr(self, name):
                    raise ConfigError(
                        f"{name.upper()} is missing: SMS_TRANSPORT=twilio needs it (Twilio console, API keys)."
                    )
            if not (self.twilio_messaging_service_sid or self.twilio_from):
                raise ConfigError(
                    "TWILIO_MESSAGING_SERVICE_SID or TWILIO_FROM is missing: SMS_TRANSPORT=twilio needs a sender."
                )
        if self.mail_url != "local" and urlsplit(self.mail_url).scheme not in {"smtp", "smtps"}:
            raise ConfigError("MAIL_URL must be 'local' or look like smtp://user:password@host:587?starttls=1.")


def _choice(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = env.get(name, "") or choices[0]
    if value not in choices:
        raise ConfigError(f"{name}={value!r} is none of: {', '.join(choices)}.")
    return value


def _count(env: Mapping[str, str], name: str) -> int:
    value = env.get(name, "") or "0"
    if not value.isdecimal():
        raise ConfigError(f"{name}={value!r} is not a number such as 0 or 1.")
    return int(value)


def _database_url(value: str, folder: Path) -> str:
    if not value:
        folder.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{folder / 'pool.sqlite3'}"
    for plain in ("postgres://", "postgresql://"):
        if value.startswith(plain):
            return "postgresql+psycopg://" + value.removeprefix(plain)
    if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ConfigError("DATABASE_URL must start with sqlite:/// or postgresql+psycopg://.")
    return value


def _public_url(env: Mapping[str, str]) -> str:
    value = env.get("PUBLIC_URL", "") or f"http://127.0.0.1:{env.get('PORT', '') or '8000'}"
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"PUBLIC_URL={value!r} is no address such as https://pool.example.org.")
    return value.rstrip("/")


def _secret(value: str, demo_folder: Path | None) -> str:
    """The given secret; in the demo, one made at the first start and kept beside the embedded database."""
    if value:
        if len(value) < SHORTEST_SECRET:
            raise ConfigError(
                f"SECRET_KEY is too short: it needs {SHORTEST_SECRET} characters or more, made at random."
            )
        return value
    if demo_folder is None:
        raise ConfigError(
            "SECRET_KEY is missing. Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    demo_folder.mkdir(parents=True, exist_ok=True)
    path = demo_folder / "secret_key"
    try:
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")
