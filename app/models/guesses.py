"""How often somebody guessed wrong: a password, a link, a token."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Guesses(Base):
    """Wrong guesses within one window of time; it belongs to the installation, not to a pool."""

    __tablename__ = "guesses"

    # of what, by whom and in which window, hashed: neither addresses nor accounts are kept here
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)
