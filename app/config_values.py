"""How each setting is read, and the sentence for one that cannot be right; no sentence repeats a password."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qs, urlsplit

import phonenumbers
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

SHORTEST_SECRET: Final = 24
# 24 hexadecimal digits made at random have fewer than this once in 20,000 years of trying
FEWEST_CHARACTERS: Final = 8
MOST_PROXIES: Final = 9
MOST_PLANNERS: Final = 99
DRIVERS: Final = frozenset({"sqlite", "sqlite+pysqlite", "postgresql+psycopg"})
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?", re.ASCII | re.IGNORECASE)
# Twilio's alphanumeric senders: at most eleven characters, one of them a letter
_NAMED_SENDER: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +&_-]{1,11}")
_SHORT_CODE: Final = re.compile(r"[0-9]{5,6}")
_SID: Final = "[0-9a-f]{32}"


class ConfigError(Exception):
    """A setting that is missing or wrong; the message names it and says what would be right."""


def choice(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of a few words; the first where nothing is set."""
    value = env.get(name, "") or choices[0]
    if value not in choices:
        raise ConfigError(f"{name}={value!r} is none of: {', '.join(choices)}.")
    return value


def count(env: Mapping[str, str], name: str, most: int) -> int:
    """A small number, by default 0."""
    value = env.get(name, "") or "0"
    if not (value.isascii() and value.isdecimal() and len(value) < 10 and int(value) <= most):
        raise ConfigError(f"{name}={value!r} is not a number from 0 to {most}.")
    return int(value)


def port(env: Mapping[str, str]) -> int:
    """The port of PORT, by default 8000."""
    value = env.get("PORT", "") or "8000"
    if not (value.isascii() and value.isdecimal() and len(value) < 10 and 1 <= int(value) <= 65535):
        raise ConfigError(f"PORT={value!r} is not a port: a number from 1 to 65535, for example 8000.")
    return int(value)


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine and is reached from nowhere else."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def public_url(value: str) -> str:
    """Where people reach the service: scheme, host, perhaps a port, and nothing else; without a slash at its end."""
    parts = _split(value, "PUBLIC_URL", ("http", "https"), "https://pool.example.org")
    if parts.username is not None or parts.password is not None:
        raise ConfigError("PUBLIC_URL must not contain a user or password: only like https://pool.example.org.")
    if parts.path.strip("/") or parts.query or parts.fragment or "?" in value or "#" in value:
        raise ConfigError(
            "PUBLIC_URL must end after its host or port, as in https://pool.example.org: no path, no query."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def api_base(value: str) -> str:
    """Another address for the provider's API; empty for its own."""
    if not value:
        return ""
    parts = _split(value, "TWILIO_API_BASE", ("http", "https"), "https://gateway.example.org")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ConfigError(
            "TWILIO_API_BASE must be an address alone, as https://gateway.example.org: no user, no query."
        )
    return value.rstrip("/")


def mail_url(value: str) -> str:
    """`local`, or a mail server with all that reaching it needs."""
    value = value or "local"
    if value == "local":
        return value
    parts = _split(value, "MAIL_URL", ("smtp", "smtps"), "'local' or smtp://user:password@host:587?starttls=1")
    wishes = parse_qs(parts.query, keep_blank_values=True)
    if set(wishes) - {"starttls"} or wishes.get("starttls", ["0"]) not in (["0"], ["1"]):
        raise ConfigError("MAIL_URL knows one wish behind its question mark: starttls=1.")
    if parts.scheme == "smtps" and wishes.get("starttls") == ["1"]:
        raise ConfigError("MAIL_URL asks for TLS twice: take smtps:// or smtp://…?starttls=1, not both.")
    if parts.path.strip("/") or parts.fragment:
        raise ConfigError(
            "MAIL_URL has something behind its host; special characters of a password are written as %40."
        )
    return value


def database_url(value: str) -> str:
    """A file of SQLite, or a database of PostgreSQL through psycopg."""
    for plain in ("postgres://", "postgresql://"):
        if value.startswith(plain):
            value = "postgresql+psycopg://" + value.removeprefix(plain)
    try:
        url = make_url(value)
        driver, name, number = url.drivername, url.database, url.port
    except (ArgumentError, ValueError):
        raise ConfigError(
            "DATABASE_URL cannot be read: it looks like sqlite:////folder/pool.sqlite3 or "
            "postgresql+psycopg://user:password@host:5432/pool."
        ) from None
    if driver not in DRIVERS:
        raise ConfigError("DATABASE_URL must start with sqlite:/// or postgresql+psycopg://.")
    if number is not None and not 1 <= number <= 65535:
        raise ConfigError("DATABASE_URL names a port that does not exist: 1 to 65535, usually 5432.")
    if not name or name == ":memory:":
        raise ConfigError("DATABASE_URL names no database: the file of SQLite, or what follows host and slash.")
    if driver.startswith("sqlite") and not name.startswith("file:") and not Path(name).absolute().parent.is_dir():
        raise ConfigError(f"DATABASE_URL points into a folder that does not exist: {Path(name).absolute().parent}.")
    return value


def rate_limit_storage(value: str) -> str:
    """Where load is counted; there is one way, since guesses are counted in the database."""
    if value not in {"", "memory://"}:
        raise ConfigError(
            "RATE_LIMIT_STORAGE must be memory:// or left out: wrong passwords and links are counted in the database."
        )
    return "memory://"


def secret(value: str) -> str:
    """What signs sessions and links: long, and not the same few characters over and over."""
    if len(value) < SHORTEST_SECRET:
        raise ConfigError(f"SECRET_KEY is too short: it needs {SHORTEST_SECRET} characters or more, made at random.")
    if len(set(value.replace(" ", ""))) < FEWEST_CHARACTERS:
        raise ConfigError("SECRET_KEY repeats too few characters. It must be made at random.")
    return value


def sender(env: Mapping[str, str], name: str, *, may_be_named: bool) -> str:
    """Who sends or calls: a number with its country's code, or a name that Twilio allows; empty if not set."""
    value = env.get(name, "")
    if not value or _is_international(value):
        return value
    if may_be_named and (_NAMED_SENDER.fullmatch(value) or _SHORT_CODE.fullmatch(value)):
        return value
    named = " or a name of at most eleven letters and digits" if may_be_named else ""
    raise ConfigError(f"{name}={value!r} is no sender: write a number as +4915112345678{named}.")


def sid(env: Mapping[str, str], name: str, letters: str, *, strict: bool) -> str:
    """An identifier of Twilio; behind a gateway (not `strict`) they may look as they like."""
    value = env.get(name, "")
    if value and strict and not re.fullmatch(letters + _SID, value):
        raise ConfigError(f"{name} is {letters} and 32 digits from 0 to f; copy it from Twilio's console.")
    return value


def _is_international(value: str) -> bool:
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", value):
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(value))
    except phonenumbers.NumberParseException:
        return False


def _split(value: str, name: str, schemes: tuple[str, ...], example: str) -> SplitResult:
    """The parts of an address with a host and a port that can exist."""
    wrong = ConfigError(f"{name} is no address that can be reached: it looks like {example}.")
    try:
        parts = urlsplit(value)
        number, host = parts.port, parts.hostname or ""
    except ValueError:
        raise wrong from None
    # urlsplit() leaves these out silently, so that what is checked would not be what was written
    if any(one.isspace() or not one.isprintable() for one in value):
        raise wrong
    if parts.scheme not in schemes or number == 0 or not (_HOST.fullmatch(host) or _is_address(host)):
        raise wrong
    return parts


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
