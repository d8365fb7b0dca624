"""Who is asking: the bearer of a token."""

import re
from typing import Final

from flask import current_app, g, request
from sqlalchemy import select

from app import access, rate_limits, tenancy
from app.access import Principal, Rule
from app.api.blueprint import api
from app.extensions import limiter
from app.journey.history import Actor
from app.links import token_hash
from app.models import ActorKind, ApiToken
from app.models.locales import LOCALES
from app.transaction import reading

_BEARER: Final = re.compile(r"Bearer +([\x21-\x7e]{1,200})", re.IGNORECASE)


@api.before_request
def check() -> None:
    """Let the request pass or abort it: 401 without a valid token, 403 for one whose role is too low."""
    found = None if _is_public() else _principal()
    access.enforce(found)


def _is_public() -> bool:
    return access.rule_of(current_app, request.endpoint or "", request.method) is Rule.PUBLIC


def _token() -> str | None:
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    return found.group(1) if found else None


def _principal() -> Principal | None:
    token = _token()
    if token is None:
        return None
    session = reading(None)
    with tenancy.across_pools(session):
        row = session.scalar(
            select(ApiToken).where(
                ApiToken.token_hash == token_hash(token), ApiToken.revoked_at.is_(None), ApiToken.expires_at > g.now
            )
        )
    if row is None:
        rate_limits.wrong_token("bearer")
        return None
    return Principal(
        pool_id=row.pool_id,
        role=row.role,
        actor=Actor(ActorKind.API, row.id),
        organisation_id=row.organisation_id,
        name="API",
        locale=request.accept_languages.best_match(LOCALES, default="de") or "de",
    )


def _who() -> str:
    """One allowance per token; whoever shows none shares that of their address."""
    token = _token()
    return f"token:{token_hash(token)}" if token else f"address:{rate_limits.address()}"


limiter.limit("600 per minute", key_func=_who)(api)
