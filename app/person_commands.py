"""`flask person`: what is kept of a mediator, and forgetting them; for operators."""

import json
import sys
from typing import Final

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import ids, services, tenancy
from app.catalogue import translations
from app.clock import utc_now
from app.errors import Busy
from app.journey import history
from app.journey.history import SERVICE
from app.models import Mediator
from app.privacy.erasure import erase
from app.privacy.record import record
from app.transaction import again_after_deadlock, transaction

LANGUAGE: Final = "en"
person_group = AppGroup("person", help="What is kept of a mediator: ID is the number in the address of their page.")
id_argument = click.argument("mediator_id", metavar="ID", type=click.IntRange(1, ids.LARGEST))


@person_group.command("export")
@id_argument
@with_appcontext
def export_person(mediator_id: int) -> None:
    """Print all that is kept of a mediator, as JSON, for them to read."""
    with transaction(_pool_of(mediator_id)) as session:
        mediator = session.get_one(Mediator, mediator_id)
        kept = record(session, utc_now(), mediator)
        history.record(session, utc_now(), "mediator_exported", SERVICE, mediator=mediator, name=mediator.name)
    click.echo(json.dumps(kept, ensure_ascii=False, indent=2))


@person_group.command("erase")
@id_argument
@with_appcontext
def erase_person(mediator_id: int) -> None:
    """Let a mediator leave, hand back what they agreed to, and forget who they were; this cannot be undone."""
    pool_id = _pool_of(mediator_id)
    if sys.stdin.isatty():
        with transaction(pool_id) as session:
            name = session.get_one(Mediator, mediator_id).name
        click.confirm(f"Forget {name} for good?", abort=True, err=True)
    try:
        done = again_after_deadlock(lambda: _erased(pool_id, mediator_id))
    except Busy as error:
        raise click.ClickException(translations(LANGUAGE).gettext(f"error.{error.code}")) from error
    click.echo(f"Mediator {mediator_id} is forgotten." if done else f"Mediator {mediator_id} was forgotten before.")


def _erased(pool_id: int, mediator_id: int) -> bool:
    with transaction(pool_id) as session:
        return erase(session, utc_now(), services.links(), session.get_one(Mediator, mediator_id), SERVICE)


def _pool_of(mediator_id: int) -> int:
    with transaction(None) as session, tenancy.across_pools(session):
        pool_id = _found(session, mediator_id)
    if pool_id is None:
        raise click.ClickException(
            f"There is no mediator {mediator_id}. The number is the last part of the address of their page "
            "(/mediators/17), and `id` in the API."
        )
    return pool_id


def _found(session: Session, mediator_id: int) -> int | None:
    return session.scalar(select(Mediator.pool_id).where(Mediator.id == mediator_id))
