"""Where houses stand: what an operator has taken in of a land survey's file. Public, and shared by all pools."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class HouseFile(Base):
    """A file that was taken in; looked at only once `complete`, and of those that are there is one."""

    __tablename__ = "house_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    begun_at: Mapped[datetime]
    complete: Mapped[bool] = mapped_column(default=False)
    houses: Mapped[int] = mapped_column(default=0)


class Street(Base):
    """A street of a town; `name` and `town` are keys (app/gazetteer/writing.py), the titles as the file has them."""

    __tablename__ = "street"
    __table_args__ = (Index("ix_street_town_name", "town", "name"), Index("ix_street_name", "name"))

    # counted by whoever takes the file in, so that houses can name their street without asking
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_id: Mapped[int] = mapped_column(ForeignKey("house_file.id", ondelete="CASCADE"))
    town: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(120))
    town_title: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(120))
    # the part of the town, where the file says one
    district: Mapped[str] = mapped_column(String(80), default="")


class House(Base):
    """A house by its number and what stands behind that; coordinates in degrees, WGS 84."""

    __tablename__ = "house"
    # millions of them: the key is all the index they need
    __table_args__ = ({"sqlite_with_rowid": False},)

    street_id: Mapped[int] = mapped_column(
        ForeignKey("street.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    suffix: Mapped[str] = mapped_column(String(8), primary_key=True)
    lat: Mapped[float]
    lon: Mapped[float]
