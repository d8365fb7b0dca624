"""Passwords: argon2id with the parameters of the library, which raises them over time.

Hashing is slow on purpose, so nobody does it while a transaction is open.
"""

import secrets
from functools import cache
from typing import Final, NewType

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 15
LONGEST: Final = 200
FEWEST_CHARACTERS: Final = 5
PIN_DIGITS: Final = 8
# none of them is taken for another
_CLEAR: Final = "abcdefghjkmnpqrstuvwxyz23456789"
PasswordHash = NewType("PasswordHash", str)
_HASHER = PasswordHasher()


def hashed(password: str) -> PasswordHash:
    """What the database keeps of a password."""
    return PasswordHash(_HASHER.hash(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; None stands for an account that does not exist."""
    try:
        _HASHER.verify(password_hash or _of_nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _of_nobody() -> str:
    """Checked when there is no such account, so that the answer takes as long as for one that exists."""
    return _HASHER.hash("nobody has this password")


def is_outdated(password_hash: str) -> bool:
    """Whether the library would hash it more slowly by now."""
    return _HASHER.check_needs_rehash(password_hash)


def suggestion() -> str:
    """A password that nobody guesses and that can be read out over a telephone: twenty letters and digits."""
    return "-".join("".join(secrets.choice(_CLEAR) for _ in range(5)) for _ in range(4))


def pin() -> str:
    """Eight digits, for a door at which only so many are tried."""
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}"


def objection(password: str, email: str) -> str | None:
    """Why it cannot be somebody's password, as a code of the catalogues; None if it can."""
    if len(password) < SHORTEST:
        return "password_short"
    if len(password) > LONGEST:
        return "password_long"
    if len(set(password)) < FEWEST_CHARACTERS:
        return "password_monotonous"
    if email and email.casefold() in password.casefold():
        return "password_address"
    return None
