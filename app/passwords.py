"""Passwords: argon2id with the parameters of the library, raised by it over time."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 15
_HASHER = PasswordHasher()
# Checked when there is no such account, so that the answer takes as long as for one that exists.
_NOBODY = _HASHER.hash("nobody has this password")


def hashed(password: str) -> str:
    """What the database keeps of a password."""
    return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; None stands for an account that does not exist."""
    try:
        _HASHER.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
