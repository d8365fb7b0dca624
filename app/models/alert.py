"""An alert: something the service cannot mend by itself, for a coordinator to look at."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, PoolOwned


class Alert(PoolOwned, Base):
    """One matter; `kind` has its sentence in the catalogues (`alert.<kind>`), `data` what the sentence names."""

    __tablename__ = "alert"
    __table_args__ = (
        # The same matter is raised once while it is open.
        Index(
            "uq_alert_open_subject",
            "pool_id",
            "subject",
            unique=True,
            sqlite_where=text("resolved_at IS NULL"),
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    mediator_id: Mapped[int | None] = mapped_column(ForeignKey("mediator.id", ondelete="CASCADE"), index=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), index=True)
    # The e-mail that tells of it.
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
