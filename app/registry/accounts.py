"""Who gets in: accounts of people who log in, and tokens that programs show. Pages and command line write them here."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import guesses, passwords
from app.addresses import is_email
from app.errors import FieldProblem, IllegalTransition, Invalid, NotFound
from app.guesses import Budget
from app.journey import history
from app.journey.history import Actor
from app.legible import is_one_line, says_something
from app.links import token_hash
from app.models import Account, ActorKind, ApiToken, Organisation, Role
from app.passwords import PasswordHash

WRITTEN_BY: Final = Role.ADMIN
LIMITS: Final[Mapping[str, int]] = {"name": 120, "email": 254}
LASTING_DAYS: Final = 365
# ten years: a token for ever is one that nobody remembers
MOST_DAYS: Final = 3650
TOKEN_BYTES: Final = 32


@dataclass(frozen=True)
class AccountData:
    """An account in plain values, as somebody may have typed them; staff belong to an organisation."""

    email: str
    name: str
    role: str
    organisation_id: int | None = None


@dataclass(frozen=True)
class TokenData:
    """A token in plain values; `name` says what it is for, `days` how long it opens anything."""

    role: str
    organisation_id: int | None = None
    name: str = ""
    days: int = LASTING_DAYS


def prepared(password: str, email: str) -> PasswordHash:
    """What is kept of a new password. Slow on purpose: before a transaction, never within. Raises Invalid."""
    objection = passwords.objection(password, _address(email))
    if objection is not None:
        params = {"least": passwords.SHORTEST, "most": passwords.LONGEST, "different": passwords.FEWEST_CHARACTERS}
        raise Invalid([FieldProblem("password", objection, params)])
    return passwords.hashed(password)


def create(session: Session, now: datetime, data: AccountData, password: PasswordHash, actor: Actor) -> Account:
    """Make an account. Raises Invalid, also where somebody else has just taken the address."""
    account = Account(password_hash=password, created_at=now, active=True, session_version=1)
    _write(session, account, data)
    _record(session, now, "account_added", actor, account)
    return account


def change(session: Session, now: datetime, account_id: int, data: AccountData, actor: Actor) -> Account:
    """Replace what is known of an account; another role or organisation ends its sessions.

    Raises Invalid, NotFound, and IllegalTransition for one's own role and for the last admin's.
    """
    if data.role != Role.ADMIN.value:
        _keep_an_admin(session, account_id)
    account = _held(session, account_id)
    if data.role != account.role.value:
        _not_oneself(account_id, actor)
    before = (account.role, account.organisation_id)
    _write(session, account, data)
    if (account.role, account.organisation_id) != before:
        account.session_version += 1
    _record(session, now, "account_changed", actor, account)
    return account


def disable(session: Session, now: datetime, account_id: int, actor: Actor) -> Account:
    """Keep somebody out, at once and on every device. Raises IllegalTransition for oneself and for the last admin."""
    _not_oneself(account_id, actor)
    _keep_an_admin(session, account_id)
    account = _held(session, account_id)
    account.active = False
    account.session_version += 1
    _record(session, now, "account_disabled", actor, account)
    return account


def enable(session: Session, now: datetime, account_id: int, actor: Actor) -> Account:
    """Let somebody in again. Raises NotFound."""
    account = _held(session, account_id)
    account.active = True
    _record(session, now, "account_enabled", actor, account)
    return account


def set_password(
    session: Session,
    now: datetime,
    account_id: int,
    password: PasswordHash,
    actor: Actor,
    *,
    instead_of: str | None = None,
    spent: Sequence[Budget] = (),
) -> Account:
    """Give an account another password; that ends its sessions. Raises NotFound.

    `instead_of` is the hash that was proved to be known; raises Invalid where it is no longer the present one. `spent`
    are budgets that others' guesses may have used up; with another password they begin anew.
    """
    account = _held(session, account_id)
    if instead_of not in {None, account.password_hash}:
        raise Invalid([FieldProblem("old", "password_wrong")])
    account.password_hash = password
    account.session_version += 1
    guesses.forget(session, spent)
    _record(session, now, "password_set", actor, account)
    return account


def create_token(session: Session, now: datetime, data: TokenData, actor: Actor) -> tuple[ApiToken, str]:
    """A new token, and the word that programs show; it is kept by its hash alone. Raises Invalid."""
    problems = [*_check_role(session, data.role, data.organisation_id), *_check_text("name", data.name)]
    if not 1 <= data.days <= MOST_DAYS:
        problems.append(FieldProblem("days", "out_of_range", {"least": 1, "most": MOST_DAYS}))
    if problems:
        raise Invalid(problems)
    word = secrets.token_urlsafe(TOKEN_BYTES)
    token = ApiToken(
        name=data.name.strip(),
        role=Role(data.role),
        organisation_id=data.organisation_id,
        token_hash=token_hash(word),
        created_at=now,
        expires_at=now + timedelta(days=data.days),
    )
    session.add(token)
    session.flush()
    history.record(session, now, "token_added", actor, organisation_id=token.organisation_id, token=token.id)
    return token, word


def revoke_token(session: Session, now: datetime, token_id: int, actor: Actor) -> ApiToken:
    """Let a token open nothing any more; a second time changes nothing. Raises NotFound."""
    token = session.scalar(select(ApiToken).where(ApiToken.id == token_id).with_for_update(of=ApiToken))
    if token is None:
        raise NotFound("token_not_found")
    if token.revoked_at is None:
        token.revoked_at = now
        history.record(session, now, "token_revoked", actor, token=token.id)
    return token


def check(session: Session, data: AccountData) -> list[FieldProblem]:
    """Everything that is wrong with an account, field by field; empty if nothing."""
    return [*_check_words(data), *_check_role(session, data.role, data.organisation_id)]


def data_of(account: Account) -> AccountData:
    """What is known of an account, in plain values."""
    return AccountData(account.email, account.name, account.role.value, account.organisation_id)


def _address(email: str) -> str:
    return email.strip().lower()


def _held(session: Session, account_id: int) -> Account:
    found = session.scalar(select(Account).where(Account.id == account_id).with_for_update(of=Account))
    if found is None:
        raise NotFound("account_not_found")
    return found


def _write(session: Session, account: Account, data: AccountData) -> None:
    data = replace(data, email=_address(data.email), name=data.name.strip())
    problems = check(session, data)
    if problems:
        raise Invalid(problems)
    account.email, account.name, account.role = data.email, data.name, Role(data.role)
    account.organisation_id = data.organisation_id
    session.add(account)
    try:
        session.flush()
    except IntegrityError as error:
        # asked of the database alone: an address that was free a moment ago may be taken now
        raise Invalid([FieldProblem("email", "email_taken", {"value": data.email})]) from error


def _check_words(data: AccountData) -> Iterable[FieldProblem]:
    for name in ("email", "name"):
        if not says_something(getattr(data, name)):
            yield FieldProblem(name, "required")
        elif not is_one_line(getattr(data, name)):
            yield FieldProblem(name, "one_line")
        yield from _check_text(name, getattr(data, name))
    if data.email.strip() and not is_email(data.email):
        yield FieldProblem("email", "email")


def _check_text(name: str, value: str) -> Iterable[FieldProblem]:
    if len(value.strip()) > LIMITS[name]:
        yield FieldProblem(name, "too_long", {"most": LIMITS[name], "is": len(value.strip())})


def _check_role(session: Session, role: str, organisation_id: int | None) -> Iterable[FieldProblem]:
    roles = [one.value for one in Role]
    if role not in roles:
        yield FieldProblem("role", "unknown_choice", {"value": role, "choices": ", ".join(roles)})
    if role == Role.STAFF.value and organisation_id is None:
        yield FieldProblem("organisation_id", "staff_need_organisation")
    known = select(Organisation.id).where(Organisation.id == organisation_id, Organisation.neighbour_id.is_(None))
    if organisation_id is not None and session.scalar(known) is None:
        yield FieldProblem("organisation_id", "unknown_organisation", {"value": organisation_id})


def _not_oneself(account_id: int, actor: Actor) -> None:
    """Refuse what would lock out whoever does it."""
    if actor.kind is ActorKind.ACCOUNT and actor.id == account_id:
        raise IllegalTransition("own_account")


def _keep_an_admin(session: Session, account_id: int) -> None:
    """Refuse what would leave the pool without anybody who can let others in."""
    # held in one order, and before anything else: two admins who disable each other at once come one after the other
    admins = select(Account.id).where(Account.role == Role.ADMIN, Account.active).order_by(Account.id)
    if set(session.scalars(admins.with_for_update(of=Account))) == {account_id}:
        raise IllegalTransition("last_admin")


def _record(session: Session, now: datetime, kind: str, actor: Actor, account: Account) -> None:
    history.record(
        session, now, kind, actor, organisation_id=account.organisation_id, account=account.id, role=account.role.value
    )
