"""The blueprint all pages about logging in hang on, and what they share."""

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, g
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Form

from app import access
from app.access import Rule
from app.errors import IllegalTransition, Invalid
from app.models import Organisation, Pool, Role
from app.registry import accounts
from app.web.inputs import show
from app.web.pages import sentence
from app.web.when import When

pages = Blueprint("account", __name__)
Answer = Response | str | tuple[Any, ...]
# what pages and command line write of accounts and tokens has one permission
RULE: Final = Rule(accounts.WRITTEN_BY)
# what is called otherwise on the forms
NAMES: Final = {"organisation_id": "organisation"}


def own_when(rows: Session) -> When:
    """Days and times as the pool says them."""
    return When.of(rows.get_one(Pool, access.principal().pool_id).timezone, g.now)


def role_choices() -> list[tuple[str, str]]:
    """The roles with what they may do."""
    return [(role.value, str(_(f"account.role.{role.value}"))) for role in Role]


def organisation_choices(rows: Session) -> list[tuple[str, str]]:
    """Every organisation of the pool, and none."""
    named = rows.execute(
        select(Organisation.id, Organisation.name)
        .where(Organisation.neighbour_id.is_(None))
        .order_by(Organisation.name)
    )
    return [("", str(_("account.no_organisation"))), *((str(id_), name) for id_, name in named)]


def kept(form: Form, keep: Callable[[Session], Any]) -> Any:
    """What `keep` gives of a transaction of its own; None where it was refused, with the sentences in the form."""
    try:
        with access.change() as session:
            return keep(session)
    except Invalid as error:
        show(form, error.problems, NAMES)
    except IllegalTransition as error:
        form.form_errors.append(sentence(error.code))
    return None
