"""Who logs in (account) and what speaks to the API (API token)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, PoolOwned, enum_column
from app.models.organisation import Organisation


class Role(StrEnum):
    """What somebody may do: staff request, coordinators run the pool, admins also manage accounts and settings."""

    STAFF = "staff"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


class Account(PoolOwned, Base):
    """Somebody who logs in; staff belong to an organisation."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(enum_column(Role))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="SET NULL"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(5), default="de")
    active: Mapped[bool] = mapped_column(default=True)
    # Raised to end every open session of the account at once.
    session_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship()


class ApiToken(PoolOwned, Base):
    """A bearer token of the JSON API; only its SHA-256 is kept. `name` says what it is for."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    role: Mapped[Role] = mapped_column(enum_column(Role))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship()


class IdempotencyKey(PoolOwned, Base):
    """The first answer to a POST with an Idempotency-Key, given again to every repetition."""

    __tablename__ = "idempotency_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    # token, method and path and the key itself, hashed together: one row per question
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[str]
    created_at: Mapped[datetime]
