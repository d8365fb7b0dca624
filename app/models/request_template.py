"""A template: what an organisation asks for again and again, under a name and without a day."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, PoolOwned
from app.models.organisation import Organisation


class RequestTemplate(PoolOwned, Base):
    """Fields of a request, as in Appointment; at a site, `place_name` keeps what it was called when it is gone."""

    __tablename__ = "request_template"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(3))
    accepted_languages: Mapped[list[str]]
    fallback_languages: Mapped[list[str]]
    topic: Mapped[str] = mapped_column(String(20))
    mode: Mapped[str] = mapped_column(String(10))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id", ondelete="SET NULL"), index=True)
    place_name: Mapped[str] = mapped_column(String(120))
    place_address: Mapped[str] = mapped_column(String(250))
    duration_minutes: Mapped[int]
    gender: Mapped[str | None] = mapped_column(String(1))
    mediators_needed: Mapped[int]
    note: Mapped[str] = mapped_column(Text)
    fallbacks: Mapped[list[str]]
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()
