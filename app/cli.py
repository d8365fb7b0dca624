"""The operators' commands."""

import re

import click
import structlog
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import ids, logs, services, tenancy
from app.account_commands import account_group, token_group
from app.address_commands import import_addresses
from app.addresses import is_email
from app.clock import utc_now
from app.errors import NotFound
from app.insight.trace import trace
from app.legible import is_one_line, says_something
from app.models import Pool
from app.person_commands import person_group
from app.registry import pool_rules
from app.spreadsheet_commands import export_group, import_group
from app.transaction import transaction

log = structlog.get_logger()

pool_group = AppGroup("pool", help="Pools: one per municipality.")


def register(app: Flask) -> None:
    """Add the commands to `flask`."""
    import_group.add_command(import_addresses)
    for group in (pool_group, token_group, account_group, person_group, import_group, export_group):
        app.cli.add_command(group)
    for command in (run_worker, load_demo, trace_appointment):
        app.cli.add_command(command)


@click.command("worker")
@click.option("--once", is_flag=True, help="Do everything that is due now, then exit (for cron and tests).")
@click.option("--plans-for", "worker_name", hidden=True, help="Make the plans of this worker, as long as it lives.")
@with_appcontext
def run_worker(*, once: bool, worker_name: str | None) -> None:
    """Plan, ask, remind and send: the process beside the web."""
    # the solver costs 60 MB and 0.3 s; only this command pays for it
    from app.worker import service  # noqa: PLC0415

    app = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - threads outlive this context
    if worker_name is None:
        service.run(app, once=once)
    else:
        service.run_plans(app, worker_name)


@click.command("trace")
@click.argument("appointment_id", type=click.IntRange(1, ids.LARGEST))
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
    """Load the demo pools; refused where there is real data, and where others than this machine could log in."""
    config = services.config()
    if not config.is_local:
        raise click.ClickException(
            f"PUBLIC_URL={config.public_url}: the demo's passwords are published, so it is for this machine alone. "
            "Leave PUBLIC_URL out, or make a pool of your own: flask pool create."
        )
    with transaction(None) as session:
        if session.scalar(select(Pool.id).where(~Pool.is_demo).limit(1)) is not None:
            raise click.ClickException("This database holds a real pool; the demo is only for an empty one.")
        if session.scalar(select(Pool.id).limit(1)) is not None:
            click.echo("The demo pools are there already.")
            return
    # invents three years of a pool, with arrays and the solver's rules; only this command pays for it
    from app import demo  # noqa: PLC0415

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
    if email and not is_email(email):
        raise click.ClickException("--email is where people write to: it looks like pool@example.org.")
    email = email.strip() or f"pool@{services.config().hostname}"
    for option, value in (("name", name), ("email", email), ("phone", phone)):
        if len(value) > pool_rules.LIMITS[option]:
            raise click.ClickException(f"--{option} can have {pool_rules.LIMITS[option]} characters at most.")
    if not says_something(name) or not is_one_line(name):
        raise click.ClickException("--name is what people read, on one line: for example Sprachmittlerpool Beckum.")
    if phone.strip() and not pool_rules.PHONE.fullmatch(phone.strip()):
        raise click.ClickException("--phone is a telephone number: for example 02521 29-1234.")
    pool = Pool(key=key, name=name.strip(), email=email, phone=phone, created_at=utc_now())
    try:
        with transaction(None) as session:
            session.add(pool)
    except IntegrityError:
        raise click.ClickException(f"There is a pool {key!r} already.") from None
    click.echo(f"Pool {key} created.")
