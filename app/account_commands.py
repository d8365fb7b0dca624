"""`flask account` and `flask token`: who gets in, for operators."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from app import ids, passwords, rate_limits, services, tenancy
from app.catalogue import translations
from app.errors import Invalid, JourneyError
from app.journey.history import SERVICE
from app.models import Account, ApiToken, Organisation, Pool, Role
from app.registry import accounts, organisations
from app.registry.accounts import LASTING_DAYS, MOST_DAYS, AccountData, TokenData
from app.registry.organisations import OrganisationData
from app.transaction import transaction

account_group = AppGroup("account", help="People who log in.")
token_group = AppGroup("token", help="Tokens of the JSON API.")
# what is called otherwise on the command line
OPTIONS: Final = {"organisation_id": "--organisation", "password": "--password"}
pool_option = click.option("--pool", "pool_key", required=True, help="Key of the pool.")
one_pool_option = click.option("--pool", "pool_key", help="Key of a pool; all pools if left out.")
role_option = click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
organisation_option = click.option(
    "--organisation", "organisation_name", help="Name of the organisation; needed for role staff."
)
password_option = click.password_option(
    help=f"At least {passwords.SHORTEST} characters; asked for if not given, which keeps it out of the shell's history."
)


@account_group.command("create")
@pool_option
@role_option
@click.option("--email", required=True)
@click.option("--name", required=True)
@organisation_option
@password_option
@with_appcontext
def create_account(
    pool_key: str, role: str, email: str, name: str, organisation_name: str | None, password: str
) -> None:
    """Make an account for somebody who logs in."""
    with _in_words():
        pool_id, kept = _pool_id(pool_key), accounts.prepared(password, email)
        with transaction(pool_id) as session:
            data = AccountData(email, name, role, _organisation_id(session, organisation_name))
            made = accounts.create(session, _now(), data, kept, SERVICE).email
    click.echo(f"Account {made} created.")


@account_group.command("list")
@one_pool_option
@with_appcontext
def list_accounts(pool_key: str | None) -> None:
    """Print who can log in, in columns: pool, address, role, organisation, state, last login, name."""
    with _every_pool() as session:
        rows = select(Account, Pool.key).join(Pool, Account.pool_id == Pool.id).where(_of_pool(pool_key))
        for account, pool in session.execute(rows.order_by(Pool.key, Account.email)):
            organisation = account.organisation.name if account.organisation else "-"
            seen = f"{account.last_login_at:%Y-%m-%d}" if account.last_login_at else "never"
            state = "active" if account.active else "disabled"
            click.echo(
                f"{pool}\t{account.email}\t{account.role.value}\t{organisation}\t{state}\t{seen}\t{account.name}"
            )


@account_group.command("disable")
@click.argument("email")
@with_appcontext
def disable_account(email: str) -> None:
    """Keep somebody out, at once and on every device."""
    with _in_words(), _account(email) as (session, account_id):
        accounts.disable(session, _now(), account_id, SERVICE)
    click.echo(f"Account {email} disabled.")


@account_group.command("enable")
@click.argument("email")
@with_appcontext
def enable_account(email: str) -> None:
    """Let somebody in again."""
    with _in_words(), _account(email) as (session, account_id):
        accounts.enable(session, _now(), account_id, SERVICE)
    click.echo(f"Account {email} enabled.")


@account_group.command("password")
@click.argument("email")
@password_option
@with_appcontext
def set_password(email: str, password: str) -> None:
    """Give an account another password; whoever is logged in with the old one is logged out."""
    with _in_words():
        kept, spent = accounts.prepared(password, email), rate_limits.of_account(email.strip().lower())
        with _account(email) as (session, account_id):
            accounts.set_password(session, _now(), account_id, kept, SERVICE, spent=spent)
    click.echo(f"Account {email} has another password.")


@token_group.command("create")
@pool_option
@role_option
@organisation_option
@click.option("--name", default="", help="What it is for, to recognise it by.")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=LASTING_DAYS, show_default=True, help="How long.")
@with_appcontext
def create_token(pool_key: str, role: str, organisation_name: str | None, name: str, days: int) -> None:
    """Print a new API token, alone, on standard output; it is not kept and cannot be shown again."""
    with _in_words(), transaction(_pool_id(pool_key)) as session:
        data = TokenData(role, _organisation_id(session, organisation_name), name, days)
        _, word = accounts.create_token(session, _now(), data, SERVICE)
    click.echo(word)


@token_group.command("list")
@one_pool_option
@with_appcontext
def list_tokens(pool_key: str | None) -> None:
    """Print all tokens, in columns: pool, number, role, organisation, when made, state, name."""
    with _every_pool() as session:
        rows = select(ApiToken, Pool.key).join(Pool, ApiToken.pool_id == Pool.id).where(_of_pool(pool_key))
        for token, pool in session.execute(rows.order_by(Pool.key, ApiToken.id)):
            organisation = token.organisation.name if token.organisation else "-"
            made = f"{token.created_at:%Y-%m-%d}\t{_state(token)}"
            click.echo(f"{pool}\t{token.id}\t{token.role.value}\t{organisation}\t{made}\t{token.name}")


@token_group.command("revoke")
@click.argument("token_id", metavar="NUMBER", type=click.IntRange(1, ids.LARGEST))
@with_appcontext
def revoke_token(token_id: int) -> None:
    """Let a token open nothing any more; NUMBER is what `flask token list` prints."""
    with _every_pool() as session:
        pool_id = session.scalar(select(ApiToken.pool_id).where(ApiToken.id == token_id))
    with _in_words(), transaction(pool_id or 0) as session:
        accounts.revoke_token(session, _now(), token_id, SERVICE)
    click.echo(f"Token {token_id} revoked.")


def _now() -> datetime:
    return services.services().clock()


def _state(token: ApiToken) -> str:
    if token.revoked_at:
        return f"revoked {token.revoked_at:%Y-%m-%d}"
    return f"{'expired' if token.expires_at <= _now() else 'until'} {token.expires_at:%Y-%m-%d}"


@contextmanager
def _in_words() -> Iterator[None]:
    """What is refused, as sentences for the operator instead of a traceback."""
    try:
        yield
    except Invalid as error:
        said = (f"{OPTIONS.get(one.field, f'--{one.field}')}: {_said(one.code, one.params)}" for one in error.problems)
        raise click.ClickException("\n".join(said)) from None
    except JourneyError as error:
        raise click.ClickException(_said(error.code, error.params)) from None


def _said(code: str, params: Mapping[str, object]) -> str:
    words = translations("en").gettext(f"error.{code}")
    return words % params if params else words


@contextmanager
def _every_pool() -> Iterator[Session]:
    with transaction(None) as session, tenancy.across_pools(session):
        yield session


@contextmanager
def _account(email: str) -> Iterator[tuple[Session, int]]:
    """A transaction bound to the pool of the account with that address, and the account's id."""
    with _every_pool() as session:
        wanted = select(Account.id, Account.pool_id).where(Account.email == email.strip().lower())
        found = session.execute(wanted).one_or_none()
    if found is None:
        raise click.ClickException(f"There is no account {email!r}; `flask account list` prints them.")
    with transaction(found.pool_id) as session:
        yield session, found.id


def _of_pool(key: str | None) -> ColumnElement[bool]:
    return Pool.id == _pool_id(key) if key else true()


def _pool_id(key: str) -> int:
    with transaction(None) as session:
        found = session.scalar(select(Pool.id).where(Pool.key == key))
        if found is None:
            known = ", ".join(session.scalars(select(Pool.key).order_by(Pool.key))) or "none yet"
            raise click.ClickException(f"There is no pool {key!r}; there are: {known}.")
        return found


def _organisation_id(session: Session, name: str | None) -> int | None:
    """The organisation of that name; it is made if the pool does not have it yet."""
    if name is None:
        return None
    found = session.scalar(select(Organisation.id).where(Organisation.name == name.strip()))
    return found or organisations.add(session, _now(), OrganisationData(name), SERVICE).id
