"""A pool: one municipality's mediators, organisations and rules; the tenant."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, String, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base

if TYPE_CHECKING:
    from app.models.lending import LendingAgreement


class Pool(Base):
    """One municipality, with the settings of its dispatch and of its travel times."""

    __tablename__ = "pool"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str] = mapped_column(String(40), default="Europe/Berlin")
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(40), default="")
    is_demo: Mapped[bool] = mapped_column(default=False)
    min_level: Mapped[str | None] = mapped_column(String(8), default=None)
    # Per cent of the appointments for which somebody should have said yes when the answers are due.
    fill_target: Mapped[int] = mapped_column(default=95)
    # Questions only, to one person; what concerns an agreed assignment is always sent.
    max_texts_per_day: Mapped[int] = mapped_column(default=5)
    text_pause_minutes: Mapped[int] = mapped_column(default=15)
    # When people may be asked, in minutes of the local day; mediators may have times of their own.
    text_from_minute: Mapped[int] = mapped_column(default=8 * 60)
    text_until_minute: Mapped[int] = mapped_column(default=20 * 60)
    text_weekends: Mapped[bool] = mapped_column(default=False)
    # Whether mediators are asked the day before if it stays as agreed.
    reconfirm: Mapped[bool] = mapped_column(default=False)
    # Whether people may register by themselves at /join.
    takes_applications: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Without which of these nobody is asked, and after how many months each runs out; None: never.
    training_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    training_months: Mapped[int | None]
    confidentiality_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    confidentiality_months: Mapped[int | None]
    conduct_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    conduct_months: Mapped[int | None]
    membership_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    membership_months: Mapped[int | None]
    # Rung of the fallback ladder -> topics for which it is never tried.
    forbidden_fallbacks: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default=text("'{}'"))
    # What was learned about answers, as scheduler.acceptance writes it.
    acceptance: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    acceptance_at: Mapped[datetime | None]
    minutes_per_km: Mapped[float] = mapped_column(default=2.0)
    base_travel_minutes: Mapped[int] = mapped_column(default=5)
    max_travel_minutes: Mapped[int] = mapped_column(default=120)
    remote_gap_minutes: Mapped[int] = mapped_column(default=10)
    created_at: Mapped[datetime]

    # with whom it lends and borrows people now
    agreements: Mapped[list["LendingAgreement"]] = relationship(
        viewonly=True,
        order_by="LendingAgreement.id",
        primaryjoin="and_(or_(Pool.id == foreign(LendingAgreement.from_pool_id),"
        " Pool.id == foreign(LendingAgreement.to_pool_id)), LendingAgreement.state == 'in_force')",
    )
