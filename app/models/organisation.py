"""Who requests (organisation) and where it takes place (site)."""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, PoolOwned


class Organisation(PoolOwned, Base):
    """An office, school, day-care centre, clinic or advice centre whose staff ask for mediators."""

    __tablename__ = "organisation"
    __table_args__ = (
        UniqueConstraint("pool_id", "name"),
        Index("uq_organisation_neighbour", "pool_id", "neighbour_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    active: Mapped[bool] = mapped_column(default=True)
    # The pool for which it stands here: whose people ask through it, by an agreement to lend.
    neighbour_id: Mapped[int | None]

    sites: Mapped[list["Site"]] = relationship(
        back_populates="organisation", cascade="all, delete-orphan", order_by="Site.id", lazy="selectin"
    )


class Site(PoolOwned, Base):
    """A place of an organisation, with its address and coordinates (degrees, WGS 84)."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    street: Mapped[str] = mapped_column(String(120), default="")
    postcode: Mapped[str] = mapped_column(String(10), default="")
    town: Mapped[str] = mapped_column(String(80), default="")
    district: Mapped[str] = mapped_column(String(80), default="")
    lat: Mapped[float]
    lon: Mapped[float]

    organisation: Mapped[Organisation] = relationship(back_populates="sites")

    @property
    def address(self) -> str:
        """Street, postcode and town in one line, as far as known."""
        return ", ".join(part for part in (self.street, f"{self.postcode} {self.town}".strip()) if part)
