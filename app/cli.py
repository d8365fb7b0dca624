"""The operators' commands."""

import re
import secrets
import time
from dataclasses import dataclass

import click
import structlog
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import demo, logs, passwords, services, tenancy
from app.clock import utc_now
from app.config import Config
from app.errors import NotFound
from app.insight.trace import trace
from app.journey.confirming import UNDO
from app.links import token_hash
from app.models import Account, ApiToken, Organisation, Pool, Role
from app.transaction import transaction
from app.worker import jobs, ticker
from app.worker.tools import Worker
from notifications.transports import (
    MailTransport,
    SmsSettings,
    SmsTransport,
    VoiceTransport,
    mail_transport,
    sms_transport,
)

log = structlog.get_logger()

pool_group = AppGroup("pool", help="Pools: one per municipality.")
token_group = AppGroup("token", help="Tokens of the JSON API.")
account_group = AppGroup("account", help="People who log in.")
ROLES = click.Choice([role.value for role in Role])


def register(app: Flask) -> None:
    """Add the commands to `flask`."""
    for group in (pool_group, token_group, account_group):
        app.cli.add_command(group)
    for command in (run_worker, load_demo, trace_appointment):
        app.cli.add_command(command)


@dataclass(frozen=True)
class Ways:
    """The ways out, as configured."""

    sms: SmsTransport
    mail: MailTransport
    voice: VoiceTransport


def ways_of(config: Config) -> Ways:
    """The transports that the settings name."""
    settings = SmsSettings(
        name=config.sms_transport,
        account_sid=config.twilio_account_sid,
        auth_token=config.twilio_auth_token,
        messaging_service_sid=config.twilio_messaging_service_sid,
        from_=config.twilio_from,
        voice_from=config.twilio_voice_from,
        public_url=config.public_url,
        api_base=config.twilio_api_base,
    )
    phone = sms_transport(settings)
    return Ways(phone, mail_transport(config.mail_url), phone)


@click.command("worker")
@click.option("--once", is_flag=True, help="Do everything that is due now, then exit (for cron and tests).")
@with_appcontext
def run_worker(*, once: bool) -> None:
    """Plan, ask, remind and send: the process beside the web."""
    # the solver costs 60 MB and 0.3 s; only this command pays for it
    from scheduler.solve import solve  # noqa: PLC0415

    app = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - threads outlive this context
    worker = Worker(
        name=ticker.worker_name(),
        app=app,
        clock=services.of(app).clock,
        transports=ways_of(services.of(app).config),
        links=services.of(app).links,
        solve=solve,
    )
    if once:
        _run_once(worker)
    else:
        ticker.run_forever(worker)


def _run_once(worker: Worker) -> None:
    """Everything that is due; what the ten undo seconds still hold back is waited for, since cron may be far away."""
    jobs.run_once(worker)
    while (due := jobs.next_due(worker, UNDO)) is not None:
        time.sleep(max(0.0, (due - worker.clock()).total_seconds()))
        jobs.run_once(worker)


@click.command("trace")
@click.argument("appointment_id", type=int)
@with_appcontext
def trace_appointment(appointment_id: int) -> None:
    """Print what happened to an appointment: every step, question and message, without anybody's data."""
    with transaction(None) as session, tenancy.across_pools(session):
        try:
            lines = trace(session, appointment_id)
        except NotFound as error:
            raise click.ClickException(f"There is no appointment {appointment_id}.") from error
    for line in lines:
        click.echo(f"{line.at:%Y-%m-%d %H:%M:%S}Z  {line.what}")


@click.command("demo")
@with_appcontext
def load_demo() -> None:
    """Load the demo pools; refused where there is real data."""
    with transaction(None) as session:
        if session.scalar(select(Pool.id).where(~Pool.is_demo).limit(1)) is not None:
            raise click.ClickException("This database holds a real pool; the demo is only for an empty one.")
        if session.scalar(select(Pool.id).limit(1)) is not None:
            click.echo("The demo pools are there already.")
            return
    logs.only_warnings()
    demo.load(services.links(), utc_now(), progress=lambda line: click.echo(line, err=True))


@pool_group.command("create")
@click.argument("key")
@click.option("--name", required=True, help="As people read it: Sprachmittlerpool Beckum.")
@click.option("--email", default="", help="Sender of e-mails and organiser of invites; default pool@<host>.")
@click.option("--phone", default="", help="Where mediators and staff reach the coordinators.")
@with_appcontext
def create_pool(key: str, name: str, email: str, phone: str) -> None:
    """Make a new, empty pool."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", key):
        raise click.ClickException("KEY takes small letters, digits and hyphens, at most 40: for example beckum.")
    config: Config = services.config()
    with transaction(None) as session:
        if session.scalar(select(Pool.id).where(Pool.key == key)) is not None:
            raise click.ClickException(f"There is a pool {key!r} already.")
        session.add(
            Pool(key=key, name=name, email=email or f"pool@{config.hostname}", phone=phone, created_at=utc_now())
        )
    click.echo(f"Pool {key} created.")


@token_group.command("create")
@click.option("--pool", "pool_key", required=True, help="Key of the pool.")
@click.option("--role", type=ROLES, required=True)
@click.option("--organisation", "organisation_name", help="Name of the organisation; needed for role staff.")
@with_appcontext
def create_token(pool_key: str, role: str, organisation_name: str | None) -> None:
    """Print a new API token, alone, on standard output; it is not kept and cannot be shown again."""
    token = secrets.token_urlsafe(32)
    pool_id = _pool_id(pool_key)
    with transaction(pool_id) as session:
        organisation = _organisation(session, role, organisation_name)
        session.add(
            ApiToken(
                role=Role(role),
                organisation_id=organisation.id if organisation else None,
                token_hash=token_hash(token),
                created_at=utc_now(),
            )
        )
    click.echo(token)


@account_group.command("create")
@click.option("--pool", "pool_key", required=True, help="Key of the pool.")
@click.option("--role", type=ROLES, required=True)
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--organisation", "organisation_name", help="Name of the organisation; needed for role staff.")
@click.password_option(help="At least 15 characters; asked for if not given.")
@with_appcontext
def create_account(
    pool_key: str, role: str, email: str, name: str, organisation_name: str | None, password: str
) -> None:
    """Make an account for somebody who logs in."""
    if len(password) < passwords.SHORTEST:
        raise click.ClickException(
            f"The password needs {passwords.SHORTEST} characters or more: several words do well."
        )
    pool_id = _pool_id(pool_key)
    with transaction(pool_id) as session:
        organisation = _organisation(session, role, organisation_name)
        session.add(
            Account(
                email=email.strip().lower(),
                name=name,
                role=Role(role),
                organisation_id=organisation.id if organisation else None,
                password_hash=passwords.hashed(password),
                created_at=utc_now(),
            )
        )
    click.echo(f"Account {email} created.")


def _pool_id(key: str) -> int:
    with transaction(None) as session:
        found = session.scalar(select(Pool.id).where(Pool.key == key))
        if found is None:
            known = ", ".join(session.scalars(select(Pool.key).order_by(Pool.key))) or "none yet"
            raise click.ClickException(f"There is no pool {key!r}; there are: {known}.")
        return found


def _organisation(session: Session, role: str, name: str | None) -> Organisation | None:
    """The organisation of that name; for staff it is made if the pool does not have it yet."""
    if name is None:
        if role == Role.STAFF.value:
            raise click.ClickException("Staff belong to an organisation: add --organisation NAME.")
        return None
    found = session.scalar(select(Organisation).where(Organisation.name == name))
    if found is None:
        found = Organisation(name=name)
        session.add(found)
        session.flush()
    return found
