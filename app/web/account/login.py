"""Accounts as Flask-Login sees them: sessions that end at once when the account's session_version rises."""

from dataclasses import dataclass
from datetime import datetime

from flask_login import UserMixin
from sqlalchemy import ColumnElement, and_, select

from app import guesses, passwords, services, tenancy
from app.access import Principal
from app.journey.history import Actor
from app.models import Account, ActorKind, Pool
from app.passwords import PasswordHash
from app.transaction import reading, transaction


class Login(UserMixin):  # type: ignore[misc] # Flask-Login ships no types
    """A logged-in account: plain values, so that no row is kept beyond its session."""

    def __init__(self, account: Account) -> None:
        self.id = f"{account.id}.{account.session_version}"
        self.principal = Principal(
            pool_id=account.pool_id,
            role=account.role,
            actor=Actor(ActorKind.ACCOUNT, account.id),
            organisation_id=account.organisation_id,
            name=account.name,
            locale=account.locale,
        )


@dataclass(frozen=True)
class Claimed:
    """The account that somebody says is theirs, before anything is proved."""

    account_id: int
    password_hash: str


def load(login_id: str) -> Login | None:
    """Whoever a session cookie names; None if the account is gone, disabled, or ended its sessions."""
    account_id, _, version = login_id.partition(".")
    if not (account_id.isdecimal() and version.isdecimal()):
        return None
    session = reading(None)
    with tenancy.across_pools(session):
        account = session.scalar(
            select(Account).where(Account.id == int(account_id), Account.session_version == int(version), _may_log_in())
        )
        # the transaction goes on: what is shown is read in it, what is changed begins its own
        return Login(account) if account else None


def authenticate(now: datetime, email: str, password: str) -> Login | None:
    """Log in whoever has that address and password; takes as long for an address that nobody has.

    The password is checked with no transaction open: that takes a while on purpose, and others want to write meanwhile.
    """
    claimed = _claimed(email)
    if not passwords.matches(claimed.password_hash if claimed else None, password) or claimed is None:
        return None
    renewed = passwords.hashed(password) if passwords.is_outdated(claimed.password_hash) else None
    return _enter(now, claimed, renewed)


def _claimed(email: str) -> Claimed | None:
    session = reading(None)
    with tenancy.across_pools(session):
        row = session.execute(
            select(Account.id, Account.password_hash).where(Account.email == email, _may_log_in())
        ).one_or_none()
    session.rollback()
    return Claimed(row.id, row.password_hash) if row else None


def _enter(now: datetime, claimed: Claimed, renewed: PasswordHash | None) -> Login | None:
    """Note the login; None if the account was disabled or got another password in between."""
    with transaction(None) as session, tenancy.across_pools(session):
        account = session.scalar(
            select(Account).where(
                Account.id == claimed.account_id, Account.password_hash == claimed.password_hash, _may_log_in()
            )
        )
        if account is None:
            return None
        account.last_login_at = now
        account.password_hash = renewed or account.password_hash
        guesses.forget_old(session, now)
        return Login(account)


def _may_log_in() -> ColumnElement[bool]:
    """The demo's passwords are published, so they open nothing where anybody else could type them."""
    if services.config().is_local:
        return and_(Account.active)
    return and_(Account.active, Account.pool_id.not_in(select(Pool.id).where(Pool.is_demo)))
