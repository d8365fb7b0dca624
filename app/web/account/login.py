"""Accounts as Flask-Login sees them: sessions that end at once when the account's session_version rises."""

from flask_login import UserMixin
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import passwords, tenancy
from app.access import Principal
from app.journey.history import Actor
from app.models import Account, ActorKind
from app.transaction import reading


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


def load(login_id: str) -> Login | None:
    """Whoever a session cookie names; None if the account is gone, disabled, or ended its sessions."""
    account_id, _, version = login_id.partition(".")
    if not (account_id.isdecimal() and version.isdecimal()):
        return None
    session = reading(None)
    with tenancy.across_pools(session):
        account = session.scalar(
            select(Account).where(
                Account.id == int(account_id), Account.session_version == int(version), Account.active
            )
        )
        found = Login(account) if account else None
    session.rollback()
    return found


def authenticate(session: Session, email: str, password: str) -> Account | None:
    """The account with that address and password; takes as long for an address that nobody has."""
    with tenancy.across_pools(session):
        account = session.scalar(select(Account).where(Account.email == email.strip().lower(), Account.active))
    return account if passwords.matches(account.password_hash if account else None, password) else None
